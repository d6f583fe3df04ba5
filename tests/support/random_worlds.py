"""Random scenarios: any group, any switch, and a dozen random parameters each, from one seed."""

from collections.abc import Iterator

import numpy as np

from sim.paths import conf_folder
from sim.payment.form import FORMS
from sim.scenario.overrides import options
from sim.schema import SERVICES
from tests.support.worlds import TINY, scenario

PACKAGES = ("screening", "navigation", "chw", "groceries", "rent_support", "supportive_housing")
AREAS = ("Health Share of Oregon", "PacificSource Columbia Gorge", "Yamhill Community Care")
GOVERNANCE = options(conf_folder(), "governance")
LIKELY = 0.6  # that a contract is drawn
CHANGED = 12
AT_A_BOUND = 0.2
SHORT = (3, 5)  # months
LONG = (13, 15)  # months that pass a December and the end of a contract year
A_YEAR = 12
LONGER = 1 / 3  # part of the runs that are long
SIZES = (5, 12, 30)  # fewest members in each of 16 areas
FIXED_AT_THE_START = ("population", "levels")  # read, or fitted, before month 0


def random_overrides(number: int, seed: int = 0) -> tuple[str, ...]:
    """Overrides of the random scenario with this number; a pure function of its arguments."""
    luck = _luck(number, seed)
    return (*_choices(luck), *_parameters(luck))


def random_choices(number: int, seed: int = 0) -> dict[str, str]:
    """The same without the parameters, from keys to values; they need no registry, and are quick."""
    return dict(text.split("=", 1) for text in _choices(_luck(number, seed)))


def _luck(number: int, seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, number]))


def _choices(luck: np.random.Generator) -> Iterator[str]:
    months = int(luck.integers(*(LONG if luck.random() < LONGER else SHORT), endpoint=True))
    yield f"months={months}"
    yield from _contracts(luck, months)
    yield f"upstream.packages=[{_some(luck, PACKAGES)}]"
    yield f"upstream.start={luck.choice([0, 0, int(luck.integers(0, months + 1))])}"
    yield f"upstream.funding={luck.choice(['state', 'cco', 'outside', 'share', 'capture'])}"
    yield f"providers={luck.choice(['passive', 'effort', 'reduced_form', 'savings_trend'])}"
    yield f"governance={luck.choice(GOVERNANCE)}"
    yield f"capacity={luck.choice(['limited', 'limited', 'unlimited'])}"
    yield f"population.renewal={luck.choice(['annual', 'continuous_2023', 'public_health_emergency'])}"


def _contracts(luck: np.random.Generator, months: int) -> Iterator[str]:
    """Any mix that makes sense, with any scope, begun anywhere and at any time."""
    drawn = {name for name in FORMS if luck.random() < LIKELY}
    yield f"payment.contracts=[{','.join(_mix(drawn))}]"
    latest = months - A_YEAR if months >= LONG[0] else months  # so that a contract year ends in each long run
    yield f"payment.start={luck.choice([0, 0, int(luck.integers(0, latest + 1))])}"
    yield f"payment.starts={{{luck.choice(AREAS)}: {int(luck.integers(0, months + 1))}}}"
    inside = [SERVICES[int(luck.integers(len(SERVICES)))], *luck.permutation(SERVICES)[: luck.integers(len(SERVICES))]]
    months_of = {service: luck.choice([0, 0, int(luck.integers(0, months + 1))]) for service in inside}
    yield "payment.metrics=oregon_2013"
    yield f"payment.scope={{{', '.join(f'{service}: {month}' for service, month in months_of.items())}}}"


def _mix(drawn: set[str]) -> list[str]:
    """The drawn contracts that have what they need and contradict none before them, in the registry's order."""
    names: list[str] = []
    for name, contract in FORMS.items():
        excluded = any(one in contract.excludes or name in FORMS[one].excludes for one in names)
        if name in drawn and set(contract.needs) <= set(names) and not excluded:
            names.append(name)
    return names


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
