"""Upstream programs: who gets a slot, what a slot costs whom, and what it does to people outside the program."""
