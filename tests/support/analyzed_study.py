"""Finished studies without a model, for tests of their analysis: a sweep whose outcome is a known function."""

import hashlib
from functools import partial
from types import SimpleNamespace

import numpy as np

from sim.measures.amounts import AMOUNT_NAMES
from sim.measures.measures import FOUR, MEASURES
from sim.measures.side_by_side import read_table
from sim.measures.strata import rows
from sim.runs import study as sessions
from sim.runs.comparison import compare
from sim.runs.plan import comparison_of
from sim.runs.study import described_design, open_comparison, open_sweep, run_sweep, write_tables
from sim.scenario import Scenario
from sim.study.shards import Outcome
from sim.study.tables import parquet, write_csv
from tests.support.stub_runs import Inline
from tests.support.synthetic_runs import synthetic_run

UNCERTAIN = {
    "needs.food_onset": (0.01, 0.03),
    "needs.housing_onset": (0.0005, 0.002),
    "wellbeing.crisis_utility_loss": (0, 0.3),
}
NAMES = [measure.name for measure in MEASURES]
ROWS = tuple(rows(("North", "South")))
STATE = ROWS[:1]
YEARS = 2
ARMS = ("arms.a=[upstream=none]", "arms.b=[upstream=chw]")
A, B = 7.0, 0.1
STEP = 12.0  # fewer emergency visits in arm b where providers follow the reduced form


def ishigami(places):
    x, y, z = (2 * np.pi * np.asarray(places) - np.pi).T
    return np.sin(x) + A * np.sin(y) ** 2 + B * z**4 * np.sin(x)


def places_of(values):
    return [(values[name][0] - low) / (high - low) for name, (low, high) in UNCERTAIN.items()]


def outcome_of(run_id, arm, task, kept=ROWS):
    """Arm b adds Ishigami's function to emergency visits, and net benefit along the first parameter."""
    places = places_of(task.values)
    luck = np.random.default_rng([task.seed, 7]).normal(0, 3)
    totals = np.full((len(kept), len(NAMES)), 50.0 + luck)
    amounts = np.full((YEARS, len(AMOUNT_NAMES)), 1e6 + luck)
    totals[:, NAMES.index("members")] = 1000
    totals[:, NAMES.index("qalys_per_1000_my")] = 780 + luck
    totals[:, NAMES.index("people")] = 1000
    totals[:, NAMES.index("qalys_a_year")] = 780 + luck
    amounts[:, AMOUNT_NAMES.index("programs")] = 0
    if arm == "b":
        own = np.random.default_rng([task.seed, 8, task.draw]).normal(0, 0.01)
        totals[:, NAMES.index("ed_visits_per_1000_mm")] += ishigami([places])[0] + own
        if task.cells[arm].scenario.providers.name == "reduced_form":
            totals[:, NAMES.index("ed_visits_per_1000_mm")] -= STEP
        totals[:, NAMES.index("qalys_per_1000_my")] += 1
        amounts[:, AMOUNT_NAMES.index("state")] += 1e6 * (1 - 2 * places[0])
        amounts[:, AMOUNT_NAMES.index("administration")] += 1e6 * (1 - 2 * places[0]) - 1e5  # programs are the rest
        amounts[:, AMOUNT_NAMES.index("programs")] = 1e5
    digest = hashlib.sha256(totals.tobytes()).hexdigest()
    of_four = totals[:, [NAMES.index(name) for name in FOUR]]
    courses = np.repeat(of_four[:1], task.cells[arm].scenario.months, axis=0)  # the same in each month
    return Outcome(run_id, digest, 24_000, 0.001, kept, tuple(NAMES), totals, amounts, courses=courses)


def known(task, kept=ROWS):
    return [outcome_of(run_id, arm, task, kept) for run_id, arm in task.runs]


def sweep(root, monkeypatch, *words, seeds=2, arms=ARMS, kept=ROWS):
    """A finished sweep of two arms with three uncertain parameters, uniform over their ranges; ``kept``: its levels."""
    monkeypatch.setattr(sessions, "crew_of", lambda engine, workers, address, work: Inline(work))
    ranges = [
        f"uncertainties.{name}={{low: {low}, high: {high}, distribution: uniform}}"
        for name, (low, high) in UNCERTAIN.items()
    ]
    few = ["population=classroom", "months=24", "warm_up=1", f"results_root={root}", "study=known"]
    scenario = Scenario.compose([*few, f"seeds={seeds}", *arms, *ranges, *words])
    folder = open_sweep(scenario)
    run_sweep(folder, scenario, work=partial(known, kept=kept))
    return folder.path


def comparison(root, title="Two arms"):
    """A finished comparison of synthetic runs, as ``ccosim compare`` leaves it."""
    words = ["population=classroom", "months=14", "seeds=3", *ARMS]
    scenario = Scenario.compose([*words, f"results_root={root}", "study=two"]).model_copy(update={"title": title})
    study = open_comparison(scenario)
    found = compare(scenario, build=_system, populations=lambda scenario, seed: None, store=study)
    summary, frame = found.summary(), found.frame()
    study.write_scenarios(described_design(comparison_of(scenario)))
    write_tables(study, comparison_of(scenario), study.shards(), {})
    tables = {"summary": summary, "differences": read_table(summary, "a", NAMES)}
    for name, table in tables.items():
        study.write(f"{name}.csv", write_csv(table))
    study.write("results.parquet", parquet(frame))
    for name in ("paths", "who_pays", "differences", "groups", "triple_aim"):
        for kind in ("png", "pdf"):  # to draw them takes longer than all the rest
            study.add_figure(f"{name}.{kind}", b"a picture")
    study.close(study.runs_digest()[0], 84_000, {"months": 1.0})
    return study.path


def _system(scenario, seed, **_):
    arm = "fee_for_service_upstream" if scenario.upstream.packages else "fee_for_service"
    return SimpleNamespace(
        run=lambda progress: synthetic_run(arm, seed, scenario.months, progress, members=2000),
        decisions=None,
        close=lambda: None,
    )
