"""Bid 揭榜: the eligibility to bid, and the public part of bids."""
