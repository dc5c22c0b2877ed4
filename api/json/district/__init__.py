"""The district: places and rounds."""
