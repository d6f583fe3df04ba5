"""A health system whose books keep payer, payee and purpose jointly; its numbers are those of any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.arrays import Cents
from sim.live.kept import Kept
from sim.model import HealthSystem
from sim.payment.ledger import Area, Ledger

if TYPE_CHECKING:
    from sim.measures.result import RunResult
    from sim.population.build import Population


class JointLedger(Ledger):
    """A ledger that also adds up what was paid by payer, payee and purpose, since the first month."""

    def __init__(self, areas: int) -> None:
        super().__init__(areas)
        self.joint: dict[tuple[str, str, str], Cents] = {}

    def transfer(self, area: Area, payer: str, payee: str, cents: int | np.integer | Cents, purpose: str) -> None:
        super().transfer(area, payer, payee, cents, purpose)
        kept = self.joint.setdefault((payer, payee, purpose), np.zeros(len(self.flows), np.int64))
        kept[area] += np.asarray(cents)


class Followed(HealthSystem):
    """A system whose ledger is a `JointLedger`; with ``kept`` single lives can be simulated again."""

    books: JointLedger
    kept: Kept | None = None

    def _take_over(self, people: Population) -> None:
        super()._take_over(people)
        self.books = self.ledger = JointLedger(len(people.areas))

    def result(self) -> RunResult:
        """Return what has been recorded so far; while months are left, without a digest, which takes longest."""
        return self.recorder.result(self.seconds, is_digested=not self.running)

    def _let_in(self) -> None:
        super()._let_in()
        if self.kept is not None:
            self.kept.before_members(self)

    def _simulate_members(self) -> None:
        super()._simulate_members()
        if self.kept is not None:
            self.kept.after_members(self)
