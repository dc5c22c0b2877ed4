"""Conduct: corrective action, complaints, the red and black list."""
