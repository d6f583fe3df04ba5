"""Checks of method: what pairing buys, and how large a sample must be."""
