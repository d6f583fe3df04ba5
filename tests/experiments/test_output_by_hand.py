"""Tables of a comparison worked out by hand, from runs whose numbers are easy to work with."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments.output import participants, upstream_tables
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.strata import LEVELS, MATERIAL_NEEDS, MEMBERS, PRIMARY_VISITS
from sim.schema import COUNT_INDEX, COUNTS, POCKETS

pytestmark = pytest.mark.quick

ROWS = (("all", "all"), *LEVELS)
MEMBER_MONTHS = COUNT_INDEX["member_months"]
WEIGHTS = np.array([2.0, 5.0])


def a_run(**parts):
    """Two areas of which each member stands for 2 and 5 people; two months with 100 and 20 members."""
    counts = np.zeros((2, 2, len(COUNTS)))
    counts[:, :, MEMBER_MONTHS] = [100, 20]
    yearly = np.zeros((1, 2, len(LEVELS), len(COUNTS)))
    usual = {"counts": counts, "yearly": yearly, "weights": WEIGHTS, "rows": ROWS, "places": {}, "areas": ("N", "S")}
    return SimpleNamespace(**usual | parts)


def compared(results, values=None):
    arms, seeds = dict.fromkeys(arm for arm, _ in results), dict.fromkeys(seed for _, seed in results)
    return SimpleNamespace(
        arms=tuple(arms), seeds=tuple(seeds), baseline="base", results=results, values=lambda arm: values[arm]
    )


def rows_of(frame, **where):
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame


def test_pockets_of_other_sectors_in_dollars_of_a_member_month():
    """600 person-months (2 x 200 + 5 x 40); housing saves 6 dollars of one seed and 12 of the other."""
    cents = np.zeros((2, 2, len(POCKETS)))

    def run(north, south):
        own = cents.copy()
        own[0, 0, 0], own[1, 1, 0] = north, south
        return a_run(places={"pocket_cents": own})

    results = {("base", 0): run(0, 0), ("base", 1): run(300, 0), ("new", 0): run(0, 120), ("new", 1): run(900, 0)}
    table = upstream_tables.pockets_table(compared(results))
    assert set(table["unit"]) == {"USD PMPM"}
    housing = rows_of(table, pocket=POCKETS[0])
    assert list(zip(housing["arm"], housing["contrast"], strict=True)) == [("base", ""), ("new", ""), ("new", "base")]
    assert list(housing["estimate"]) == pytest.approx([0.005, 0.02, 0.015])
    # differences of .01 and .02: an error of .005, and t with one degree of freedom
    assert list(housing["mcse"]) == pytest.approx([0.005, 0.01, 0.005])
    assert housing["high"].iloc[2] == pytest.approx(0.015 + 12.7062 * 0.005, rel=1e-4)
    assert not rows_of(table, pocket=POCKETS[1])["estimate"].any()
    none = {("base", 0): a_run(), ("base", 1): run(300, 0)}
    assert list(upstream_tables.pockets_table(compared(none))["replicates"]) == [1] * len(POCKETS)


def test_inequality_orders_groups_by_need_of_the_baseline_and_weighs_them_by_people():
    """By language: most need with 20 people, then 30, then 50; one arm leaves rates at 1, 2 and 3, one makes all 2."""
    languages = [level for stratum, level in LEVELS if stratum == "language"]
    people, need, rate = dict(zip(languages, ((25, 0), (5, 2), (10, 2)), strict=True)), (0.1, 0.9, 0.5), (3.0, 1.0, 2.0)
    yearly = np.zeros((1, 2, len(LEVELS), len(COUNTS)))
    values = {arm: np.full((1, len(ROWS), len(MEASURES)), np.nan) for arm in ("base", "new")}
    for level, of_need, of_rate in zip(languages, need, rate, strict=True):
        yearly[0, :, LEVELS.index(("language", level)), MEMBER_MONTHS] = people[level]
        row = ROWS.index(("language", level))
        for arm in values:
            values[arm][0, row, MEASURES.index(BY_NAME["needs_any_share"])] = of_need if arm == "base" else -of_need
            values[arm][0, row, MEASURES.index(BY_NAME["attached_share"])] = of_rate if arm == "base" else 2.0
    results = {(arm, 0): a_run(yearly=yearly) for arm in values}
    table = upstream_tables.equity_table(compared(results, values))
    own = rows_of(table, stratum="language", measure="attached_share", arm="base").set_index("index")["estimate"]
    assert own["gap"] == 2
    assert own["relative_gap"] == 3
    # ranks .1, .35 and .75 of 20, 30 and 50 people; the covariance of rank and rate is .2, the mean rate 2.3
    ranks, shares, rates = np.array([0.1, 0.35, 0.75]), np.array([0.2, 0.3, 0.5]), np.array([1.0, 2.0, 3.0])
    covariance = (shares * ranks * rates).sum() - 0.5 * 2.3
    assert own["concentration_index"] == pytest.approx(2 * covariance / 2.3)
    assert own["slope_index"] == pytest.approx(covariance / ((shares * ranks**2).sum() - 0.25))
    less = rows_of(table, stratum="language", measure="attached_share", arm="new", contrast="base")
    assert rows_of(less, index="gap")["estimate"].item() == -2
    assert rows_of(table, stratum="race").empty


def test_visits_by_means_are_of_the_last_december_and_change_from_the_baseline():
    groups = len(MATERIAL_NEEDS)

    def run(visits):
        places = {name: np.zeros((14, 2, groups)) for name in (PRIMARY_VISITS, MEMBERS)}
        places[MEMBERS][11], places[MEMBERS][13] = 10, 99
        places[PRIMARY_VISITS][11, 0], places[PRIMARY_VISITS][11, 1], places[PRIMARY_VISITS][13] = *visits, 77
        return a_run(places=places, months=14)

    # 2 x 30 + 5 x 20 = 160 visits of 70 people, against 2 x 15 + 5 x 10 = 80: twice as many; and half as many
    results = {
        ("base", 0): run((15, 10)),
        ("base", 1): run((30, 20)),
        ("new", 0): run((30, 20)),
        ("new", 1): run((15, 10)),
    }
    table = participants.means(compared(results))
    assert list(table["means"]) == 2 * list(MATERIAL_NEEDS)
    new = rows_of(table, arm="new")
    assert new["visits_per_member_year"].to_numpy() == pytest.approx((160 + 80) / 2 / 70)
    assert new["change_percent"].to_numpy() == pytest.approx((100 - 50) / 2)
    assert (rows_of(table, arm="base")["change_percent"] == 0).all()
    short = {("base", 0): a_run(places={MEMBERS: 0}, months=11)}
    assert participants.means(compared(short)).empty


def test_what_is_shared_is_less_what_is_lost_in_percent_of_claims():
    """North: 300 shared of 10,000 paid by Medicaid, over two months; South lost 50 of 2,000."""
    spending = np.zeros((2, 2, 3, 4))
    spending[0, 0, :2, 0], spending[1, 1, 1, 0], spending[:, :, :, 1] = 5000, 2000, 777
    paid = np.zeros((2, 2, 3))
    paid[:, 0, 1], paid[1, 1, 2], paid[:, :, 0] = 150, 50, 9999
    purposes = ("rent", "shared_savings", "shared_losses")
    shared = a_run(spending=spending, paid=paid, purposes=purposes)
    table = participants.sharing(compared({("base", 0): a_run(paid=paid, purposes=()), ("new", 0): shared}))
    assert table.to_numpy().tolist() == [["new", 0, "N", 200, 3.0], ["new", 0, "S", 100, -2.5]]
