"""Where the money for programs comes from, beyond the state's waiver and a CCO's own budget.

``share``    a CCO puts a part of the reserves above what it must hold into its community, a twelfth a month for the
             rate year that begins (Oregon's SHARE): saving of the past pays, and no new tax
``capture``  an outside grant begins (``seed``); later a part of measured savings is put in again, a twelfth a month for
             a year. Measured as a payer can: CCO members' claims of the last 12 months against those of the year before
             the programs, with the payment trend. Luck is in it, up and down; a loss puts in nothing. Who saved pays:
             the CCO under a budget, as a service that its loss ratio counts; else the state, with the federal match of
             programs that it pays for itself. Shared reserves were profit once: no loss ratio counts them.

What is not spent stays for later months. Nothing is promised that is not there: places never overspend it.
"""

from typing import Any

import numpy as np

from sim.engine.arrays import Cents
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Saved, restore, saved

REMEMBERED = ("seed", "own", "monthly")
SHARE, CAPTURE = "share", "capture"
FUNDED = (SHARE, CAPTURE)


class Funds:
    """The funds of all areas, in sampled cents.

    Parameters
    ----------
    model : read are ``scenario``, ``registry``, ``month``, ``state``, ``ccos`` and ``places``; written is ``ledger``.

    Attributes
    ----------
    seed : what is left of the outside grant.
    own : what is left of reserves or savings set aside.
    monthly : what is set aside each month of this year.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        get = model.registry.get
        self.share: float = get("upstream.share_of_reserves")
        self.captured: float = get("upstream.capture_share")
        self.seed_cents = round(get("upstream.seed_fund") * 100)
        self.seed_months = round(get("upstream.seed_months"))
        self.trend: float = get("payment.trend")
        self.match: float = get("payment.upstream_match")
        n = len(model.areas)
        self.seed, self.own, self.monthly = np.zeros((len(REMEMBERED), n), np.int64)

    def budget(self) -> Cents:
        """Set aside this month's money, and return what each area can spend."""
        since = self.model.month - self.model.places.start
        if since < 0:
            return np.zeros_like(self.own)
        if self.model.scenario.upstream.funding == SHARE:
            return self._share_reserves()
        if since < self.seed_months:
            self.seed = self.seed + self.model.places.members_at_start * self.seed_cents
        if since > 0 and since % MONTHS_PER_YEAR == 0:
            self.monthly = self._saved_last_year(since)
        self.own = self.own + self.monthly
        return self.seed + self.own

    def pay(self, area: int, cents: int) -> None:
        """Pay an area's programs: from the grant first, then from what was set aside."""
        granted = cents - self.beyond_grant(area, cents)
        self.seed[area] -= granted
        self.own[area] -= cents - granted
        self._transfer(area, "outside", granted, "grants")
        if self.model.scenario.upstream.funding == SHARE:
            cco = self.model.ccos[area]
            cco.reserve -= cents - granted
            cco.standing -= cents - granted
            self._transfer(area, "cco_reserve", cents - granted, "reinvestment")
        elif self.model.state.budget_runs[area]:
            self._transfer(area, "cco", cents - granted, "reinvestment")
        else:
            self._transfer(area, "state", cents - granted, "reinvestment")
            self._transfer(area, "federal", round(self.match * (cents - granted)), "federal_match", payee="state")

    def beyond_grant(self, area: int, cents: int) -> int:
        """Return what of a month's ``cents`` the outside grant does not pay."""
        return cents - min(cents, int(self.seed[area]))

    def state(self) -> Saved:
        """Return what the months to come depend on."""
        return saved(self, REMEMBERED)

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)

    def _share_reserves(self) -> Cents:
        """In the first month of a rate year, set aside a part of what a CCO holds beyond its floor."""
        state = self.model.state
        for area, cco in enumerate(self.model.ccos):
            if not state.budget_runs[area]:
                self.monthly[area] = self.own[area] = 0
            elif state.months_run[area] % MONTHS_PER_YEAR == 0:
                revenue = MONTHS_PER_YEAR * float(state.revenue().due[area].sum())
                spare = min(cco.standing, cco.reserve) - cco.solvency.floor(revenue, float(self.model.weights[area]))
                self.monthly[area] = (
                    int(self.share * max(0.0, spare) / MONTHS_PER_YEAR) if state.months_run[area] else 0
                )
        self.own = self.own + self.monthly
        held = np.array([max(0, cco.reserve) for cco in self.model.ccos], dtype=np.int64)
        return np.minimum(self.own, held)

    def _saved_last_year(self, since: int) -> Cents:
        """Return a twelfth of the part of last year's measured savings that is put in again."""
        experience, month, start = self.model.state.experience, self.model.month, self.model.places.start
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
