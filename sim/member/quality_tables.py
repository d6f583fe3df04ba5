"""Tables for quality measures: which are open or judged at which age, what they find and control.

A measure of the year is open to those who count in the coming December; its bits are cleared in January.
"""

from collections.abc import Mapping

import numpy as np

from sim.engine.arrays import Table
from sim.member.enrollment import OLDEST
from sim.schema import (
    ADOLESCENT_WELL_CARE,
    BLOOD_PRESSURE_CONTROL,
    CHILDHOOD_IMMUNIZATION,
    CONDITIONS,
    DEPRESSION,
    DEPRESSION_FOLLOW_UP,
    DEPRESSION_SCREENING,
    DEVELOPMENTAL_SCREENING,
    DIABETES,
    EMERGENCY_VISITS,
    HBA1C_POOR_CONTROL,
    HBA1C_TESTING,
    HYPERTENSION,
    MEDICAL_HOME,
    METRICS,
    NEEDS_SCREENING,
    OPIOID_USE,
    POSTPARTUM_CARE,
    PRENATAL_CARE,
    PREVENTIVE_DENTAL,
    SEALANTS,
    SUBSTANCE_USE,
    SUBSTANCE_USE_SCREENING,
    TREATMENT_ENGAGEMENT,
    WELL_CHILD,
)

YEARS = OLDEST // 12 + 1
SURE = 1e-9  # a chance is kept so far from 0 and 1 that it has log odds

AT_PRIMARY = [
    CHILDHOOD_IMMUNIZATION,
    WELL_CHILD,
    ADOLESCENT_WELL_CARE,
    DEVELOPMENTAL_SCREENING,
    DEPRESSION_SCREENING,
    SUBSTANCE_USE_SCREENING,
]
AT_DENTAL = [PREVENTIVE_DENTAL, SEALANTS]
OF_THE_YEAR = [
    *AT_PRIMARY,
    *AT_DENTAL,
    HBA1C_TESTING,
    HBA1C_POOR_CONTROL,
    BLOOD_PRESSURE_CONTROL,
    EMERGENCY_VISITS,
    MEDICAL_HOME,
    NEEDS_SCREENING,
]
KEPT = (CHILDHOOD_IMMUNIZATION, PRENATAL_CARE, POSTPARTUM_CARE)  # these do not end with the year
FINDS = {DEPRESSION: DEPRESSION_SCREENING, SUBSTANCE_USE: SUBSTANCE_USE_SCREENING}
CONTROLS = {
    DIABETES: HBA1C_POOR_CONTROL,
    HYPERTENSION: BLOOD_PRESSURE_CONTROL,
    DEPRESSION: DEPRESSION_FOLLOW_UP,
    SUBSTANCE_USE: TREATMENT_ENGAGEMENT,
    OPIOID_USE: TREATMENT_ENGAGEMENT,
}


def quality_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    """Which measures are open or judged at each year of age, as bits; log odds; what is kept in January."""
    age = np.arange(YEARS)[:, None]
    youngest, oldest = f["quality_youngest"], f["quality_oldest"]
    judged = (youngest <= age) & (age <= oldest)
    ahead = (youngest - 1 <= age) & (age <= oldest)  # also those who will be old enough in December
    ahead[:, CHILDHOOD_IMMUNIZATION] = age[:, 0] * 12 < f["care_immunize_until"]
    bits = 1 << np.arange(len(METRICS))
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
        "quality_log_oral_emergency": np.log(f["quality_oral_integration_emergency_ratio"]),
        "quality_log_oral_dental": np.log(f["quality_oral_integration_dental_ratio"]),
    }


def of_conditions(metrics: Mapping[int, int]) -> Table:
    """The measure that goes with each condition, -1 for none."""
    return np.array([metrics.get(condition, -1) for condition in range(len(CONDITIONS))])


def log_odds(share: Table) -> Table:
    """Logarithm of the odds of a share."""
    kept = np.clip(share, SURE, 1.0 - SURE)
    return np.asarray(np.log(kept / (1.0 - kept)))
