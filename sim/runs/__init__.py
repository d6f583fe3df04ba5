"""Studies of many runs: what is varied and drawn, who computes it, and what is kept."""
