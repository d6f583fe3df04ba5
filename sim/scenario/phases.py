"""A phase of a run: the scenario that is in force from a month on."""

from dataclasses import dataclass
from typing import Any

AT_IN_WORDS = (
    "a mapping from months (24) or dates (2014-01) to lists of key=value texts that hold from then on, with until=36 "
    "where they end and ramp=12 where numbers move gradually"
)


@dataclass(frozen=True)
class Phase:
    """The scenario that is in force from a month on; it has no timeline of its own."""

    month: int
    scenario: Any
