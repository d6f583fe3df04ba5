"""Metric sets: what is expected of a CCO, by measure and year (``conf/metrics/*.yaml``; data, not parameters).

A file names measures of ``schema.METRICS``, each with its ``benchmark``, the ``floor`` of its improvement target, how
far the benchmark moves a year (``ratchet``), whether ``lower`` is better, and the years of the run in which it
carries money (``from`` and ``until``, the last one included). ``steps`` say what is paid for which share of measures
met, ``gap`` which part of the gap an improvement target closes, ``medical_home`` the enrollment that full payment
needs, ``challenge`` the measures of the challenge pool; ``steps_kind``, ``steps_evidence``: where steps come from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.text import did_you_mean, shown
from sim.engine.yaml_files import YamlError, read_yaml
from sim.schema import METRICS

FOLDER = "metrics"
KEYS = ("about", "gap", "medical_home", "steps", "steps_kind", "steps_evidence", "challenge", "measures")
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
    benchmark: Floats
    floor: Floats
    ratchet: Floats
    lower: Flags
    first: Ints
    last: Ints
    challenge: Flags

    def counted(self, year: int) -> Flags:
        """Return the measures that carry money in a year of the run."""
        return np.asarray((self.first <= year) & (year <= self.last))


@lru_cache
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
    yield from _faults_of_steps(plain.get("steps"), where)
    challenge = plain.get("challenge") or []
    if not isinstance(challenge, list):
        yield f"{where}: challenge={shown(challenge)}: must be a list of its measures"
        challenge = []
    for name in challenge:
        if name not in list(plain["measures"]):
            yield f"{where}: challenge: {shown(name)} is not among its measures"
    for name, measure in plain["measures"].items():
        yield from _faults_of_measure(name, measure, where)


def _faults_of_steps(steps: Any, where: str) -> Iterator[str]:
    if not isinstance(steps, list) or not steps or not all(_is_step(step) for step in steps):
        yield f"{where}: steps={shown(steps)}: must be a list of [share of measures met, share paid], each from 0 to 1"
        return
    met, paid = zip(*sorted(steps), strict=True)
    if len(set(met)) < len(met):
        yield f"{where}: steps={shown(steps)}: names a share of measures met twice"
    elif list(paid) != sorted(paid):
        yield f"{where}: steps={shown(steps)}: more measures met must not pay less"


def _faults_of_measure(name: Any, measure: Any, where: str) -> Iterator[str]:
    if name not in METRICS:
        near = did_you_mean(str(name), METRICS)
        yield f"{where}: {name!r} is not a measure{near}, must be among {', '.join(METRICS)}"
        return
    if not isinstance(measure, Mapping) or "benchmark" not in measure:
        yield f"{where}: {name}: needs a benchmark, {A_RATE}"
        return
    for key in measure:
        if key not in MEASURE_KEYS:
            yield f"{where}: {name}.{key}: no such key{did_you_mean(str(key), MEASURE_KEYS)}"
    wrong = {key: must for key, (is_right, must) in MUST.items() if key in measure and not is_right(measure[key])}
    yield from (f"{where}: {name}.{key}={shown(measure[key])}: must be {must}" for key, must in wrong.items())
    first, last = measure.get("from", 0), measure.get("until", FOREVER)
    if not {"from", "until"} & set(wrong) and last < first:
        yield f"{where}: {name}.until={last}: must be at least from={first}, the first year that counts"


def _is_step(step: Any) -> bool:
    return isinstance(step, list) and len(step) == 2 and all(_is_share(part) for part in step)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_year(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < FOREVER


def _is_yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


A_RATE = "a share of members or events, or visits per member-month: a number from 0 to 1"
MUST = {
    **dict.fromkeys(("benchmark", "floor", "ratchet"), (_is_share, A_RATE)),
    **dict.fromkeys(("from", "until"), (_is_year, "a year of the run: a whole number from 0, 0 the first")),
    "lower": (_is_yes_or_no, "true or false: whether lower is better"),
}
"""From a key of a measure to whether a value is right, and what it must be in words."""
