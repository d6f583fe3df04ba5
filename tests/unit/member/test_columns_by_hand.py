"""What codes, bits and ages of the columns mean: each constant names its own place, and lists hold what they say."""

import re

import pytest

from sim import axes, schema

pytestmark = pytest.mark.quick

CODES = {
    "SERVICES": ("", "PRIMARY SPECIALIST BEHAVIORAL DENTAL PHARMACY EMERGENCY INPATIENT OUTPATIENT ANCILLARY"),
    "CONDITIONS": (
        "",
        "DIABETES HYPERTENSION HEART_DISEASE HEART_FAILURE ASTHMA COPD KIDNEY_DISEASE DEPRESSION "
        "SERIOUS_MENTAL_ILLNESS SUBSTANCE_USE OPIOID_USE ORAL_DISEASE",
    ),
    "NEEDS": ("", "FOOD HOUSING TRANSPORT UTILITIES SAFETY ISOLATION HOMELESSNESS"),
    "SEXES": ("", "FEMALE MALE"),
    "RACES": ("", "AIAN ASIAN NHPI BLACK HISPANIC WHITE MULTIPLE_OTHER"),
    "ELIGIBILITIES": ("", "CHILD PARENT EXPANSION DISABLED AGED"),
    "RATE_CATEGORIES": (
        "RATE_",
        "CHILD_0_5 CHILD_6_18 PARENT EXPANSION_19_44 EXPANSION_45_64 DISABLED DUAL AGED",
    ),
    "PAYERS": ("", "MEDICAID MEDICARE THIRD_PARTY UNCOMPENSATED"),
    "STATUSES": ("", "VACANT ENROLLED OFF_COVER AWAY"),
    "ACTIVITIES": ("", "VOLUME RESTRAINT COORDINATION PROACTIVE QUALITY CODING"),
}


@pytest.mark.parametrize("levels", CODES)
def test_each_constant_is_the_place_of_its_own_name(levels):
    before, names = CODES[levels]
    assert getattr(schema, levels) == tuple(names.lower().split())
    for place, name in enumerate(names.split()):
        assert getattr(schema, before + name) == place, name


def test_each_measure_and_cause_is_the_place_of_its_own_name():
    other = {"readmission": "READMISSIONS"}
    for place, name in enumerate(schema.METRICS):
        assert getattr(schema, other.get(name, name.upper())) == place, name
    causes = ("INJURY", "TREATABLE", "SENSITIVE", "BEHAVIORAL_CAUSE", "DENTAL_CAUSE", "PREGNANCY_CAUSE")
    for place, (name, cause) in enumerate(zip(causes, schema.CAUSES, strict=True)):
        assert (getattr(schema, name), name.removesuffix("_CAUSE").lower()) == (place, cause)


def test_each_mark_of_what_is_due_is_the_bit_of_its_name():
    marks = ("DUE_AFTER_STAY", "DUE_AFTER_EMERGENCY", "SUBSTANCE_USE_KNOWN", "HARMED", "CONFLICTING")
    assert [getattr(schema, name) for name in marks] == [1, 2, 4, 8, 16]
    words = ("follow_up_after_stay", "follow_up_after_emergency", "substance_use_known", "medication_error", "conflict")
    assert words == schema.DUE


def test_ages_are_in_months():
    """Bands are named by their first and last year: 18-44 begins at 18 times 12 months."""
    first = [int(re.match(r"\d+", band)[0]) for band in schema.AGE_BANDS]
    assert first == [0, 5, 18, 45, 65]
    assert tuple(12 * year for year in first) == schema.AGE_BAND_STARTS_MONTHS
    for years, name in {
        5: "FIVE", 6: "SIX", 18: "EIGHTEEN", 19: "NINETEEN", 21: "TWENTY_ONE", 45: "FORTY_FIVE", 65: "SIXTY_FIVE",
    }.items():  # fmt: skip
        assert getattr(schema, f"{name}_YEARS") == 12 * years
    assert (schema.PREGNANT_MONTHS, schema.POSTPARTUM_MONTHS, schema.LONGEST_SINCE_CARE) == (9, 12, 12)


def test_lists_hold_what_they_say():
    assert [schema.SERVICES[s] for s in schema.SCHEDULED] == ["primary", "specialist", "behavioral", "dental"]
    assert [schema.SERVICES[s] for s in schema.SCHEDULED_AND_DRUGS] == [
        "primary", "specialist", "behavioral", "dental", "pharmacy",
    ]  # fmt: skip
    assert schema.TIMED == ("specialist", "behavioral", "dental", "pharmacy")  # primary care has a clock of its own
    assert [schema.NEEDS[n] for n in schema.MATERIAL] == ["food", "housing", "transport", "utilities"]
    assert [schema.STATUSES[s] for s in schema.HERE] == ["enrolled", "off_cover"]
    assert schema.LOWER_IS_BETTER == ("hba1c_poor_control", "emergency_visits", "readmission")


def test_what_becomes_of_visits_is_counted_fate_by_fate_and_service_by_service():
    """As the fields of a month stand: all services induced, then all withheld, then all unmet."""
    fates = [f"{service}_{fate}" for fate in ("induced", "withheld", "unmet")
             for service in ("primary", "specialist", "behavioral", "dental")]  # fmt: skip
    first = schema.COUNT_INDEX["primary_induced"]
    assert list(schema.COUNTS[first : first + 12]) == fates
    names = list(schema.MONTH.names or ())
    assert [name for name in names if name in schema.FATES] == ["induced", "withheld", "unmet"]
    cohort = schema.COUNT_INDEX["cohort_members"]
    assert schema.COUNTS[cohort : cohort + 5] == (
        "cohort_members", "cohort_months", "cohort_qaly_millionths", "cohort_deaths", "cohort_cents",
    )  # fmt: skip


def test_tables_of_the_calendar_begin_in_january_and_areas_are_in_the_order_of_their_names(tmp_path):
    assert axes.MONTHS_OF_YEAR[0] == "jan"
    assert axes.MONTHS_OF_YEAR[-1] == "dec"
    assert axes.AXES["month_of_year"] == axes.MONTHS_OF_YEAR
    of_codes = {"service": "SERVICES", "condition": "CONDITIONS", "need": "NEEDS", "race": "RACES", "payer": "PAYERS",
                "rate_category": "RATE_CATEGORIES", "eligibility": "ELIGIBILITIES", "metric": "METRICS",
                "age_band": "AGE_BANDS", "cause": "CAUSES", "activity": "ACTIVITIES", "tier": "TIERS"}  # fmt: skip
    for axis, levels in of_codes.items():
        assert axes.AXES[axis] == getattr(schema, levels), axis
    (tmp_path / "evidence").mkdir()
    (tmp_path / axes.AREAS).write_text("cco,members_estimate\nSouth,3\nEast,7\nNorth,5\n")
    assert axes.areas_of(tmp_path) == ("East", "North", "South")
