"""Bid 揭榜: who may bid, and what of bids is public."""
