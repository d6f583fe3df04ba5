"""Pictures: pure functions from plain numbers to SVG text. No scripts, no links, every string escaped."""

from sim.pictures.bars import Bar, bars
from sim.pictures.flows import flows, total
from sim.pictures.life import Lane, life
from sim.pictures.maps import area_map, count_map, county_shapes
from sim.pictures.shares import Share, shares
from sim.pictures.trend import difference, trend

__all__ = [
    "Bar",
    "Lane",
    "Share",
    "area_map",
    "bars",
    "count_map",
    "county_shapes",
    "difference",
    "flows",
    "life",
    "shares",
    "total",
    "trend",
]
