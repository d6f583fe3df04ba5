"""Who may have a slot, who comes first and when a slot becomes free: each criterion alone, at its limit."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.schema import (
    ASTHMA,
    AWAY,
    DIABETES,
    ENROLLED,
    FOOD,
    HOMELESS_TYPES,
    HOMELESSNESS,
    HOUSING,
    HYPERTENSION,
    MEMBER,
    NEEDS,
    OFF_COVER,
    VACANT,
)
from sim.upstream import capacity, eligibility, ending, ranking, risk
from sim.upstream.draws import LEAVING, RETURNING
from sim.upstream.package import Workforce
from tests.support.by_hand import row, rules_of, someone

pytestmark = pytest.mark.quick

RULES = rules_of(eligibility)
OPEN = {"homeless_types": eligibility.EVERY_TYPE, "max_age": np.inf}
SECOND = 1  # the bit of the package


@pytest.mark.parametrize(
    ("asked", "who", "may"),
    [
        ({}, {}, True),
        ({"screened": 1}, {"known_needs": 1 << FOOD}, True),
        ({"screened": 1}, {}, False),
        ({"needs": 1 << FOOD | 1 << HOUSING}, {"known_needs": 1 << FOOD}, True),
        ({"needs": 1 << FOOD}, {"known_needs": 1 << HOUSING, "needs": 1 << FOOD}, False),  # nobody knows of it
        ({"homeless": 1}, {"needs": 1 << HOMELESSNESS}, True),
        ({"homeless": 1}, {"needs": 1 << FOOD}, False),
        ({"housed": 1}, {"needs": 1 << FOOD}, True),
        ({"housed": 1}, {"needs": 1 << HOMELESSNESS}, False),
        ({"homeless_types": 0b100}, {"homeless_type": 2}, True),
        ({"homeless_types": 0b100}, {"homeless_type": 1}, False),
        ({"pregnant": 1}, {"pregnant": 1}, True),
        ({"pregnant": 1}, {"postpartum": 12}, True),
        ({"pregnant": 1}, {}, False),
        ({"conditions": 1 << DIABETES}, {"diagnosed": 1 << DIABETES | 1 << ASTHMA}, True),
        ({"conditions": 1 << DIABETES}, {"diagnosed": 1 << ASTHMA, "present": 1 << DIABETES}, False),
        ({"discharged": 1}, {"discharge_day": 1}, True),
        ({"discharged": 1}, {}, False),
        # four months of this year have passed: two thirds of last year's visits lie within twelve months
        ({"min_ed": 3}, {"ed_year": 1, "ed_last_year": 3}, True),
        ({"min_ed": 3}, {"ed_year": 1, "ed_last_year": 2, "stays_year": 9}, False),
        ({"min_stays": 3}, {"stays_year": 1, "stays_last_year": 3}, True),
        ({"min_stays": 3}, {"stays_year": 1, "stays_last_year": 2, "ed_year": 9}, False),
        ({"min_conditions": 2}, {"diagnosed": 1 << DIABETES | 1 << HYPERTENSION}, True),
        ({"min_conditions": 2}, {"diagnosed": 1 << DIABETES, "present": 1 << HYPERTENSION}, False),
        ({}, {"package": 1 << SECOND}, False),
        ({}, {"package": 0b1, "ever_package": 1 << SECOND}, True),
        ({"once": 1}, {"ever_package": 1 << SECOND}, False),
        ({"once": 1}, {"ever_package": 0b1}, True),
        ({"cco_members": 1}, {"in_cco": 1}, True),
        ({"cco_members": 1}, {"in_cco": 0}, False),
        ({"min_age": 480}, {}, True),
        ({"min_age": 481}, {}, False),
        ({"max_age": 480}, {}, True),
        ({"max_age": 479}, {}, False),
    ],
)
def test_each_criterion_alone(asked, who, may):
    criteria = row(eligibility.CRITERIA, **(OPEN | asked))
    assert RULES.may_have(someone(**who), criteria, SECOND, 4) == may


def test_members_are_flagged_by_package_by_service_and_by_screening():
    members = np.zeros(5, MEMBER).view(np.recarray)
    members.status = [ENROLLED, OFF_COVER, ENROLLED, AWAY, VACANT]
    members.since_screened, members.package = [0, 0, 1, 0, 0], [0, 0b10, 0b01, 0, 0]
    members.known_needs[0] = 1 << FOOD
    criteria = np.zeros(2, eligibility.CRITERIA).view(np.recarray)
    criteria.max_age, criteria.homeless_types, criteria.screened = np.inf, eligibility.EVERY_TYPE, [0, 1]
    flags = np.zeros(5, np.int32)
    RULES.look_over(members, criteria, 12, flags)
    served, screened = eligibility.SERVED, eligibility.SCREENED_NOW
    assert list(flags) == [0b11 | screened, served | screened, served, 0, 0]
    found = eligibility.Shortlist(np.array([4, 6, 8]), flags[:3])
    assert [list(rows) for rows in (found.who_may_have(1), found.screened_now(), found.served())] == [
        [4], [4, 6], [6, 8],
    ]  # fmt: skip
    only_screened = eligibility.Shortlist(np.array([4, 6, 8]), np.array([screened, 0b10, screened | served]))
    assert list(only_screened.eligible_or_served()) == [6, 8]


@pytest.mark.parametrize(("month", "lived"), [(0, 12), (1, 1), (11, 11), (12, 12), (25, 1), (-1, 11)])
def test_months_of_the_year_that_counts_hold(month, lived):
    assert eligibility.months_lived(month) == lived


def number(value):
    return None if value is None else SimpleNamespace(value=value)


def package(relief=None, needs=(), **duration):
    usual = {"survives_cover": False, "months": None, "ends_with_need": False, "first": None, "later": None}
    d = SimpleNamespace(**usual | duration)
    d.months, d.exit_first_year, d.exit_later = number(d.months), number(d.first), number(d.later)
    return SimpleNamespace(name="x", duration=d, targets=lambda: needs, need_relief=relief or {})


@pytest.mark.parametrize(
    ("duration", "who", "over"),
    [
        ({}, {}, False),
        ({}, {"status": OFF_COVER}, True),
        ({"survives_cover": True}, {"status": OFF_COVER}, False),
        ({"survives_cover": True}, {"status": VACANT}, True),
        ({"months": 6}, {"served": 5}, False),
        ({"months": 6}, {"served": 6}, True),
        ({"ends_with_need": True, "needs": (FOOD, HOUSING)}, {"needs": 1 << HOUSING}, False),
        ({"ends_with_need": True, "needs": (FOOD,)}, {"needs": 1 << HOUSING}, True),
        ({"first": 0.4, "later": 0.2}, {"served": 11, "draw": 0.39}, True),
        ({"first": 0.4, "later": 0.2}, {"served": 11, "draw": 0.41}, False),
        ({"first": 0.4, "later": 0.2}, {"served": 12, "draw": 0.19}, True),
        ({"first": 0.4, "later": 0.2}, {"served": 12, "draw": 0.21}, False),
        ({"first": 0.4}, {"served": 30, "draw": 0.39}, True),  # one chance alone holds for all years
        ({"later": 0.2}, {"served": 1, "draw": 0.21}, False),
        ({"months": 6, "first": 0.4}, {"served": 6, "draw": 0.9}, True),
    ],
)
def test_when_a_slot_becomes_free(monkeypatch, duration, who, over):
    drawn = {LEAVING: who.get("draw", 0.99)}
    monkeypatch.setattr(ending, "package_uniforms", lambda seed, keys, name, month, of: np.array([drawn[of]]))
    members = np.zeros(3, MEMBER)
    members["status"][1], members["needs"][1] = who.get("status", ENROLLED), who.get("needs", 0)
    served_for = np.array([who.get("served", 1)])
    assert list(ending.ends(package(**duration), served_for, members, np.array([1]), 0, 5)) == [over]


def test_a_share_of_those_who_lose_a_home_is_homeless_again(monkeypatch):
    drawn = {RETURNING: np.array([0.29, 0.31, 0.0, 0.1]), LEAVING: np.array([0.9, 0.1, 0.1, 0.9])}
    monkeypatch.setattr(ending, "package_uniforms", lambda seed, keys, name, month, of: drawn[of])
    members = np.zeros(6, MEMBER)
    members["status"] = [ENROLLED, ENROLLED, OFF_COVER, VACANT, OFF_COVER, ENROLLED]
    met = SimpleNamespace(met=True, returns=number(0.3), relief=None)
    felt = SimpleNamespace(met=False, returns=number(0.9), relief=number(0.5))
    ending.lose_home(package({"homelessness": met, "food": felt}), members, np.array([1, 2, 3, 4]), 0, 5)
    assert list(members["needs"]) == [0, 1 << HOMELESSNESS, 0, 0, 1 << HOMELESSNESS, 0]


def test_who_comes_first_by_each_way_of_targeting():
    """Three members: with two needs, the most expected visits and recent use, and the most expected cost and stays."""
    seen = ranking.Seen(
        known_needs=np.array([1 << FOOD | 1 << HOUSING, 1 << FOOD, 0]),
        emergency=np.array([1.0, 6.0, 2.0]),
        stays=np.array([0.0, 0.5, 3.0]),
        rural=np.array([False, True, True]),
        expected=np.array([[10.0, 1.0, 0.1], [20.0, 5.0, 0.2], [30.0, 2.0, 0.9]]),
    )
    community = np.where(np.arange(len(NEEDS)) == FOOD, 0.5, 0.25)
    weights = ranking.Weights(community=community, rural=0.4, visit_saved=2.0, stay_saved=10.0)
    scores = {name: list(np.round(score(seen, weights), 6)) for name, score in ranking.SCORES.items()}
    assert scores == {
        "lottery": [0, 0, 0], "universal": [0, 0, 0], "need": [2, 1, 0], "risk_score": [10, 20, 30],
        "predicted_benefit": [3, 12, 13], "recent_use": [1, 6.5, 5], "community_priority": [0.75, 0.9, 0.4],
    }  # fmt: skip


def test_the_first_of_each_area_are_by_score_then_by_lot_then_by_key():
    areas = np.array([1, 0, 1, 1, 1, 0])
    score = np.array([5.0, 1.0, 9.0, 5.0, 5.0, 2.0])
    rank, keys = np.array([0.3, 0.1, 0.9, 0.2, 0.2, 0.8]), np.array([10, 11, 12, 14, 13, 15], np.uint64)
    first = ranking.first_in_each_area(areas, rank, keys, np.array([1, 3, 7]), score)
    assert list(first) == [5, 2, 4, 3]
    assert list(ranking.first_in_each_area(areas, rank, keys, np.array([1, 2, 0]))) == [1, 4, 3]


def test_what_a_plan_predicts_from_is_in_its_records():
    """A disabled woman of 45 with Medicare and known asthma; her unknown diabetes and her needs do not count."""
    members = np.zeros(2, MEMBER)
    members["age_months"], members["eligibility"], members["dual"], members["sex"] = 540, [0, 3], [0, 1], [1, 0]
    members["diagnosed"][1], members["present"][1], members["needs"][1] = 1 << ASTHMA, 1 << DIABETES, 0b111
    members["ed_year"][1], members["ed_last_year"][1] = 2, 6
    (found,) = risk.predictors(members, np.array([1]), np.array([5]), np.array([7]))
    ages, kind = [1, 1, 1, 0], [0, 1, 0, 1]  # from 5, 18 and 45 on; sex, disabled, aged, Medicare
    conditions = [int(c == ASTHMA) for c in range(len(found) - 11)]
    assert list(found) == [1, *ages, *kind, *conditions, 5, 7]
    slopes = np.zeros((risk.PREDICTORS, 3), np.int64)
    slopes[0], slopes[-2], slopes[-1] = 1000, [0, 500, 0], [0, 0, 250]
    (expected,) = risk.expected(members, np.array([1]), slopes, 4)
    assert list(expected) == [1, 1 + 0.5 * 6, 1]  # 2 visits in four months, and two thirds of 6


def workforce(pool, cases):
    return SimpleNamespace(places=Workforce.model_construct(pool=pool, cases=number(cases)))


def test_packages_of_one_pool_share_its_workers_by_their_cases():
    """A worker has 30 cases of the first package, or 60 of the third; the second has workers of its own."""
    packages = [workforce("chw", 30.0), workforce("nurses", 20.0), workforce("chw", 60.0), workforce(None, 10.0)]
    pools = capacity.pools_of([*packages, workforce(None, 10.0), SimpleNamespace(places="slots")])
    assert pools[:3, :3].tolist() == [[1, 0, 0.5], [0, 1, 0], [2, 0, 1]]
    assert pools[3:, 3:].tolist() == np.eye(3).tolist()  # who names no pool shares none
    assert not pools[:3, 3:].any()
    places, served = np.array([[10, 7, 20], [3, 7, 20]]), np.array([[4, 9, 9], [6, 1, 15]])
    shared = pools[:3, :3]
    # 6 cases free of the first, and 11 of the third, which are 5.5 of the first; in the second area 3 too many and 2.5
    assert list(capacity.free_places(places, served, shared, 0)) == [11, 0]
    assert list(capacity.free_places(places, served, shared, 2)) == [23, 0]
    assert list(capacity.free_places(places, served, shared, 1)) == [0, 6]


def test_each_criterion_of_a_file_goes_to_its_own_place():
    """Two packages that differ in all; numbers are those of the file, and what is not named asks for nothing."""
    numbers = {"conditions": 2, "ed_last_12m": 3, "stays_last_12m": 4, "age_months": 216}
    one = SimpleNamespace(
        needs=("food",), homeless=False, housed=True, first_time_only=False, pregnant=True, discharged=False,
        homeless_types=(HOMELESS_TYPES[2],), conditions=("asthma",), max_age_months=number(480),
        **{f"min_{name}": number(value) for name, value in numbers.items()},
    )  # fmt: skip
    other = SimpleNamespace(
        needs=(), homeless=True, housed=False, first_time_only=True, pregnant=False, discharged=True,
        homeless_types=(), conditions=(), max_age_months=None, **{f"min_{name}": None for name in numbers},
    )  # fmt: skip
    reach = [SimpleNamespace(screened=screened) for screened in (True, False)]
    packages = [SimpleNamespace(eligible=may, reach=asks) for may, asks in zip((one, other), reach, strict=True)]
    found = eligibility.criteria_of(packages, cco_members_only=True)
    assert {name: list(found[name]) for name in eligibility.CRITERIA.names} == {
        "screened": [1, 0], "needs": [1 << FOOD, 0], "homeless": [0, 1], "housed": [1, 0],
        "homeless_types": [0b100, eligibility.EVERY_TYPE], "conditions": [1 << ASTHMA, 0], "pregnant": [1, 0],
        "discharged": [0, 1], "once": [0, 1], "cco_members": [1, 1], "min_conditions": [2, 0], "min_ed": [3, 0],
        "min_stays": [4, 0], "min_age": [216, 0], "max_age": [480, np.inf],
    }  # fmt: skip


def test_every_type_of_homelessness_is_meant_where_none_is_named():
    assert (1 << len(HOMELESS_TYPES)) - 1 == eligibility.EVERY_TYPE
    assert eligibility.bits([0, 3, 3]) == 0b1001
