"""The state: sets capitation rates once a year, pays claims or capitation every month, and claims the federal match."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import mesa
import numpy as np

from sim.agents.saving import Saved, restore, saved
from sim.agents.waits import Floats, Reads
from sim.payment.administration import administration_cost
from sim.payment.capitation import capitation_due
from sim.payment.credibility import expected_pmpm
from sim.payment.federal_match import federal_part
from sim.payment.fee_for_service import IN_CCO
from sim.payment.growth_cap import allowed_growth
from sim.payment.ledger import EVERY_AREA, Cents
from sim.payment.rate_experience import first_rate, rebased_rate, source_year
from sim.payment.shrinkage import full_size
from sim.payment.withhold import earned, hold
from sim.schema import MEDICAID, RATE_CATEGORIES, SERVICES

MONTHS_PER_YEAR = 12
REMEMBERED = ("rates", "squeeze", "held")


@dataclass(frozen=True)
class RateTerms:
    """What is declared about rates; see ``sim/payment/growth_cap.py`` and ``rate_experience.py``."""

    trend: float
    cap: float
    give: float
    rebasing: float
    lag: int
    load: float
    credible_months: float

    @classmethod
    def of(cls, registry: Reads) -> "RateTerms":
        """Read the terms from the parameters."""
        return cls(
            trend=registry.get("payment.trend"),
            cap=registry.get("payment.growth_cap"),
            give=registry.get("payment.cap_give"),
            rebasing=registry.get("payment.rebasing_share"),
            lag=round(registry.get("payment.rebasing_lag")),
            load=registry.get("payment.load"),
            credible_months=registry.get("payment.credible_months"),
        )


@dataclass
class Experience:
    """What CCO members cost in a month: cents (area, rate category, service), member-months (area, rate category).

    Kept by month and by service, whatever the form: a warm-up serves arms with other scopes and starts too.
    """

    cents: Cents
    months: Cents


class Revenue(NamedTuple):
    """Capitation of a month in cents, (area, rate category): due, the part withheld, and withhold that comes back."""

    due: Cents
    held: Cents
    returned: Cents

    @property
    def paid(self) -> Cents:
        """What the state pays CCOs this month."""
        return self.due - self.held + self.returned


class State(mesa.Agent):  # type: ignore[misc]
    """The state Medicaid agency.

    Reads ``model.scenario.payment``, ``model.registry``, ``model.weights``, ``model.month``, ``model.last``; writes to
    ``model.ledger``. Rate years count from the start of the payment form; year -1 is the year before it.

    Attributes
    ----------
    rates : capitation in cents PMPM, (area, rate category); zero until a global budget starts.
    squeeze : log of what the growth cap has taken out of the trend since the start, by area (0 or below).
    held : withheld cents of this rate year, (area, rate category).
    """

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        get = model.registry.get
        self.terms = RateTerms.of(model.registry)
        self.withhold_share: float = get("payment.withhold_share")
        self.federal_share: Floats = np.asarray(get("payment.federal_share"))
        self.administration_share: float = get("payment.state_administration")
        self.administration_match: float = get("payment.administration_match")
        payment = model.scenario.payment
        self.start: int = payment.start
        self.capitates: bool = payment.form == "global_budget"
        self.scope = np.array([service in payment.scope for service in SERVICES])
        shape = (len(model.areas), len(RATE_CATEGORIES))
        self.rates: Floats = np.zeros(shape)
        self.squeeze: Floats = np.zeros(shape[0])
        self.held: Cents = np.zeros(shape, dtype=np.int64)
        self.lived: dict[int, Experience] = {}
        self._revenue: Revenue | None = None  # worked out once a month, asked for by every CCO
        self._revenue_of: tuple[int, Any] = (0, None)

    @property
    def rate_year(self) -> int:
        """Years since the payment form began; negative before."""
        return int((self.model.month - self.start) // MONTHS_PER_YEAR)

    @property
    def year_ends(self) -> bool:
        """Whether this is the last month of a rate year."""
        return bool((self.model.month - self.start) % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1)

    @property
    def budget_runs(self) -> bool:
        """Whether CCOs are paid capitation this month."""
        return self.capitates and self.model.month >= self.start

    @property
    def inside(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which services CCOs pay for this month."""
        return self.scope if self.budget_runs else np.zeros_like(self.scope)

    def set_rates(self) -> None:
        """Set the capitation rates, in the first month of each rate year."""
        if not self.budget_runs or (self.model.month - self.start) % MONTHS_PER_YEAR:
            return
        year, terms = self.rate_year, self.terms
        allowed = self._allowed()
        experience = self._experience(source_year(year, terms.lag))
        if year == 0:
            self.rates = first_rate(experience, allowed, terms.load)
        else:
            self.rates = rebased_rate(
                self.rates,
                experience,
                allowed,
                trend=terms.trend,
                share=terms.rebasing,
                lag=year - source_year(year, terms.lag),
                load=terms.load,
            )
        self.squeeze = self.squeeze + np.log((1 + allowed) / (1 + terms.trend))

    def revenue(self) -> Revenue:
        """Return what CCOs earn by the member-months of ``model.last`` at this month's rates."""
        month, last = self.model.month, self.model.last
        if self._revenue is not None and self._revenue_of[0] == month and self._revenue_of[1] is last:
            return self._revenue
        due = capitation_due(self.rates, last.rate_months[:, IN_CCO])
        held = hold(due, self.withhold_share)
        returned = earned(self.held + held) if self.year_ends else np.zeros_like(held)
        self._revenue, self._revenue_of = Revenue(due, held, returned), (month, last)
        return self._revenue

    def settle(self) -> None:
        """Pay CCOs, pay for the administration of claims, claim the federal match, and keep the month's experience."""
        matched = self.model.providers.claims.state.sum(axis=2)
        if self.budget_runs:
            matched = matched + self._pay_ccos()
        self._pay_administration()
        self._transfer("federal", "state", federal_part(matched, self.federal_share), "federal_match")
        self._remember()

    def state(self) -> Saved:
        """Return what the months to come depend on."""
        lived = [(month, self.lived[month]) for month in sorted(self.lived)]
        return {
            **saved(self, REMEMBERED),
            "lived": np.array([month for month, _ in lived], dtype=np.int64),
            "lived_cents": np.array([seen.cents for _, seen in lived], dtype=np.int64),
            "lived_months": np.array([seen.months for _, seen in lived], dtype=np.int64),
        }

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)
        self._revenue = None
        rows = zip(state["lived"], state["lived_cents"], state["lived_months"], strict=True)
        self.lived = {int(month): Experience(cents.copy(), months.copy()) for month, cents, months in rows}

    def _pay_ccos(self) -> Cents:
        """Pay capitation less withhold, and the withhold when the year ends; return what was paid, by rate category."""
        revenue = self.revenue()
        self.held = np.zeros_like(self.held) if self.year_ends else self.held + revenue.held
        self._transfer("state", "cco", (revenue.due - revenue.held).sum(axis=1), "capitation")
        self._transfer("state", "cco", revenue.returned.sum(axis=1), "withhold")
        return revenue.paid

    def _pay_administration(self) -> None:
        claims = self.model.providers.claims.state.sum(axis=(1, 2))
        cost = administration_cost(claims, self.administration_share)
        self._transfer("state", "outside", cost, "administration")
        self._transfer("federal", "state", administration_cost(cost, self.administration_match), "federal_match")

    def _transfer(self, payer: str, payee: str, cents: Cents, purpose: str) -> None:
        self.model.ledger.transfer(EVERY_AREA, payer, payee, cents, purpose)

    def _remember(self) -> None:
        """Keep what the month cost, for the rates of later years."""
        result = self.model.last
        cents = result.money[:, IN_CCO, :, :, MEDICAID].copy()
        self.lived[self.model.month] = Experience(cents, result.rate_months[:, IN_CCO].copy())

    def _allowed(self) -> Floats:
        """Growth that the cap allows each CCO; a soft cap answers to its loss, shrunk to full size (model.md 4)."""
        margin = np.array([cco.last_margin for cco in self.model.ccos])
        settled = full_size(margin, margin.mean(), self.model.weights)
        return allowed_growth(self.terms.trend, self.terms.cap, give=self.terms.give, margin=settled)

    def _experience(self, year: int) -> Floats:
        """Expected cost of services in scope, cents PMPM by area and rate category, from the months of a rate year."""
        first = self.start + MONTHS_PER_YEAR * year
        seen = [self.lived[month] for month in range(first, first + MONTHS_PER_YEAR) if month in self.lived]
        if not seen:
            raise ValueError(
                f"a global budget that starts in month {self.start} needs experience of the year before it: "
                "give the run a warm-up of at least one month"
            )
        cents = sum(month.cents @ self.scope.astype(np.int64) for month in seen)
        months = sum(month.months for month in seen)
        return expected_pmpm(np.asarray(cents), np.asarray(months), self.model.weights, self.terms.credible_months)
