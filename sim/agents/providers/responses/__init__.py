"""Rival models of how providers respond to payment: one file per response, one registry."""
