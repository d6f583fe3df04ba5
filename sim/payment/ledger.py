"""The ledger: every payment is a transfer of whole cents between two named accounts of one CCO area.

Meaning: ``flows[area, payer, payee]`` is what one account paid another in a month, in cents of the area's sampled
members (``model.weights`` turn them into the state's money when they are reported).
Every transfer is also posted twice, out of one account and into the other, in a second book; the two books must agree
and every area must sum to zero before a month can be closed.
"""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from sim.engine.arrays import Cents
from sim.schema import SERVICES

Area: TypeAlias = int | np.integer | slice

PROVIDERS = ("primary", "specialist", "behavioral", "dental", "pharmacy", "hospital")
"""Types of provider, each with an account. The rest of ``ACCOUNTS`` pays them or is paid beside them."""

ACCOUNTS = (
    "federal",
    "state",
    "cco",
    "cco_reserve",
    "held",  # withheld from CCOs until the year is judged; one pool for the state, so areas may differ
    *PROVIDERS,
    "medicare",
    "third_party",
    "uncompensated",  # care given and not paid for: the provider's loss
    "community",
    "outside",  # all others: administrators, grant makers
)
ACCOUNT_INDEX = {name: i for i, name in enumerate(ACCOUNTS)}

UPSTREAM_PURPOSES = (
    "flexible_services",  # of CCOs, for one member, within the budget (health-related services)
    "community_benefit",  # of CCOs, for an area, within the budget (health-related services)
    "waiver_benefits",  # of the state, with federal match
    "reinvestment",  # of reserves (SHARE), or of savings captured
    "grants",  # from outside
)
"""What upstream programs are paid as: each its own line in the books."""

PURPOSES = [
    "claims",
    "capitation",
    "withhold",
    "federal_match",
    "administration",
    *UPSTREAM_PURPOSES,
    "care_management",
    "reserves",
    "dividends",
]
"""What money is paid for, a line of the books each; payment forms add theirs when they are registered."""

PURPOSE_INDEX = {name: i for i, name in enumerate(PURPOSES)}


def add_purposes(names: Iterable[str]) -> None:
    """Add a line to the books for each purpose that has none yet; a ledger has the lines of when it was opened."""
    for name in names:
        if name not in PURPOSE_INDEX:
            PURPOSE_INDEX[name] = len(PURPOSES)
            PURPOSES.append(name)


EVERY_AREA = slice(None)

PAYEE_OF_SERVICE = {
    "primary": "primary",
    "specialist": "specialist",
    "behavioral": "behavioral",
    "dental": "dental",
    "pharmacy": "pharmacy",
    "emergency": "hospital",
    "inpatient": "hospital",
    "outpatient": "hospital",
    "ancillary": "hospital",  # laboratories, imaging, transport: billed by hospitals or their partners
}
PAYEES = np.array(
    [[int(PAYEE_OF_SERVICE[service] == kind) for kind in PROVIDERS] for service in SERVICES], dtype=np.int64
)
"""``claims[..., service] @ PAYEES`` is the same money by type of provider."""


class LedgerError(ValueError):
    """A transfer that is not money, or books that disagree."""


class Ledger:
    """The books of one month, and the balance of every account since the first month.

    Parameters
    ----------
    areas : number of CCO areas.
    """

    def __init__(self, areas: int) -> None:
        accounts = len(ACCOUNTS)
        self.flows: Cents = np.zeros((areas, accounts, accounts), dtype=np.int64)
        self.purposes: Cents = np.zeros((areas, len(PURPOSES)), dtype=np.int64)
        self.posted: Cents = np.zeros((areas, accounts), dtype=np.int64)
        self.balances: Cents = np.zeros((areas, accounts), dtype=np.int64)

    def transfer(self, area: Area, payer: str, payee: str, cents: int | np.integer | Cents, purpose: str) -> None:
        """Move whole cents from one account to another.

        Parameters
        ----------
        area : one area, or ``EVERY_AREA`` with one amount per area.
        payer, payee : two different names of ``ACCOUNTS``.
        cents : whole and not negative: to give money back, swap payer and payee.
        purpose : one of ``PURPOSES``.

        Raises
        ------
        LedgerError
            If the accounts, the purpose or the amount are not what is asked for.
        """
        source, target, why = _places(payer, payee, purpose)
        amount = _whole(cents)
        self.flows[area, source, target] += amount
        self.purposes[area, why] += amount
        self.posted[area, source] -= amount
        self.posted[area, target] += amount

    def net(self) -> Cents:
        """Return what each account took in less what it paid this month, shape (areas, accounts)."""
        return np.asarray(self.flows.sum(axis=1) - self.flows.sum(axis=2))

    def balance(self) -> Cents:
        """Return the sum of the month's postings over all accounts, per area: zero if no cent was made or lost."""
        return np.asarray(self.posted.sum(axis=1))

    def check(self) -> None:
        """Raise ``LedgerError`` unless both books agree and every area sums to zero."""
        if self.balance().any():
            raise LedgerError(f"postings do not sum to zero: {self.balance().tolist()} cents by area")
        if not np.array_equal(self.net(), self.posted):
            raise LedgerError("flows and postings disagree")
        if not np.array_equal(self.purposes.sum(axis=1), self.flows.sum(axis=(1, 2))):
            raise LedgerError("flows and purposes disagree")

    def close_month(self) -> Cents:
        """Check the books, add them to the balances, clear them, and return the month's flows."""
        self.check()
        self.balances += self.posted
        flows = self.flows.copy()
        for book in (self.flows, self.purposes, self.posted):
            book[...] = 0
        return flows


def _places(payer: str, payee: str, purpose: str) -> tuple[int, int, int]:
    try:
        source, target, why = ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee], PURPOSE_INDEX[purpose]
    except KeyError as fault:
        raise LedgerError(f"no account or purpose is called {fault.args[0]!r}") from None
    if source == target:
        raise LedgerError(f"{payer} cannot pay itself")
    return source, target, why


def _whole(cents: int | np.integer | Cents) -> int | Cents:
    if type(cents) is int and cents >= 0:
        return cents
    amount = np.asarray(cents)
    if amount.dtype.kind not in "iu":  # a bool or a fraction of a cent is a mistake
        raise LedgerError(f"money moves in whole cents, not {amount.dtype}")
    if amount.size and amount.min() < 0:
        raise LedgerError(f"a transfer cannot be negative: {int(amount.min())} cents")
    return amount.astype(np.int64, copy=False)
