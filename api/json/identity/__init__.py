"""Who somebody is: accounts, people."""
