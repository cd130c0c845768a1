"""Discord: one bot, in each server that it was invited to."""
