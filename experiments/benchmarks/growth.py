"""What a study costs when one thing in it grows: members, months, arms, areas under a contract, packages.

`python -m experiments.benchmarks.growth` measures it on this machine and writes `docs/figures/cost.csv` and
`docs/figures/cost.svg`. Seconds are of the processor, without tables and figures.
"""

import csv
import io
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

from experiments.benchmarks.stages import chosen, no_kept_start
from experiments.figures.style import TWO_COLUMNS, styled
from sim.axes import areas_of
from sim.paths import conf_folder
from sim.runs.comparison import compare
from sim.scenario import Scenario
from sim.study.atomic import write_whole

OUT = Path(__file__).resolve().parents[2] / "docs/figures"
ROUNDS = 2
MEMBERS = 1_400_000
PACKAGES = (
    *("navigation", "chw", "groceries", "rent_support", "supportive_housing", "cash", "rides", "meals", "respite"),
    *("snap_help", "asthma_visits", "high_risk_case_management", "screening", "community_spending"),
)
BASE = (
    *("population.sample=0.0143", "population.minimum_per_cco=100", "months=12", "warm_up=6", "seeds=1"),
    *("payment=global_budget", "providers=effort", "threads=1"),
)


def grown() -> dict[str, dict[int, tuple[str, ...]]]:
    """What grows: for each size the overrides of the base."""
    areas = areas_of(conf_folder())
    return {
        "members": {int(MEMBERS * s): (f"population.sample={s}",) for s in (0.0036, 0.0143, 0.0286, 0.0571)},
        "months": {months: (f"months={months}",) for months in (6, 12, 24, 48)},
        "arms": {n: tuple(f"arms.a{k}=[parameters.payment.growth_cap=0.0{k}]" for k in range(1, n + 1))
                 for n in (1, 2, 4, 8)},
        "areas": {n: (f"payment.areas=[{', '.join(areas[:n])}]",) for n in (1, 4, 8, 16)},
        "packages": {n: (f"upstream.packages=[{', '.join(PACKAGES[:n])}]",) for n in (0, 1, 4, 14)},
    }  # fmt: skip


def seconds_of(overrides: Sequence[str]) -> float:
    """Processor seconds of the runs of a study, people and warm-up included."""
    scenario = Scenario.compose(chosen(BASE, overrides))
    with no_kept_start():
        began = time.process_time()
        compare(scenario)
        return time.process_time() - began


def measured() -> dict[str, dict[int, float]]:
    """Least seconds for each size of what grows; all sizes are run in turn."""
    sizes = [(what, size, words) for what, by_size in grown().items() for size, words in by_size.items()]
    seconds_of(())  # compiled before the first is timed
    times: dict[str, dict[int, list[float]]] = {what: {size: [] for size in by} for what, by in grown().items()}
    for _ in range(ROUNDS):
        for what, size, words in sizes:
            times[what][size].append(seconds_of(words))
    return {what: {size: min(all_) for size, all_ in by.items()} for what, by in times.items()}


def as_csv(found: Mapping[str, Mapping[int, float]]) -> bytes:
    """The table of what was measured."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("grows", "size", "processor_seconds"))
    rows.writerows((what, size, f"{s:.2f}") for what, by_size in found.items() for size, s in by_size.items())
    return text.getvalue().encode()


def as_picture(found: Mapping[str, Mapping[int, float]]) -> bytes:
    """A panel for each thing that grows."""
    with styled():
        figure, panels = plt.subplots(1, len(found), figsize=(TWO_COLUMNS, 1.7), sharey=True, layout="constrained")
        for axes, (what, by_size) in zip(panels, found.items(), strict=True):
            axes.plot(list(by_size), list(by_size.values()), "o-", color="black")
            axes.set_title(what)
            axes.set_xlim(0)
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axes.grid(axis="y")
            if what == "members":
                axes.xaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}k")
        panels[0].set_ylabel("Processor seconds")
        panels[0].set_ylim(0)  # of all, when the largest is known
        data = io.BytesIO()
        figure.savefig(data, format="svg", metadata={"Date": None})
        plt.close(figure)
    return data.getvalue()


def main() -> None:
    """Measure, and write the table and the picture."""
    found = measured()
    write_whole(OUT / "cost.csv", as_csv(found))
    write_whole(OUT / "cost.svg", as_picture(found))


if __name__ == "__main__":
    main()
