"""Identity: roles, permissions, passwords, tokens."""
