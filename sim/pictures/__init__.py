"""Pictures: pure functions from plain numbers to SVG text. No scripts, no links, every string escaped."""

from sim.pictures.flows import flows, total
from sim.pictures.maps import area_map, area_table
from sim.pictures.trend import difference, trend

__all__ = ["area_map", "area_table", "difference", "flows", "total", "trend"]
