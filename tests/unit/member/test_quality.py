"""Quality measures of members made by hand: who counts, what was given, what is recorded."""

import numpy as np
import pytest

from sim.member.quality_tables import log_odds, quality_tables
from sim.schema import (
    DEPRESSION,
    DIABETES,
    HYPERTENSION,
    METRICS,
    POSTPARTUM_CARE,
    PRENATAL_CARE,
    SUBSTANCE_USE,
    SUBSTANCE_USE_KNOWN,
)
from tests.support.still_life import NEVER, SURE, live, member, parameters

EVERYBODY = {"emergency_visits": (12, 0, 0), "medical_home": (3, 0, 0), "needs_screening": (1, 0, 0)}
ADULT = {"depression_screening": (1, 1, 1), "substance_use_screening": (1, 1, 1)}
UNSCREENED = {"depression_screening": (1, 0, 0), "substance_use_screening": (1, 0, 0)}
SUGAR, PRESSURE, SAD, USES = (1 << c for c in (DIABETES, HYPERTENSION, DEPRESSION, SUBSTANCE_USE))
KNOWN = SUBSTANCE_USE_KNOWN

CASES = {  # who, services used every month, what else counts than EVERYBODY
    "two years": (
        member(2.5),
        ("primary",),
        {"childhood_immunization": (1, 1, 1), "developmental_screening": (1, 1, 1), "preventive_dental": (1, 0, 0)},
    ),
    "two years, never seen": (
        member(2.5),
        (),
        {"childhood_immunization": (1, 0, 0), "developmental_screening": (1, 0, 0), "preventive_dental": (1, 0, 0)},
    ),
    "four years": (member(4), ("primary",), {"well_child": (1, 1, 1), "preventive_dental": (1, 0, 0)}),
    "eight years, dentist": (member(8), ("dental",), {"preventive_dental": (1, 1, 1), "sealants": (1, 1, 1)}),
    "eight years, doctor": (member(8), ("primary",), {"preventive_dental": (1, 0, 0), "sealants": (1, 0, 0)}),
    "seventeen years": (member(17), ("primary",), {"adolescent_well_care": (1, 1, 1), **ADULT}),
    "forty years": (member(40), ("primary",), ADULT),
    "forty years, never seen": (member(40), (), UNSCREENED),
    "forty years, specialists only": (member(40), ("specialist",), UNSCREENED),
    "known depression": (member(40, present=SAD, diagnosed=SAD), ("primary",), {"substance_use_screening": (1, 1, 1)}),
    "unknown depression": (
        member(40, present=SAD),
        ("primary",),
        {**ADULT, "depression_follow_up": (1, 1, 1)},
    ),
    "diabetes under control": (
        member(50, present=SUGAR, diagnosed=SUGAR, controlled=SUGAR),
        ("specialist",),
        {**UNSCREENED, "hba1c_testing": (1, 1, 1), "hba1c_poor_control": (1, 0, 0)},
    ),
    "diabetes out of control": (
        member(50, present=SUGAR, diagnosed=SUGAR),
        ("primary",),
        {**ADULT, "hba1c_testing": (1, 1, 1), "hba1c_poor_control": (1, 1, 1)},
    ),
    "diabetes under control, never seen": (
        member(50, present=SUGAR, diagnosed=SUGAR, controlled=SUGAR),
        (),
        {**UNSCREENED, "hba1c_testing": (1, 0, 0), "hba1c_poor_control": (1, 0, 1)},
    ),
    "diabetes that nobody knows of": (member(50, present=SUGAR), ("primary",), ADULT),
    "blood pressure under control": (
        member(50, present=PRESSURE, diagnosed=PRESSURE, controlled=PRESSURE),
        ("primary",),
        {**ADULT, "blood_pressure_control": (1, 1, 1)},
    ),
    "blood pressure out of control": (
        member(50, present=PRESSURE, diagnosed=PRESSURE),
        ("primary",),
        {**ADULT, "blood_pressure_control": (1, 0, 0)},
    ),
    "blood pressure, never seen": (member(50, present=PRESSURE, diagnosed=PRESSURE), (), UNSCREENED),
    "substance use just found": (
        member(30, present=USES, diagnosed=USES),
        (),
        {**UNSCREENED, "treatment_initiation": (1, 1, 1), "treatment_engagement": (1, 1, 1)},
    ),
    "substance use long known": (member(30, present=USES, diagnosed=USES, due=KNOWN), (), UNSCREENED),
    "birth in September": (
        member(30, pregnant=1),
        ("specialist",),
        {**UNSCREENED, "prenatal_care": (1, 1, 1), "postpartum_care": (1, 1, 1)},
    ),
    "birth in September, never seen": (
        member(30, pregnant=1),
        (),
        {**UNSCREENED, "prenatal_care": (1, 0, 0), "postpartum_care": (1, 0, 0)},
    ),
    "birth in June, seen too late": (
        member(30, pregnant=4),
        ("specialist",),
        {**UNSCREENED, "prenatal_care": (1, 0, 0), "postpartum_care": (1, 1, 1)},
    ),
}


@pytest.mark.parametrize(("who", "services", "counts"), CASES.values(), ids=CASES)
def test_a_member_counts_once_and_as_it_was(who, services, counts):
    _, found = live(who, parameters(*services))
    births = {"follow_up_after_stay", "readmission"} & set(found)
    assert not births, "a delivery is no index for a readmission"
    assert found == EVERYBODY | counts


@pytest.mark.parametrize("who", [member(40, in_cco=0), member(40, months_covered=1, months_off=0, status=2)])
def test_open_card_and_people_off_cover_do_not_count(who):
    p = parameters("primary")
    for name in ("enrollment_return_early", "enrollment_return_middle", "enrollment_return_late"):
        p[name] = 0
    _, found = live(who, p)
    assert found == {}


def test_who_came_in_spring_counts_in_no_measure_of_the_year():
    _, found = live(member(40, months_covered=-3), parameters("primary"))
    assert found == {}


def test_two_members_count_twice():
    rows = np.concatenate([member(40), member(40, key=8, race=1, language=1, rurality=2)])
    _, found = live(rows, parameters())
    assert found == {name: tuple(2 * n for n in counts) for name, counts in (EVERYBODY | UNSCREENED).items()}


def test_care_that_is_not_recorded_is_given_all_the_same():
    _, found = live(member(40), parameters("primary", recorded=NEVER))
    assert found["depression_screening"] == (1, 1, 0)


def test_effort_of_providers_adds_log_odds_to_giving_and_to_recording():
    _, found = live(member(40), parameters("primary", given=NEVER, recorded=NEVER), deliver=2 * SURE)
    assert found["depression_screening"] == (1, 1, 0)
    _, found = live(member(40), parameters("primary", recorded=NEVER), record=2 * SURE)
    assert found["depression_screening"] == (1, 1, 1)


def test_in_january_the_bits_of_the_year_are_cleared_and_those_of_a_childhood_or_pregnancy_stay():
    everything = (1 << len(METRICS)) - 1
    rows, _ = live(member(40, given=everything, recorded=everything), parameters(), months=1)
    kept = 1 << PRENATAL_CARE | 1 << POSTPARTUM_CARE | 1
    assert (rows["given"][0], rows["recorded"][0]) == (kept, kept)


def test_emergency_visits_count_each_visit_in_twelve_months():
    rows, found = live(member(40), parameters("emergency"))
    visits = int(rows["ed_year"][0])
    assert visits > 12
    assert found["emergency_visits"] == (12, visits, visits)


def test_a_medical_home_counts_the_points_of_the_usual_clinic():
    assert live(member(40), parameters(), tier=2)[1]["medical_home"] == (3, 2, 2)
    assert live(member(40, attached=0), parameters(), tier=2)[1]["medical_home"] == (3, 0, 0)


def test_screening_for_needs_is_given_where_a_visit_screened():
    assert live(member(40), parameters("primary"), screening=1.0)[1]["needs_screening"] == (1, 1, 1)


def test_a_discharge_is_followed_up_in_the_month_after():
    who = member(40, readmit_next=9)
    assert live(who, parameters("primary"))[1]["follow_up_after_stay"] == (1, 1, 1)
    assert live(who, parameters("inpatient", given=NEVER), months=1)[1].get("follow_up_after_stay") is None
    assert live(who, parameters(given=NEVER))[1]["follow_up_after_stay"] == (1, 0, 0)
    assert live(who, parameters())[1]["follow_up_after_stay"] == (1, 1, 1), "a call counts too"


def test_a_readmission_that_is_called_observation_is_not_recorded():
    who = member(40, readmit_next=9)
    assert live(who, parameters())[1]["readmission"] == (1, 1, 1)
    assert live(who, parameters(), observation=1.0)[1]["readmission"] == (1, 1, 0)


def test_an_emergency_visit_is_followed_up_where_mental_illness_is_known():
    sad = member(40, present=SAD, diagnosed=SAD)
    assert live(sad, parameters("emergency", "behavioral"))[1]["follow_up_after_emergency"] == (11, 11, 11)
    assert live(sad, parameters("emergency", given=NEVER))[1]["follow_up_after_emergency"] == (11, 0, 0)
    assert "follow_up_after_emergency" not in live(member(40), parameters("emergency"))[1]


def test_language_access_counts_months_with_visits_of_those_who_speak_another_language():
    spanish = member(40, language=1)
    assert live(spanish, parameters("primary"))[1]["language_access"] == (12, 12, 12)
    assert live(spanish, parameters("primary", given=NEVER))[1]["language_access"] == (12, 0, 0)
    assert live(spanish, parameters("primary", given=NEVER), interpreters=1.0)[1]["language_access"] == (12, 12, 12)
    assert "language_access" not in live(spanish, parameters())[1]
    assert "language_access" not in live(member(40), parameters("primary"))[1]


def test_a_proactive_team_calls_in_members_who_did_not_come():
    p = parameters()
    p["quality_recall"] = 1.0
    assert live(member(40), p, proactive=1.0)[1]["depression_screening"] == (1, 1, 1)
    assert live(member(40, attached=0), p, proactive=1.0)[1]["depression_screening"] == (1, 0, 0)


def test_at_which_ages_a_measure_is_open_and_judged():
    """Each measure has ages of its own: from 10 to 40 the first, from 11 to 41 the second, and so on, in December."""
    own = np.arange(len(METRICS))
    given = np.full(len(METRICS), 0.8)
    ones = {name: np.array(2.0) for name in ("behavioral_integration", "care_management", "oral_integration_dental")}
    tables = quality_tables(
        {
            "quality_youngest": 10 + own,
            "quality_oldest": 40 + own,
            "care_immunize_until": np.array(24),
            "quality_given": given,
            "quality_recorded": given / 2,
        }
        | {f"quality_{name}_ratio": value for name, value in ones.items()}
    )
    at_clinics = (
        *("childhood_immunization", "well_child", "adolescent_well_care", "developmental_screening"),
        *("depression_screening", "substance_use_screening"),
    )
    at_dentists = ("preventive_dental", "sealants")
    others = ("hba1c_testing", "hba1c_poor_control", "blood_pressure_control", "emergency_visits", "medical_home")
    for place, name in enumerate(METRICS):
        ages = {
            table: [age for age, bits in enumerate(tables[f"quality_{table}"].tolist()) if bits >> place & 1]
            for table in ("judged", "at_primary", "at_dental")
        }
        in_december, in_the_year = list(range(10 + place, 41 + place)), list(range(9 + place, 41 + place))
        if name == "childhood_immunization":
            in_the_year = [0, 1]  # until it is two years old
        assert ages["judged"] == (
            in_december if name in (*at_clinics, *at_dentists, *others, "needs_screening") else []
        )
        assert ages["at_primary"] == (in_the_year if name in at_clinics else [])
        assert ages["at_dental"] == (in_the_year if name in at_dentists else [])
    kept = ("childhood_immunization", "prenatal_care", "postpartum_care")
    assert int(tables["quality_kept"]) == sum(1 << METRICS.index(name) for name in kept)
    assert tables["quality_log_odds_given"] == pytest.approx(np.log(4))  # .8 to .2
    assert tables["quality_log_odds_recorded"] == pytest.approx(np.log(2 / 3))
    assert log_odds(np.array([0.0, 1.0])) == pytest.approx([np.log(1e-9), -np.log(1e-9)])
    for name in ones:
        log = "oral_dental" if name == "oral_integration_dental" else name
        assert tables[f"quality_log_{log}"] == pytest.approx(np.log(2))
    assert [tables["quality_finds"][c] for c in (DEPRESSION, SUBSTANCE_USE, DIABETES)] == [
        METRICS.index("depression_screening"), METRICS.index("substance_use_screening"), -1,
    ]  # fmt: skip
    assert tables["quality_controls"][DIABETES] == METRICS.index("hba1c_poor_control")
    assert tables["quality_controls"][HYPERTENSION] == METRICS.index("blood_pressure_control")
