"""What executes lifecycles: runs, leases, effects, incidents."""
