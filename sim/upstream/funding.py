"""Who pays for upstream programs beyond the state, a CCO's budget and a donor (``upstream.funding``)."""

SHARE = "share"  # a CCO's spare reserves
CAPTURE = "capture"  # an outside grant at first, later measured savings
FUNDED = (SHARE, CAPTURE)
"""Choices that a fund pays for (``sim/agents/programs/funds.py``)."""
