"""Award 承榜: panel, objections, agreement."""
