"""Providers: what they can give, how long members wait, how they answer to contracts, what they charge, whom they bill.

A state has some 200 providers. Each is an agent that can be asked about itself; what all of them decide in a month is
worked out at once, on arrays, by ``Providers``: the model steps ``providers.decide()`` and ``providers.bill()``.
"""

from collections.abc import Iterator
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents.capacity import RATIONED, Capacity, CapacityTerms
from sim.agents.response import RESTRAINED, Response, strengths
from sim.agents.saving import Saved, restore, saved
from sim.agents.waits import Floats, WaitCurve
from sim.payment.fee_for_service import IN_CCO, Claims, sort_claims
from sim.payment.ledger import ACCOUNT_INDEX, EVERY_AREA, PROVIDERS, Cents
from sim.payment.prices import price_index
from sim.schema import MEDICAID, PAYERS, SERVICES, UNCOMPENSATED

REMEMBERED = ("mix", "log_volume", "log_price", "felt", "given")


class Provider(mesa.Agent):  # type: ignore[misc]
    """One primary care clinic, or all providers of another kind in an area.

    Parameters
    ----------
    model : the health system.
    kind : one of ``PROVIDERS``.
    area : index of the CCO area.
    clinic : row of ``model.clinics`` (primary care only).
    row : row of ``Capacity``, or None where nobody waits (pharmacy, hospital).
    """

    def __init__(self, model: Any, kind: str, area: int, clinic: int | None = None, row: int | None = None) -> None:
        super().__init__(model)
        self.kind, self.area, self.clinic, self.row = kind, area, clinic, row

    @property
    def wait_days(self) -> float:
        """Wait for an appointment this month."""
        return self._of(self.model.providers.capacity.waits.days)

    @property
    def utilization(self) -> float:
        """Booked visits over capacity this month."""
        return self._of(self.model.providers.capacity.waits.utilization)

    @property
    def capacity(self) -> float:
        """Visits that can be given this month; infinite where nobody waits."""
        return float("inf") if self.row is None else self._of(self.model.providers.capacity.whole)

    @property
    def backlog(self) -> float:
        """Visits carried over from earlier months."""
        return self._of(self.model.providers.capacity.backlog)

    @property
    def receipts(self) -> int:
        """Cents that all providers of this kind in this area were paid since the start."""
        return int(self.model.ledger.balances[self.area, ACCOUNT_INDEX[self.kind]])

    def _of(self, rows: Floats) -> float:
        return 0.0 if self.row is None else float(rows[self.row])


class Providers:
    """All providers of the state.

    Parameters
    ----------
    model : the health system; read are ``scenario``, ``registry``, ``seed``, ``month``, ``weights``, ``state`` and
        ``last``; written are ``areas`` (lost, log_volume, price_index), ``clinics`` (capacity, wait_days, lost) and
        ``ledger``.

    Attributes
    ----------
    capacity : capacities, backlogs and waits, a row for each practice.
    claims : this month's claims by who pays.
    given : visits that each practice gave last month, never above its capacity.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        get = model.registry.get
        self.capacity = Capacity(
            model.clinics["area"],
            model.weights,
            WaitCurve.of(model.registry),
            CapacityTerms(get("providers.served_share"), get("providers.asks_memory"), get("providers.days_in_month")),
            model.seed,
        )
        self.response = Response.of(model.registry)
        self.decide_every = round(get("providers.decide_every"))
        self.cap_into_prices: float = get("providers.cap_into_prices")
        self.growth: tuple[float, float] = (get("spending.price_growth"), get("spending.intensity_growth"))
        areas = len(model.areas)
        self.strength = strengths(model.seed, areas, self.response.spread)
        self.mix: Cents = np.zeros((areas, len(SERVICES)), dtype=np.int64)
        self.log_volume: Floats = np.zeros(areas)
        self.log_price: Floats = np.zeros(areas)
        self.felt: Floats = np.zeros(areas)
        self.given: Floats = np.zeros(len(self.capacity.area))
        self.claims: Claims
        self.agents = self._agents()

    def __iter__(self) -> Iterator[Provider]:
        return iter(self.agents)

    def __len__(self) -> int:
        return len(self.agents)

    def do(self, method: str) -> None:
        """Call a method by name, as on a Mesa ``AgentSet``."""
        getattr(self, method)()

    def set_capacity(self, asked: NDArray[np.integer] | Floats, clinic_asked: NDArray[np.integer] | Floats) -> None:
        """Fix capacity from mean monthly asks of the warm-up: ``asked[area, service]`` and ``clinic_asked[clinic]``."""
        self.capacity.set_from(self.capacity.stack(asked, clinic_asked))

    def decide(self) -> None:
        """Decide the month from what was seen in the last: volume and price quarterly, prices and waits monthly."""
        state = self.model.state
        due = state.budget_runs & (state.months_run % self.decide_every == 0)
        if due.any():
            self.felt = _share_under_contract(self.model.last.rate_months)
            if self.model.scenario.providers.response == "reduced_form":
                self._answer(due)
        self._write_volume_and_price()
        if self.capacity.known and self.model.scenario.capacity == "limited":
            self._write_waits()
        else:  # nobody waits
            self.model.areas["lost"] = 0.0
            self.model.clinics["lost"] = self.model.clinics["wait_days"] = 0.0

    def bill(self) -> None:
        """Bill each claim of the month to whoever covers it, and learn what was asked for."""
        result, state = self.model.last, self.model.state
        self.claims = sort_claims(result.money, state.inside)
        self._post("cco", self.claims.budget_by_provider)
        self._post("state", self.claims.state_by_provider)
        for payer, name in enumerate(PAYERS):
            if payer not in (MEDICAID, UNCOMPENSATED):  # nobody pays for uncompensated care: it is the provider's loss
                self._post(name, self.claims.others[:, payer])
        claimed = ~state.budget_runs
        self.mix[claimed] += result.money[claimed, IN_CCO, :, :, MEDICAID].sum(axis=1)
        if self.capacity.known:
            stack = self.capacity.stack
            asks, booked = stack(result.asked, result.clinic_asked), stack(result.served, result.clinic_served)
            self.given = self.capacity.observe(asks, booked)

    def state(self) -> Saved:
        """Return what the months to come depend on."""
        capacity = {f"capacity.{name}": array for name, array in self.capacity.state().items()}
        return {**saved(self, REMEMBERED), **capacity}

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)
        own = "capacity."
        self.capacity.restore({name.removeprefix(own): a for name, a in state.items() if name.startswith(own)})

    def _agents(self) -> list[Provider]:
        model, areas, clinics = self.model, len(self.model.areas), self.capacity.clinics
        agents = [Provider(model, "primary", int(a), clinic=c, row=c) for c, a in enumerate(model.clinics["area"])]
        for kind in PROVIDERS[1:]:
            rationed = [SERVICES[service] for service in RATIONED]
            first = clinics + areas * rationed.index(kind) if kind in rationed else None
            agents += [Provider(model, kind, a, row=None if first is None else first + a) for a in range(areas)]
        return agents

    def _answer(self, due: NDArray[np.bool_]) -> None:
        """Go part of the way towards the volume and price at which the contract aims, where it is time to."""
        state = self.model.state
        spent = (self.mix * state.scope).sum(axis=1)
        restrained = self.mix[:, self._restrained].sum(axis=1) / np.maximum(spent, 1)
        saving = self.response.saving(state.months_run, self.strength)
        volume, price = self.response.targets(saving, restrained, self.felt)
        self.log_volume += due * self.response.inertia * (volume - self.log_volume)
        self.log_price += due * self.response.inertia * (price - self.log_price)

    @property
    def _restrained(self) -> list[int]:
        return [service for service in RESTRAINED if self.model.state.scope[service]]

    def _write_volume_and_price(self) -> None:
        areas, state = self.model.areas, self.model.state
        areas["log_volume"][:, self._restrained] = self.log_volume[:, None]
        log_price = (self.cap_into_prices * state.rates.squeeze)[:, None] * state.inside
        log_price[:, self._restrained] += self.log_price[:, None]
        areas["price_index"] = price_index(self.model.month, *self.growth)
        areas["cco_price"] = np.exp(log_price)  # of Medicaid's part for CCO members; nobody else's price falls with it

    def _write_waits(self) -> None:
        waits, n = self.capacity.solve(self.model.month), self.capacity.clinics
        self.model.areas["lost"][:, RATIONED] = self.capacity.by_area(waits.lost)
        clinics = self.model.clinics
        clinics["capacity"], clinics["wait_days"] = self.capacity.whole[:n], waits.days[:n]
        clinics["lost"] = waits.lost[:n]

    def _post(self, payer: str, cents: Cents) -> None:
        for kind, name in enumerate(PROVIDERS):
            self.model.ledger.transfer(EVERY_AREA, payer, name, cents[:, kind], "claims")


def _share_under_contract(rate_months: Cents) -> Floats:
    """Share of each area's member-months that belong to CCO members: how far providers feel the CCO's contract."""
    return np.asarray(rate_months[:, IN_CCO].sum(axis=1) / np.maximum(rate_months.sum(axis=(1, 2)), 1))
