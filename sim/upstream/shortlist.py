"""Finds the few rows that a month of places is about, in one walk over the member table.

Rows are read in stretches that stay in the processor's cache, so that a second column of the same rows costs little.
"""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.upstream.package import Package

Members = NDArray[Any]
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
Sieve = Literal[
    "served", "screened_now", "wants_help", "had_stay", "had_ed", "homeless", "pregnant", "diagnosed", "all"
]

STRETCH = 16_384  # rows of about 200 bytes


def sieve_of(package: Package) -> Sieve:
    """Return the coarse sieve through which everybody who is eligible for the package falls."""
    criteria = package.eligible
    sieves: tuple[tuple[bool, Sieve], ...] = (
        (package.reach.screened, "wants_help"),
        (criteria.homeless, "homeless"),
        (criteria.pregnant, "pregnant"),
        (criteria.min_stays_last_12m is not None and criteria.min_stays_last_12m.value > 0, "had_stay"),
        (criteria.min_ed_last_12m is not None and criteria.min_ed_last_12m.value > 0, "had_ed"),
        (bool(criteria.conditions), "diagnosed"),
    )
    return next((sieve for applies, sieve in sieves if applies), "all")


def shortlists(members: Members, sieves: Iterable[Sieve]) -> dict[Sieve, Rows]:
    """Return, for each sieve, the rows that pass it, in ascending order."""
    found: dict[Sieve, list[Rows]] = {sieve: [] for sieve in sieves}
    for start in range(0, members.size, STRETCH):
        stretch = members[start : start + STRETCH]
        for sieve, rows in found.items():
            rows.append(np.flatnonzero(_passes(sieve, stretch)) + start)
    return {sieve: np.concatenate(rows) if rows else np.empty(0, np.int64) for sieve, rows in found.items()}


def _passes(sieve: Sieve, members: Members) -> NDArray[Any]:
    match sieve:
        case "served":
            return members["package"]
        case "screened_now":
            return np.asarray(members["since_screened"] == 0)
        case "wants_help":
            return np.asarray(members["known_needs"] * members["accepts_help"])
        case "homeless":
            return np.asarray(members["needs"] & (1 << schema.HOMELESSNESS))
        case "pregnant":
            return np.asarray(members["pregnant"] | members["postpartum"])
        case "had_stay":
            return np.asarray(members["stays_year"] | members["stays_last_year"])
        case "had_ed":
            return np.asarray(members["ed_year"] | members["ed_last_year"])
        case "diagnosed":
            return members["diagnosed"]
        case _:
            return np.ones(members.size, np.bool_)


def gathered(members: Members, rows: Rows) -> Members:
    """Return a copy of some rows: as plain bytes, which NumPy copies much faster than field by field."""
    return members.view(np.dtype((np.void, members.dtype.itemsize)))[rows].view(members.dtype)
