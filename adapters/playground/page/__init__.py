"""The playground in the browser: one page for each person, and what serves it."""
