"""The registry of parameters: every number of the model, with its unit, range, kind and source.

A parameter is a number or a table, read from ``conf`` by ``sim.engine.parameter_files``. An override is checked against
the declared range and names; every fault is reported at once.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from sim.engine import units
from sim.engine.arrays import Floats
from sim.engine.text import did_you_mean, shown

OUTSIDE = "outside the declared range"
PRICE_YEAR = "economics.price_year"  # month 0 is at its prices
PROGRAMS, PROGRAM_GROWTH = "programs", "upstream.cost_growth"  # the index of what programs cost, and what moves it
PACKAGES = "packages"  # folder of package files, and first part of the names of their numbers


class ParameterError(ValueError):
    """One or more faults in parameter files or overrides; ``messages`` lists them all."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(messages)
        super().__init__("\n".join(self.messages))


@dataclass(frozen=True)
class Parameter:
    """One declared number or table of numbers.

    ``value``, ``low`` and ``high`` are read-only float arrays in the declared ``unit``: 0-dimensional for a number,
    else with one dimension for each of ``axes``, whose labels are in ``labels``. Dollars are of ``price_year``, and
    move with ``index`` after month 0: ``care`` with the price index of care, ``programs`` with
    ``upstream.cost_growth``, ``none`` stays in nominal dollars. Costs of programs are used in dollars of month 0
    (``Registry.dollars``); what somebody sets, and what was calibrated, is used as it stands.
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
    price_year: int = 0
    index: str = ""
    overridden: bool = False

    @property
    def is_converted(self) -> bool:
        """Whether a run turns the number into dollars of month 0 before it uses it."""
        return self.index == PROGRAMS and self.kind not in ("policy", "calibrated")

    def cells(self) -> Iterator[tuple[str, int]]:
        """Yield the path and the flat index of every cell; a plain number has one cell, its own name."""
        shape = tuple(len(axis) for axis in self.labels)
        for flat, place in enumerate(np.ndindex(*shape)):
            path = ".".join((self.name, *(self.labels[axis][i] for axis, i in enumerate(place))))
            yield path, flat


class Registry:
    """All parameters by full name; immutable, except that it remembers which have been read."""

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self._parameters = MappingProxyType(dict(parameters))
        self._read: set[str] = set()

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (tuple(self._parameters.values()),)

    def __deepcopy__(self, memo: Any) -> "Registry":
        return self.fresh()

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
        """Return a parameter with its declaration; this does not count as read by the model."""
        found = self._parameters.get(name)
        if found is None:
            near = did_you_mean(name, self._parameters)
            raise ParameterError([f"{name}: no such parameter in conf/parameters or conf/packages{near}"])
        return found

    def array(self, name: str) -> Floats:
        """Return the value in its declared unit as a read-only array (0-dimensional for a plain number)."""
        value = self[name].value
        self._read.add(name)
        return value

    def get(self, name: str) -> Any:
        """Return the value in its declared unit: a float, or a read-only array ordered by the parameter's axes."""
        return _plain(self.array(name))

    def dollars(self, name: str) -> Any:
        """Return a number in dollars as a run uses it: what programs cost, in dollars of month 0."""
        return _plain(self.array(name) * self.conversion(self[name]))

    def conversion(self, parameter: Parameter) -> float:
        """Return what a run multiplies a number in dollars by, so that it is of the year of month 0's prices."""
        if not parameter.is_converted:
            return 1.0
        years = round(self.get(PRICE_YEAR)) - parameter.price_year
        return float((1 + self.get(PROGRAM_GROWTH)) ** years) if years else 1.0

    def range_of(self, name: str, scale: float = 1.0) -> dict[str, float]:
        """Return the ends of a plain number's range."""
        return {end: float(getattr(self[name], end)) * scale for end in ("low", "high")}

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

    def overridden(self) -> tuple[str, ...]:
        """Return the names whose value is not the declared one."""
        return tuple(name for name, parameter in self._parameters.items() if parameter.overridden)

    def fresh(self) -> "Registry":
        """Return the same parameters, none of them read."""
        return Registry(self._parameters)

    def override(self, values: Mapping[str, Any]) -> "Registry":
        """Return a registry with some values replaced.

        Parameters
        ----------
        values : from ``file.name`` or ``file.name.label...`` to a number, or to a nested mapping of labels to numbers.

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
        values : From ``file.name`` or ``file.name.label...`` to the value of each cell below it, in the order of the
            cells, or to one value for all of them.

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
                faults.append(f"parameters.{path}={shown(cells)}: {OUTSIDE}")
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


def _arrived(parameters: tuple[Parameter, ...]) -> Registry:
    """Return a registry from another process; arrays that were read-only there are so here."""
    for parameter in parameters:
        for array in (parameter.value, parameter.low, parameter.high):
            array.setflags(write=False)
    return Registry({parameter.name: parameter for parameter in parameters})


@dataclass(frozen=True)
class Declared:
    """Terms that are declared as parameters: the fields of a frozen dataclass say which ones (``declared``)."""

    @classmethod
    def of(cls, registry: Registry) -> Self:
        """Read the terms."""
        names = {each.name: each.metadata for each in fields(cls)}
        return cls(**{name: about["into"](registry.get(about["parameter"])) for name, about in names.items()})


def declared(parameter: str, into: Callable[[Any], Any] = lambda value: value) -> Any:
    """Return a field that is read from a parameter, as it is or as ``into`` makes it."""
    return field(metadata={"parameter": parameter, "into": into})


def as_number(where: str, value: Any, faults: list[str]) -> float:
    """Return a finite number; anything else adds to ``faults``."""
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


def _overridden(parameter: Parameter, labels: tuple[str, ...], value: Any) -> Parameter:
    """Return the parameter with the cells below ``labels`` set to ``value``."""
    place = _place(parameter, labels)
    where = f"parameters.{'.'.join((parameter.name, *labels))}"
    table = parameter.value.copy()
    _assign(where, table, place, parameter.labels[len(labels) :], value)
    faults = [
        f"parameters.{path}={table.flat[i]:g}: {OUTSIDE}, "
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
            raise ParameterError([_among(where, label, parameter.labels[axis])])
    return tuple(parameter.labels[axis].index(label) for axis, label in enumerate(labels))


def _among(where: str, label: object, valid: Sequence[str]) -> str:
    return f"{where}, must be one of {', '.join(valid)}{did_you_mean(str(label), valid)}"


def _assign(where: str, table: Floats, place: tuple[int, ...], labels: tuple[tuple[str, ...], ...], value: Any) -> None:
    """Set the cells of a table below ``place``; a mapping sets only the labels that it names."""
    faults: list[str] = []
    if isinstance(value, Mapping) and labels:
        for label, below in value.items():
            if label not in labels[0]:
                raise ParameterError([_among(f"{where}: no label {label!r}", label, labels[0])])
            _assign(f"{where}.{label}", table, (*place, labels[0].index(label)), labels[1:], below)
        return
    table[place] = as_number(where, value, faults)
    if faults:
        raise ParameterError(faults)


def _plain(value: Floats) -> Any:
    return float(value) if value.ndim == 0 else value
