"""The district: places, organisations, rounds and their settings."""
