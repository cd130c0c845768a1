"""Words: sealed, opened once, destroyed; and the keys that do it."""
