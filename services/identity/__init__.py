"""Who people are, what they may do, and how they prove it."""
