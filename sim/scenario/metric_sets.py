"""Metric sets: what is expected of a CCO, by measure and year (``conf/metrics/*.yaml``; data, not parameters).

A file names measures of ``schema.METRICS``, each with its ``benchmark``, the ``floor`` of its improvement target, how
far the benchmark moves a year (``ratchet``), whether ``lower`` is better, and the years of the run in which it
carries money (``from`` and ``until``, the last one included). ``steps`` say what is paid for which share of measures
met, ``gap`` which part of the gap an improvement target closes, ``medical_home`` the enrolment that full payment
needs, ``challenge`` the measures of the challenge pool.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.text import did_you_mean, shown
from sim.engine.yaml_files import YamlError, read_yaml
from sim.schema import METRICS

FOLDER = "metrics"
KEYS = ("about", "gap", "medical_home", "steps", "challenge", "measures")
MEASURE_KEYS = ("benchmark", "floor", "ratchet", "lower", "from", "until", "kind", "evidence", "note")
FOREVER = 10**6


class MetricSetError(ValueError):
    """Faults of a metric set; ``messages`` lists them all."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages
        super().__init__("\n".join(messages))


@dataclass(frozen=True)
class MetricSet:
    """What is expected, in arrays over ``schema.METRICS``; measures that the set does not hold have no years."""

    gap: float
    medical_home: float
    steps: tuple[tuple[float, float], ...]
    benchmark: NDArray[np.float64]
    floor: NDArray[np.float64]
    ratchet: NDArray[np.float64]
    lower: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    challenge: NDArray[np.bool_]

    def counted(self, year: int) -> NDArray[np.bool_]:
        """Return the measures that carry money in a year of the run."""
        return np.asarray((self.first <= year) & (year <= self.last))


@lru_cache(maxsize=16)
def read_metric_set(conf: Path, name: str) -> MetricSet:
    """Return the metric set of a file.

    Raises
    ------
    MetricSetError
        With every fault of the file.
    """
    try:
        plain: Any = read_yaml(conf / FOLDER / f"{name}.yaml")
    except YamlError as fault:
        raise MetricSetError([str(fault)]) from None
    faults = list(_faults(plain, f"metrics/{name}.yaml"))
    if faults:
        raise MetricSetError(faults)
    measures: Mapping[str, Mapping[str, Any]] = plain["measures"]

    def column(key: str, empty: float) -> NDArray[Any]:
        return np.array([measures.get(metric, {}).get(key, empty) for metric in METRICS])

    return MetricSet(
        gap=float(plain["gap"]),
        medical_home=float(plain["medical_home"]),
        steps=tuple(sorted(((float(met), float(paid)) for met, paid in plain["steps"]), reverse=True)),
        benchmark=column("benchmark", np.nan).astype(float),
        floor=column("floor", 0.0).astype(float),
        ratchet=column("ratchet", 0.0).astype(float),
        lower=column("lower", False).astype(bool),
        first=np.array([measures[m].get("from", 0) if m in measures else FOREVER for m in METRICS], dtype=np.int64),
        last=column("until", FOREVER).astype(np.int64),
        challenge=np.isin(METRICS, plain.get("challenge") or ()),
    )


def _faults(plain: Any, where: str) -> Iterator[str]:
    if not isinstance(plain, Mapping) or not isinstance(plain.get("measures"), Mapping):
        yield f"{where}: must be a mapping with measures"
        return
    for key in plain:
        if key not in KEYS:
            yield f"{where}: {key}: no such key{did_you_mean(str(key), KEYS)}, must be among {', '.join(KEYS)}"
    for key in ("gap", "medical_home"):
        if not _is_share(plain.get(key)):
            yield f"{where}: {key}={shown(plain.get(key))}: must be a number from 0 to 1"
    steps = plain.get("steps")
    if not isinstance(steps, list) or not steps or not all(_is_step(step) for step in steps):
        yield f"{where}: steps={shown(steps)}: must be a list of [share of measures met, share paid]"
    for name in plain.get("challenge") or ():
        if name not in plain["measures"]:
            yield f"{where}: challenge: {name!r} is not among its measures"
    for name, measure in plain["measures"].items():
        yield from _faults_of_measure(name, measure, where)


def _faults_of_measure(name: Any, measure: Any, where: str) -> Iterator[str]:
    if name not in METRICS:
        near = did_you_mean(str(name), METRICS)
        yield f"{where}: {name!r} is not a measure{near}, must be among {', '.join(METRICS)}"
        return
    if not isinstance(measure, Mapping) or not _is_number(measure.get("benchmark")):
        yield f"{where}: {name}: needs a benchmark"
        return
    for key in measure:
        if key not in MEASURE_KEYS:
            yield f"{where}: {name}.{key}: no such key{did_you_mean(str(key), MEASURE_KEYS)}"
    for key in ("benchmark", "floor", "ratchet", "from", "until"):
        if key in measure and not (_is_number(measure[key]) and measure[key] >= 0):
            yield f"{where}: {name}.{key}={shown(measure[key])}: must be a number, at least 0"


def _is_step(step: Any) -> bool:
    return isinstance(step, list) and len(step) == 2 and all(_is_share(part) for part in step)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
