"""What the page says of places, payers and lives, from numbers that are known."""

import math

import numpy as np
import pytest

from experiments.page.lives import _apart, _fits
from experiments.page.sentences import (
    ALONE,
    CLEAR,
    EARLY,
    THIN,
    UNSURE,
    Place,
    answers,
    by_section,
    findings,
    listed,
    losers,
    percent_of,
    ranked,
    with_interval,
)
from sim import schema
from sim.schema import ENROLLED, MEMBER, NEEDS, VACANT

pytestmark = pytest.mark.quick

NOTHING = math.nan


def a_place(name, gap, low=NOTHING, high=NOTHING, *, is_thin=False):
    return Place(name, 1.0, 1.0 + gap, gap, low, high, 50, is_thin)


def test_places_are_ranked_by_the_size_of_their_difference_and_thin_ones_last():
    places = [
        a_place("thin", 50.0, 1.0, 2.0, is_thin=True),
        a_place("small", 1.0, 0.5, 2.0),
        a_place("large", -3.0, -9.0, 3.0),
        a_place("unknown", NOTHING),
        a_place("alone", 2.0),
    ]
    assert [one.name for one in ranked(places)] == ["large", "alone", "small", "thin", "unknown"]
    marks = {one.name: one.mark for one in places}
    assert marks == {"thin": THIN, "small": CLEAR, "large": UNSURE, "unknown": THIN, "alone": ALONE}
    assert a_place("below", -3.0, -4.0, -1.0).mark == CLEAR


@pytest.mark.parametrize(
    ("gap", "low", "high", "said"),
    [
        (-1234.5, -2000.4, -500.0, "-1,234 USD (95% interval -2,000 to -500)"),
        (0.0123, 0.001, 0.02, "+0.012 USD (95% interval +0.001 to +0.020)"),
        (12.345, NOTHING, NOTHING, "+12.35 USD"),
        (123.45, None, None, "+123.5 USD"),
    ],
)
def test_a_difference_with_its_interval(gap, low, high, said):
    assert with_interval(gap, low, high, "USD") == said


def test_shares_and_growth_are_read_in_percent():
    assert percent_of("share")[0] == 100
    assert percent_of("per year") == (100.0, "% per year")
    assert percent_of("USD") == (1.0, "USD")


def years(state, others=(), whole=6):
    rows = [("State", f"Year {y}", 1000.0, 1000 + gap, gap, low, high) for y, (gap, low, high) in enumerate(state, 1)]
    rows += [("Federal", f"Year {y}", 500.0, 500 + gap, gap, NOTHING, NOTHING) for y, gap in enumerate(others, 1)]
    return {"years": {"table": {"rows": rows}}}


def test_the_question_of_year_five_is_answered_for_year_five():
    """The state pays 20 less in year five and 99 more in year six, of which nobody asked."""
    gaps = [(5.0, 1.0, 9.0)] * 4 + [(-20.0, -30.0, -10.0), (99.0, 90.0, 108.0)]
    (_, said), *_ = answers([], years(gaps, [1.0, 1.0, 1.0, 1.0, 7.5, 88.0]))
    assert said.startswith("Policy B. In year 5 the state pays 20.00 million USD less (2.0%; 95% interval -30.00 to")
    assert "Federal pays 7.50 million USD more (1.5%)." in said
    assert "Set Months" not in said
    (_, said), *_ = answers([], years(gaps[:2]))
    assert said.startswith("Policy A. In year 2 the state pays 5.00 million USD more")
    assert said.endswith("Set Months to 60 for year five.")


def test_losers_are_those_whose_loss_is_clear_and_sums_lose_nothing():
    rows = [
        ("Savings", "Gross (care used up)", -50.0, -60.0, -40.0, "USD PMPM"),
        ("Providers", "Hospital", -6.0, -8.0, -4.0, "USD PMPM"), ("Payers", "State", -2.0, -3.0, -1.0, "USD PMPM"),
        ("Payers", "Medicare", -9.0, -20.0, 2.0, "USD PMPM"), ("CCOs", "Margin", 5.0, 4.0, 6.0, "USD PMPM"),
        ("Members", "Unmet need", -1.5, -2.0, -1.0, "of 100"),
    ]  # fmt: skip
    said = losers(rows)
    assert said.startswith(
        "Members, of 100: Unmet need up 1.50 (+1.00 to +2.00). "
        "Providers, USD PMPM: Hospital down 6.00 (-8.00 to -4.00). "
        "What payers pay, USD PMPM: State up 2.00 (+1.00 to +3.00)."
    )
    assert "Medicare" not in said
    assert losers(rows[4:5]) == "Nobody whose loss is clear of luck."
    assert by_section(rows[4:5]) == "CCOs, USD PMPM: Margin up 5.00 (+4.00 to +6.00)."


def test_findings_begin_with_what_is_clear():
    def one(label, verdict):
        return {"label": label, "unit": "USD", "texts": ("1", "2", "+1", "0 to 2"), "verdict": verdict}

    first, second = findings([one("First", EARLY), one("Second", "better in B")])
    assert first == "Second, USD: 1 in A, 2 in B, a difference of +1 (95% interval 0 to 2). Better in B."
    assert second.endswith("Luck alone could make this difference.")
    assert listed([{"label": "Cost"}, {"label": "QALYs"}, {"label": "Unmet need"}]) == "cost, QALYs and unmet need"


def test_lives_that_differ_most_weigh_a_stay_as_three_visits():
    """A stay more, two visits more, and a program: 3, 2 and 1."""
    a, b = np.zeros(3, MEMBER), np.zeros(3, MEMBER)
    b["stays_year"][0], b["ed_year"][1], b["ever_package"][2] = 1, 2, 4
    assert _apart(a, b).tolist() == [3, 2, 1]
    assert _apart(b, a).tolist() == [3, 2, 1]


def test_people_are_chosen_by_their_age_in_years_and_by_a_need_that_they_have():
    rows = np.zeros(5, MEMBER)
    rows["status"] = [ENROLLED, ENROLLED, ENROLLED, VACANT, ENROLLED]
    rows["age_months"] = [18 * 12 - 1, 18 * 12, 45 * 12 - 1, 30 * 12, 45 * 12]
    rows["needs"] = 1 << schema.HOUSING
    rows["needs"][2] = 1 << schema.FOOD
    assert _fits(rows, "18-44", "any").tolist() == [False, True, True, False, False]
    assert _fits(rows, "18-44", NEEDS[schema.HOUSING]).tolist() == [False, True, False, False, False]
    assert _fits(rows, "any", NEEDS[schema.FOOD]).tolist() == [False, False, True, False, False]
