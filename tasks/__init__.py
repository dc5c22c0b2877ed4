"""Thin Prefect tasks over the services."""
