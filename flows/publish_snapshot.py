"""The nightly analytics snapshot as a flow."""
