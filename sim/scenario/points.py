"""A point of a study: one combination of the settings of its levers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.scenario.overrides import Override

LEVERS_IN_WORDS = "a mapping from a key to a list of values, or from a name to {setting: [key=value, ...]}"


@dataclass(frozen=True)
class Point:
    """One combination of settings: numbers that are set, and choices that make another scenario."""

    labels: Mapping[str, Any]
    values: Mapping[str, float]
    choices: tuple[Override, ...]
    key: str = ""  # what is chosen, in words; empty where only numbers are set

    @property
    def in_words(self) -> str:
        """Return the settings as tables show them; empty without levers."""
        return ", ".join(f"{name}={label}" for name, label in self.labels.items())


NO_LEVERS = (Point({}, {}, ()),)
