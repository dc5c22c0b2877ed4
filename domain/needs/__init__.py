"""Needs: their categories."""
