"""Studies that are one table and keep no runs: associations, portfolios, contrasts.

Their folder is a study like any other: named after all that changes the table, never one of another kind or with other
settings, finished or begun again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from rich.console import Console

from experiments.terminal.progress import say_compiling
from sim.engine.arrays import Floats
from sim.measures.small_cells import small
from sim.paths import conf_folder
from sim.runs.plan import has_own_margins
from sim.scenario import Scenario, ScenarioError
from sim.scenario.digests import data_digest
from sim.study import Study, open_study

DONE = 0
SAID = "said.txt"


class Made(NamedTuple):
    """What a study of one table comes to: what is printed, and its files by name."""

    said: str
    files: Mapping[str, bytes]


def run_table_study(scenario: Scenario, kind: str, make: Callable[[], Made], **also: Any) -> int:
    """Make a table, or read it where it was made before; print it and, last, its folder.

    Parameters
    ----------
    scenario : what is simulated.
    kind : what the study is; its name begins with it.
    make : makes the table.
    also : what else changes the table, as plain data.

    Raises
    ------
    StudyError
        If ``study=NAME`` is a folder of another kind or with other settings.
    """
    digest = digest_of(scenario, kind, also)
    study = open_study(
        scenario.results_root,
        scenario.study or f"{kind}-{digest[:8]}",
        scenario={**scenario.described(), kind: also},
        scenario_digest=digest,
        data_digest=data_digest(conf_folder()),
        seeds=scenario.seed_list,
        threads=scenario.threads,
        kind=kind,
    )
    if study.is_done:
        finished = f"Finished before: {study.path} holds this, nothing is computed again."
        Console(stderr=True, highlight=False).print(finished, soft_wrap=True)
    else:
        say_compiling(Console(stderr=True, highlight=False), scenario.folder)
        _fill(study, make)
    print((study.path / SAID).read_text(encoding="utf-8").rstrip("\n"))
    print(study.path)
    return DONE


def refuse_few(scenario: Scenario, people: Mapping[str, int], who: str) -> None:
    """Refuse a table of 1 to 10 people, ``who`` in words, where members come from a user's own file.

    Raises
    ------
    ScenarioError
        If any group of ``people`` is so small.
    """
    if has_own_margins(scenario) and small(np.array(list(people.values()))).any():
        few = f"fewer than 11 people were {who}: too few to be shown with margins of your own"
        raise ScenarioError([f"population.margins={scenario.population.margins}: {few}"])


def mean_of_known(values: ArrayLike) -> Floats:
    """Return the mean over the first axis of what is known; NaN where nothing is."""
    table = np.asarray(values, dtype=np.float64)
    seen = np.isfinite(table).sum(axis=0)
    unknown = np.full(table.shape[1:], np.nan)
    return np.asarray(np.divide(np.nansum(table, axis=0), seen, out=unknown, where=seen > 0))


def digest_of(scenario: Scenario, kind: str, also: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that changes the table."""
    text = json.dumps([scenario.digest(), kind, also], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _fill(study: Study, make: Callable[[], Made]) -> None:
    with study.at_work() as seconds:
        made = make()
        for name, data in {**made.files, SAID: made.said.encode()}.items():
            study.write(name, data)
        result = hashlib.sha256(b"".join(data for name, data in made.files.items() if name.endswith(".csv")))
        study.close(result.hexdigest(), 0, seconds())
