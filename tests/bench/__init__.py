"""`make bench`: how fast the hot paths are, as ratios to floors that are measured in the same run."""
