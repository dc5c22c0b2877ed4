"""The demo district: people who act through the same services as anyone, on a clock that moves."""
