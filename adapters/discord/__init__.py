"""Discord: what people do there becomes acts, what is owed to them becomes messages."""
