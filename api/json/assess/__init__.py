"""Assess 考榜: the four parties' answers and residents' ballots."""
