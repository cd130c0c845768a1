"""The round engine: it knows rounds; it knows no platform, no SQL, no SDK."""
