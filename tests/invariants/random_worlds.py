"""Random scenarios: any group, any switch, and a dozen random parameters each, from one seed."""

from collections.abc import Iterator

import numpy as np

from sim.schema import SERVICES
from tests.invariants.worlds import TINY, scenario

PACKAGES = ("screening", "navigation", "chw", "groceries", "rent_support", "supportive_housing")
CHANGED = 12
AT_A_BOUND = 0.2
LONGEST = 6
SIZES = (5, 12, 30)  # fewest members in each of 16 areas
FIXED_AT_THE_START = ("population", "levels")  # read, or fitted, before month 0


def random_overrides(number: int, seed: int = 0) -> tuple[str, ...]:
    """Overrides of the random scenario with this number; a pure function of its arguments."""
    luck = np.random.Generator(np.random.Philox(key=[seed, number]))
    return (*_choices(luck), *_parameters(luck))


def _choices(luck: np.random.Generator) -> Iterator[str]:
    months = int(luck.integers(3, LONGEST + 1))
    yield f"months={months}"
    yield f"payment={luck.choice(['fee_for_service', 'global_budget', 'global_budget'])}"
    yield f"payment.start={luck.choice([0, 0, int(luck.integers(0, months + 1))])}"
    yield f"payment.scope=[{_some(luck, SERVICES)}]"
    yield f"upstream.packages=[{_some(luck, PACKAGES)}]"
    yield f"upstream.start={luck.choice([0, 0, int(luck.integers(0, months + 1))])}"
    yield f"upstream.funding={luck.choice(['state', 'cco', 'outside'])}"
    yield f"providers={luck.choice(['passive', 'reduced_form'])}"
    yield f"capacity={luck.choice(['limited', 'limited', 'unlimited'])}"
    yield f"population.renewal={luck.choice(['annual', 'continuous_2023', 'public_health_emergency'])}"


def _some(luck: np.random.Generator, names: tuple[str, ...]) -> str:
    many = int(luck.integers(0, len(names) + 1))
    return ",".join(luck.permutation(names)[:many])


def _parameters(luck: np.random.Generator) -> Iterator[str]:
    """A number, or one cell of a table, anywhere in its declared range."""
    free = [p for p in scenario(size=TINY).registry if p.name.split(".")[0] not in FIXED_AT_THE_START]
    for i in luck.choice(len(free), CHANGED, replace=False):
        cells = list(free[i].cells())
        path, flat = cells[int(luck.integers(len(cells)))]
        low, high = float(free[i].low.flat[flat]), float(free[i].high.flat[flat])
        at = float(luck.integers(2)) if luck.random() < AT_A_BOUND else float(luck.random())
        yield f"parameters.{path}={min(low + at * (high - low), high)!r}"
