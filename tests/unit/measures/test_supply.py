"""What bound a package, and whom it reached, by hand and in a small world."""

import numpy as np
import pytest

from sim import schema
from sim.measures.strata import LEVELS, codes, people_by_level
from sim.measures.tables import bound_by, reach_frame, supply_frame
from tests.support.worlds import lived


def test_what_keeps_more_waiting_binds():
    assert bound_by(0, 0, "places") == "demand"
    assert bound_by(5, 1, "workforce") == "workforce"
    assert bound_by(5, 6, "places") == "budget"


def test_groups_are_margins_of_the_same_people():
    rows = np.zeros(3, schema.MEMBER)
    rows["race"], rows["rurality"], rows["language"] = (0, 1, 1), (0, 0, 2), (0, 1, 1)
    rows["age_months"], rows["eligibility"] = (0, 60, 800), (0, schema.DISABLED, 0)
    found = people_by_level(codes(rows, np.arange(3)), np.array([1000, 2000, 4000]))
    of = dict(zip(LEVELS, found.tolist(), strict=True))
    assert of["race", "asian"] == 6000
    assert of["rurality", "frontier"] == 4000
    assert of["language", "english"] == 1000
    assert of["age_band", "65+"] == 4000
    assert of["disability", "yes"] == 2000
    for stratum in ("race", "rurality", "language", "age_band", "disability"):
        assert sum(people for (name, _), people in of.items() if name == stratum) == 7000


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
