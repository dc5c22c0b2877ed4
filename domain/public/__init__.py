"""What the public sees: the board."""
