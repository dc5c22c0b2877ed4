"""Conduct: complaints, corrective action, lists, material."""
