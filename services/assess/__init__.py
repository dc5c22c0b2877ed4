"""Assess 考榜."""
