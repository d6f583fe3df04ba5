"""The registry of parameters: every number of the model, with its unit, range, kind and source.

``conf/parameters/<file>.yaml`` holds a mapping from a name to an entry; the parameter's full name is ``<file>.<name>``.
An entry's ``value`` is a number or, with ``axes``, a table keyed by the labels of each axis; a number given where a
table is due stands for every cell below it. Loading and overriding check everything and report every fault at once.
"""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import units
from sim.engine.text import did_you_mean, shown
from sim.engine.yaml_files import YamlError, read_yaml

KINDS = ("evidence", "policy", "calibrated", "assumption")
ROLES = ("uncertainty", "lever", "constant")
DISTRIBUTIONS = ("uniform", "loguniform", "triangular", "pert", "beta", "normal", "lognormal", "gamma", "fixed")
PACKAGES = "packages"  # folder of package files, and first part of the names of their numbers
REQUIRED = ("value", "unit", "low", "high", "kind", "role", "evidence")
OPTIONAL = ("axes", "distribution", "note")

Axes = Mapping[str, Sequence[str]]
Floats = NDArray[np.float64]


class ParameterError(ValueError):
    """One or more faults in parameter files or overrides; ``messages`` lists them all."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(messages)
        super().__init__("\n".join(self.messages))


@dataclass(frozen=True)
class Parameter:
    """One declared number or table of numbers.

    ``value``, ``low`` and ``high`` are read-only float arrays in the declared ``unit``: 0-dimensional for a number,
    else with one dimension for each of ``axes``, whose labels are in ``labels``.
    """

    name: str
    value: Floats
    unit: str
    low: Floats
    high: Floats
    kind: str
    role: str
    evidence: tuple[str, ...] = ()
    note: str = ""
    distribution: str = ""
    axes: tuple[str, ...] = ()
    labels: tuple[tuple[str, ...], ...] = ()
    overridden: bool = False

    def cells(self) -> Iterator[tuple[str, int]]:
        """Yield the path and the flat index of every cell; a plain number has one cell, its own name."""
        shape = tuple(len(axis) for axis in self.labels)
        for flat, place in enumerate(np.ndindex(*shape)):
            path = ".".join((self.name, *(self.labels[axis][i] for axis, i in enumerate(place))))
            yield path, flat


class Registry:
    """All parameters by full name; immutable but for its memory of what has been read."""

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self._parameters = MappingProxyType(dict(parameters))
        self._read: set[str] = set()

    def names(self) -> tuple[str, ...]:
        """Return the full names, in the order of the files."""
        return tuple(self._parameters)

    def __contains__(self, name: object) -> bool:
        return name in self._parameters

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._parameters.values())

    def __getitem__(self, name: str) -> Parameter:
        """Return a parameter with all that is declared about it, without counting it as read by the model."""
        found = self._parameters.get(name)
        if found is None:
            raise ParameterError([f"parameters.{name}: no such parameter{did_you_mean(name, self._parameters)}"])
        return found

    def array(self, name: str) -> Floats:
        """Return the value in its declared unit as a read-only array (0-dimensional for a plain number)."""
        value = self[name].value
        self._read.add(name)
        return value

    def get(self, name: str) -> Any:
        """Return the value in its declared unit: a float, or a read-only array ordered by the parameter's axes."""
        return _plain(self.array(name))

    def monthly(self, name: str) -> Any:
        """Return the value as a probability or rate per member-month, converted from its unit; see ``units.UNITS``."""
        parameter = self[name]
        try:
            value = units.monthly(self.array(name), parameter.unit)
        except ValueError as fault:
            raise ParameterError([f"parameters.{name}: {fault}"]) from None
        return _plain(value)

    def read(self) -> tuple[str, ...]:
        """Return the names that have been read, in the order of the files."""
        return tuple(name for name in self._parameters if name in self._read)

    def unread(self) -> tuple[str, ...]:
        """Return the names that nothing has read: after a run, numbers that do nothing."""
        return tuple(name for name in self._parameters if name not in self._read)

    def overridden(self) -> tuple[str, ...]:
        """Return the names whose value is not the declared one."""
        return tuple(name for name, parameter in self._parameters.items() if parameter.overridden)

    def fresh(self) -> "Registry":
        """Return the same parameters, of which none has been read yet."""
        return Registry(self._parameters)

    def override(self, values: Mapping[str, Any]) -> "Registry":
        """Return a registry with some values replaced.

        Parameters
        ----------
        values
            From ``file.name`` or ``file.name.label...`` to a number, or to a nested mapping of labels to numbers.

        Raises
        ------
        ParameterError
            With one message for each unknown name or label, wrong type, or value outside its declared range.
        """
        changed: dict[str, Parameter] = {}
        faults: list[str] = []
        for path, value in values.items():
            try:
                name, labels = self._split(path)
                parameter = changed.get(name, self._parameters[name])
                changed[name] = _overridden(parameter, labels, value)
            except ParameterError as fault:
                faults.extend(fault.messages)
        if faults:
            raise ParameterError(faults)
        return Registry({**self._parameters, **changed}) if changed else self

    def with_cells(self, values: Mapping[str, Sequence[float]]) -> "Registry":
        """Return a registry with the cells below some paths replaced: quick, for the draws of a study.

        Parameters
        ----------
        values
            From ``file.name`` or ``file.name.label...`` to the value of each cell below it, in the order of the cells,
            or to one value for all of them.

        Raises
        ------
        ParameterError
            With one message for each value outside its declared range.
        """
        changed: dict[str, Parameter] = {}
        faults: list[str] = []
        for path, cells in values.items():
            name, labels = self._split(path)
            parameter = changed.get(name, self._parameters[name])
            table = parameter.value.copy()
            place = _place(parameter, labels)
            table[place] = cells[0] if len(cells) == 1 else np.reshape(cells, table[place].shape)
            if not ((parameter.low <= table) & (table <= parameter.high)).all():
                faults.append(f"parameters.{path}={shown(cells)}: outside the declared range")
            table.setflags(write=False)
            changed[name] = replace(parameter, value=table, overridden=True)
        if faults:
            raise ParameterError(faults)
        return Registry({**self._parameters, **changed})

    def name_of(self, path: str) -> str | None:
        """Return the name of the parameter that a path names or names a part of, or None."""
        try:
            return self._split(path)[0]
        except ParameterError:
            return None

    def _split(self, path: str) -> tuple[str, tuple[str, ...]]:
        """Split ``file.name.label...`` into the parameter's name and the labels of a cell or of a part of its table."""
        parts = str(path).split(".")
        if path in self._parameters:
            return path, ()
        name = ".".join(parts[:2])
        if name not in self._parameters:
            nearest = did_you_mean(path if parts[0] == PACKAGES else name, self._parameters)
            raise ParameterError([f"parameters.{path}: no such parameter{nearest}"])
        return name, tuple(parts[2:])

    def paths(self) -> Iterator[str]:
        """Yield every path that can be overridden: each parameter, and each cell of a table."""
        for parameter in self:
            yield parameter.name
            if parameter.axes:
                yield from (path for path, _ in parameter.cells())


def load_registry(conf: Path, axes: Axes | None = None) -> Registry:
    """Read and check every parameter file below ``conf``.

    Parameters
    ----------
    conf
        The configuration folder, with ``parameters/*.yaml`` and, if present, ``evidence/evidence.csv``.
    axes
        Labels of every axis that a table may have, by the axis's name.

    Raises
    ------
    ParameterError
        With every fault of every file.
    """
    known = evidence_ids(conf)
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
    for file in sorted((conf / PACKAGES).glob("*.yaml")):
        parameters |= {one.name: one for one in _numbers_of_package(file)}
    if faults:
        raise ParameterError(faults)
    return Registry(parameters)


def _numbers_of_package(file: Path) -> Iterator[Parameter]:
    """Yield each number of a package file, so that it can be listed and overridden as a parameter can.

    What is wrong in such a file is said where packages are loaded: here a faulty number is passed over.
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
            yield _number_of_package(path, part)


def _number_of_package(path: str, part: dict[str, Any]) -> Parameter:
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
    )


def evidence_ids(conf: Path) -> frozenset[str] | None:
    """Return the ids in ``evidence/evidence.csv``, or None where that table is absent."""
    table = conf / "evidence" / "evidence.csv"
    if not table.exists():
        return None
    with table.open(encoding="utf-8", newline="") as lines:
        return frozenset(row[0] for row in csv.reader(lines) if row)


@dataclass(frozen=True)
class _Reader:
    """What one entry is checked against, and where its faults go."""

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
    """Return what is wrong with the words of an entry; its numbers are checked once the words are right."""
    allowed = REQUIRED + OPTIONAL
    faults = [f"{name}: unknown key {key!r}{did_you_mean(str(key), allowed)}" for key in entry if key not in allowed]
    faults += [f"{name}: {key} is missing" for key in REQUIRED if entry.get(key) is None]
    if "unit" in entry and str(entry["unit"]) not in units.UNITS:
        faults.append(f"{name}: unknown unit {entry['unit']!r}{did_you_mean(str(entry['unit']), units.UNITS)}")
    for key, words in (("kind", KINDS), ("role", ROLES), ("distribution", DISTRIBUTIONS)):
        if entry.get(key) is not None and entry[key] not in words:
            faults.append(f"{name}: {key} is {entry[key]!r}, must be one of {', '.join(words)}")
    faults += _faults_of_evidence(name, entry, reader.evidence)
    faults += _faults_of_axes(name, entry.get("axes", []), reader.axes)
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
    """Return the parameter of an entry whose words are right, or None with its faults."""
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
    )
    faults.extend(_faults_of_ranges(parameter))
    return parameter


def _table(where: str, tree: Any, labels: tuple[tuple[str, ...], ...], faults: list[str]) -> Floats:
    """Return a nested mapping as an array ordered by ``labels``; a number fills all that lies below it."""
    values: list[float] = []
    _fill(where, tree, labels, values, faults)
    shape = tuple(len(axis) for axis in labels)
    table = np.array(values if not faults else np.zeros(shape), dtype=np.float64).reshape(shape)
    table.setflags(write=False)
    return table


def _fill(where: str, tree: Any, labels: tuple[tuple[str, ...], ...], into: list[float], faults: list[str]) -> None:
    if not isinstance(tree, dict):
        number = _number(where, tree, faults)
        into.extend([number] * math.prod(len(axis) for axis in labels))
    elif not labels:
        faults.append(f"{where}: must be a number, is a mapping (are its axes missing?)")
    else:
        faults.extend(
            f"{where}: unknown label {key!r}, must be one of {', '.join(labels[0])}"
            for key in tree
            if key not in labels[0]
        )
        for label in labels[0]:
            if label in tree:
                _fill(f"{where} {label}", tree[label], labels[1:], into, faults)
            else:
                faults.append(f"{where}: label {label!r} is missing")


def _number(where: str, value: Any, faults: list[str]) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        faults.append(f"{where}: must be a number, is {shown(value)}")
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        faults.append(f"{where}: must be finite, is {shown(value)}")
        return 0.0
    return number


def _faults_of_ranges(parameter: Parameter) -> list[str]:
    """Return the cells where low <= value <= high does not hold, or where the range leaves what the unit allows."""
    unit = units.UNITS[parameter.unit]
    low, value, high = (table.ravel() for table in (parameter.low, parameter.value, parameter.high))
    wrong = ~((low <= value) & (value <= high) & (low >= unit.low) & (high <= unit.high))
    if not wrong.any():
        return []
    return [_range_fault(path, value[i], low[i], high[i], unit) for path, i in parameter.cells() if wrong[i]]


def _range_fault(path: str, value: float, low: float, high: float, unit: units.Unit) -> str:
    if low < unit.low or high > unit.high:
        return f"{path}: range {low:g} to {high:g} leaves {unit.low:g} to {unit.high:g}, all that {unit.name!r} allows"
    return f"{path}: value {value:g} lies outside {low:g} to {high:g}"


def _overridden(parameter: Parameter, labels: tuple[str, ...], value: Any) -> Parameter:
    """Return the parameter with the cells below ``labels`` set to ``value``."""
    place = _place(parameter, labels)
    where = f"parameters.{'.'.join((parameter.name, *labels))}"
    table = parameter.value.copy()
    _assign(where, table, place, parameter.labels[len(labels) :], value)
    faults = [
        f"parameters.{path}={table.flat[i]:g}: outside the declared range, "
        f"{parameter.low.flat[i]:g} to {parameter.high.flat[i]:g} {parameter.unit}"
        for path, i in parameter.cells()
        if not parameter.low.flat[i] <= table.flat[i] <= parameter.high.flat[i]
    ]
    if faults:
        raise ParameterError(faults)
    table.setflags(write=False)
    return replace(parameter, value=table, overridden=True)


def _place(parameter: Parameter, labels: tuple[str, ...]) -> tuple[int, ...]:
    if len(labels) > len(parameter.axes):
        shape = f"a table by {', '.join(parameter.axes)}" if parameter.axes else "one number"
        raise ParameterError([f"parameters.{'.'.join((parameter.name, *labels))}: {parameter.name} is {shape}"])
    for axis, label in enumerate(labels):
        if label not in parameter.labels[axis]:
            where = f"parameters.{parameter.name}: no label {label!r} for {parameter.axes[axis]}"
            raise ParameterError([f"{where}, must be one of {', '.join(parameter.labels[axis])}"])
    return tuple(parameter.labels[axis].index(label) for axis, label in enumerate(labels))


def _assign(where: str, table: Floats, place: tuple[int, ...], labels: tuple[tuple[str, ...], ...], value: Any) -> None:
    """Set the part of a table at ``place``; a mapping sets only the labels that it names."""
    faults: list[str] = []
    if isinstance(value, Mapping) and labels:
        for label, below in value.items():
            if label not in labels[0]:
                raise ParameterError([f"{where}: no label {label!r}, must be one of {', '.join(labels[0])}"])
            _assign(f"{where}.{label}", table, (*place, labels[0].index(label)), labels[1:], below)
        return
    table[place] = _number(where, value, faults)
    if faults:
        raise ParameterError(faults)


def _plain(value: Floats) -> Any:
    return float(value) if value.ndim == 0 else value
