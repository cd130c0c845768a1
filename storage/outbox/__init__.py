"""The outbox: messages owed to people and channels, written in the transaction of each change, read by the courier."""
