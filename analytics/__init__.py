"""Snapshots for analysts: facts, dimensions and marts in DuckDB."""
