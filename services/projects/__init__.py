"""Projects: formed from needs, moved from status to status, and known to everybody."""
