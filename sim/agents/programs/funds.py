"""Funds: money for programs beyond the state's waiver and a CCO's own budget.

``share``    a CCO gives a part of its reserves above the required level to its community, a twelfth a month for the
             rate year that begins (Oregon's SHARE): past surpluses pay, not a new tax
``capture``  an outside grant pays first (``seed``); later a part of measured savings is reinvested, a twelfth a month
             for a year. Savings are measured as a payer can: CCO members' claims of the last 12 months against what the
             same mix of rate categories cost in the year before the programs, with the payment trend. Prices that were
             cut or denied are no saving of programs: claims count at the fees of that year. Chance moves savings up and
             down; a loss reinvests nothing. The party that saved pays: a CCO under a budget, as a service that its loss
             ratio counts, and never more than it holds in reserve; else the state, with the federal match of programs
             that it pays for itself. Shared reserves were once profit, so no loss ratio counts them.

Unspent money stays for later months. Slots never spend more than a fund holds.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from sim.agents.cco.cco import CCO
from sim.agents.programs.slots import Slots
from sim.agents.protocols import System
from sim.agents.state.agency import Agency
from sim.engine.arrays import Cents, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Remembering
from sim.payment.experience import MemberCost
from sim.payment.fee_for_service import IN_CCO
from sim.upstream.budget import CAPTURE, FUNDED, SHARE


def at_same_mix(before: MemberCost, months: Cents) -> Floats:
    """Return what ``months[area, rate category]`` would have cost before, in cents by area.

    A category that nobody was in before costs what the area's members cost on average.
    """
    cents = before.cents.sum(axis=2)
    mean = cents.sum(axis=1, keepdims=True) / np.maximum(before.months.sum(axis=1, keepdims=True), 1)
    each = np.divide(cents, before.months, out=np.broadcast_to(mean, cents.shape).copy(), where=before.months > 0)
    return np.asarray((each * months).sum(axis=1))


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
        if since < 0 or not any(self.slots.on_offer):
            return np.zeros_like(self.own)
        if self.funding == SHARE:
            return self._share_reserves()
        if since < self.seed_months:
            self.seed = self.seed + self.slots.members_at_start * self.seed_cents
        if since > 0 and since % MONTHS_PER_YEAR == 0:
            self.monthly = self._saved_last_year(since)
        self.own = self.own + self.monthly
        held = [max(0, cco.reserve) if runs else int(own) for cco, runs, own in self._payers()]
        return self.seed + np.minimum(self.own, np.array(held, dtype=np.int64))

    def _payers(self) -> Iterator[tuple[CCO, bool, int]]:
        return zip(self.ccos, map(bool, self.agency.budget_runs), map(int, self.own), strict=True)

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
        fees = np.asarray(self.model.areas["fee"], dtype=np.float64)[:, IN_CCO]
        paid = now.cents.sum(axis=1)
        at_full_fees = np.divide(paid, fees, out=np.array(paid, dtype=np.float64), where=fees > 0).sum(axis=1)
        expected = at_same_mix(before, now.months) * (1.0 + self.trend) ** (since / MONTHS_PER_YEAR)
        saving = np.maximum(expected - at_full_fees, 0.0)
        return np.asarray(self.captured * saving / MONTHS_PER_YEAR, dtype=np.int64)

    def _transfer(self, area: int, payer: str, cents: int, purpose: str, payee: str = "community") -> None:
        if cents:
            self.model.ledger.transfer(area, payer, payee, int(cents), purpose)
