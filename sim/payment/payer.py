"""Who pays for the members of a CCO: the CCO where a budget covers the service, the state elsewhere.

The federal government pays its part of what the state spends.
Equation: federal = round(sum over rate categories of share[c] * spending[c]); the state pays the rest, to the cent.
Evidence: or_trad_fed_share (67.3% for those eligible before the expansion); 90% for the expansion (model.md 5).
"""

import numpy as np

from sim.engine.arrays import Cents, Flags, Floats
from sim.payment.ledger import EVERY_AREA, PROVIDERS, Ledger
from sim.schema import RATE_CATEGORIES


class Payer:
    """Moves money in the ledger, and keeps count of what the state paid, by rate category, for the federal match."""

    def __init__(self, ledger: Ledger, areas: int) -> None:
        self.ledger = ledger
        self.matched: Cents = np.zeros((areas, len(RATE_CATEGORIES)), dtype=np.int64)

    def pay(self, payee: str, cents: Cents, by_cco: Flags, purpose: str) -> None:
        """Pay ``cents[area, rate category]``, from the CCO where ``by_cco``, else from the state."""
        total = cents.sum(axis=1)
        self.transfer("cco", payee, total * by_cco, purpose)
        self.transfer("state", payee, total * ~by_cco, purpose)
        self.matched += cents * ~by_cco[:, None]

    def settle(self, amounts: Floats, split: Floats, by_cco: Flags, mix: Cents | Floats) -> None:
        """Share savings, ``amounts[area]``, among kinds of providers by ``split``; losses (negative) are paid by them.

        ``mix[area, rate category]`` says for whom, and so at which match, the state pays or is paid.
        """
        for kind, name in enumerate(PROVIDERS):
            cents = np.rint(amounts * split[kind]).astype(np.int64)
            for payer, theirs in (("cco", by_cco), ("state", ~by_cco)):
                self.both_ways(payer, name, cents * theirs, "shared_savings", "shared_losses")
            self.matched += shares_of(cents * ~by_cco, mix)

    def refund(self, cents: Cents, purpose: str, mix: Cents | Floats, payer: str = "cco") -> None:
        """Let CCOs (or ``payer``) pay money back to the state, and the state its part to the federal government."""
        self.transfer(payer, "state", cents, purpose)
        self.matched -= shares_of(cents, mix)

    def both_ways(self, payer: str, payee: str, cents: Cents, purpose: str, back: str = "") -> None:
        """Pay where ``cents`` is positive, and be paid, for the purpose ``back``, where it is negative."""
        self.transfer(payer, payee, np.maximum(cents, 0), purpose)
        self.transfer(payee, payer, np.maximum(-cents, 0), back or purpose)

    def claim_match(self, share: Floats) -> None:
        """Claim the federal part of what the state paid since the last claim, or give it back."""
        self.both_ways("federal", "state", federal_part(self.matched, share), "federal_match")
        self.matched = np.zeros_like(self.matched)

    def transfer(self, payer: str, payee: str, cents: Cents, purpose: str) -> None:
        """Post one transfer for every area."""
        if cents.any():
            self.ledger.transfer(EVERY_AREA, payer, payee, cents, purpose)


def federal_part(spending: Cents, share: Floats) -> Cents:
    """Return the federal part of ``spending[area, rate category]`` by area, given the ``share`` of each category."""
    return np.rint(spending @ share).astype(np.int64)


def shares_of(cents: Cents, mix: Cents | Floats) -> Cents:
    """Return ``cents[area]`` by rate category in the proportions of ``mix[area, rate category]``."""
    parts = np.asarray(mix, dtype=np.float64)
    total = parts.sum(axis=1, keepdims=True)
    shares = np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
    return np.asarray(np.rint(cents[:, None] * shares), dtype=np.int64)
