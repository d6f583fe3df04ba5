"""What each area may spend on programs: a payment that does not fit is not made. Whole cents.

Money too small for one slot is saved toward the next while a member waits for it: in a small sample one person stands
for many, and a slot may cost what an area receives in many months. A slot with monthly costs is opened only if income
and savings pay for its whole duration, at most a year (``ahead`` months):

    starts <= (money + reserved) / (start + month)                          enough today
    starts <= (ahead x money + reserved) / (start + ahead x month)          and enough later

The second line matters only where much is reserved and little comes in. Nothing is saved where no member waits. Where
one payer funds all areas (``shared``), the reserves are one account: when they suffice for one more slot, the area with
the largest share of a slot gets it (largest remainder) and owes the rest. Members who are already served come before
debts. All areas together are never in debt.
"""

import numpy as np

from sim.engine.arrays import Cents, Flags, Ints

SHARE = "share"  # a CCO's spare reserves
CAPTURE = "capture"  # an outside grant at first, later measured savings
FUNDED = (SHARE, CAPTURE)  # choices of ``upstream.funding`` that a fund pays for (``sim/agents/programs/funds.py``)


NO_LIMIT = np.int64(2**52)


class Purse:
    """Each area's budget of this month, and the reserves for each package.

    Parameters
    ----------
    budget : cents that each area can spend, besides reserves; None is no limit.
    reserved : reserved cents by area and package; changed in place. Negative where an area owes others.
    shared : whether one payer funds all areas.
    """

    def __init__(self, budget: Cents | None, reserved: Cents, *, shared: bool = False) -> None:
        n_areas = len(reserved)
        self.left: Cents = np.full(n_areas, NO_LIMIT) if budget is None else np.maximum(budget, 0).astype(np.int64)
        self.reserved, self.shared, self.limited = reserved, shared, budget is not None
        self.ceiling: Cents | None = None  # what the current package may spend, where a budget is divided

    def keeps_up(self, k: int, month: int, wanted: Ints) -> Ints:
        """Return how many of ``wanted`` can have a further month of package ``k``."""
        if self.shared and month > 0:
            return self._within_all(k, month, wanted)
        return self.affordable(k, 0, month, 1, wanted)

    def affordable(self, k: int, start: int, month: int, ahead: int, wanted: Ints) -> Ints:
        """Return how many of ``wanted`` can begin package ``k``, which costs cents to start and each month."""
        if start + month == 0:
            return wanted
        enough = (self._mine() + self.reserved[:, k]) // (start + month)
        lasting = (ahead * self.left + self.reserved[:, k]) // (start + ahead * month)
        own: Ints = np.clip(np.minimum(enough, lasting), 0, wanted)
        if not self.shared:
            return own
        own = self._within_all(k, start + month, own)
        if (own == wanted).all():
            return own
        price = start + month + (ahead - 1) * np.maximum(month - self.left, 0)
        return np.asarray(own + self._from_all(k, own * (start + month), own < wanted, price))

    def _within_all(self, k: int, price: int, wanted: Ints) -> Ints:
        """Return how many of ``wanted`` this month's money and the reserves of all areas can pay for."""
        mine, together = self._mine(), max(int(self.reserved[:, k].sum()), 0)
        payable = np.minimum(wanted, mine // price)
        by_reserve = np.argsort(-self.reserved[:, k], kind="stable")
        for area in by_reserve[(payable < wanted)[by_reserve]]:
            payable[area] = min(wanted[area], (mine[area] + together) // price)
            together -= max(int(payable[area] * price - mine[area]), 0)
        return np.asarray(payable)

    def _from_all(self, k: int, paid: Cents, short: Flags, price: Cents) -> Ints:
        """Return which of the areas that are short get one more slot from the reserves of all areas, 1 or 0."""
        own = self._mine()
        rest = own + self.reserved[:, k] - paid
        left = np.maximum(own - paid, 0)
        there = self.reserved[:, k].sum() - np.maximum(paid - own, 0).sum()
        may = np.flatnonzero(short & (rest > 0))
        first = may[np.argsort(-rest[may], kind="stable")]
        one_more = np.zeros(len(rest), np.int64)
        one_more[first[np.cumsum(price[first] - left[first]) <= there]] = 1
        return one_more

    def pay(self, cents: Cents) -> Cents:
        """Pay ``cents`` as far as this month's money goes, and return what was paid."""
        paid = np.minimum(cents, self._mine())
        self.left = self.left - paid
        if self.ceiling is not None:
            self.ceiling = self.ceiling - paid
        return paid

    def pay_for(self, k: int, cents: Cents) -> Cents:
        """Pay for affordable slots of package ``k``: first from this month's money, then from its reserve."""
        self.reserved[:, k] -= cents - self.pay(cents)
        return cents

    def put_aside(self, k: int, most: Cents) -> None:
        """Move what is left to the reserve of package ``k``, up to ``most`` cents."""
        if self.limited:
            self.reserved[:, k] += self.pay(np.maximum(most - self.reserved[:, k], 0))

    def _mine(self) -> Cents:
        return self.left if self.ceiling is None else np.minimum(self.left, self.ceiling)
