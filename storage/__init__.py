"""Keeping: one file a port."""
