"""Funds: money for programs beyond the state's waiver and a CCO's own budget.

``share``    a CCO gives a part of its reserves above the required level to its community, a twelfth a month for the
             rate year that begins (Oregon's SHARE): past surpluses pay, not a new tax
``capture``  an outside grant pays first (``seed``); later a part of measured savings is reinvested, a twelfth a month
             for a year. Savings are measured as a payer can: CCO members' claims of the last 12 months against those of
             the year before the programs, with the payment trend. Chance moves them up and down; a loss reinvests
             nothing. The party that saved pays: a CCO under a budget, as a service that its loss ratio counts; else the
             state, with the federal match of programs that it pays for itself. Shared reserves were once profit, so no
             loss ratio counts them.

Unspent money stays for later months. Slots never spend more than a fund holds.
"""

from collections.abc import Sequence

import numpy as np

from sim.agents.cco.cco import CCO
from sim.agents.programs.slots import Slots
from sim.agents.protocols import System
from sim.agents.state.agency import Agency
from sim.engine.arrays import Cents
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Remembering
from sim.upstream.budget import CAPTURE, FUNDED, SHARE


class Funds(Remembering):
    """The funds of all areas, in sampled cents.

    Parameters
    ----------
    model : the health system; funds post in ``ledger``.
    agency : the state agency, which knows what CCO members cost and who has a budget.
    ccos : all CCOs, whose reserves may pay.
    slots : the programs that funds pay for.

    Attributes
    ----------
    seed : the rest of the outside grant.
    own : the rest of the reserves or savings set aside.
    monthly : the amount set aside each month of this year.
    """

    REMEMBERED = ("seed", "own", "monthly")

    def __init__(self, model: System, agency: Agency, ccos: Sequence[CCO], slots: Slots) -> None:
        self.model, self.agency, self.ccos, self.slots = model, agency, ccos, slots
        self.funding = model.scenario.upstream.funding
        get = model.registry.get
        self.share: float = get("upstream.share_of_reserves")
        self.captured: float = get("upstream.capture_share")
        self.seed_cents = round(get("upstream.seed_fund") * 100)
        self.seed_months = round(get("upstream.seed_months"))
        self.trend: float = get("payment.trend")
        self.match: float = get("payment.upstream_match")
        n = len(model.weights)
        self.seed, self.own, self.monthly = np.zeros((len(self.REMEMBERED), n), np.int64)

    def budget(self) -> Cents:
        """Set aside this month's money, and return what each area can spend."""
        since = self.model.month - self.slots.start
        if since < 0:
            return np.zeros_like(self.own)
        if self.funding == SHARE:
            return self._share_reserves()
        if since < self.seed_months:
            self.seed = self.seed + self.slots.members_at_start * self.seed_cents
        if since > 0 and since % MONTHS_PER_YEAR == 0:
            self.monthly = self._saved_last_year(since)
        self.own = self.own + self.monthly
        return self.seed + self.own

    def settle(self) -> None:
        """Pay this month's programs in every area, where a fund pays for them."""
        if self.funding in FUNDED:
            for area, cents in enumerate(self.slots.costs_cents()):
                self._pay(area, int(cents))

    def paid_by_budgets(self) -> Cents:
        """Return what this month's programs will cost CCOs' budgets, by area: what no grant or reserve pays."""
        cents = self.slots.costs_cents()
        if self.funding == CAPTURE:
            return cents - np.minimum(cents, self.seed)
        return cents if self.funding == "cco" else np.zeros_like(cents)

    def _pay(self, area: int, cents: int) -> None:
        """Pay an area's programs: first from the grant, then from the money set aside."""
        granted = min(cents, int(self.seed[area]))
        self.seed[area] -= granted
        self.own[area] -= cents - granted
        self._transfer(area, "outside", granted, "grants")
        if self.funding == SHARE:
            cco = self.ccos[area]
            cco.reserve -= cents - granted
            cco.standing -= cents - granted
            self._transfer(area, "cco_reserve", cents - granted, "reinvestment")
        elif self.agency.budget_runs[area]:
            self._transfer(area, "cco", cents - granted, "reinvestment")
        else:
            self._transfer(area, "state", cents - granted, "reinvestment")
            self._transfer(area, "federal", round(self.match * (cents - granted)), "federal_match", payee="state")

    def _share_reserves(self) -> Cents:
        """In the first month of a rate year, set aside a part of each CCO's reserves above its floor."""
        agency = self.agency
        for area, cco in enumerate(self.ccos):
            if not agency.budget_runs[area]:
                self.monthly[area] = self.own[area] = 0
            elif agency.months_run[area] % MONTHS_PER_YEAR == 0:
                revenue = MONTHS_PER_YEAR * float(agency.revenue().due[area].sum())
                spare = min(cco.standing, cco.reserve) - cco.solvency.floor(revenue, float(self.model.weights[area]))
                self.monthly[area] = (
                    int(self.share * max(0.0, spare) / MONTHS_PER_YEAR) if agency.months_run[area] else 0
                )
        self.own = self.own + self.monthly
        held = np.array([max(0, cco.reserve) for cco in self.ccos], dtype=np.int64)
        return np.minimum(self.own, held)

    def _saved_last_year(self, since: int) -> Cents:
        """Return a twelfth of the part of last year's measured savings that is reinvested."""
        experience, month, start = self.agency.experience, self.model.month, self.slots.start
        now, before = (
            experience.between(month - MONTHS_PER_YEAR, month),
            experience.between(start - MONTHS_PER_YEAR, start),
        )
        months = [np.maximum(seen.months.sum(axis=1), 1) for seen in (now, before)]
        cost = [seen.cents.sum(axis=(1, 2)) / m for seen, m in zip((now, before), months, strict=True)]
        expected = cost[1] * (1.0 + self.trend) ** (since / MONTHS_PER_YEAR)
        saving = np.maximum(expected - cost[0], 0.0) * months[0]
        return np.asarray(self.captured * saving / MONTHS_PER_YEAR, dtype=np.int64)

    def _transfer(self, area: int, payer: str, cents: int, purpose: str, payee: str = "community") -> None:
        if cents:
            self.model.ledger.transfer(area, payer, payee, int(cents), purpose)
