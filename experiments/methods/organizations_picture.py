"""The picture of docs/explanation/organizations.md: what the state, CCOs and clinics do in one run of Oregon's CCOs.

`python -m experiments.methods.organizations_picture` simulates Oregon's CCOs (`payment=oregon_2012`) and writes
`docs/figures/organizations.png`: means over CCOs and seeds, beside the floors of their duties.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import COLORS, LINES, SETTINGS, TWO_COLUMNS, sheet
from sim.cco_actions import CCO_ACTIONS
from sim.engine.arrays import Flags, Floats, Ints
from sim.payment.forms.contract_duties import declared_floors, floors
from sim.runs.comparison import compare
from sim.scenario import Scenario

OUT = Path(__file__).resolve().parents[2] / "docs" / "figures" / "organizations.png"
MILLION = 1e6
ROOM = 1.3  # of the highest line, for the legend above it
Places: TypeAlias = Mapping[str, Ints]
MONTHS, SEEDS = 60, 2
WORDS = (
    *("population.sample=0.05", "population.minimum_per_cco=1500", f"months={MONTHS}", f"seeds={SEEDS}"),
    *("providers=effort", "governance=balanced"),
    "arms={claims: [payment=fee_for_service], cco: [payment=oregon_2012]}",
)
PANELS = {
    "The state: capitation, USD PMPM": {"payment.capitation": "capitation"},
    "CCOs: share of the most possible": {
        "levers.care_management": "care management",
        "levers.behavioral_integration": "behavioral integration",
        "levers.shared_records": "shared records",
        "levers.measure_work": "work on measures",
    },
    "Clinics: effort, 0 to 1": {
        "practices.effort_volume": "volume",
        "practices.effort_restraint": "restraint",
        "practices.effort_proactive": "proactive care",
        "practices.effort_quality": "quality measures",
    },
}


def main() -> None:
    """Simulate, draw and write."""
    scenario = Scenario.compose(list(WORDS))
    runs = compare(scenario).results
    of_seeds = [runs["cco", seed].places for seed in scenario.seed_list]
    due = {f"levers.{name}": one for name, one in _floors(scenario).items()}
    with mpl.rc_context(SETTINGS):
        figure = sheet(TWO_COLUMNS, 2.6)
        for axes, (title, lines) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
            _panel(axes, title, {lines[name]: _mean(of_seeds, name) for name in lines})
            for at, name in enumerate(lines):
                if name in due:
                    axes.plot(due[name], color=COLORS[at], linewidth=0.6, linestyle=":")
        figure.supxlabel("Month of the contract. Dotted: floors of duties. Means of CCOs under contract", fontsize=7)
        figure.savefig(OUT, metadata={"Description": "; ".join(WORDS)})
    print(OUT)


def _floors(scenario: Scenario) -> dict[str, Floats]:
    """Floors by month of the contract; those of default parameters, which ``oregon_2012`` leaves as they are."""
    table = floors(declared_floors(scenario.registry), np.arange(MONTHS))
    return {action.name: table[:, at] for at, action in enumerate(CCO_ACTIONS) if table[:, at].any()}


def _mean(of_seeds: list[Places], name: str) -> Floats:
    """Return the mean of areas under contract, which have a capitation, by month, and over seeds."""
    return np.asarray(
        np.mean([_of_areas(one[name], one["payment.capitation"] > 0) for one in of_seeds], axis=0) / MILLION
    )


def _of_areas(values: Ints, under: Flags) -> Floats:
    return np.asarray((values * under).sum(axis=1) / np.maximum(under.sum(axis=1), 1))


def _panel(axes: Axes, title: str, lines: dict[str, Floats]) -> None:
    for at, (label, values) in enumerate(lines.items()):
        axes.plot(values, color=COLORS[at], linestyle=LINES[at], label=label)
    axes.set_title(title, fontsize=7)
    axes.set_ylim(0, ROOM * max(values.max() for values in lines.values()))
    axes.set_xticks(range(0, MONTHS + 1, 12))
    if len(lines) > 1:
        axes.legend(fontsize=5.5, loc="upper left", ncols=2, columnspacing=0.6, handlelength=2.6)


if __name__ == "__main__":
    main()
