"""Measures of money from a ledger of a few payments, each with a number of its own."""

from dataclasses import replace

import numpy as np
import pytest

from sim.measures.amounts import AMOUNT_NAMES, add_up
from sim.measures.measures import BY_NAME
from sim.measures.result import TEAMS
from sim.measures.terms import Sums
from sim.payment.ledger import ACCOUNT_INDEX, ACCOUNTS, PURPOSES
from sim.schema import COUNT_INDEX, COUNTS
from tests.support.synthetic_runs import synthetic_run

pytestmark = pytest.mark.quick

PAID = {  # cents
    ("state", "cco"): 50_000, ("held", "cco"): 2_000, ("state", "held"): 3_000, ("cco", "hospital"): 30_000,
    ("cco", "outside"): 4_000, ("cco", "cco_reserve"): 1_500, ("cco_reserve", "community"): 500,
    ("cco_reserve", "outside"): 800, ("cco", "state"): 700, ("hospital", "cco"): 600, ("outside", "community"): 250,
    ("federal", "state"): 40_000,
}  # fmt: skip
FOR = {"dividends": 800, "administration": 4_000, "quality_bonus": 900, "shared_losses": 600, "quality_pool": 2_000,
       "challenge_pool": 100}  # fmt: skip
COUNTED = {"member_months": 100, "listed_cents": 25_000, "listed_cents_off_cover": 2_500, "uncompensated_cents": 1_000,
           "deaths": 3, "deaths_off_cover": 2}  # fmt: skip


@pytest.fixture
def sums():
    flows = np.zeros((1, len(ACCOUNTS), len(ACCOUNTS)))
    for (payer, payee), cents in PAID.items():
        flows[0, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]] = cents
    counts, paid = np.zeros((1, len(COUNTS))), np.zeros((1, len(PURPOSES)))
    for name, number in COUNTED.items():
        counts[0, COUNT_INDEX[name]] = number
    for name, cents in FOR.items():
        paid[0, PURPOSES.index(name)] = cents
    return Sums(
        counts, 2, flows=flows, accounts=tuple(ACCOUNTS), paid=paid, purposes=tuple(PURPOSES), teams=np.array([400.0])
    )


@pytest.mark.parametrize(
    ("name", "cents"),
    [
        ("pmpm_capitation", 50_000 + 2_000),
        ("pmpm_cco", 30_000 + 4_000 + 700),  # what goes into reserves is no outlay
        ("pmpm_cco_margin", 50_000 + 2_000 + 600 - 34_700),
        ("pmpm_reserves", 1_500 - 500 - 800),
        ("pmpm_cco_kept", 52_600 - 36_200 + 200 + 800),  # with what owners took out
        ("pmpm_bonuses", 900 - 600),
        ("pmpm_quality_pool", 2_100),
        ("pmpm_held", 3_000 - 2_000),
        ("pmpm_state", 50_000 + 3_000 - 700 - 40_000),
        ("pmpm_upstream", 500 + 250),
        ("pmpm_teams", 400),
        ("pmpm_resources", 25_000 + 2_500 + 4_000 + 750 + 400),
        # hospitals and vendors received 29,400 and 4,800, and used up care, overhead and teams; dividends are no care
        ("pmpm_beyond_care", 29_400 + 4_800 - 4_000 - 800 - 25_000 - 1_000 - 400),
    ],
)
def test_dollars_of_a_member_month(sums, name, cents):
    assert BY_NAME[name].value(sums).tolist() == [pytest.approx(cents / 100 / 100)]


def test_shares_of_what_ccos_were_paid(sums):
    assert BY_NAME["cco_margin_share"].value(sums).tolist() == [pytest.approx(17_900 / 52_000)]
    assert BY_NAME["quality_pool_share"].value(sums).tolist() == [pytest.approx(2_100 / 3_000)]


def test_amounts_are_dollars_of_all_payers_and_people_on_and_off_cover(sums):
    found = dict(zip(AMOUNT_NAMES, add_up(sums)[0], strict=True))
    assert found["programs"] == pytest.approx(7.50)
    assert found["outside"] == pytest.approx(2.50)
    assert found["cco_kept"] == pytest.approx(174.00)
    assert found["deaths"] == 5
    assert found["member_years"] == pytest.approx(100 / 12)


def test_teams_cost_dollars_and_the_last_year_of_a_short_run_is_all_of_it():
    """2.5 dollars a member and month, in millionths; of two months the last twelve are two."""
    run = synthetic_run("fee_for_service", 0, 2, members=500)
    dear = replace(run, places={TEAMS: np.full(run.counts.shape[:2], 2_500_000)})
    assert dear.value("pmpm_teams") == pytest.approx(2.5, rel=1e-3)
    members = list(BY_NAME).index("members")
    assert run.last_year()[0, members] == pytest.approx(run.value("members"))
