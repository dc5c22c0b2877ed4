"""What everybody reads: the board, projects, organisations."""
