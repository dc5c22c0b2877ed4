"""The working calendar: the years that are published, and the dates that were counted in it."""
