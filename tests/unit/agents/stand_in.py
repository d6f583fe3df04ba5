"""A stand-in for the health system: state, CCOs, providers and ledger are real, members are plain arithmetic."""

from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np

from sim.agents.cco import CCO
from sim.agents.levers import no_levers
from sim.agents.provider import Providers
from sim.agents.state import State
from sim.axes import parameters_of
from sim.paths import conf_folder
from sim.payment.ledger import Ledger
from sim.schema import AREA, CLINIC, MEDICAID, MEDICARE, PAYERS, RATE_CATEGORIES, SERVICES, UNCOMPENSATED

REGISTRY = parameters_of(conf_folder())
AREAS = 3
CLINICS_PER_AREA = 4


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
        self.programme = changes.pop("programme", np.zeros(AREAS, dtype=np.int64))
        self.scenario = SimpleNamespace(
            payment=SimpleNamespace(contracts=contracts, start=start, starts=starts or {}, scope=scope),
            providers=SimpleNamespace(response=response, without=changes.pop("without", ())),
            upstream=SimpleNamespace(funding=funding, packages=packages),
            governance=SimpleNamespace(levers=levers),
            capacity=capacity,
        )
        self.registry = REGISTRY.override({name.replace("__", "."): value for name, value in changes.items()})
        self.seed, self.month = 7, -12
        self.area_names = tuple(f"CCO {area}" for area in range(AREAS))
        self.areas = np.zeros(AREAS, dtype=AREA)
        self.levers = no_levers(AREAS)
        self.clinics = np.zeros(AREAS * CLINICS_PER_AREA, dtype=CLINIC)
        self.clinics["area"] = np.arange(len(self.clinics)) % AREAS
        self.ledger = Ledger(AREAS)
        self.places = SimpleNamespace(costs_cents=lambda: self.programme)
        self.asks = np.full((AREAS, len(SERVICES)), 300.0)
        self.clinic_asks = np.full(len(self.clinics), 80.0)
        self.state = State(self)
        self.ccos = [CCO(self, area, name) for area, name in enumerate(self.area_names)]
        self.providers = Providers(self)
        self.areas["price_index"] = 1
        self.flows: list[Any] = []
        self.last = self.live()

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
        return SimpleNamespace(
            money=money,
            rate_months=months,
            asked=np.rint(self.asks).astype(np.int64),
            served=np.rint(served).astype(np.int64),
            clinic_asked=np.rint(self.clinic_asks).astype(np.int64),
            clinic_served=np.rint(self.clinic_asks * (1 - self.clinics["lost"])).astype(np.int64),
        )

    def month_by_month(self, months):
        """Step ``months`` times, from twelve months before month 0."""
        for _ in range(months):
            self.one_month()
        return self

    def one_month(self):
        self.state.set_rates()
        for cco in self.ccos:
            cco.decide()
        self.providers.decide()
        self.last = self.live()
        self.providers.bill()
        self.state.settle()
        for cco in self.ccos:
            cco.settle()
        self.flows.append(self.ledger.close_month())
        self.month += 1
