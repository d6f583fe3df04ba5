"""A stand-in for the health system: members, areas, a seed and a month."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np

from sim import schema
from sim.agents.programs.community import Community
from sim.agents.programs.slots import Slots, offered
from sim.engine.by_parts import at_once
from sim.engine.draws import uniforms
from sim.engine.numbers import exponential_table
from sim.engine.parameters import Registry
from sim.member.prepare import as_record
from sim.member.served import Served

AREAS = 16
PORTFOLIO = ("screening", "navigation", "chw", "groceries", "rent_support", "supportive_housing")


def people(n: int, seed: int = 0, needy: float = 0.3) -> np.ndarray:
    """Members with plausible needs, use and ages, the same for the same seed and n."""
    members = np.zeros(n, schema.STORED)
    members["key"] = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    u = [uniforms(seed, members["key"], 0, 4096 + i) for i in range(12)]
    members["area"] = np.sort((u[0] * AREAS).astype(int))
    members["status"] = np.where(u[1] < 0.85, schema.ENROLLED, schema.OFF_COVER)
    members["in_cco"] = u[2] < 0.87
    members["age_months"] = (u[3] * 780).astype(int)
    members["needs"] = np.where(u[4] < needy, (u[5] * 64).astype(int), 0) | np.where(u[5] < 0.02, 64, 0)
    members["known_needs"] = np.where(u[6] < 0.5, members["needs"], 0)
    members["homeless_type"] = (u[8] * 3).astype(int)
    members["diagnosed"] = np.where(u[9] < 0.3, 0b111, 0)
    members["ed_year"] = members["ed_last_year"] = (u[10] * 4).astype(int)
    members["stays_year"] = members["stays_last_year"] = u[11] < 0.15
    members["since_screened"] = schema.LONGEST_AGO
    return members


@dataclass
class StandIn:
    """What ``Slots`` and ``Community`` read of a model, and a month of them."""

    members: np.ndarray
    scenario: Any
    registry: Registry
    packages: tuple[Any, ...]
    seed: int = 7
    month: int = 0
    areas: np.ndarray = field(default_factory=lambda: np.zeros(AREAS, schema.AREA))
    weights: np.ndarray = field(default_factory=lambda: np.ones(AREAS))
    last: Any = field(default_factory=lambda: quiet_month(AREAS))
    home: Any = field(default_factory=mesa.Model)
    served: Served = field(default_factory=Served)

    def __post_init__(self) -> None:
        self.packages = offered(self.packages, self.scenario.upstream.targeting)
        self.scenario.upstream.packages = tuple(package.name for package in self.packages)
        self.slots = Slots(self, self.packages, self._params())
        self.communities = [community_of(self, area) for area in range(AREAS)]

    by_parts = staticmethod(at_once)

    def _params(self) -> np.ndarray:
        onset = np.zeros((len(schema.RACES), len(schema.RURALITIES), 2, len(schema.NEEDS)))
        ends = ("", "_prone")
        onset[..., schema.HOMELESSNESS] = [self.registry.monthly(f"needs.homelessness_onset{end}") for end in ends]
        loadings = {f"needs_homeless_{of}_loading": 0.0 for of in ("health", "mental")}
        return as_record({"need_onset": onset, "exponential": exponential_table(), **loadings})

    def decide(self, budget: np.ndarray | None = None) -> None:
        self.slots.open()
        for community in self.communities:
            community.offer()
        self.slots.assign(budget)

    def live(self) -> None:
        """What the members' month does to the rows that slots read."""
        for k in range(len(self.packages)):
            served = (self.members["package"] >> k) & 1 == 1
            self.served.rows["package_months"][self.members["served"][served], k] += 1
        self.month += 1


def quiet_month(areas: int) -> SimpleNamespace:
    """What slots read of a month in which nothing happened."""
    shapes = {"counts": len(schema.COUNTS), "needs_off_cover": len(schema.NEEDS)}
    return SimpleNamespace(**{name: np.zeros((areas, width), np.int64) for name, width in shapes.items()})


def months_of(model: StandIn, rows: Any) -> np.ndarray:
    """For how many months the first package has served these members."""
    return model.served.months(model.members, rows, 0)


def community_of(model: StandIn, area: int) -> Community:
    community = Community(model.home, area, f"area {area}", model.slots)
    community.model = model
    return community


def scenario(
    start: int = 0,
    funding: str = "outside",
    targeting: str = "lottery",
    organizations: str = "live",
    allocation: str = "order",
) -> Any:
    upstream = SimpleNamespace(
        trial=None,
        packages=(),
        start=start,
        starts={},
        funding=funding,
        targeting=targeting,
        allocation=allocation,
        shares=(),
    )
    return SimpleNamespace(upstream=upstream, organizations=organizations)
