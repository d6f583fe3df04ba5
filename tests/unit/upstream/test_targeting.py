"""Who comes first: each way of targeting by hand, and a risk score that sees records and nothing else."""

import numpy as np
import pytest

from sim import schema
from sim.upstream import risk
from sim.upstream.capacity import free_places, pools_of
from sim.upstream.ranking import SCORES, Seen, Weights, first_in_each_area, universal
from tests.support.columns_read import SIM, readers
from tests.support.stand_in_places import people

FOOD, HOMELESS = 1 << schema.FOOD, 1 << schema.HOMELESSNESS
WEIGHTS = Weights(np.array([2, 3, 2, 1, 2, 1, 4.0]), rural=1.0, visit_saved=10.0, stay_saved=1000.0)
SEEN = Seen(
    known_needs=np.array([FOOD, FOOD | HOMELESS, 0]),
    emergency=np.array([0.0, 1.0, 4.0]),
    stays=np.array([3.0, 0.0, 0.0]),
    rural=np.array([True, False, True]),
    expected=np.array([[900.0, 1.0, 0.1], [2000.0, 1.0, 0.0], [100.0, 20.0, 0.0]]),
)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("name", "scores"),
    [
        ("lottery", [0, 0, 0]),
        ("universal", [0, 0, 0]),
        ("need", [1, 2, 0]),
        ("risk_score", [900, 2000, 100]),
        ("predicted_benefit", [110, 10, 200]),
        ("recent_use", [3, 1, 4]),
        ("community_priority", [3, 6, 1]),
    ],
)
def test_scores_by_hand(name, scores):
    assert SCORES[name](SEEN, WEIGHTS).tolist() == scores


@pytest.mark.quick
def test_the_highest_score_comes_first_and_ties_go_by_lot():
    areas, keys = np.zeros(4, int), np.arange(4, dtype=np.uint64)
    lot = np.array([0.9, 0.1, 0.5, 0.2])
    assert first_in_each_area(areas, lot, keys, np.array([2]), np.array([1.0, 0, 1, 0])).tolist() == [2, 0]
    assert first_in_each_area(areas, lot, keys, np.array([2])).tolist() == [1, 3]


@pytest.mark.quick
def test_universal_asks_for_no_need_and_no_use(packages):
    open_to_all = universal(packages["navigation"])
    assert open_to_all.eligible.needs == ()
    assert open_to_all.eligible.min_ed_last_12m is None
    assert not open_to_all.reach.screened
    assert not universal(packages["groceries"]).duration.ends_with_need
    assert universal(packages["supportive_housing"]).eligible.homeless
    assert packages["chw"].eligible.min_conditions is not None
    assert universal(packages["chw"]).eligible.min_conditions is None


def test_those_with_a_higher_score_hold_the_places(system):
    """Of those who wait in an area, nobody who is passed over has more recent use than somebody who is served."""
    model = system(20_000, ("groceries",), targeting="recent_use")
    model.decide()
    rows, use = model.members, model.members["ed_year"].astype(int) + model.members["stays_year"]
    wants = reached_and_eligible(model)
    for area in range(16):
        here = wants & (rows["area"] == area)
        served, waiting = here & (rows["package"] == 1), here & (rows["package"] == 0)
        if served.any() and waiting.any():
            assert use[served].min() >= use[waiting].max()


def reached_and_eligible(model):
    from sim.upstream.reach import ENGAGES, reached

    rows, package = model.members, model.packages[0]
    yes = reached(package, rows["key"], model.seed, 1.0, 0.5) == ENGAGES
    return yes & (rows["status"] == schema.ENROLLED) & (rows["known_needs"] & FOOD > 0)


@pytest.mark.parametrize("name", sorted(SCORES))
def test_the_order_of_rows_changes_no_target(system, name):
    mixed = np.random.default_rng(1).permutation(people(20_000))
    mixed["months_covered"], mixed["spend_year"] = 24, mixed["ed_year"] * 30_000.0
    straight = mixed[np.argsort(mixed["key"])]
    served = []
    for table in (straight.copy(), mixed.copy()):
        model = system(members=table, targeting=name)
        model.decide()
        served.append(model.members[np.argsort(model.members["key"])]["package"])
    assert np.array_equal(*served)
    assert served[0].any()


@pytest.mark.quick
def test_the_risk_score_is_least_squares():
    rows = people(5_000)
    rows["months_covered"] = 24
    rows["spend_year"] = rows["ed_last_year"] * 20_000.0 + rows["stays_last_year"] * 700_000.0 + 5_000
    slopes = risk.fit(rows, 12) / 1000
    visits, stays = -2, -1  # of the history at the end
    assert slopes[visits, 0] == pytest.approx(200, rel=0.01)
    assert slopes[stays, 0] == pytest.approx(7000, rel=0.01)  # but for the made-up member of each column
    assert slopes[0, 0] == pytest.approx(50, abs=5)


@pytest.mark.quick
def test_the_risk_model_is_fitted_once_and_again_every_january(system):
    """People who come to cost more in March are seen in January."""
    model = system(2000, ("groceries",), targeting="risk_score")
    targeting, slopes = model.slots.targeting, []
    model.members["months_covered"] = 24
    model.members["spend_year"] = 10_000 * model.members["ed_year"]
    for month in (2, 3, 11, 12):
        targeting.fit(model.members, month)
        slopes.append(targeting.slopes.copy())
        model.members["spend_year"] += 100_000 * (model.members["ed_year"] > 1)
    assert slopes[0].any()
    assert [np.array_equal(slopes[0], later) for later in slopes[1:]] == [True, True, False]


@pytest.mark.quick
def test_the_risk_score_sees_neither_needs_nor_what_nobody_diagnosed():
    columns = set(schema.MEMBER.names)
    read = readers((SIM / "upstream" / "risk.py").read_text(encoding="utf-8"), columns)
    allowed = {"status", "months_covered", "age_months", "sex", "eligibility", "dual", "diagnosed"}
    use = {"spend_year", *(f"{what}_{when}" for what in ("ed", "stays") for when in ("year", "last_year"))}
    assert set().union(*read.values()) <= allowed | use
    rows = people(2_000)
    hidden = rows.copy()
    for column in ("needs", "known_needs", "present", "permanent", "race", "language", "prone"):
        hidden[column] = 1
    every, slopes = np.arange(len(rows)), np.arange(risk.PREDICTORS * risk.OUTCOMES).reshape(-1, risk.OUTCOMES)
    assert np.array_equal(risk.expected(rows, every, slopes, 12), risk.expected(hidden, every, slopes, 12))


@pytest.mark.quick
def test_packages_of_one_pool_share_its_workers(packages):
    """Ten places of one and five of the other: a case of the other (55 a worker) takes half a place (27.5 a worker)."""
    pools = pools_of([packages["chw"], packages["groceries"], packages["high_risk_case_management"]])
    places, served = np.array([[10, 4, 0]]), np.array([[2, 1, 6]])
    assert pools[0].tolist() == [1, 0, 0.5]
    assert free_places(places, served, pools, 0).tolist() == [5]  # 10 - 2 - 6 / 2
    assert free_places(places, served, pools, 1).tolist() == [3]
    assert free_places(places, served, pools, 2).tolist() == [10]  # (10 - 2) x 2 - 6
