"""What a package does: who may have it, how many it reaches, how many places exist, what it changes, what it costs."""
