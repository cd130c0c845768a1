"""The database itself: its file, its one writer, its tables, and values as rows."""
