"""The gate: opened, settled, decided, and shown to those who have a duty there."""
