"""Reports from one typed context."""
