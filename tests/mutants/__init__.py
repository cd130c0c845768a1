"""`make mutants`: small faults made in the core, one by one, and which of them the tests see."""
