"""The district: its rounds."""
