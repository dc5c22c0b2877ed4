"""Award 承榜: marks, ranking, objections, red flags."""
