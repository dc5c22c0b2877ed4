"""The warm worker, the dispatcher, the reconciler and the embedded stack."""
