"""One's desk, and the operator's page."""
