"""Deliver 实施."""
