"""Providers: their capacity and waits, what they decide each quarter, and what members meet of it."""
