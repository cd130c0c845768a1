"""Rounds: everything but the words."""
