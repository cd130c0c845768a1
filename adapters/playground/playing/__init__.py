"""Whoever plays in the chat: people with hands and eyes, a script, and who directs them by it."""
