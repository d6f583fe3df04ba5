"""What bound a package, and whom it reached, by hand and in a small world."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import schema
from sim.agents.programs.counts import Counts
from sim.measures.strata import LEVELS, STEPS
from sim.measures.tables import bound_by, reach_frame, supply_frame
from sim.member.groups import stratum
from tests.support.worlds import lived


def test_what_keeps_more_waiting_binds():
    assert bound_by(0, 0, "places") == "demand"
    assert bound_by(5, 1, "workforce") == "workforce"
    assert bound_by(5, 6, "places") == "budget"


def test_groups_are_margins_of_the_same_people():
    """The members of three areas, who stand for 1, 2 and 4 people."""
    rows = np.zeros(3, schema.MEMBER).view(np.recarray)
    rows["race"], rows["rurality"], rows["language"] = (0, 1, 1), (0, 0, 2), (0, 1, 1)
    rows["age_months"], rows["eligibility"] = (0, 60, 800), (0, schema.DISABLED, 0)
    counts = Counts(np.array([1.0, 2.0, 4.0]), 1)
    counts.cells = np.array([area * schema.N_STRATA + stratum(row) for area, row in enumerate(rows)], np.int32)
    counts.count("served", 0, np.arange(3))
    counts.add_up()
    of = dict(zip(LEVELS, counts.groups["served"][0].tolist(), strict=True))
    assert of["race", "asian"] == 6000
    assert of["rurality", "frontier"] == 4000
    assert of["language", "english"] == 1000
    assert of["age_band", "65+"] == 4000
    assert of["disability", "yes"] == 2000
    for kind in ("race", "rurality", "language", "age_band", "disability"):
        assert sum(people for (name, _), people in of.items() if name == kind) == 7000


def bound(budget):
    model = lived("upstream=portfolio", f"parameters.upstream.state_budget={budget}")
    packages = model.scenario.upstream.packages
    workers = tuple(package.places.kind == "workforce" for package in model.slots.packages)
    frame = supply_frame(model.result(), packages, workers)
    return frame[frame["month"] > 3], reach_frame(model.result(), packages)


def test_doubling_a_budget_gives_less_and_less_where_supply_binds():
    """From 1 dollar PMPM to 2, and from 20 to 40: the second doubling adds little, for supply binds."""
    served, spent, by = [], [], []
    for budget in (1, 2, 20, 40):
        frame, _ = bound(budget)
        served.append(frame["served"].sum())
        spent.append(frame["usd"].sum())
        by.append(set(frame["bound_by"]))
    assert served[1] > 1.2 * served[0]
    assert served[3] < 1.02 * served[2]
    assert "budget" in by[0]
    assert "budget" not in by[3]
    assert by[3] & {"places", "workforce"}
    assert spent[0] <= spent[1] <= spent[2] <= spent[3]


def test_take_up_falls_at_each_step_for_every_group():
    _, reach = bound(13)
    for _, steps in reach[reach["step"] != "served"].groupby(["package", "stratum", "level"], sort=False):
        people = steps["person_months"].to_numpy()
        assert (np.diff(people) <= 1e-6).all()
    of_all = reach[(reach["stratum"] == "language")].groupby(["package", "step"])["person_months"].sum()
    by_race = reach[(reach["stratum"] == "race")].groupby(["package", "step"])["person_months"].sum()
    assert np.allclose(of_all, by_race)


def test_what_a_package_costs_is_divided_among_its_groups():
    frame, reach = bound(13)
    spent = reach[reach["step"] == "served"].groupby(["package", "stratum"])["usd"].sum()
    model = lived("upstream=portfolio", "parameters.upstream.state_budget=13")
    whole = (model.result().places["cents"].sum(axis=0).T @ model.result().weights) / 100
    for name, dollars in zip(model.scenario.upstream.packages, whole, strict=True):
        assert np.allclose(spent[name], dollars)
    assert frame["usd"].sum() > 0
    assert reach[reach["step"] != "served"]["usd"].isna().all()


def test_claims_of_groups_add_up_to_the_state_by_service():
    """To the cent, whoever pays, and those off cover with them."""
    result = lived("upstream=portfolio", "parameters.upstream.state_budget=13").result()
    places = [schema.COUNT_INDEX[f"{service}_cents"] for service in schema.SERVICES]
    assert (result.counts[:, :, places] == result.spending.sum(axis=3)).all()
    assert (result.cells.sum(axis=1)[:, places] == result.spending.sum(axis=(0, 3))).all()
    assert result.value("pmpm_inpatient", "rurality", "urban") > 0


def test_planted_a_step_that_grows_is_found():
    people = np.array([10.0, 11.0])
    assert not (np.diff(people) <= 1e-6).all()


@pytest.mark.parametrize("package", ["groceries", "navigation"])
def test_the_cascade_is_the_product_of_what_is_declared(package):
    """Asked x wants help x takes part, among those found at a screening."""
    model = lived(f"upstream={package}", "parameters.upstream.places_scale=20", "months=8")
    one = model.slots.packages[0]
    found = model.result().places
    eligible, engaged = (found[step][2:].sum() for step in ("eligible", "engaged"))
    accepted = one.reach.accepted.value if one.reach.accepted else 0.5
    assert 0 < engaged / eligible < 1
    expected = one.reach.asked.value * accepted * one.reach.engaged.value
    # who wants help leaves the stock of the eligible by being served: the share of it that engages is below
    assert engaged / eligible < expected + 0.05


PACKAGES = (2, 2, 2)  # months, areas, packages


def a_run(**places):
    """Two months, two areas of which each member stands for 2 and 5 people, two packages."""
    zeros = np.zeros(PACKAGES)
    known = dict.fromkeys(("places", "served", "started", "queue", "no_place", "no_money", "cents"), zeros)
    reached = {f"reached.{step}": np.zeros((2, 2, len(LEVELS))) for step in STEPS}
    return SimpleNamespace(places=known | reached | places, weights=np.array([2.0, 5.0]), months=2)


def test_what_limits_a_package_by_hand():
    """Month 0, first package: 4 people wait where money binds and 10 where places do; second package the reverse.

    Month 1: as many wait for each of both; and nobody waits.
    """
    queue, no_money, cents = (np.zeros(PACKAGES) for _ in range(3))
    queue[0], no_money[0] = [[2, 5], [2, 1]], [[3, 1], [0, 0]]
    queue[1], no_money[1] = [[5, 0], [2, 0]], [[1, 9], [0, 0]]
    cents[0] = [[100, 7], [300, 11]]
    frame = supply_frame(a_run(queue=queue, no_money=no_money, cents=cents), ("a", "b"), (True, False))
    assert list(zip(frame["package"], frame["month"], frame["bound_by"], strict=True)) == [
        ("a", 0, "workforce"), ("a", 1, "workforce"), ("b", 0, "budget"), ("b", 1, "demand"),
    ]  # fmt: skip
    np.testing.assert_allclose(frame["usd"], [17.0, 0, 0.69, 0])
    np.testing.assert_allclose(frame["queue"], [14, 20, 15, 0])
    np.testing.assert_allclose(frame["no_money"], [6, 2, 2, 18])


def test_whom_a_package_reached_by_hand():
    """The second package: 40 eligible people of one race, half of the next step each, and 3 of 8 served; 10 dollars."""
    white, other = LEVELS.index(("race", "white")), LEVELS.index(("race", "asian"))
    reached = {f"reached.{step}": np.zeros((2, 2, len(LEVELS))) for step in STEPS}
    people = 40_000.0
    for step in STEPS:
        reached[f"reached.{step}"][0, 1, white] = people
        people /= 2
    reached["reached.served"][:, 1, [white, other]] = [[1000, 3000], [2000, 2000]]
    reached["reached.served"][0, 1, LEVELS.index(("language", "english"))] = 8000  # the same people once more
    cents = np.zeros(PACKAGES)
    cents[:, :, 1] = [[100, 100], [0, 60]]  # 2 x 1 + 5 x 1.6 = 10 dollars
    rows = (
        reach_frame(a_run(cents=cents, **reached), ("a", "b"))
        .set_index(["package", "stratum", "level", "step"])
        .sort_index()
    )
    of_white = rows.loc[("b", "race", "white")]
    inner = [step for step in STEPS if step not in ("eligible", "served")]
    assert list(of_white.loc[inner, "person_months"]) == [40 / 2 ** (i + 1) for i in range(len(inner))]
    assert (of_white.loc[inner, "share_of_step_before"] == 0.5).all()
    assert of_white.loc[["eligible", "served"], "share_of_step_before"].isna().all()
    assert of_white.loc["served", "usd"] == pytest.approx(10 * 3 / 8)
    assert of_white.loc[["eligible", *inner], "usd"].isna().all()
    assert rows.loc[("b", "race", "asian", "served"), "usd"] == pytest.approx(10 * 5 / 8)
    assert np.isnan(rows.loc[("b", "race", "asian", inner[0]), "share_of_step_before"])
    assert np.isnan(rows.loc[("a", "race", "white", "served"), "usd"])
