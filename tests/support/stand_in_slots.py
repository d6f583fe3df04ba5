"""Slots of two areas: a package for everybody, and what ``Slots`` reads of a month."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.agents.programs.slots import Slots
from sim.engine.by_parts import at_once
from sim.member.served import Served
from sim.paths import conf_folder
from sim.schema import ENROLLED, STORED
from sim.upstream.load import load_packages
from sim.upstream.package import Eligible, Package
from tests.support.stand_in_places import quiet_month
from tests.support.stand_in_system import REGISTRY

GROCERIES = load_packages(["groceries"], conf_folder())[0]


def number(value: float) -> SimpleNamespace:
    """A number of a package."""
    return SimpleNamespace(value=value)


def for_all(
    name: str, start: float = 0.6, month: float = 0.05, months: float | None = 9.0, *, once: bool = False
) -> Package:
    """A package for everybody, all of whom want it; it costs dollars to start and by the month."""
    duration = {"exit_first_year": None, "exit_later": None, "ends_with_need": False, "survives_cover": False}
    return GROCERIES.model_copy(
        update={
            "name": name,
            "eligible": Eligible(first_time_only=once),
            "reach": SimpleNamespace(screened=False, asked=number(1), accepted=number(1), engaged=number(1)),
            "cost": SimpleNamespace(start=number(start), month=number(month)),
            "duration": SimpleNamespace(months=months and number(months), **duration),
            "need_relief": {},
            "pockets": {},
        }
    )


def slots_of(packages: Any, members: Any, month: int, numbers: dict[str, float], /, **chosen: Any) -> Any:
    """Return a month as slots see it, and its slots: programs begin in month 2, by lottery, paid from outside."""
    upstream = {
        "trial": None, "packages": tuple(one.name for one in packages), "start": 2, "starts": {}, "funding": "outside",
        "targeting": "lottery", "allocation": "order", "shares": (),
    }  # fmt: skip
    model = SimpleNamespace(
        members=members,
        registry=REGISTRY.override(numbers),
        scenario=SimpleNamespace(upstream=SimpleNamespace(**upstream | chosen), organizations="live"),
        weights=np.array([4.0, 9.0]),
        month=month,
        seed=5,
        served=Served(),
        by_parts=at_once,
        last=quiet_month(2),
    )
    return model, Slots(model, packages, None)


def some(n: int, **fields: Any) -> Any:
    """Return ``n`` members of a CCO, of 33 years, with these values."""
    members = np.zeros(n, STORED).view(np.recarray)
    members["key"] = np.arange(1, n + 1, dtype=np.uint64)
    members["status"], members["in_cco"], members["age_months"] = ENROLLED, 1, 400
    for name, values in fields.items():
        members[name] = values
    return members
