"""Why two lives part, told in whole sentences, each number worked out by hand."""

import math

import pytest

from sim.live.parted import Change, Draw, Parted
from sim.live.plain import in_words, sentences

pytestmark = pytest.mark.quick

UNKNOWN = math.nan
STAY = Change("stays of the year", "", 0, 1)


def told(draw=None, *, changes=(STAY,), behind=(), rule="care.stay_in_hospital", is_step=False):
    return sentences(Parted(7, changes, rule, "", draw, behind), is_step)


def test_a_chance_that_one_arm_alone_met():
    """A draw of .2145: below .25 in B, not below .2 in A."""
    said = told(Draw("admission", "", 0.2145, "chance", 0.2, 0.25, 0, 1))
    assert said == [
        "In month 7 the two lives part. Stays of the year: 0 in A, 1 in B.",
        "Chance decided whether the member is admitted to a hospital. The chance was 20 in 100 in A, 25 in 100 in B. "
        "Both share one draw, 21.45 between 0 and 100 (it happens where the number drawn is below the chance), "
        "which makes no in A and yes in B.",
        'For readers of the code: care.stay_in_hospital, decision "admission".',
    ]


def test_a_chance_that_one_arm_did_not_meet():
    said = told(Draw("death", "", 0.25, "chance", 0.5, UNKNOWN, 1, UNKNOWN))[1]
    assert said.startswith(
        "Chance decided whether the member dies. The chance was 50 in 100 in A; in B there was nothing"
    )
    assert said.endswith("which makes yes in A and no in B.")


def test_as_many_decimals_as_make_the_comparison_right():
    """A draw of 12.3456 and chances of 12.3453 and 12.3458 in 100: three decimals would make the first no smaller."""
    said = told(Draw("something new", "food_need", 0.123456, "chance", 0.123453, 0.123458, 0, 1))[1]
    assert said.startswith(
        "Chance decided something new (food need). The chance was 12.3453 in 100 in A, 12.3458 in 100"
    )
    assert "one draw, 12.3456 between" in said


def test_an_expected_number_is_the_chance_of_so_many_or_more():
    """Two visits or more of 1.5 expected: 1 - 2.5 exp(-1.5) is .4422; of .5: 1 - 1.5 exp(-.5) is .0902."""
    said = told(Draw("emergency visits", "", 0.3, "expected number", 1.5, 0.5, 2, 1))[1]
    assert said == (
        "Chance decided how many emergency visits the member has. The expected number was 1.5 in A, 0.5 in B, so the "
        "chance of 2 or more was 44.217 in 100 in A, 9.02 in 100 in B. Both share one draw, 30 between 0 and 100 (it "
        "happens where the number drawn is below the chance), which makes 2 in A and 1 in B."
    )
    held = told(Draw("emergency visits", "", 0.3, "expected number", UNKNOWN, 0.5, UNKNOWN, 1))[1]
    assert "number was 0.5 in B, so the chance of 1 or more was 39.347 in 100 in B; in A there was nothing" in held


def test_a_part_of_a_few_is_rounded_by_the_draw():
    """Of three visits .4 are lost, 1.2, of one visit .2; with a draw of .85 these are 2 and 1 in whole numbers."""
    decision = "asked visits of each scheduled service lost to waiting"
    said = told(Draw(decision, "primary", 0.85, "share", 0.4, 0.2, 2, 1, 3, 1))[1]
    assert said == (
        "Chance decided whether a visit is given up because the wait is long (primary). A part of a visit cannot be: "
        "the number is the whole part of what is expected plus one draw, the same in A and B, 0.85 between 0 and 1. "
        "In A, 40% of 3 visits is 1.2 expected, which makes 2. In B, 20% of 1 visit is 0.2 expected, which makes 1."
    )
    alone = told(Draw("conditions found", "", 0.85, "share", UNKNOWN, 0.2, UNKNOWN, 1, UNKNOWN, 1))[1]
    assert alone.startswith("Chance decided conditions found. A part of a case cannot be")
    assert alone.endswith("In B, 20% of 1 case is 0.2 expected, which makes 1; in A there was nothing to decide.")


BEHIND = (
    Change("share of asks met by another contact", "primary", 0.125, 0.25, "Providers.decide"),
    Change("log of volume of services without appointment", "", 0.5, 0.25, "differs since month 3"),
    Change("trust", "", 3, 4),
)


def test_what_is_behind_it_and_who_decided_it():
    said = told(behind=BEHIND)
    assert said[1] == "Chance did not decide this: it follows from what differed before."
    assert said[2] == (
        "Behind it: share of visits that another contact replaces, primary: 12.5% in A, 25% in B (decided by "
        "providers); change in services that need no appointment (log): lower in B (differs since month 3); "
        "trust: 3 in A, 4 in B."
    )
    assert said[3] == "For readers of the code: care.stay_in_hospital, Providers.decide."


def test_a_share_that_the_draw_has_told_already_is_higher_or_lower():
    said = told(Draw("admission", "", 0.5, "share", 0.4, 0.2, 1, 0, 2, 1), behind=BEHIND)
    assert said[2].startswith(
        "Why this could differ: share of visits that another contact replaces, primary: higher in B ("
    )
    chance = told(Draw("admission", "", 0.3, "chance", 0.4, 0.2, 1, 0), behind=BEHIND)
    assert "12.5% in A, 25% in B" in chance[2]
    assert chance[3] == 'For readers of the code: care.stay_in_hospital, decision "admission", Providers.decide.'


@pytest.mark.parametrize(
    ("rule", "who"), [("CCO.decide", "the CCO"), ("Slots.assign", "programs"), ("other.rule", "organizations")]
)
def test_a_step_of_organizations_treats_a_member_differently(rule, who):
    offered = Change("on offer", "cash", 0, 1, "the scenario")
    served = Change("upstream packages that serve the member", "cash", 0, 1)
    said = told(rule=rule, is_step=True, changes=(served, STAY), behind=(offered,))
    assert said[0] == (
        "In month 7 the two lives part. Served by a program, cash: no in A, yes in B; stays of the year: 0 in A, 1 in "
        "B."
    )
    assert said[1] == f"Chance did not decide this: {who} treat this member differently in A and B."
    assert said[2] == "Behind it: this program is offered, cash: no in A, yes in B (set by the two policies)."


def test_a_table_that_differs_has_no_number():
    assert in_words(Change("parameter access_attach", "", UNKNOWN, UNKNOWN)) == "parameter access_attach: another table"
    assert in_words(Change("share of members", "", 0.12345, 1)) == "share of members: 12.35% in A, 100% in B"
    assert in_words(Change("age", "", 1234.5, 2)) == "age: 1234 in A, 2 in B"
