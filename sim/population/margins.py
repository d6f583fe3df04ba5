"""Read the margins: shares of the membership that the population must meet.

Replace ``conf/population/margins/<name>.csv``, one row per level, with better figures where you have them:

- ``margin``: eligibility, age, sex, race, language; rurality or area (the CCO areas), both within ``all``;
- ``within``: the members described: ``all``, an eligibility group, ``adult`` (parents, expansion and disabled), or
  the name of a CCO area;
- ``level``, ``share`` (the shares of one margin add to 1); further columns (kind, source, ...) are notes.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.text import did_you_mean, shown
from sim.population.ages import AGE_LEVELS
from sim.schema import ELIGIBILITIES, LANGUAGES, RACES, RURALITIES, SEXES

AREA, RURALITY = "area", "rurality"
OF_PLACES = (RURALITY, AREA)  # margins that the geography meets, for all members, before the table is raked
LEVELS: Mapping[str, tuple[str, ...]] = {
    "eligibility": ELIGIBILITIES,
    "age": tuple(level.name for level in AGE_LEVELS),
    "sex": SEXES,
    "race": RACES,
    "language": LANGUAGES,
    RURALITY: RURALITIES,
}
ADULT = "adult"
ALL = "all"
KEY, SHARE = ("margin", "within", "level"), "share"
TOO_MANY_CELLS = "more cells than columns; numbers have a point and no comma (0.35), texts with commas stand in quotes"
LARGEST = 1_000_000  # bytes
MARGINS = "population/margins"  # below a folder of configuration, and below a study's inputs
SHIPPED = frozenset(  # SHA-256 of the files of conf/population/margins
    {
        "d51877b1acd2993574d4c0887ff42efd1401d322919751c7aed094fe8fd32b39",
        "0ba2b519daa6b2b9e57fded29f353cf3123c42cf1a2168adf31b5915be2534e0",
        "b2cbe6be3286144132bdf4ed2f561ad1b2ef93890eb1f0b8433535489728a6ec",
        "c4ddb0f58d5ab73683a47d0b2099093ae4d7358174b0fe0e104ec20f5cb04b62",
        "f5674ff25b90fc5f8863f8f5cdcfc327ebb5b1f8faeb4d76e717ecfb0c03d803",
    }
)
MOST_FAULTS = 20  # that are listed
ROUNDING = 0.002  # shares are published with three decimals: a margin's may miss 1 by so much


def are_own(path: Path) -> bool:
    """Return whether margins are other than those that ship, which are of published figures alone."""
    lines = path.read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(lines).hexdigest() not in SHIPPED


class MarginsError(ValueError):
    """Faults of a margins file; ``messages`` lists them all."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(messages)
        super().__init__("\n".join(self.messages))


def levels_of(areas: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the levels of every margin, for these CCO areas."""
    return {**LEVELS, AREA: tuple(areas)}


@dataclass(frozen=True)
class Margin:
    """Shares by level (ordered as in ``levels_of``) of one trait within one part of the membership."""

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
    seen: dict[tuple[str, ...], int] = {}
    scopes, levels = (ALL, ADULT, *ELIGIBILITIES, *areas), levels_of(areas)
    for number, row in _rows(path):
        key = tuple(str(row.get(column) or "").strip() for column in KEY)
        if key in seen:
            faults.append(f"{path.name} line {number}: {', '.join(map(shown, key))} stands in line {seen[key]} already")
        else:
            seen[key] = number
            _read_row(f"{path.name} line {number}", key, row.get(SHARE), scopes, levels, shares, faults)
    if len(faults) > MOST_FAULTS:
        raise MarginsError([*faults[:MOST_FAULTS], f"{path.name}: {len(faults) - MOST_FAULTS} faults more"])
    for (name, within), values in shares.items():
        if abs(values.sum() - 1) > ROUNDING:
            faults.append(f"{path.name}: {name} within {within} adds to {values.sum():.4f}, must add to 1")
    if not faults and ("eligibility", ALL) not in shares:
        faults.append(f"{path.name}: margin eligibility within all is missing")
    if faults:
        raise MarginsError(faults)
    return tuple(Margin(name, within, values / values.sum()) for (name, within), values in shares.items())


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yield the rows of a file with their lines; a byte order mark and empty rows, as spreadsheets leave, are harmless.

    Raises
    ------
    MarginsError
        With one message, if the file is no table of UTF-8 text with commas between the columns it needs.
    """
    if path.stat().st_size > LARGEST:
        raise MarginsError([f"{path.name}: larger than {LARGEST} bytes, no table of margins"])
    data = path.read_bytes()
    try:
        lines = list(io.StringIO(data.decode("utf-8-sig"), newline=""))  # other marks, as U+2028, end no row
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise MarginsError([f"{path.name} line {line}: must be UTF-8 text; save it as 'CSV UTF-8'"]) from None
    first = next(
        (i for i, line in enumerate(lines) if line.strip(' \t\r\n,;"') and not line.lower().startswith("sep=")), 0
    )
    lines = lines[first:]
    header = [name.strip().lower() for name in next(csv.reader(lines[:1]), [])]
    missing = [name for name in (*KEY, SHARE) if header.count(name) != 1]
    if missing:
        other = next((repr(mark) for mark in ";\t|" if mark in "".join(lines[:1])), "")
        why = f"; they seem to be separated by {other}, must be by commas" if other else ""
        raise MarginsError(
            [f"{path.name} line {first + 1}: must name each of the columns {', '.join(missing)} once{why}"]
        )
    reader = csv.DictReader(lines[1:], header)
    try:
        for row in reader:
            beyond: Any = row.pop(None, ())
            if "".join(beyond).strip():
                raise MarginsError([f"{path.name} line {reader.line_num + 1 + first}: {TOO_MANY_CELLS}"])
            if any(str(cell or "").strip() for cell in row.values()):
                yield reader.line_num + 1 + first, row
    except csv.Error as fault:
        raise MarginsError([f"{path.name} line {reader.reader.line_num + 1 + first}: {fault}"]) from None


def _read_row(
    where: str,
    key: tuple[str, ...],
    text: str | None,
    scopes: Sequence[str],
    levels: Mapping[str, tuple[str, ...]],
    shares: dict[tuple[str, str], Floats],
    faults: list[str],
) -> None:
    name, within, level = key
    if name not in levels:
        faults.append(f"{where}: no margin {shown(name)}{did_you_mean(name, levels)}")
        return
    if name in OF_PLACES and within != ALL:
        faults.append(f"{where}: shares by {name} are within {ALL}, not within {shown(within)}")
    elif within not in scopes:
        faults.append(f"{where}: nobody is within {shown(within)}{did_you_mean(within, scopes)}")
    if level not in levels[name]:
        faults.append(f"{where}: {name} has no level {shown(level)}{did_you_mean(level, levels[name])}")
        return
    share = _share(text)
    if share is None:
        faults.append(f"{where}: share must be a number from 0 to 1, is {shown(text)}")
        share = np.nan  # so that the sum is not a fault too
    shares.setdefault((name, within), np.zeros(len(levels[name])))[levels[name].index(level)] += share


def _share(text: str | None) -> float | None:
    try:
        share = float(text or "")
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None
