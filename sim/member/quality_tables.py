"""Tables for quality measures: open and judged measures by age, and the conditions that they find and control.

A measure of the year is open to members who count in the coming December; its bits are cleared in January.
"""

from collections.abc import Mapping

import numpy as np

from sim import schema
from sim.engine.arrays import Table
from sim.member.enrollment import OLDEST

YEARS = OLDEST // 12 + 1
SURE = 1e-9  # chances are kept this far from 0 and 1, so that they have log odds

AT_PRIMARY = [
    schema.CHILDHOOD_IMMUNIZATION,
    schema.WELL_CHILD,
    schema.ADOLESCENT_WELL_CARE,
    schema.DEVELOPMENTAL_SCREENING,
    schema.DEPRESSION_SCREENING,
    schema.SUBSTANCE_USE_SCREENING,
]
AT_DENTAL = [schema.PREVENTIVE_DENTAL, schema.SEALANTS]
OF_THE_YEAR = [
    *AT_PRIMARY,
    *AT_DENTAL,
    schema.HBA1C_TESTING,
    schema.HBA1C_POOR_CONTROL,
    schema.BLOOD_PRESSURE_CONTROL,
    schema.EMERGENCY_VISITS,
    schema.MEDICAL_HOME,
    schema.NEEDS_SCREENING,
]
KEPT = (schema.CHILDHOOD_IMMUNIZATION, schema.PRENATAL_CARE, schema.POSTPARTUM_CARE)  # these do not end with the year
FINDS = {schema.DEPRESSION: schema.DEPRESSION_SCREENING, schema.SUBSTANCE_USE: schema.SUBSTANCE_USE_SCREENING}
CONTROLS = {
    schema.DIABETES: schema.HBA1C_POOR_CONTROL,
    schema.HYPERTENSION: schema.BLOOD_PRESSURE_CONTROL,
    schema.DEPRESSION: schema.DEPRESSION_FOLLOW_UP,
    schema.SUBSTANCE_USE: schema.TREATMENT_ENGAGEMENT,
}


def quality_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    """Which measures are open or judged at each year of age, as bits; log odds; what is kept in January."""
    age = np.arange(YEARS)[:, None]
    youngest, oldest = f["quality_youngest"], f["quality_oldest"]
    judged = (youngest <= age) & (age <= oldest)
    ahead = (youngest - 1 <= age) & (age <= oldest)  # including those who reach the age by December
    ahead[:, schema.CHILDHOOD_IMMUNIZATION] = age[:, 0] * 12 < f["care_immunize_until"]
    bits = 1 << np.arange(len(schema.METRICS))
    return {
        "quality_judged": (judged[:, OF_THE_YEAR] * bits[OF_THE_YEAR]).sum(axis=1),
        "quality_at_primary": (ahead[:, AT_PRIMARY] * bits[AT_PRIMARY]).sum(axis=1),
        "quality_at_dental": (ahead[:, AT_DENTAL] * bits[AT_DENTAL]).sum(axis=1),
        "quality_kept": np.array(sum(1 << metric for metric in KEPT)),
        "quality_log_odds_given": log_odds(f["quality_given"]),
        "quality_log_odds_recorded": log_odds(f["quality_recorded"]),
        "quality_finds": of_conditions(FINDS),
        "quality_controls": of_conditions(CONTROLS),
        "quality_log_behavioral_integration": np.log(f["quality_behavioral_integration_ratio"]),
        "quality_log_care_management": np.log(f["quality_care_management_ratio"]),
        "quality_log_oral_dental": np.log(f["quality_oral_integration_dental_ratio"]),
    }


def of_conditions(metrics: Mapping[int, int]) -> Table:
    """The measure that goes with each condition, -1 for none."""
    return np.array([metrics.get(condition, -1) for condition in range(len(schema.CONDITIONS))])


def log_odds(share: Table) -> Table:
    """Logarithm of the odds of a share."""
    kept = np.clip(share, SURE, 1.0 - SURE)
    return np.asarray(np.log(kept / (1.0 - kept)))
