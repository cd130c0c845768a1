"""Where people are: one folder a platform, none seen by another."""
