"""Claims of followed people on paper: whose they are, of which month, service and payer, and in dollars."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import schema
from sim.runs import claims as module
from sim.runs.claims import _Followed, claims
from sim.schema import AWAY, ENROLLED, OFF_COVER, VACANT

pytestmark = pytest.mark.quick

PRIMARY, INPATIENT, MEDICAID, MEDICARE = schema.PRIMARY, schema.INPATIENT, schema.MEDICAID, schema.MEDICARE


def paid(**cents):
    table = np.zeros((len(schema.SERVICES), len(schema.PAYERS)), np.int64)
    for place, amount in cents.items():
        service, payer = place.split("_by_")
        table[schema.SERVICES.index(service), schema.PAYERS.index(payer)] = amount
    return table


class Paper:
    """A system whose months were written down: the claims of each."""

    lived = (
        [(7, paid(primary_by_medicaid=12_345)), (9, paid())],
        [(7, paid()), (9, paid(inpatient_by_medicare=50, primary_by_third_party=250))],
    )
    made = ()

    def __init__(self, scenario, seed, population):
        Paper.made = (seed, population)
        self.month, self.claims, self.asked = 0, [], None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    @property
    def running(self):
        return self.month < len(self.lived)

    def follow(self, most):
        Paper.made += (most,)

    def step(self):
        self.claims += self.lived[self.month]
        self.month += 1


def test_a_row_is_one_amount_of_a_person_in_the_month_in_which_it_was_paid(monkeypatch):
    monkeypatch.setattr(module, "_Followed", Paper)
    monkeypatch.setattr(module, "begin", lambda scenario, seed: f"people of {seed}")
    monkeypatch.setattr(module, "has_own_margins", lambda _: False)
    scenario = SimpleNamespace(seed_list=(3, 8), seed_of=lambda seed: 3 if seed is None else seed)
    table = claims(scenario, 8, people=60)
    assert Paper.made == (8, "people of 8", 60)
    assert table.to_numpy().tolist() == [
        [7, 0, "primary", "medicaid", 123.45],
        [9, 1, "primary", "third_party", 2.5],
        [9, 1, "inpatient", "medicare", 0.5],
    ]
    claims(scenario)
    assert Paper.made == (3, "people of 3", 1000)


def members(keys, status, clinics):
    table = np.zeros(len(keys), schema.MEMBER)
    table["key"], table["status"], table["clinic"] = keys, status, clinics
    return table.view(np.recarray)


def test_who_is_followed_is_enrolled_and_spread_over_the_table():
    """Of five who are enrolled the first, third and last; of few all."""
    status = [ENROLLED, VACANT, ENROLLED, OFF_COVER, ENROLLED, ENROLLED, AWAY, ENROLLED]
    system = _Followed.__new__(_Followed)
    system.members = members([50, 51, 44, 53, 47, 41, 56, 43], status, 0)
    system.follow(3)
    assert (system.keys.tolist(), system.claims) == ([43, 47, 50], [])
    system.follow(9)
    assert system.keys.tolist() == [41, 43, 44, 47, 50]


def test_each_followed_member_is_simulated_alone_under_the_terms_of_the_own_clinic(monkeypatch):
    """Clinics 0 and 1 are under the contracts, clinic 2 is not; sums are over every place in which money is kept."""
    met, money = [], np.zeros((2, 3, 2, len(schema.SERVICES), len(schema.PAYERS)), np.int64)

    def live(table, first, last, areas, clinics, params, seed, scratch):
        assert last == first + 1
        met.append((int(table["key"][first]), areas, int(seed)))
        money[0, 1, 0, PRIMARY, MEDICAID] += int(table["key"][first])
        money[1, 2, 1, PRIMARY, MEDICAID] += 1000
        money[1, 0, 1, INPATIENT, MEDICARE] += 5

    monkeypatch.setattr(module, "live_chunk", live)
    monkeypatch.setattr(module, "make_scratch", lambda areas, clinics: ("room", (None, money)))
    monkeypatch.setattr(module.HealthSystem, "_simulate_members", lambda self: None)
    system = _Followed.__new__(_Followed)
    system.members = members([9, 7, 8, 6], ENROLLED, [2, 0, 1, 2])
    system.keys, system.claims = np.array([6, 7, 9], np.uint64), []
    system.served = SimpleNamespace(whole=lambda rows: rows)
    system.areas, system.clinics = np.zeros(2), {"apart": np.array([0, 0, 1])}
    system.areas_met = lambda: ("under contract", "apart")
    system.params, system.seed = None, 8
    system._simulate_members()
    assert met == [(6, "apart", 8), (7, "under contract", 8), (9, "apart", 8)]
    assert [(key, cents[PRIMARY, MEDICAID], cents[INPATIENT, MEDICARE]) for key, cents in system.claims] == [
        (6, 1006, 5), (7, 1007, 5), (9, 1009, 5),
    ]  # fmt: skip
