"""Pictures: pure functions from plain numbers to SVG text. No scripts, no links, every string escaped."""

from sim.pictures.trend import trend

__all__ = ["trend"]
