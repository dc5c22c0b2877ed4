"""What residents need: reported, imported, placed, registered, gathered."""
