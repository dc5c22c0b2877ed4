"""The caller's desk, and the operator's page."""
