"""Use cases: they flush, they never commit."""
