"""The brief has two pages, and says of a comparison what the comparison says."""

import math
import re

import pytest
from matplotlib.figure import Figure

from experiments.page.brief import PALE, SOLID, _draw_bars, as_html, as_pdf, of_page
from experiments.page.parts import number
from experiments.page.sentences import Place, answers, by_section, largest, sorted_gains
from sim.measures.intervals import Estimates

ROWS = [
    ["Payers", "State", 1.44, -1.86, 4.75, "USD PMPM"],
    ["Payers", "Medicare", 1.5, 1.2, 1.8, "USD PMPM"],
    ["Providers", "Hospital", -5.36, -6.53, -4.19, "USD PMPM"],
    ["Savings", "State", 9.0, 8.0, 10.0, "USD PMPM"],
    *(["Providers", f"Kind {i}", -1.0 - i, -2.0 - i, -0.5 - i, "USD PMPM"] for i in range(6)),
]
MEMBERS = [["Members", "Unmet need", -1.6, -1.84, -1.37, "of 100"]]
SEEN = {
    "numbers": [
        number("pmpm_resources", 700.0, 710.0, Estimates(10.0, 9.0, 11.0, 0.1, 8)),
        number("ed_visits_per_1000_mm", 55.0, 54.0, Estimates(-1.0, -2.0, 1.0, 0.1, 8)),
        number("unmet_need_share", 0.1, 0.11, Estimates(0.01, 0.005, 0.015, 0.1, 8)),
    ],
    "parts": {"gains": {"table": {"rows": ROWS}, "svg": "<svg></svg>"}, "members": {"table": {"rows": MEMBERS}}},
    "apart": ["Payment: A Fee for service, B Global budget."],
    "digest": "f" * 64,
    "command": "ccosim compare months=24",
    "status": {"months": 24},
}


@pytest.fixture(scope="module")
def brief():
    return of_page(SEEN)


def test_findings_come_with_their_intervals_the_clear_ones_first(brief):
    assert brief.findings[0] == (
        "Resources used, USD PMPM: 700.0 in A, 710.0 in B, a difference of +10.00 (95% interval +9.00 to +11.00). "
        "Higher in B: worse."
    )
    assert brief.findings[1].startswith("Unmet need, %: 10.00 in A, 11.00 in B")
    assert brief.findings[2].endswith("Luck alone could make this difference.")


def test_who_gains_is_told_apart_from_what_luck_could_explain(brief):
    assert brief.gains[0] == "Gain. What payers pay, USD PMPM: Medicare down 1.50 (-1.80 to -1.20)."
    assert brief.gains[1].startswith(
        "Lose. Members, of 100: Unmet need up 1.60 (+1.37 to +1.84). Providers, USD PMPM: Kind 5 down 6.00 "
    )
    assert brief.gains[2] == "Luck alone could explain. State (Payers)"
    assert [row[1] for row in brief.bars][:3] == ["State", "Medicare", "Hospital"]


def test_everybody_who_loses_is_named(brief):
    """Not the first four: seven providers and members lose here."""
    for who in ("Hospital", "Unmet need", *(f"Kind {i}" for i in range(6))):
        assert who in brief.gains[1]
    said = dict(answers(SEEN["numbers"], SEEN["parts"]))["Who loses under B?"]
    for who in ("Hospital", "Unmet need", *(f"Kind {i}" for i in range(6))):
        assert who in said
    assert "State" not in said
    assert sorted_gains([*ROWS, *MEMBERS])[0] == MEMBERS[0]


def test_text_has_the_sign_of_the_quantity_and_not_of_the_gain():
    """As the card says it: more unmet need is up, whoever loses by it; so is what a payer pays."""
    rows = [
        ["Members", "Any social need", 0.01, 0.005, 0.015, "of 100"],
        ["Members", "Has a usual clinic", -2.0, -3.0, -1.0, "of 100"],
        ["Payers", "State", -4.0, -5.0, -3.0, "USD PMPM"],
        ["Providers", "Uncompensated care", -0.5, -0.6, -0.4, "USD PMPM"],
        ["Providers", "Hospital", 5.0, 4.0, 6.0, "USD PMPM"],
    ]
    assert by_section(rows) == (
        "Members, of 100: Any social need down 0.010 (-0.015 to -0.005); Has a usual clinic down 2.00 (-3.00 to "
        "-1.00). What payers pay, USD PMPM: State up 4.00 (+3.00 to +5.00). Providers, USD PMPM: Uncompensated care up "
        "0.500 (+0.400 to +0.600); Hospital up 5.00 (+4.00 to +6.00)."
    )


def test_the_brief_warns_and_says_what_the_state_pays():
    rows = [["State", "Year 5", 1000.0, 990.0, -10.0, -12.0, -8.0]]
    rows += [["State", f"Year {year}", 1000.0, 999.0, -1.0, -2.0, 2.0] for year in (1, 2, 3, 4)]
    brief = of_page({**SEEN, "parts": {**SEEN["parts"], "years": {"table": {"rows": sorted(rows)}}}})
    assert brief.findings[-1].startswith(
        "What the state pays: Policy B. In year 5 the state pays 10.00 million USD less"
    )
    assert any("no decision should rest on one study" in one for one in brief.limits)
    assert len(re.findall(rb"/Type\s*/Page\b", as_pdf(brief))) == 2


def test_it_has_two_pages(brief):
    assert len(re.findall(rb"/Type\s*/Page\b", as_pdf(brief))) == 2


def test_bars_of_the_pdf_are_pale_where_luck_could_explain_them():
    figure = Figure()
    _draw_bars(figure, ROWS[:3], 0.9)
    (axes,) = figure.axes
    state, medicare, hospital = axes.patches
    assert state.get_facecolor()[3] == pytest.approx(PALE)
    assert [one.get_facecolor()[3] for one in (medicare, hospital)] == pytest.approx([SOLID, SOLID])
    assert {"B worse", "B better"} <= {one.get_text() for one in axes.texts}


def test_texts_are_escaped(brief):
    evil = of_page({**SEEN, "apart": ["<script>alert(1)</script>"]})
    assert b"<script>" not in as_html(evil)


def state_pays(low, high, years=5):
    rows = [["State", f"Year {y + 1}", 1000.0, 990.0, -10.0 - y, low, high] for y in range(years)]
    rows += [["Federal Medicaid", f"Year {y + 1}", 2000.0, 2010.0, 10.0, 5.0, 15.0] for y in range(years)]
    rows += [["State", f"Years 1 to {years}", 5000.0, 4940.0, -60.0, -100.0, -20.0]]
    rows += [["Federal Medicaid", f"Years 1 to {years}", 10000.0, 10003.0, 3.0, 1.0, 5.0]]
    rows += [["State", "Year 6 (3 months)", 1.0, 2.0, 1.0, 0.5, 1.5]]
    return dict(answers([], {"years": {"table": {"rows": rows}}}))["Which policy costs the state less in year five?"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (state_pays(-20.0, -5.0), "Policy B. In year 5 the state pays 14.00 million USD less (1.4%; 95% interval "
         "-20.00 to -5.00) under B than under A. Federal Medicaid pays 10.00 million USD more (0.5%; "
         "95% interval +5.00 to +15.00). Over years 1 to 5 together: the state 60.00 million USD less (1.2%; "
         "95% interval -100.00 to -20.00); Federal Medicaid 3.00 million USD more (0.0%; 95% interval +1.00 to "
         "+5.00)."),
        (state_pays(-20.0, 5.0), "Too early to tell: luck alone could explain the difference. In year 5"),
        (state_pays(math.nan, math.nan), "Too early to tell: one seed has no interval. In year 5 the state pays 14.00 "
         "million USD less (1.4%) under B than"),
        (state_pays(-20.0, -5.0, 2), "Policy B. In year 2 the state pays 11.00 million USD less"),
    ],
)  # fmt: skip
def test_which_policy_costs_the_state_less_is_answered_for_year_five(said, expected):
    assert said.startswith(expected)
    assert ("Set Months to 60" in said) == ("year 2" in said)


def test_where_the_difference_is_largest_is_said_with_what_luck_could_explain():
    def place(name, gap, low, high, thin=False):
        return Place(name, 1.0, 1.0 + gap, gap, low, high, 5 if thin else 50, thin)

    unsure, clear, thin = (
        place("East", 9.0, -1.0, 19.0),
        place("West", -2.0, -3.0, -1.0),
        place("North", 50.0, 1, 99, True),
    )
    assert largest([clear, thin, unsure], "%") == (
        "The difference is largest in East: +9.00 percentage points (95% interval -1.00 to +19.00) in B. But "
        "luck alone "
        "could explain that; the largest that is clear of luck is in West: -2.00 percentage points (95% "
        "interval -3.00 to "
        "-1.00) in B. It is clear of luck in 1 of 2 places."
    )
    assert "in every place luck alone" in largest([unsure, thin], "%")
    assert "one seed has no interval" in largest([place("East", 9.0, float("nan"), float("nan"))], "%")
    assert largest([thin], "%") == "No place has members enough to compare."


def test_luck_is_told_apart_number_by_number():
    said = dict(answers(SEEN["numbers"], {}))["Could luck explain it?"]
    assert said == (
        "Hardly for resources used and unmet need: over 8 seeds or draws the 95% intervals do not hold zero. Yes for "
        "emergency visits: the interval holds zero."
    )
