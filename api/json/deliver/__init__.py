"""Deliver: milestones, amendments, the consortium."""
