"""The warm worker, the dispatcher, the reconciler and the stack they run in."""
