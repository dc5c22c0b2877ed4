"""Assess 考榜: how far a result falls short."""
