"""Read the registry of parameters from ``conf``, and report every fault of every file at once.

``conf/parameters/<file>.yaml`` holds a mapping from a name to an entry; the parameter's full name is ``<file>.<name>``.
An entry's ``value`` is a number or, with ``axes``, a table keyed by the labels of each axis; a number in place of a
table fills every cell below it. Numbers of ``conf/packages/*.yaml`` are parameters too.
"""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine import units
from sim.engine.arrays import Floats
from sim.engine.parameters import PACKAGES, PROGRAMS, Parameter, ParameterError, Registry, as_number
from sim.engine.text import did_you_mean
from sim.engine.yaml_files import QUOTED, YamlError, read_yaml, version_of

KINDS = ("evidence", "policy", "calibrated", "assumption")
ROLES = ("uncertainty", "lever", "constant", "event")
DISTRIBUTIONS = ("uniform", "loguniform", "triangular", "pert", "beta", "normal", "lognormal", "gamma", "fixed")
REQUIRED = ("value", "unit", "low", "high", "kind", "role", "evidence")
OPTIONAL = ("axes", "distribution", "note", "price_year", "index")
INDEXES = ("care", PROGRAMS, "none")  # what moves a price after month 0: prices of care, of programs, nothing
UNDATED = 2018  # the year of a package's dollars where no source has one
USD = "USD"  # units of money begin so
OWN = "own"  # folder of parameters/ with the files of a user's own, entry above entry


Axes = Mapping[str, Sequence[str]]


def load_registry(conf: Path, axes: Axes | None = None) -> Registry:
    """Read and check every parameter file below ``conf``.

    Parameters
    ----------
    conf : the configuration folder, with ``parameters/*.yaml`` and, if present, ``evidence/evidence.csv``.
    axes : labels of every axis that a table may have, by the axis's name.

    Raises
    ------
    ParameterError
        With every fault of every file.
    """
    years = evidence_years(conf)
    known = None if years is None else frozenset(years)
    parameters: dict[str, Parameter] = {}
    faults: list[str] = []
    folder = conf / "parameters"
    files = sorted(folder.glob("*.yaml"))
    if not files:
        faults.append(f"{folder}: no parameter files here")
    for file in files:
        try:
            entries = read_yaml(file)
        except YamlError as fault:
            faults.append(str(fault))
            continue
        _read_file(file, entries, _Reader(axes or {}, known, faults), parameters)
    _read_own(sorted((folder / OWN).glob("*.yaml")), _Reader(axes or {}, known, faults), parameters)
    for file in sorted((conf / PACKAGES).glob("*.yaml")):
        parameters |= {one.name: one for one in _numbers_of_package(file, years or {})}
    if faults:
        raise ParameterError(faults)
    return Registry(parameters)


def _read_own(files: Sequence[Path], reader: "_Reader", parameters: dict[str, Parameter]) -> None:
    """Put entries of a user's own in the place of those of their names; what no code reads is refused."""
    own: dict[str, Parameter] = {}
    for file in files:
        _read_file(file, read_yaml(file), reader, own)
    for name, one in own.items():
        shipped = parameters.get(name)
        if shipped is None:
            reader.faults.append(f"{name}: no code reads it{did_you_mean(name, parameters)}")
        elif (one.unit, one.axes) != (shipped.unit, shipped.axes):
            of = ", ".join(shipped.axes) or "none"
            reader.faults.append(f"{name}: unit and axes must stay as they ship, {shipped.unit!r} and {of}")
        else:
            parameters[name] = one


def _numbers_of_package(file: Path, years: Mapping[str, str]) -> Iterator[Parameter]:
    """Yield each number of a package file, so that it can be listed and overridden like a parameter.

    Faulty numbers are skipped here: loading the packages reports them.
    """
    try:
        ahead: list[tuple[str, Any]] = [(f"{PACKAGES}.{file.stem}", read_yaml(file))]
    except YamlError:
        return
    while ahead:
        path, part = ahead.pop(0)
        if not isinstance(part, dict):
            continue
        if "value" not in part:
            ahead += [(f"{path}.{key}", below) for key, below in part.items()]
        elif all(isinstance(part.get(key), (int, float)) for key in ("value", "low", "high")) and "unit" in part:
            yield _number_of_package(path, part, years)


def _number_of_package(path: str, part: dict[str, Any], years: Mapping[str, str]) -> Parameter:
    money = str(part["unit"]).startswith(USD)
    year = next((years[one] for one in part.get("evidence") or () if years.get(one, "").isdecimal()), str(UNDATED))
    value, low, high = (np.asarray(float(part[key])) for key in ("value", "low", "high"))
    for number in (value, low, high):
        number.setflags(write=False)
    return Parameter(
        name=path,
        value=value,
        low=low,
        high=high,
        unit=str(part["unit"]),
        kind=str(part.get("kind")),
        role="lever" if part.get("kind") == "policy" else "uncertainty",
        evidence=tuple(part.get("evidence") or ()),
        note=str(part.get("note") or ""),
        price_year=int(year) if money else 0,
        index=PROGRAMS if money else "",
    )


def evidence_ids(conf: Path) -> frozenset[str] | None:
    """Return the ids in ``evidence/evidence.csv``, or None where that table is absent."""
    years = evidence_years(conf)
    return None if years is None else frozenset(years)


def evidence_years(conf: Path) -> dict[str, str] | None:
    """Return the year of each row of ``evidence/evidence.csv`` by its id, or None where that table is absent."""
    table = conf / "evidence" / "evidence.csv"
    return dict(_years(table, version_of(table))) if table.exists() else None


@lru_cache(maxsize=4)
def _years(table: Path, _version: tuple[int, int]) -> dict[str, str]:
    with table.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines) if row]
    year = rows[0].index("year") if rows and "year" in rows[0] else None
    return {row[0]: row[year] if year is not None and year < len(row) else "" for row in rows}


@dataclass(frozen=True)
class _Reader:
    """The valid axes and evidence ids, and the list of faults."""

    axes: Axes
    evidence: frozenset[str] | None
    faults: list[str] = field(default_factory=list)


def _read_file(file: Path, entries: Any, reader: _Reader, into: dict[str, Parameter]) -> None:
    if not isinstance(entries, dict):
        reader.faults.append(f"{file.name}: must map names to parameters")
        return
    for name, entry in entries.items():
        full = f"{file.stem}.{name}"
        if not _is_name(name):
            reader.faults.append(f"{full}: a name is made of a-z, 0-9 and _")
        elif not isinstance(entry, dict):
            reader.faults.append(f"{full}: must be a mapping with {', '.join(REQUIRED)}")
        else:
            faults = _faults_of_entry(full, entry, reader)
            parameter = None if faults else _parameter(full, entry, reader, faults)
            reader.faults.extend(faults)
            if parameter is not None:
                into[full] = parameter


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isascii() and name.isidentifier() and name == name.lower()


def _faults_of_entry(name: str, entry: dict[str, Any], reader: _Reader) -> list[str]:
    """Return the faults of an entry except those of its numbers, which are checked afterwards."""
    allowed = REQUIRED + OPTIONAL
    faults = [
        f"{name}: unknown key {key!r}{did_you_mean(str(key), allowed)}{f'; {QUOTED}' if value is None else ''}"
        for key, value in entry.items()
        if key not in allowed
    ]
    faults += [f"{name}: {key} is missing" for key in REQUIRED if entry.get(key) is None]
    if "unit" in entry and str(entry["unit"]) not in units.UNITS:
        faults.append(f"{name}: unknown unit {entry['unit']!r}{did_you_mean(str(entry['unit']), units.UNITS)}")
    for key, words in (("kind", KINDS), ("role", ROLES), ("distribution", DISTRIBUTIONS)):
        if entry.get(key) is not None and entry[key] not in words:
            near = did_you_mean(str(entry[key]), words)
            faults.append(f"{name}: {key} is {entry[key]!r}, must be one of {', '.join(words)}{near}")
    faults += _faults_of_money(name, entry)
    faults += _faults_of_evidence(name, entry, reader.evidence)
    faults += _faults_of_axes(name, entry.get("axes", []), reader.axes)
    return faults


def _faults_of_money(name: str, entry: dict[str, Any]) -> list[str]:
    """Return what is missing where a number is in dollars: of which year they are, and what moves it afterwards."""
    if not str(entry.get("unit")).startswith(USD):
        return [f"{name}: {key} is for dollars only" for key in ("price_year", "index") if key in entry]
    faults = [] if isinstance(entry.get("price_year"), int) else [f"{name}: price_year, of its dollars, is missing"]
    if entry.get("index") not in INDEXES:
        faults.append(f"{name}: index is {entry.get('index')!r}, must be one of {', '.join(INDEXES)}")
    return faults


def _faults_of_evidence(name: str, entry: dict[str, Any], known: frozenset[str] | None) -> list[str]:
    ids = entry.get("evidence", [])
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        return [f"{name}: evidence must be a list of ids"]
    if entry.get("kind") == "evidence" and not ids:
        return [f"{name}: kind is evidence but no evidence id is given (or it is an assumption)"]
    if known is None:
        return []
    return [f"{name}: no evidence {one!r} in evidence.csv{did_you_mean(one, known)}" for one in ids if one not in known]


def _faults_of_axes(name: str, axes: Any, known: Axes) -> list[str]:
    if not isinstance(axes, list):
        return [f"{name}: axes must be a list"]
    return [f"{name}: unknown axis {axis!r}{did_you_mean(str(axis), known)}" for axis in axes if str(axis) not in known]


def _parameter(name: str, entry: dict[str, Any], reader: _Reader, faults: list[str]) -> Parameter | None:
    """Return the parameter of an otherwise valid entry, or None with the faults of its numbers."""
    axes = tuple(entry.get("axes", []))
    labels = tuple(tuple(reader.axes[axis]) for axis in axes)
    tables = {key: _table(f"{name} {key}", entry[key], labels, faults) for key in ("value", "low", "high")}
    if faults:
        return None
    parameter = Parameter(
        name=name,
        value=tables["value"],
        low=tables["low"],
        high=tables["high"],
        unit=entry["unit"],
        kind=entry["kind"],
        role=entry["role"],
        evidence=tuple(entry["evidence"]),
        note=str(entry.get("note") or ""),
        distribution=str(entry.get("distribution") or ""),
        axes=axes,
        labels=labels,
        price_year=int(entry.get("price_year") or 0),
        index=str(entry.get("index") or ""),
    )
    faults.extend(_faults_of_ranges(parameter))
    return parameter


def _table(where: str, tree: Any, labels: tuple[tuple[str, ...], ...], faults: list[str]) -> Floats:
    """Return a nested mapping as an array ordered by ``labels``; a number fills all cells below it."""
    values: list[float] = []
    _fill(where, tree, labels, values, faults)
    shape = tuple(len(axis) for axis in labels)
    table = np.array(values if not faults else np.zeros(shape), dtype=np.float64).reshape(shape)
    table.setflags(write=False)
    return table


def _fill(where: str, tree: Any, labels: tuple[tuple[str, ...], ...], into: list[float], faults: list[str]) -> None:
    if not isinstance(tree, dict):
        number = as_number(where, tree, faults)
        into.extend([number] * math.prod(len(axis) for axis in labels))
    elif not labels:
        faults.append(f"{where}: must be a number, is a mapping (are its axes missing?)")
    else:
        faults.extend(
            f"{where}: unknown label {key!r}, must be one of {', '.join(labels[0])}{did_you_mean(str(key), labels[0])}"
            for key in tree
            if key not in labels[0]
        )
        for label in labels[0]:
            if label in tree:
                _fill(f"{where} {label}", tree[label], labels[1:], into, faults)
            else:
                faults.append(f"{where}: label {label!r} is missing")


def _faults_of_ranges(parameter: Parameter) -> list[str]:
    """Return the cells where low <= value <= high does not hold, or the range exceeds that of the unit."""
    unit = units.UNITS[parameter.unit]
    low, value, high = (table.ravel() for table in (parameter.low, parameter.value, parameter.high))
    wrong = ~((low <= value) & (value <= high) & (low >= unit.low) & (high <= unit.high))
    if not wrong.any():
        return []
    return [_range_fault(path, value[i], low[i], high[i], unit) for path, i in parameter.cells() if wrong[i]]


def _range_fault(path: str, value: float, low: float, high: float, unit: units.Unit) -> str:
    if low < unit.low or high > unit.high:
        return (
            f"{path}: range {low:g} to {high:g} exceeds {unit.low:g} to {unit.high:g}, the range of unit {unit.name!r}"
        )
    return f"{path}: value {value:g} lies outside {low:g} to {high:g}"
