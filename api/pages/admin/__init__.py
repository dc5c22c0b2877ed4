"""The district administrator's pages."""
