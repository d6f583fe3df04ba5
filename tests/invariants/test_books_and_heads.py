"""Do money and people add up, to the cent and to the head, in each month of random scenarios (24, or 300 if slow)?"""

import numpy as np
import pytest

from sim.agents.providers.providers import Providers
from sim.model import HealthSystem
from sim.payment.ledger import Ledger, LedgerError
from sim.schema import ENROLLED, VACANT
from tests.support.random_worlds import A_YEAR, GOVERNANCE, SIZES, random_choices, random_overrides
from tests.support.witness import live
from tests.support.worlds import EVERYTHING, TINY, beginning, system

SCENARIOS = 300
BY_DEFAULT = 24  # four of each size and seed, with eight that pass a December
BATCH = 12


def tiny(size, seed):
    """The people of a small world; three sizes and two seeds are shared by all scenarios."""
    return beginning(seed, size=(*TINY, f"population.minimum_per_cco={size}"))


def random_system(number, seed=0):
    size, luck = SIZES[number % len(SIZES)], number // len(SIZES) % 2
    return system(*random_overrides(number, seed), seed=luck, start=tiny(size, luck), size=TINY)


@pytest.mark.parametrize(
    "first",
    [pytest.param(n, marks=[pytest.mark.slow] if n >= BY_DEFAULT else []) for n in range(0, SCENARIOS, BATCH)],
)
def test_every_cent_and_every_head_is_accounted_for(first, seed):
    faults = {}
    for number in range(first, first + BATCH):
        found = live(random_system(number, seed))
        if found:
            faults[number] = (random_overrides(number, seed), found)
    assert faults == {}


def test_a_third_of_the_random_worlds_pass_a_december_and_a_contract_year(seed):
    drawn = [random_choices(number, seed) for number in range(SCENARIOS)]
    ended = [
        int(one["months"]) >= int(one["payment.start"]) + A_YEAR and one["payment.contracts"] != "[]" for one in drawn
    ]
    assert 1 / 4 < np.mean(ended) < 5 / 12  # three standard errors of a third
    assert {one["governance"] for one in drawn} == set(GOVERNANCE)


def test_replayed_organizations_add_up_too():
    first = system(start=tiny(12, 0), size=TINY)
    first.run()
    policy = (*EVERYTHING, "organizations=fixed", "upstream.funding=cco")
    assert live(system(*policy, start=tiny(12, 0), decisions=first.decisions, size=TINY)) == []


def test_three_years_of_everything_add_up():
    """Rebasing, withhold, reserves, two Januaries and everybody's renewal."""
    assert live(system(*EVERYTHING, "upstream.funding=cco", "months=36", start=tiny(12, 0), size=TINY)) == []


def test_a_world_without_a_warm_up_adds_up():
    """Month 0 is the first that anybody lives: nobody who is there at the start enters."""
    size = (*TINY, "warm_up=0", "capacity=unlimited", "population.minimum_per_cco=30")
    assert live(system("upstream=portfolio", size=size)) == []


def planted(**choices):
    return live(system(*EVERYTHING, start=tiny(12, 0), size=TINY, **choices))


def named(faults):
    return {fault.split(": ")[1] for fault in faults}


def test_nothing_planted_nothing_found():
    assert planted() == []


def test_planted_a_bill_sent_twice_is_found(monkeypatch):
    """The ledger balances; the providers have more than they charged."""
    post = Providers._post

    def twice(self, payer, cents):
        post(self, payer, cents)
        if payer == "state":
            post(self, payer, cents)

    monkeypatch.setattr(Providers, "_post", twice)
    assert {"providers' receipts", "claims paid by the state"} <= named(planted())


def test_planted_a_posting_made_twice_stops_the_month(monkeypatch):
    transfer = Ledger.transfer

    def careless(self, area, payer, payee, cents, purpose):
        transfer(self, area, payer, payee, cents, purpose)
        self.posted[area, 0] += cents

    monkeypatch.setattr(Ledger, "transfer", careless)
    with pytest.raises(LedgerError, match="sum to zero"):
        planted()


def test_planted_a_cent_lost_after_the_books_closed_is_found(monkeypatch):
    close = Ledger.close_month

    def leaky(self):
        flows = close(self)
        self.balances[0, 0] -= 1
        return flows

    monkeypatch.setattr(Ledger, "close_month", leaky)
    assert {"sum over accounts", "balances"} <= named(planted())


def test_planted_an_entrant_who_is_not_counted_is_found(monkeypatch):
    """Somebody who is already a month into cover when let in is nobody's entry."""
    let_in = HealthSystem._let_in

    def by_the_back_door(self):
        let_in(self)
        vacant = np.flatnonzero(self.members["status"] == VACANT)[0]
        self.members[vacant] = self.members[np.flatnonzero(self.members["status"] == ENROLLED)[0]]
        self.members["key"][vacant] = 10**15 + self.month
        self.members["months_covered"][vacant] = 1

    monkeypatch.setattr(HealthSystem, "_let_in", by_the_back_door)
    faults = planted()
    assert "members" in named(faults)
    assert "somebody is here who neither enrolled nor was born" in named(faults)


def test_planted_a_leaver_who_stays_on_the_rolls_is_found(monkeypatch):
    """A row that is put back on cover without being counted as a return."""
    live_month = HealthSystem._simulate_members

    def forgiving(self):
        live_month(self)
        off = np.flatnonzero(self.members["status"] == 2)[:1]
        self.members["status"][off] = ENROLLED

    monkeypatch.setattr(HealthSystem, "_simulate_members", forgiving)
    assert {"members", "member-months"} <= named(planted())


def test_planted_a_claim_rounded_twice_is_found(monkeypatch):
    """Cents that the cells do not know of."""
    live_month = HealthSystem._simulate_members

    def rounded(self):
        live_month(self)
        self.last.money[...] = self.last.money // 10 * 10

    monkeypatch.setattr(HealthSystem, "_simulate_members", rounded)
    assert {"medicaid_cents", "cents of members"} <= named(planted())
