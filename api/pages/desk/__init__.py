"""The visitor's desk, and the operator's page."""
