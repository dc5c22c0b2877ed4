"""The lifecycle as Prefect flows."""
