"""Psychiatric stays that find no bed: which draw decides, who is never meant, and what happens instead."""

import numpy as np
import pytest

from sim.member import care, emergency, psychiatric_beds
from sim.member.decisions import ADMISSION, ADMISSION_DAY, AMBULATORY_SENSITIVE, CAUSE_OF_STAY
from sim.schema import BEHAVIORAL, CAUSES, DEPRESSION, DIABETES, EMERGENCY, INPATIENT
from tests.support.by_hand import a_month, an_area, drawing, numbers, rules_of, someone
from tests.support.still_life import counted, many, member, parameters

SEED = np.uint64(3)
DEPRESSED, DIABETIC = ({"present": 1 << condition} for condition in (DEPRESSION, DIABETES))


def of_mind(**values):
    """Depression and diabetes double emergency visits each; .4 of what is added is of its own cause."""
    table = np.zeros_like(numbers().care_excess)
    table[[DEPRESSION, DIABETES], :, EMERGENCY] = 1
    return numbers(care_excess=table, care_emergency_own_cause=0.4, **values)


def drawn(v):
    """The rules where the draw that divides stays is ``v``, and every other is not needed."""

    def draw(seed, key, month, decision):
        assert decision == CAUSE_OF_STAY
        return v

    return {"draw": draw, "worsened": lambda *_: 1.0}


@pytest.mark.quick
@pytest.mark.parametrize(("who", "part"), [(DEPRESSED, 0.2), (DIABETIC, 0.0), ({}, 0.0)])
def test_which_part_of_stays_is_psychiatric(who, part):
    """Half of a depressed member's emergency visits are added by depression, and .4 of these are of its own cause."""
    rule = rules_of(emergency, **drawn(0.0)).psychiatric_part
    assert rule(someone(**who), of_mind()) == pytest.approx(part)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("v", "visits"),
    [(0.89, None), (0.91, 1), (0.94, 1), (0.96, 2), (0.99, 2)],  # 1.5 visits, by where the draw is above .9
)
def test_half_of_the_beds_are_missing_and_a_fifth_of_stays_is_psychiatric(v, visits):
    rules, t = rules_of(psychiatric_beds, **drawn(v)), a_month(asked=[3, 3, 3, 3, 0, 0, 0, 0, 0], unmet=[1, 1, 1, 1])
    p = of_mind(practices_no_bed_visits=1.5)
    assert rules.finds_no_bed(someone(**DEPRESSED), t, an_area(no_bed=0.5), SEED, p) == (visits is not None)
    one = np.arange(4) == BEHAVIORAL if visits else np.zeros(4, dtype=int)
    assert t.asked[:4].tolist() == (3 + one).tolist()
    assert t.unmet.tolist() == (1 + one).tolist()
    assert t.withheld.tolist() == (0 + one).tolist()
    assert dict(zip(CAUSES, t.causes.tolist(), strict=True)) == dict.fromkeys(CAUSES, 0) | {"behavioral": visits or 0}


@pytest.mark.quick
@pytest.mark.parametrize(
    ("who", "no_bed", "sensitive", "stays"),
    [
        (DEPRESSED, 1.0, 0.9, 0),
        (DEPRESSED, 0.0, 0.9, 1),  # every bed is there
        (DEPRESSED, 1.0, 0.01, 1),  # a stay that primary care could have avoided is of the body
        (DIABETIC, 1.0, 0.9, 1),
    ],
)
def test_who_is_admitted_all_the_same(who, no_bed, sensitive, stays):
    draws = drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5, AMBULATORY_SENSITIVE: sensitive})
    t = a_month(rate=np.where(np.arange(9) == INPATIENT, 0.2, 0.0))
    rules = rules_of(care, **drawn(0.999))
    p = of_mind(
        care_admission_cap=0.5,
        care_ambulatory_sensitive_share=0.1,
        care_ambulatory_sensitive_other=1.0,
        care_ambulatory_sensitive_uncontrolled=1.0,
    )
    rules.stay_in_hospital(someone(**who), t, an_area(no_bed=no_bed), draws, 0, SEED, p)
    assert t.served[INPATIENT] == t.index_stays == stays
    assert t.unmet[BEHAVIORAL] == 1 - stays


def of_many(condition, no_bed, visits=1.5):
    """600 members, 600 x 12 x .2 stays; conditions as above, no other emergency visit than those of stays."""
    p = parameters()
    p["care_log_base"][..., INPATIENT] = np.log(0.2)
    p["care_excess"][0, condition, :, EMERGENCY] = 1
    p["care_emergency_own_cause"], p["practices_no_bed_visits"] = 0.4, visits
    p["care_stays_through_emergency"] = 0.5
    return counted(many(600, member(40, present=1 << condition)), p, no_bed=no_bed)


def test_the_depressed_lose_stays_to_the_emergency_department_and_nobody_else_does():
    usual, fewer = (of_many(DEPRESSION, no_bed) for no_bed in (0.0, 0.5))
    lost = usual["inpatient_visits"] - fewer["inpatient_visits"]
    assert lost == fewer["behavioral_withheld"] == fewer["behavioral_unmet"] == fewer["behavioral_asked"]
    assert lost / usual["inpatient_visits"] == pytest.approx(0.092, rel=0.25)  # .2 x .92 x .5 of stays
    more = fewer["emergency_behavioral"] - usual["emergency_behavioral"]
    assert more == pytest.approx((1.5 - 0.5) * lost, rel=0.15)  # half of these stays had begun there
    assert fewer["satisfied_months"] < usual["satisfied_months"]
    assert fewer["ambulatory_sensitive_stays"] == usual["ambulatory_sensitive_stays"]
    assert of_many(DIABETES, 0.5) == of_many(DIABETES, 0.0)


def test_that_would_be_seen_if_members_without_a_bed_simply_stayed_at_home():
    usual, fewer = (of_many(DEPRESSION, no_bed, visits=0.0) for no_bed in (0.0, 0.5))
    assert fewer["emergency_behavioral"] < usual["emergency_behavioral"]
