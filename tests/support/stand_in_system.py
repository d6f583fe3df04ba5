"""A stand-in for the health system: agency, CCOs, providers and ledger are real, members are plain arithmetic."""

from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np

from sim.agents.cco.actions import no_actions
from sim.agents.cco.bills import Bills
from sim.agents.cco.cco import CCO
from sim.agents.programs.funds import Funds
from sim.agents.providers.providers import Providers
from sim.agents.state.agency import Agency
from sim.axes import parameters_of
from sim.paths import conf_folder
from sim.payment.ledger import Ledger
from sim.payment.metric_sets import read_metric_set
from sim.scenario.choices import ProvidersChoice
from sim.schema import (
    AREA,
    CLINIC,
    CONDITIONS,
    COUNT_INDEX,
    COUNTS,
    MEDICAID,
    MEDICARE,
    MEMBER,
    METRICS,
    PAYERS,
    RATE_CATEGORIES,
    SERVICES,
    UNCOMPENSATED,
)

REGISTRY = parameters_of(conf_folder())
AREAS = 3
CLINICS_PER_AREA = 4


class Rates:
    """Quality measures of one level in every year; ``level`` may be changed."""

    def __init__(self, areas):
        self.level = np.full((areas, len(METRICS)), 0.5)

    def rates(self, year):
        return self.level

    def denominators(self, year):
        return np.full(self.level.shape, 10**9)


class StandIn(mesa.Model):
    """Three areas of ``members`` members each, whose every service costs ``cents`` a month at month 0."""

    def __init__(
        self,
        *,
        contracts=("global_budget", "withhold"),
        start=0,
        starts=None,
        response="none",
        capacity="limited",
        funding="state",
        **changes,
    ):
        super().__init__()
        scope = changes.pop("scope", SERVICES)
        scope = scope if isinstance(scope, dict) else dict.fromkeys(scope, 0)
        levers, packages = changes.pop("levers", ()), changes.pop("packages", ("groceries",))
        self.members_per_cell = changes.pop("members", 50)
        self.cents = changes.pop("cents", 5000)
        self.weights = np.asarray(changes.pop("weights", np.full(AREAS, 20.0)))
        self.program = changes.pop("program", np.zeros(AREAS, dtype=np.int64))
        self.scenario = SimpleNamespace(
            payment=SimpleNamespace(
                contracts=contracts, start=start, starts=starts or {}, scope=scope, areas=(), clinics="all", members=()
            ),
            providers=ProvidersChoice(
                name="of_the_test", response=response, only=changes.pop("only", ()), without=changes.pop("without", ())
            ),
            metric_set=read_metric_set(conf_folder(), "oregon_2013"),
            organizations="live",
            upstream=SimpleNamespace(funding=funding, packages=packages),
            governance=SimpleNamespace(levers=levers),
            capacity=capacity,
        )
        self.registry = REGISTRY.override({name.replace("__", "."): value for name, value in changes.items()})
        self.seed, self.month = 7, -12
        self.area_names = tuple(f"CCO {area}" for area in range(AREAS))
        self.areas = np.zeros(AREAS, dtype=AREA)
        self.actions = no_actions(AREAS)
        self.clinics = np.zeros(AREAS * CLINICS_PER_AREA, dtype=CLINIC)
        self.clinics["area"] = np.arange(len(self.clinics)) % AREAS
        self.ledger = Ledger(AREAS)
        self.members = np.zeros(0, dtype=MEMBER)
        costs = {"costs_cents": lambda: self.program, "area_cents": lambda: np.zeros(AREAS, np.int64)}
        self.slots = SimpleNamespace(on_offer=[True], **costs)
        self.asks = np.full((AREAS, len(SERVICES)), 300.0)
        self.clinic_asks = np.full(len(self.clinics), 80.0)
        self.agency = Agency(self)
        self.ccos = [CCO(self, area, name, self.agency) for area, name in enumerate(self.area_names)]
        self.providers = Providers(self, self.agency)
        self.funds = Funds(self, self.agency, self.ccos, self.slots)
        self.bills = Bills(self, self.agency, self.ccos, self.slots)
        self.areas["price_index"] = 1
        self.quality = Rates(AREAS)
        self.flows: list[Any] = []
        self.purposes: list[Any] = []
        self.last = self.live()

    @property
    def party(self):
        return self.last

    @property
    def judged(self):
        return self.quality

    def live(self):
        """Return what a month of plain members comes to under the decisions in ``areas`` and ``clinics``."""
        each = self.cents * self.areas["price_index"] * np.exp(self.areas["log_volume"])
        months = np.full((AREAS, 2, len(RATE_CATEGORIES)), self.members_per_cell)
        months[:, 0] //= 5
        money = np.zeros((AREAS, 2, len(RATE_CATEGORIES), len(SERVICES), len(PAYERS)), dtype=np.int64)
        money[..., MEDICAID] = months[..., None] * each[:, None, None, :]
        money[..., MEDICARE] = 7
        money[:, 0, ..., UNCOMPENSATED] = 3
        served = self.asks * (1 - self.areas["lost"])
        counts = np.zeros((AREAS, len(COUNTS)), dtype=np.int64)
        counts[:, COUNT_INDEX["member_months"]] = months.sum(axis=(1, 2))
        counts[:, COUNT_INDEX["attached_months"]] = months.sum(axis=(1, 2)) // 2
        return SimpleNamespace(
            money=money,
            counts=counts,
            registers=np.full((AREAS, len(CONDITIONS), 3), self.members_per_cell),
            rate_months=months,
            sought=np.rint(self.asks).astype(np.int64),
            served=np.rint(served).astype(np.int64),
            clinic_sought=np.rint(self.clinic_asks).astype(np.int64),
            clinic_served=np.rint(self.clinic_asks * (1 - self.clinics["lost"])).astype(np.int64),
        )

    def month_by_month(self, months):
        """Step ``months`` times, from twelve months before month 0."""
        for _ in range(months):
            self.one_month()
        return self

    def one_month(self):
        self.agency.set_rates()
        for cco in self.ccos:
            cco.decide()
        self.providers.decide()
        self.last = self.live()
        self.providers.bill()
        self.agency.settle()
        self.funds.settle()
        self.bills.pay()
        for cco in self.ccos:
            cco.settle()
        for cco in self.ccos:
            cco.judge()
        self.purposes.append(self.ledger.purposes.copy())
        self.flows.append(self.ledger.close_month())
        self.month += 1
