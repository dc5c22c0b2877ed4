"""Bid 揭榜: letters of intent, openings, escrow."""
