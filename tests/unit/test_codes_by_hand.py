"""Codes and names, one beside the other: a code that slips by one reads the row of a neighbor in every table."""

import numpy as np
import pytest

from sim import axes, schema
from sim.cco_actions import CCO_ACTIONS

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (
            schema.SERVICES,
            "PRIMARY SPECIALIST BEHAVIORAL DENTAL PHARMACY EMERGENCY INPATIENT OUTPATIENT ANCILLARY",
        ),
        (
            schema.CONDITIONS,
            "DIABETES HYPERTENSION HEART_DISEASE HEART_FAILURE ASTHMA COPD KIDNEY_DISEASE DEPRESSION "
            "SERIOUS_MENTAL_ILLNESS SUBSTANCE_USE OPIOID_USE ORAL_DISEASE",
        ),
        (schema.NEEDS, "FOOD HOUSING TRANSPORT UTILITIES SAFETY ISOLATION HOMELESSNESS"),
        (schema.SEXES, "FEMALE MALE"),
        (schema.RACES, "AIAN ASIAN NHPI BLACK HISPANIC WHITE MULTIPLE_OTHER"),
        (schema.ELIGIBILITIES, "CHILD PARENT EXPANSION DISABLED AGED"),
        (
            [f"rate_{name}" for name in schema.RATE_CATEGORIES],
            "RATE_CHILD_0_5 RATE_CHILD_6_18 RATE_PARENT RATE_EXPANSION_19_44 RATE_EXPANSION_45_64 RATE_DISABLED "
            "RATE_DUAL RATE_AGED",
        ),
        (schema.PAYERS, "MEDICAID MEDICARE THIRD_PARTY UNCOMPENSATED"),
        (schema.STATUSES, "VACANT ENROLLED OFF_COVER AWAY"),
        (schema.ACTIVITIES, "VOLUME RESTRAINT COORDINATION PROACTIVE QUALITY CODING"),
        (
            schema.METRICS[:14],
            "CHILDHOOD_IMMUNIZATION WELL_CHILD ADOLESCENT_WELL_CARE DEVELOPMENTAL_SCREENING PREVENTIVE_DENTAL SEALANTS "
            "DEPRESSION_SCREENING SUBSTANCE_USE_SCREENING TREATMENT_INITIATION TREATMENT_ENGAGEMENT HBA1C_TESTING "
            "HBA1C_POOR_CONTROL BLOOD_PRESSURE_CONTROL EMERGENCY_VISITS",
        ),
    ],
)
def test_a_code_is_the_place_of_its_name(names, codes):
    assert [getattr(schema, code) for code in codes.split()] == list(range(len(names)))
    assert [code.lower() for code in codes.split()] == list(names)


def test_codes_whose_names_are_longer_than_their_levels():
    def at(*names):
        return [schema.METRICS[getattr(schema, name)] for name in names]

    assert at("READMISSIONS", "PRENATAL_CARE", "POSTPARTUM_CARE", "MEDICAL_HOME", "NEEDS_SCREENING") == [
        "readmission", "prenatal_care", "postpartum_care", "medical_home", "needs_screening",
    ]  # fmt: skip
    assert at("LANGUAGE_ACCESS", "DEPRESSION_FOLLOW_UP", "FOLLOW_UP_AFTER_STAY", "FOLLOW_UP_AFTER_EMERGENCY") == [
        "language_access", "depression_follow_up", "follow_up_after_stay", "follow_up_after_emergency",
    ]  # fmt: skip
    causes = ("INJURY", "TREATABLE", "SENSITIVE", "BEHAVIORAL_CAUSE", "DENTAL_CAUSE", "PREGNANCY_CAUSE")
    assert [schema.CAUSES[getattr(schema, name)] for name in causes] == [
        "injury", "treatable", "sensitive", "behavioral", "dental", "pregnancy",
    ]  # fmt: skip
    bits = ("DUE_AFTER_STAY", "DUE_AFTER_EMERGENCY", "SUBSTANCE_USE_KNOWN", "HARMED", "CONFLICTING")
    assert {getattr(schema, name): schema.DUE[place] for place, name in enumerate(bits)} == {
        1: "follow_up_after_stay", 2: "follow_up_after_emergency", 4: "substance_use_known", 8: "medication_error",
        16: "conflict",
    }  # fmt: skip


def test_groups_of_codes_say_whom_and_what_they_hold():
    services, needs, statuses = (np.array(names) for names in (schema.SERVICES, schema.NEEDS, schema.STATUSES))
    scheduled = ["primary", "specialist", "behavioral", "dental"]
    assert services[list(schema.SCHEDULED)].tolist() == scheduled
    assert services[list(schema.SCHEDULED_AND_DRUGS)].tolist() == [*scheduled, "pharmacy"]
    assert schema.TIMED == ("specialist", "behavioral", "dental", "pharmacy")
    assert needs[list(schema.MATERIAL)].tolist() == ["food", "housing", "transport", "utilities"]
    assert statuses[list(schema.HERE)].tolist() == ["enrolled", "off_cover"]
    assert set(schema.LOWER_IS_BETTER) == {"hba1c_poor_control", "emergency_visits", "readmission"}


def test_ages_and_spans_are_in_months():
    years = {"FIVE": 5, "SIX": 6, "EIGHTEEN": 18, "NINETEEN": 19, "TWENTY_ONE": 21, "FORTY_FIVE": 45, "SIXTY_FIVE": 65}
    assert {name: getattr(schema, f"{name}_YEARS") / 12 for name in years} == years
    starts = [int(name.split("-")[0].rstrip("+")) for name in schema.AGE_BANDS]
    assert [months / 12 for months in schema.AGE_BAND_STARTS_MONTHS] == starts
    assert (schema.PREGNANT_MONTHS, schema.POSTPARTUM_MONTHS, schema.LONGEST_SINCE_CARE) == (9, 12, 12)


def test_counts_of_visits_stand_service_by_service_for_each_fate():
    for service in ("primary", "specialist", "behavioral", "dental"):
        place = [schema.COUNT_INDEX[f"{service}_{fate}"] for fate in ("induced", "withheld", "unmet")]
        assert np.diff(place).tolist() == [4, 4]
        assert schema.COUNTS[place[0]] == f"{service}_induced"
    first = schema.COUNT_INDEX["primary_visits"]
    assert schema.COUNTS[first : first + 9] == tuple(f"{name}_visits" for name in schema.SERVICES)
    assert len(set(schema.COUNTS)) == len(schema.COUNTS)


def test_a_rule_and_a_table_of_parameters_mean_the_same_row():
    assert axes.AXES["month_of_year"][0] == "jan"
    assert axes.AXES["month_of_year"][11] == "dec"
    of_codes = {
        "service": schema.SERVICES, "condition": schema.CONDITIONS, "need": schema.NEEDS, "age_band": schema.AGE_BANDS,
        "sex": schema.SEXES, "race": schema.RACES, "language": schema.LANGUAGES, "rurality": schema.RURALITIES,
        "eligibility": schema.ELIGIBILITIES, "rate_category": schema.RATE_CATEGORIES, "payer": schema.PAYERS,
        "homeless_type": schema.HOMELESS_TYPES, "pocket": schema.POCKETS, "metric": schema.METRICS,
        "tier": schema.TIERS, "cause": schema.CAUSES, "activity": schema.ACTIVITIES,
    }  # fmt: skip
    assert {name: axes.AXES[name] for name in of_codes} == of_codes
    assert [len(levels) for levels in schema.STRATA.values()] == [7, 3, 3, 5, 2]
    assert list(schema.STRATA) == ["race", "rurality", "language", "age_band", "disability"]


def test_areas_have_their_codes_by_name_whatever_the_order_of_the_file(tmp_path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / axes.AREAS).write_text("county,cco,members\nx,Umpqua,3\ny,Allcare,5\nz,Jackson,4\n", encoding="utf-8")
    assert axes.areas_of(tmp_path) == ("Allcare", "Jackson", "Umpqua")


CARE, HERE = "care_management", "primary"


def test_what_a_cco_can_do_is_paid_to_those_who_do_it_and_serves_what_it_says():
    """Payee, purpose, whether it is administration, priorities that it serves, and whose clinicians carry it out."""
    found = {
        one.name: (
            (one.paid.payee, one.paid.purpose) if one.paid else None, one.administrative, one.serves, one.carried_by,
        )
        for one in CCO_ACTIONS
    }  # fmt: skip
    contract = (None, False, (), HERE)
    assert found == {
        "pass_through": contract,
        "capitated": contract,
        "at_risk": contract,
        "quality_bonus": contract,
        "care_management": (("primary", CARE), False, ("chronic_disease",), HERE),
        "behavioral_integration": (("primary", CARE), False, ("behavioral",), "behavioral"),
        "oral_integration": (("dental", CARE), False, ("oral",), "dental"),
        "shared_records": (("outside", CARE), False, (), HERE),
        "closed_loops": (("primary", CARE), False, (), HERE),
        "interpreters": (("outside", CARE), False, ("language",), HERE),
        "utilization_management": (("outside", "administration"), True, (), HERE),
        "upstream": (None, False, ("food", "housing", "health_workers"), HERE),
        "measure_work": (("primary", CARE), False, (), HERE),
        "concordance": (("primary", CARE), False, (), HERE),
    }
    assert list(found) == list(axes.LEVERS)
