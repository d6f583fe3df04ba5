"""Runs without a model: numbers that look like a state's, for tests of what comes after a run.

Two arms with the same seed share most of their luck: an arm's counts are the seed's counts, thinned by its effect.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.measures import Recorder, RunResult
from sim.paths import conf_folder
from sim.payment.ledger import ACCOUNT_INDEX, ACCOUNTS
from sim.schema import (
    CONDITIONS,
    COUNT_INDEX,
    COUNTS,
    METRICS,
    N_LEVELS,
    N_STRATA,
    OUTCOMES,
    PAYERS,
    RATE_CATEGORIES,
    SERVICES,
    STRATUM_SHAPE,
)

AREAS = tuple(f"Area {i:02d}" for i in range(1, 17))
RATES = {  # per member-month
    "primary_asked": 0.33,
    "primary_visits": 0.29,
    "specialist_asked": 0.11,
    "specialist_visits": 0.10,
    "behavioral_asked": 0.21,
    "behavioral_visits": 0.18,
    "dental_asked": 0.07,
    "dental_visits": 0.05,
    "pharmacy_visits": 0.75,
    "outpatient_visits": 0.11,
    "emergency_visits": 0.055,
    "avoidable_ed_visits": 0.018,
    "inpatient_visits": 0.0085,
    "index_stays": 0.0065,
    "readmissions": 0.0009,
    "inpatient_days": 0.034,
    "any_need_months": 0.38,
    "food_need_months": 0.22,
    "housing_need_months": 0.14,
    "known_need_months": 0.02,
    "served_months": 0.0,
    "attached_months": 0.82,
    "satisfied_months": 0.78,
    "off_cover_months": 0.28,
    "deaths": 0.0004,
    "exits": 0.02,
}
PRICES = {"medicaid_cents": 38_000, "medicare_cents": 2_600, "third_party_cents": 900, "uncompensated_cents": 1_300}
EFFECTS = {  # what stays of a count in an arm
    "fee_for_service": {},
    "fee_for_service_upstream": {"emergency_visits": 0.975, "inpatient_visits": 0.985, "any_need_months": 0.97},
    "global_budget": {"emergency_visits": 0.97, "inpatient_visits": 0.96, "specialist_visits": 0.97, "medicaid": 0.965},
    "global_budget_upstream": {
        "emergency_visits": 0.945,
        "inpatient_visits": 0.945,
        "any_need_months": 0.97,
        "specialist_visits": 0.97,
        "medicaid": 0.955,
    },
}


@dataclass(frozen=True)
class FakePopulation:
    """As much of a population as the start of a run depends on."""

    name: str = "synthetic"
    renewal: str = "annual"
    margins: str = "oregon"

    def model_copy(self, update: dict[str, Any]) -> "FakePopulation":
        return replace(self, **update)


@dataclass
class FakeScenario:
    """As much of a scenario as a comparison reads."""

    arms: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in EFFECTS})
    seed_list: tuple[int, ...] = (0, 1, 2)
    months: int = 24
    threads: int = 2
    baseline: str | None = None
    organizations: str = "live"
    population: FakePopulation = FakePopulation()
    governance: str = "balanced"
    capacity: str = "limited"
    warm_up: int = 0
    name: str = ""
    folder: Path = field(default_factory=conf_folder)
    registry: tuple[Any, ...] = ()
    phases: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    packages_ever: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    points: tuple[Any, ...] = (None,)
    sums: dict[str, dict[str, float]] = field(default_factory=dict)
    upstream: Any = field(default_factory=lambda: SimpleNamespace(packages=()))
    title: str = "Four arms"
    study_name: str = "demo"
    results_root: str = "results"
    fingerprint: str = "0123456789abcdef" * 4

    def seed_of(self, seed: int | None) -> int:
        return self.seed_list[0] if seed is None else seed

    def threads_of(self, threads: int | None) -> int:
        return self.threads if threads is None else threads

    def arm(self, name: str) -> "FakeScenario":
        return replace(self, arms={}, name=name)

    def cell(self, name: str, point: Any) -> "FakeScenario":
        return self.arm(name) if self.arms else self

    def run_digest(self) -> str:
        return f"{self.fingerprint} {self.name} {self.months} {self.population}"

    def inputs(self) -> dict[str, str]:
        return {}

    def files(self) -> tuple[str, ...]:
        return ()

    def model_copy(self, update: dict[str, Any]) -> "FakeScenario":
        return replace(self, **update)

    def described(self) -> dict[str, Any]:
        return {"arms": self.arms, "seeds": list(self.seed_list), "months": self.months}

    def digest(self) -> str:
        return self.fingerprint


class FakeSystem:
    """Notes its runs, and stands where ``HealthSystem`` stands."""

    made: "list[tuple[str, int]]" = []  # noqa: RUF012, a diary for the tests
    closed: "list[tuple[str, int]]" = []  # noqa: RUF012

    def __init__(self, scenario: FakeScenario, seed: int, *, population: Any = None, decisions: Any = None) -> None:
        FakeSystem.made.append((scenario.name, seed))
        self.scenario, self.seed, self.population, self.replayed = scenario, seed, population, decisions
        self.decisions = f"decisions of {scenario.name}, seed {seed}"

    def run(self, progress: Any = None) -> RunResult:
        return synthetic_run(self.scenario.name, self.seed, self.scenario.months, progress)

    def close(self) -> None:
        FakeSystem.closed.append((self.scenario.name, self.seed))


def synthetic_run(arm: str, seed: int, months: int, progress: Any = None, members: int = 20_000) -> RunResult:
    result = _recorded(arm, seed, months, members)
    for month in range(months if progress else 0):
        progress(month + 1)
    return replace(result)


@lru_cache(maxsize=64)
def _recorded(arm: str, seed: int, months: int, members: int) -> RunResult:
    """Record what many tests ask for again and again; nobody may write into it."""
    weights = np.linspace(18.0, 22.0, len(AREAS))
    recorder = Recorder(months, AREAS, weights, ACCOUNTS, seed=seed, arm=arm, scenario_digest="0123456789abcdef" * 4)
    people = _people(np.random.default_rng(1), members)
    for month in range(months):
        shared, own = (np.random.default_rng([seed, month, part]) for part in (0, 1))
        outputs, flows = _month(people, EFFECTS.get(arm, {}), month, arm, shared, own)
        recorder.record(month, outputs, flows, {"served": np.full((len(AREAS), 2), month)})
    result = recorder.result({"months": 0.5})
    for array in (*vars(result).values(), *result.places.values()):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return result


def _people(rng: np.random.Generator, members: int) -> np.ndarray:
    area = rng.dirichlet(np.full(len(AREAS), 2.0))
    shares = (0.03, 0.03, 0.01, 0.04, 0.20, 0.60, 0.09), (0.62, 0.30, 0.08), (0.88, 0.09, 0.03)
    ages, disabled = np.array((0.11, 0.27, 0.36, 0.19, 0.07)), np.array((0.93, 0.07))
    table = np.einsum("i,j,k,l,m->ijklm", *map(np.array, shares), ages, disabled).ravel()
    return rng.poisson(members * np.outer(area, table / table.sum()))


def _month(
    people: np.ndarray, effect: dict[str, float], month: int, arm: str, shared: np.random.Generator, own: Any
) -> tuple[SimpleNamespace, np.ndarray]:
    cells = np.zeros((len(AREAS), N_STRATA, len(COUNTS)), np.int64)
    cells[..., COUNT_INDEX["member_months"]] = people
    burden = 1 + 0.25 * np.add.outer(np.array((0.8, -0.4, 0.2, 0.5, 0.1, 0, 0)), np.zeros(STRATUM_SHAPE[1:]))
    season = 1 + 0.06 * np.cos(2 * np.pi * month / 12)
    ramp = min(1.0, month / 12)
    for name, rate in RATES.items():
        drawn = shared.poisson(people * rate * season * burden.reshape(-1))
        kept = 1 - (1 - effect.get(name, 1.0)) * ramp
        cells[..., COUNT_INDEX[name]] = drawn if kept == 1 else own.binomial(drawn, kept)
    if arm.endswith("upstream"):
        cells[..., COUNT_INDEX["served_months"]] = (0.05 * ramp * cells[..., COUNT_INDEX["any_need_months"]]).astype(
            int
        )
    cells[..., COUNT_INDEX["cohort_members"]] = people * (month == 0)
    cells[..., COUNT_INDEX["cohort_cents"]] = people * 30_000 + 900_000 * cells[..., COUNT_INDEX["inpatient_visits"]]
    cells[..., COUNT_INDEX["qaly_millionths"]] = people * 68_000 - 30_000 * cells[..., COUNT_INDEX["inpatient_visits"]]
    cells[..., COUNT_INDEX["cohort_qaly_millionths"]] = cells[..., COUNT_INDEX["qaly_millionths"]]
    growth = 1.054 ** (month / 12)
    for name, price in PRICES.items():
        cut = 1 - (1 - effect.get("medicaid", 1.0)) * ramp if name == "medicaid_cents" else 1.0
        cells[..., COUNT_INDEX[name]] = shared.poisson(people * burden.reshape(-1) * price / 100) * int(
            100 * growth * cut
        )
    outputs = SimpleNamespace(
        cells=cells,
        counts=cells.sum(axis=1),
        money=_money(cells),
        registers=np.ones((len(AREAS), len(CONDITIONS), 3), np.int64),
        quality=np.ones((len(AREAS), N_LEVELS, len(METRICS), len(OUTCOMES)), np.int64),
    )
    return outputs, _flows(outputs.counts, arm, growth)


def _money(cells: np.ndarray) -> np.ndarray:
    shares = np.array((9, 10, 12, 5, 12, 8, 18, 14, 12)) / 100
    money = np.zeros((len(AREAS), 2, len(RATE_CATEGORIES), len(SERVICES), len(PAYERS)), np.int64)
    for p, payer in enumerate(PAYERS):
        money[:, 1, 0, :, p] = np.outer(cells[..., COUNT_INDEX[f"{payer}_cents"]].sum(axis=1), shares)
    return money


def _flows(counts: np.ndarray, arm: str, growth: float) -> np.ndarray:
    flows = np.zeros((len(AREAS), len(ACCOUNTS), len(ACCOUNTS)), np.int64)
    at = ACCOUNT_INDEX

    def pay(payer: str, payee: str, cents: np.ndarray) -> None:
        flows[:, at[payer], at[payee]] += cents

    medicaid, members = counts[:, COUNT_INDEX["medicaid_cents"]], counts[:, COUNT_INDEX["member_months"]]
    if arm.startswith("global_budget"):
        capitation = (members * 41_500 * growth * 0.985).astype(np.int64)
        pay("state", "cco", capitation)
        pay("cco", "hospital", medicaid * 6 // 10)
        pay("cco", "primary", medicaid - medicaid * 6 // 10)
        pay("cco", "outside", capitation * 8 // 100)
    else:
        capitation = medicaid
        pay("state", "hospital", medicaid * 6 // 10)
        pay("state", "primary", medicaid - medicaid * 6 // 10)
    pay("federal", "state", capitation * 7 // 10)
    if arm.endswith("upstream"):
        pay("cco" if arm.startswith("global") else "state", "community", members * 350)
    for payer in ("medicare", "third_party"):
        pay(payer, "hospital", counts[:, COUNT_INDEX[f"{payer}_cents"]])
    return flows
