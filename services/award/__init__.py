"""Award 承榜."""
