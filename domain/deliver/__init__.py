"""Deliver: milestones, amendments, indicators."""
