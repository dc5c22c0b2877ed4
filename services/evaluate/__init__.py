"""Evaluate 评榜."""
