"""Where the uncertainty of a difference comes from, how wide it is, and how many runs would be enough."""
