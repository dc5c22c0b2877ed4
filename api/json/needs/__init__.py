"""Needs: reported, supported, gathered into projects."""
