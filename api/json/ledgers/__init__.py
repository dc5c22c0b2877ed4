"""Organisations and places, as administrators keep them."""
