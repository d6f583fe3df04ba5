"""Claims of followed people, as a payer would hold them: person, month, service, payer, dollars.

No member's month depends on another member's. So the month of a followed member is simulated once more, alone, under
the same decisions and with the same draws, and what the sums hold then are that member's claims, to the cent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.arrays import Cents, Frame, Keys
from sim.member.month import live_chunk, make_scratch
from sim.model import HealthSystem, begin
from sim.runs.plan import has_own_margins
from sim.scenario.faults import ScenarioError
from sim.scenario.python_values import LARGEST_SEED, as_whole, check_is_scenario
from sim.schema import ENROLLED, PAYERS, SERVICES

if TYPE_CHECKING:
    from sim.scenario import Scenario

COLUMNS = ("person", "month", "service", "payer", "paid_usd")


class _Followed(HealthSystem):
    """A health system that keeps the claims of some of its members."""

    keys: Keys
    claims: list[tuple[int, Cents]]  # of each month and followed member, in the order of the keys

    def follow(self, most: int) -> None:
        """Follow members who are enrolled now: all, or as many as are asked for, spread over the table."""
        enrolled = np.flatnonzero(np.asarray(self.members)["status"] == ENROLLED)
        chosen = enrolled[np.unique(np.linspace(0, len(enrolled) - 1, min(most, len(enrolled))).astype(np.int64))]
        self.keys, self.claims = np.sort(np.asarray(self.members)["key"][chosen]), []

    def _simulate_members(self) -> None:
        table = np.asarray(self.members)
        before = table[np.isin(table["key"], self.keys)]
        before = self.served.whole(before[np.argsort(before["key"])]).view(np.recarray)
        super()._simulate_members()
        scratch, (_, money, *_) = make_scratch(len(self.areas), len(self.clinics))
        areas, apart = self.areas_met(), self.clinics["apart"][before["clinic"]]
        for i, key in enumerate(before["key"]):
            money[:] = 0
            live_chunk(before, i, i + 1, areas[apart[i]], self.clinics, self.params, np.uint64(self.seed), scratch)
            self.claims.append((int(key), money.sum(axis=(0, 1, 2))))


def claims(scenario: Scenario, seed: int | None = None, people: int = 1000) -> Frame:
    """Simulate a scenario once and return the claims of people who are enrolled at month 0.

    Parameters
    ----------
    scenario : what to run; its arms, if any, are not.
    seed : default the scenario's first seed.
    people : how many are followed; fewer if there are fewer.

    Returns
    -------
    DataFrame
        ``person, month, service, payer, paid_usd``: a row for each amount above 0. A person without a row in a month
        used nothing, or had died.

    Raises
    ------
    ScenarioError
        If the margins are a user's own: a row of claims is of one person.
    """
    import pandas as pd

    check_is_scenario(scenario)
    people = as_whole("people", people, 1, LARGEST_SEED)
    if has_own_margins(scenario):
        why = "claims are of single people, and are written for the margins that ship alone: published figures"
        raise ScenarioError([f"population.margins={scenario.population.margins}: {why}"])
    chosen = scenario.seed_of(seed)
    with _Followed(scenario, chosen, population=begin(scenario, chosen)) as model:
        model.follow(people)
        rows = []
        while model.running:
            month = model.month
            model.step()
            for person, cents in model.claims:
                rows += [
                    (person, month, SERVICES[service], PAYERS[payer], cents[service, payer] / 100)
                    for service, payer in zip(*np.nonzero(cents), strict=True)
                ]
            model.claims.clear()
    return pd.DataFrame(rows, columns=list(COLUMNS))
