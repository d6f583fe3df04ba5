"""The entries of the gallery: files of ``conf/experiment/gallery``, and the figures that were published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from experiments.analysis.sources import Evidence
from sim.engine.yaml_files import read_yaml
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError
from sim.scenario.overrides import EXPERIMENT, options
from sim.scenario.published import Figure, Published

FOLDER = "gallery"
ROOT = Path(__file__).resolve().parents[2]
EVERY_UNIT = {"relative risk": "ratio", "rate ratio": "ratio", "odds ratio": "odds ratio", "USD PBPM": "USD PMPM"}


@dataclass(frozen=True)
class Aim:
    """A published figure with its interval where there is one, its unit and its source."""

    value: float | None
    low: float | None
    high: float | None
    unit: str
    source: str


def names() -> list[str]:
    """Return the entries of the gallery."""
    return [one.partition("/")[2] for one in options(conf_folder(), EXPERIMENT) if one.startswith(f"{FOLDER}/")]


def as_written(name: str) -> tuple[str, Published]:
    """Return the title of an entry and what was published, from its file: to compose all entries takes seconds."""
    plain = read_yaml(conf_folder() / EXPERIMENT / FOLDER / f"{name}.yaml")
    return plain["title"], Published.model_validate(plain["published"])


@cache
def entry(name: str, words: tuple[str, ...] = ()) -> tuple[Scenario, Published]:
    """Return an entry as a scenario, and what was published.

    Raises
    ------
    ScenarioError
        If it cannot be composed, or says nothing about what was published.
    """
    scenario = Scenario.compose([f"{EXPERIMENT}={FOLDER}/{name}", *words])
    if scenario.published is None:
        raise ScenarioError([f"{EXPERIMENT}={FOLDER}/{name}: published: is missing"])
    return scenario, scenario.published


def aim_of(figure: Figure, evidence: Evidence) -> Aim:
    """Return the figure as it was published: its row, or where that is in another unit what follows from it."""
    row = evidence[figure.row]
    source = row["source"]
    if figure.value is not None or figure.unit:
        return Aim(figure.value, figure.low, figure.high, figure.unit, source)
    value, low, high = (float(row[key]) if row[key] else None for key in ("value", "low", "high"))
    return Aim(value, low, high, EVERY_UNIT.get(row["unit"], row["unit"]), source)
