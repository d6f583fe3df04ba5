"""The pictures of docs/explanation/organizations: what each organization does in one run.

`python -m experiments.methods.organization_pictures` simulates Oregon's CCOs with a portfolio of upstream programs
(`payment=oregon_2012 upstream=portfolio`) and hospitals under budgets (`payment=hospital_global_budget`), and writes
`docs/figures/organization_<name>.png`: means over CCOs and seeds.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import COLORS, LINES, SETTINGS, TWO_COLUMNS, sheet
from sim.agents.state.rates import RULES
from sim.cco_actions import CCO_ACTIONS
from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.result import RunResult
from sim.payment.forms.contract_duties import declared_floors, floors
from sim.runs.comparison import compare
from sim.scenario import Scenario

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "figures"
MILLION = 1e6
PALE = "#7A7A7A"
ROOM = 1.3  # of the highest line, for the legend above it
Places: TypeAlias = Mapping[str, Ints]
SEEDS = 2
SAMPLE = ("population.sample=0.05", "population.minimum_per_cco=1500", f"seeds={SEEDS}", "providers=effort")
OF_CCOS = (*SAMPLE, "months=60", "payment=oregon_2012", "governance=balanced", "upstream=portfolio")
OF_HOSPITALS = (
    *(*SAMPLE, "months=84"),
    "arms={claims: [payment=fee_for_service], budget: [payment=hospital_global_budget]}",
)
BOUND = {
    "cap": "the cap",
    "trend": "the trend, below the cap",
    "experience": "experience, below the cap",
    "loss": "the cap gave way to a loss",
}
ACTIONS = {
    "care_management": "care management",
    "behavioral_integration": "behavioral integration",
    "shared_records": "shared records",
    "measure_work": "work on measures",
}
EFFORT = {
    "effort_volume": "volume",
    "effort_restraint": "restraint",
    "effort_proactive": "proactive care",
    "effort_coordination": "coordination",
    "effort_quality": "quality measures",
}
NAMES = {"chw": "community health workers"}
GIVEN_UP = {"psychiatry_given_up": "inpatient psychiatry", "births_given_up": "births"}
CARE = {
    "inpatient_stays_per_1000_mm": "stays",
    "inpatient_days_per_1000_mm": "days in hospital",
    "outpatient_visits_per_1000_mm": "outpatient care",
    "avoidable_ed_visits_per_1000_mm": "avoidable emergency visits",
}


def main() -> None:
    """Simulate, draw and write."""
    scenario = Scenario.compose(list(OF_CCOS))
    of_ccos = [one for (_, _), one in compare(scenario).results.items()]
    of_hospitals = Scenario.compose(list(OF_HOSPITALS))
    hospitals = compare(of_hospitals).results
    with mpl.rc_context(SETTINGS):
        _state(of_ccos)
        _ccos(of_ccos, scenario)
        _clinics(of_ccos)
        _hospitals([(hospitals["claims", seed], hospitals["budget", seed]) for seed in range(SEEDS)], of_hospitals)
        _community(of_ccos, scenario)


def _state(runs: list[RunResult]) -> None:
    def bound(rule: str) -> Floats:
        return np.asarray(100 * np.mean([_share_bound(one.places, RULES.index(rule)) for one in runs], axis=0))

    with_rate = np.mean([_of_areas(one.places["payment.capitation"], _under(one.places)) for one in runs], axis=0)
    figure = sheet(TWO_COLUMNS, 2.4)
    rates, rules = figure.subplots(1, 2)
    _lines(rates, "Capitation, USD PMPM", {"": with_rate / MILLION})
    _lines(rules, "CCOs by what bound their rates, percent", {label: bound(rule) for rule, label in BOUND.items()}, 2)
    _write(figure, "state", OF_CCOS)


def _ccos(runs: list[RunResult], scenario: Scenario) -> None:
    figure = sheet(TWO_COLUMNS, 2.6)
    axes = figure.subplots()
    lines = {label: _mean(runs, f"levers.{name}") for name, label in ACTIONS.items()}
    _lines(axes, "Actions, share of the most possible (dotted: floors of duties)", lines)
    due = floors(declared_floors(scenario.registry), np.arange(scenario.months))
    place = {action.name: at for at, action in enumerate(CCO_ACTIONS)}
    for at, name in enumerate(ACTIONS):
        axes.plot(due[:, place[name]], color=COLORS[at], linewidth=0.6, linestyle=":")
    _write(figure, "cco", OF_CCOS)


def _clinics(runs: list[RunResult]) -> None:
    figure = sheet(TWO_COLUMNS, 2.6)
    lines = {label: _mean(runs, f"practices.{name}") for name, label in EFFORT.items()}
    _lines(figure.subplots(), "Effort of clinics by activity, 0 to 1", lines)
    _write(figure, "clinics", OF_CCOS)


def _hospitals(pairs: list[tuple[RunResult, RunResult]], scenario: Scenario) -> None:
    """Differences from claims in percent, of twelve months each, so that seasons and luck weigh less."""
    figure = sheet(TWO_COLUMNS, 2.6)
    care, lines = figure.subplots(1, 2)
    for at, (name, label) in enumerate(CARE.items()):
        claims, budget = (np.sum([_of_a_year(run, name) for run in side], axis=0) for side in zip(*pairs, strict=True))
        months = np.arange(MONTHS_PER_YEAR, MONTHS_PER_YEAR + len(claims))
        care.plot(months, 100 * (budget / claims - 1), color=COLORS[at], linestyle=LINES[at], label=label)
    care.axhline(0, color=PALE, linewidth=0.6)
    care.set_title("Last twelve months against claims, percent", fontsize=7)
    care.legend(fontsize=6, loc="lower left")
    given_up = {label: 100 * _mean([run for _, run in pairs], f"practices.{name}") for name, label in GIVEN_UP.items()}
    _lines(lines, "Lines that hospitals have given up, percent", given_up)
    for axes in (care, lines):
        axes.axvline(scenario.registry.get("practices.budget_lag"), color=PALE, linewidth=0.6, linestyle=":")
        axes.set_xticks(range(0, scenario.months + 1, MONTHS_PER_YEAR))
    _write(figure, "hospitals", OF_HOSPITALS)


def _community(runs: list[RunResult], scenario: Scenario) -> None:
    """Members who hold a slot of each package in the whole state."""
    names = scenario.packages_ever
    served = np.mean([_full_size(one) for one in runs], axis=0)
    figure = sheet(TWO_COLUMNS, 2.6)
    lines = {NAMES.get(name, name.replace("_", " ")): served[:, at] for at, name in enumerate(names)}
    _lines(figure.subplots(), "Members served, by package, thousands in the whole state", lines)
    _write(figure, "community", OF_CCOS)


def _full_size(run: RunResult) -> Floats:
    """Members served by month and package, in thousands, each area's sample weighted."""
    return np.asarray(np.einsum("map,a->mp", run.places["served"], run.weights) / 1000)


def _of_a_year(run: RunResult, name: str) -> Floats:
    """Return a measure of the whole state, summed over twelve months, from the first twelve on."""
    by_month = run.monthly()[:, 0, MEASURES.index(BY_NAME[name])]
    return np.convolve(by_month, np.ones(MONTHS_PER_YEAR), mode="valid")


def _under(places: Places) -> Flags:
    """Areas under contract by month: those with a capitation, or with a price of hospitals under a budget."""
    name = "payment.capitation" if "payment.capitation" in places else "payment.hospital_price"
    return np.asarray(places[name] > 0)


def _share_bound(places: Places, rule: int) -> Floats:
    return _of_areas(places["payment.rate_rule"] == rule, _under(places))


def _mean(runs: list[RunResult], name: str) -> Floats:
    """Return the mean of areas under contract, by month, and over seeds."""
    return np.asarray(np.mean([_of_areas(one.places[name], _under(one.places)) for one in runs], axis=0) / MILLION)


def _of_areas(values: Ints | Flags, under: Flags) -> Floats:
    return np.asarray((values * under).sum(axis=1) / np.maximum(under.sum(axis=1), 1))


def _lines(axes: Axes, title: str, lines: dict[str, Floats], columns: int = 3) -> None:
    for at, (label, values) in enumerate(lines.items()):
        axes.plot(values, color=COLORS[at], linestyle=LINES[at % len(LINES)], label=label)
    months = max(len(values) for values in lines.values())
    axes.set_title(title, fontsize=7)
    axes.set_ylim(0, ROOM * max(values.max() for values in lines.values()))
    axes.set_xticks(range(0, months + 1, MONTHS_PER_YEAR))
    if len(lines) > 1:
        axes.legend(fontsize=6, loc="upper left", ncols=columns, columnspacing=0.8, handlelength=2.6)


def _write(figure: mpl.figure.Figure, name: str, words: tuple[str, ...]) -> None:
    figure.supxlabel("Month of the contract", fontsize=7)
    path = FOLDER / f"organization_{name}.png"
    figure.savefig(path, metadata={"Description": "; ".join(words)})
    print(path)


if __name__ == "__main__":
    main()
