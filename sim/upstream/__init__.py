"""Upstream packages: eligibility, reach, slots, effects and costs."""
