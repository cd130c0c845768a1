"""The chat: a program of its own, with its own file. It outlives the bot, and knows nothing of rounds."""
