"""A purse for each area: a payment that does not fit is not made, so a budget is never overspent. Whole cents.

Money for a place for which a member waits is reserved, up to the cost of one: in a small sample one person stands for
many, and a place costs what an area has in many months. A place that costs by the month is begun only if what comes in
and what was reserved carry it through its time, a year at most (``ahead`` months):

    starts <= (money + reserved) / (start + month)                          there is enough now
    starts <= (ahead x money + reserved) / (start + ahead x month)          and there will be

The second binds only where much was reserved and little comes in; there more is reserved. Where nobody waits nothing is
added. Where one payer pays for all areas (``shared``), what was reserved is one account: the area that has most of a
place together gets it when all have enough (largest remainder), and owes the rest. Members who are served come before
debts. All areas together are never in debt.
"""

import numpy as np

from sim.engine.arrays import Cents, Flags, Ints

SHARE = "share"  # a CCO's spare reserves
CAPTURE = "capture"  # an outside grant at first, later measured savings
FUNDED = (SHARE, CAPTURE)
"""Choices that a fund pays for (``sim/agents/programs/funds.py``)."""


NO_LIMIT = np.int64(2**52)


class Purse:
    """What is left of each area's budget this month, and what was reserved for each package.

    Parameters
    ----------
    budget : cents that each area can spend, beside what was reserved; None is no limit.
    put_by : cents by area and package; changed in place. Negative where an area owes others, if they share.
    shared : whether one payer pays for all areas.
    """

    def __init__(self, budget: Cents | None, put_by: Cents, *, shared: bool = False) -> None:
        n_areas = len(put_by)
        self.left: Cents = np.full(n_areas, NO_LIMIT) if budget is None else np.maximum(budget, 0).astype(np.int64)
        self.put_by, self.shared, self.limited = put_by, shared, budget is not None
        self.ceiling: Cents | None = None  # what the package in hand may take of it, where a budget is divided

    def keeps_up(self, k: int, month: int, wanted: Ints) -> Ints:
        """Return how many of ``wanted`` can have a further month of package ``k``."""
        if self.shared and month > 0:
            return self._within_all(k, month, wanted)
        return self.affordable(k, 0, month, 1, wanted)

    def affordable(self, k: int, start: int, month: int, ahead: int, wanted: Ints) -> Ints:
        """Return how many of ``wanted`` can begin with package ``k``, which takes cents to start and by the month."""
        if start + month == 0:
            return wanted
        enough = (self._mine() + self.put_by[:, k]) // (start + month)
        lasting = (ahead * self.left + self.put_by[:, k]) // (start + ahead * month)
        own: Ints = np.clip(np.minimum(enough, lasting), 0, wanted)
        if not self.shared:
            return own
        own = self._within_all(k, start + month, own)
        price = start + month + (ahead - 1) * np.maximum(month - self.left, 0)
        return np.asarray(own + self._from_all(k, own * (start + month), own < wanted, price))

    def _within_all(self, k: int, price: int, wanted: Ints) -> Ints:
        """Return how many of ``wanted`` this month's money and what all have reserved together can pay for."""
        mine, together = self._mine(), max(int(self.put_by[:, k].sum()), 0)
        payable = np.minimum(wanted, mine // price)
        for area in np.argsort(-self.put_by[:, k], kind="stable"):
            if payable[area] < wanted[area]:
                payable[area] = min(wanted[area], (mine[area] + together) // price)
                together -= max(int(payable[area] * price - mine[area]), 0)
        return np.asarray(payable)

    def _from_all(self, k: int, paid: Cents, short: Flags, price: Cents) -> Ints:
        """Return which of the areas that are short get one more out of what all have reserved, 1 or 0."""
        own = self._mine()
        rest = own + self.put_by[:, k] - paid
        left = np.maximum(own - paid, 0)
        there = self.put_by[:, k].sum() - np.maximum(paid - own, 0).sum()
        may = np.flatnonzero(short & (rest > 0))
        first = may[np.argsort(-rest[may], kind="stable")]
        one_more = np.zeros(len(rest), np.int64)
        one_more[first[np.cumsum(price[first] - left[first]) <= there]] = 1
        return one_more

    def pay(self, cents: Cents) -> Cents:
        """Take ``cents`` out of this month's money, as far as there are any, and return what was paid."""
        paid = np.minimum(cents, self._mine())
        self.left = self.left - paid
        if self.ceiling is not None:
            self.ceiling = self.ceiling - paid
        return paid

    def pay_for(self, k: int, cents: Cents) -> Cents:
        """Pay for places of package ``k`` that it can afford: out of this month's money, then of what was reserved."""
        self.put_by[:, k] -= cents - self.pay(cents)
        return cents

    def put_aside(self, k: int, most: Cents) -> None:
        """Reserve what is left for package ``k``, until ``most`` cents are there."""
        if self.limited:
            self.put_by[:, k] += self.pay(np.maximum(most - self.put_by[:, k], 0))

    def _mine(self) -> Cents:
        return self.left if self.ceiling is None else np.minimum(self.left, self.ceiling)
