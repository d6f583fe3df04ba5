"""Read the margins: shares of the membership that the population must meet.

Replace ``conf/population/margins/<name>.csv``, one row per level, with better figures where you have them:

- ``margin``: eligibility, age, sex, race, language or rurality;
- ``within``: the members described: ``all``, an eligibility group, ``adult`` (parents, expansion and disabled), or
  the name of a CCO area;
- ``level``, ``share`` (the shares of one margin add to 1); further columns (kind, source, ...) are notes.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.text import did_you_mean
from sim.population.ages import AGE_LEVELS
from sim.schema import ELIGIBILITIES, LANGUAGES, RACES, RURALITIES, SEXES

LEVELS: Mapping[str, tuple[str, ...]] = {
    "eligibility": ELIGIBILITIES,
    "age": tuple(level.name for level in AGE_LEVELS),
    "sex": SEXES,
    "race": RACES,
    "language": LANGUAGES,
    "rurality": RURALITIES,
}
ADULT = "adult"
ALL = "all"
ROUNDING = 0.002  # shares are published with three decimals: those of a margin may miss 1 by this much


class MarginsError(ValueError):
    """Faults of a margins file; ``messages`` lists them all."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(messages)
        super().__init__("\n".join(self.messages))


@dataclass(frozen=True)
class Margin:
    """Shares by level (ordered as in ``LEVELS``) of one trait within one part of the membership."""

    name: str
    within: str
    shares: Floats


def read_margins(path: Path, areas: Sequence[str]) -> tuple[Margin, ...]:
    """Read and check a margins file.

    ``areas`` are the names of the CCO areas, which ``within`` may name.

    Raises
    ------
    MarginsError
        With every fault: unknown margin, scope or level, a share that is no number from 0 to 1, shares that do not add
        to 1, no eligibility margin.
    """
    if not path.is_file():
        raise MarginsError([f"population.margins={path.stem}: no file {path}"])
    faults: list[str] = []
    shares: dict[tuple[str, str], Floats] = {}
    scopes = (ALL, ADULT, *ELIGIBILITIES, *areas)
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            _read_row(f"{path.name} line {number}", row, scopes, shares, faults)
    for (name, within), values in shares.items():
        if abs(values.sum() - 1) > ROUNDING:
            faults.append(f"{path.name}: {name} within {within} adds to {values.sum():.4f}, must add to 1")
    if not faults and ("eligibility", ALL) not in shares:
        faults.append(f"{path.name}: margin eligibility within all is missing")
    if faults:
        raise MarginsError(faults)
    return tuple(Margin(name, within, values / values.sum()) for (name, within), values in shares.items())


def _read_row(
    where: str,
    row: Mapping[str, str | None],
    scopes: Sequence[str],
    shares: dict[tuple[str, str], Floats],
    faults: list[str],
) -> None:
    name, within, level = (str(row.get(column) or "").strip() for column in ("margin", "within", "level"))
    if name not in LEVELS:
        faults.append(f"{where}: no margin {name!r}{did_you_mean(name, LEVELS)}")
        return
    if within not in scopes:
        faults.append(f"{where}: unknown within {within!r}{did_you_mean(within, scopes)}")
    if level not in LEVELS[name]:
        faults.append(f"{where}: {name} has no level {level!r}{did_you_mean(level, LEVELS[name])}")
        return
    share = _share(row.get("share"))
    if share is None:
        faults.append(f"{where}: share must be a number from 0 to 1, is {row.get('share')!r}")
        return
    shares.setdefault((name, within), np.zeros(len(LEVELS[name])))[LEVELS[name].index(level)] += share


def _share(text: str | None) -> float | None:
    try:
        share = float(text or "")
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None
