"""The catalog, brought up to date with what the clouds say."""
