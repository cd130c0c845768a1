"""A local team chat: the embedded default. Its chat keeps its own file and runs as its own process."""
