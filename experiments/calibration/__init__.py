"""Fitting: levels of the baseline world, and how often care is given."""
