"""Who somebody is: accounts, sign-in, people, tokens."""
