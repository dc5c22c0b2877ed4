"""Read tables that people really have: workbooks of every kind, and text with separators."""
