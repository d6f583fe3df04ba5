"""How often do intervals that say 95% hold the truth? By simulation, without the model: the truth is known.

Each case draws 1,000 data sets as a study would leave them, and asks the functions of reports for their interval. A
case outside 93 to 97% is labeled in the table.

`python -m experiments.methods.coverage` writes `docs/reference/coverage.md`.
"""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sim.analysis.uncertainty.decomposition import decompose
from sim.analysis.uncertainty.design_error import error_ratio
from sim.analysis.uncertainty.intervals import monte_carlo_interval
from sim.engine.arrays import Floats
from sim.engine.designs import LATIN_HYPERCUBE
from sim.measures.intervals import mean_interval
from sim.runs.stopping import Look, enough
from sim.study.atomic import write_whole

SETS = 1000
BAND = (0.93, 0.97)
SPREAD = 1.0  # of the logarithm, where outcomes are skewed
TRUTH = 1.0
OUT = Path(__file__).resolve().parents[2] / "docs/reference/coverage.md"

Ends = tuple[float, float]
Case = Callable[[np.random.Generator], Ends]


def seeds(n: int, *, skewed: bool = False, log: bool = False) -> Case:
    """A paired difference in ``n`` seeds; skewed ones are log-normal, with or without an interval on the log scale."""

    def one(rng: np.random.Generator) -> Ends:
        drawn = rng.normal(0, SPREAD, n)
        if not skewed:
            return _ends(TRUTH + drawn)
        if log:  # the truth of the log scale is the median
            low, high = _ends(drawn)
            return TRUTH * float(np.exp(low)), TRUTH * float(np.exp(high))
        return _ends(TRUTH * np.exp(drawn - SPREAD**2 / 2))

    return one


def _ends(values: Floats) -> Ends:
    found = mean_interval(values[:, None])
    return float(found.low[0]), float(found.high[0])


def sweep(draws: int, n: int, shared: float, structures: int = 1) -> Case:
    """Draws by seeds that they share, in structures that share both; standard deviations: draws 2, a run 1."""

    def one(rng: np.random.Generator) -> Ends:
        effect, luck = rng.normal(0, 2, draws)[:, None], rng.normal(0, shared, n)
        steps = np.linspace(-1, 1, structures) if structures > 1 else np.zeros(1)
        values = TRUTH + steps[:, None, None] + effect + luck + rng.normal(0, 1, (structures, draws, n))
        structure, draw, seed = (place.ravel() for place in np.indices(values.shape))
        return monte_carlo_interval(decompose(values.ravel(), draw, seed, structure))

    return one


def hypercube(draws: int, *, as_random: bool = False) -> Case:
    """A Latin hypercube of three parameters, almost additive, one seed; ``as_random``: its stratification ignored."""
    mean = 1.5 + math.e - 1 + 0.125

    def one(rng: np.random.Generator) -> Ends:
        x, y, z = ((rng.permutation(draws) + rng.random(draws)) / draws for _ in range(3))
        values = TRUTH + 3 * x + np.exp(y) + 0.5 * x * z - mean + rng.normal(0, 0.2, draws)
        found = decompose(values, np.arange(draws), np.zeros(draws))
        ratio = error_ratio(LATIN_HYPERCUBE, np.stack([x, y, z], axis=1), values[:, None])[0]
        return monte_carlo_interval(found if as_random else found.drawn_by(float(ratio)))

    return one


def stopping(batch: int, most: int, half_width: float, *, first_look: bool = False) -> Case:
    """Batches of seeds until the interval is narrow at two looks running, as studies do, or at ``first_look``."""

    def one(rng: np.random.Generator) -> Ends:
        values, looks = rng.normal(TRUTH, SPREAD, most), []
        for n in range(batch, most + 1, batch):
            low, high = _ends(values[:n])
            half = np.array([(high - low) / 2])
            looks.append(Look(n, (("", "arm"),), np.array([values[:n].mean()]), half))
            if enough(looks, half_width) or (first_look and half[0] <= half_width):
                break
        return low, high

    return one


CASES: dict[str, Case] = {
    **{f"{n} paired seeds, normal": seeds(n) for n in (3, 5, 10)},
    **{f"{n} paired seeds, skewed": seeds(n, skewed=True) for n in (3, 5, 10)},
    **{f"{n} paired seeds, skewed, log scale": seeds(n, skewed=True, log=True) for n in (3, 5, 10)},
    **{f"100 draws x {n} seeds, little luck shared": sweep(100, n, 0.1) for n in (2, 3, 5)},
    **{f"100 draws x {n} seeds, luck shared": sweep(100, n, 1.0) for n in (2, 3, 5, 10)},
    "2 structures x 30 draws x 5 seeds": sweep(30, 5, 1.0, structures=2),
    "3 structures x 20 draws x 3 seeds": sweep(20, 3, 0.1, structures=3),
    **{f"Latin hypercube of {n} draws": hypercube(n) for n in (30, 100)},
    "Latin hypercube of 100 draws, as if random": hypercube(100, as_random=True),
    **{f"stop, batches of {n} seeds": stopping(n, 120, 0.5) for n in (5, 10)},
    "stop at the first narrow look, batches of 5 seeds": stopping(5, 120, 0.5, first_look=True),
}


def coverage(case: Case, sets: int = SETS, seed: int = 0) -> float:
    """Share of data sets whose interval holds the truth."""
    rng = np.random.default_rng(seed)
    ends = np.array([case(rng) for _ in range(sets)])
    return float(((ends[:, 0] <= TRUTH) & (ends[:, 1] >= TRUTH)).mean())


def label(share: float) -> str:
    """What the table says of a coverage."""
    if share < BAND[0]:
        return "too narrow"
    return "wide" if share > BAND[1] else "95%"


def page(shares: dict[str, float]) -> str:
    """The page, from the coverage of each case."""
    rows = "\n".join(f"| {name} | {100 * share:.1f}% | {label(share)} |" for name, share in shares.items())
    return f"""# How often intervals hold the truth

Intervals that say 95%, in data whose truth is known: {SETS:,} data sets for each row, two standard errors are 1.4
points. "too narrow" is below 93%, "wide" above 97%. `python -m experiments.methods.coverage` writes this page.

| study | holds the truth | label |
|---|---|---|
{rows}

Skewed: log-normal, with a standard deviation of the log of {SPREAD:g}. An interval on the log scale is one for the
median. Luck shared: what a seed does to all draws, with the standard deviation of one run; little: a tenth of it.
Latin hypercube: three parameters, nearly additive, one seed; "as if random" ignores how evenly the design spreads each.
Stop: `stop.half_width` of half a standard deviation of a run. Studies end at two narrow looks running, not at one.

What studies do about the rows that are too narrow: shipped experiments with draws have five seeds; reports say so where
draws share fewer, and add ratios on the log scale where a comparison has ten seeds or fewer. Nothing is widened.
"""


def main() -> None:
    """Write the page."""
    shares = {name: coverage(case) for name, case in CASES.items()}
    write_whole(OUT, page(shares).encode())
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
