"""What is owed to people and channels: written with each change, read by the courier."""
