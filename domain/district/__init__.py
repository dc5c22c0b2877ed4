"""The district: ties, rounds and their settings."""
