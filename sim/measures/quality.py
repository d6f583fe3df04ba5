"""Quality measures as yearly rates, which the state and the CCOs see.

A measure is two rates over one denominator: ``given`` (the care took place) and ``recorded`` (the state can see it).
Years are calendar years of the run; negative years belong to the warm-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Remembering
from sim.measures.strata import N_RACES
from sim.schema import LOWER_IS_BETTER, METRICS, N_LEVELS, OUTCOMES

PEOPLE, GIVEN, RECORDED = range(len(OUTCOMES))
SHAPE = (N_LEVELS, len(METRICS), len(OUTCOMES))


@dataclass(frozen=True)
class Definition:
    """A quality measure: the people who count, and the care that counts."""

    name: str
    label: str
    people: str
    care: str
    per: float = 1.0
    unit: str = "share"

    @property
    def lower_is_better(self) -> bool:
        return self.name in LOWER_IS_BETTER


_YEAR = "enrolled all year"
DEFINITIONS: tuple[Definition, ...] = (
    Definition("childhood_immunization", "Childhood immunization", f"turned 2, {_YEAR}", "series complete by 2"),
    Definition("well_child", "Well-child visits", f"3 to 6 years in December, {_YEAR}", "a well-child visit"),
    Definition("adolescent_well_care", "Adolescent well-care", f"12 to 21 years, {_YEAR}", "a well-care visit"),
    Definition("developmental_screening", "Developmental screening", f"1 to 3 years, {_YEAR}", "a screening"),
    Definition("preventive_dental", "Preventive dental care", f"1 to 14 years, {_YEAR}", "a preventive dental service"),
    Definition("sealants", "Dental sealants", f"6 to 14 years, {_YEAR}", "a sealant on a permanent molar"),
    Definition(
        "depression_screening",
        "Depression screening",
        f"12 years and over without a known mental illness, or screened, {_YEAR}",
        "a screening",
    ),
    Definition("substance_use_screening", "Substance use screening", f"12 years and over, {_YEAR}", "a screening"),
    Definition(
        "treatment_initiation", "Treatment begun", "newly diagnosed substance use disorders", "treatment begins"
    ),
    Definition(
        "treatment_engagement", "Treatment continues", "newly diagnosed substance use disorders", "treatment continues"
    ),
    Definition("hba1c_testing", "HbA1c testing", f"18 to 75 years with known diabetes, {_YEAR}", "a test in the year"),
    Definition(
        "hba1c_poor_control",
        "HbA1c poor control",
        f"18 to 75 years with known diabetes, {_YEAR}",
        "diabetes not under control in December; as recorded also if not tested",
    ),
    Definition(
        "blood_pressure_control",
        "Blood pressure control",
        f"18 to 85 years with known hypertension and a primary care visit in the year, {_YEAR}",
        "under control in December; as recorded only if measured at a visit",
    ),
    Definition(
        "emergency_visits",
        "Emergency visits",
        f"member-months of members {_YEAR}",
        "emergency visits",
        per=1000.0,
        unit="visits per 1,000 member-months",
    ),
    Definition(
        "readmission",
        "Readmission",
        "discharges at risk (no deliveries)",
        "stays within 30 days of a discharge; as recorded without those billed as observation",
    ),
    Definition("prenatal_care", "Timely prenatal care", "births of members", "a visit in the first trimester"),
    Definition("postpartum_care", "Timely postpartum care", "births four months ago", "a visit within three months"),
    Definition(
        "medical_home",
        "Medical-home enrollment",
        f"three points for each member {_YEAR}",
        "points of the tier of the usual clinic (0 to 3)",
    ),
    Definition("needs_screening", "Screening for social needs", f"members {_YEAR}", "a screening in the year"),
    Definition(
        "language_access",
        "Meaningful language access",
        "member-months with visits of members whose language is not English",
        "a clinician of the same language, or an interpreter",
    ),
    Definition("depression_follow_up", "Follow-up of depression", "positive screens for depression", "a plan"),
    Definition("follow_up_after_stay", "Follow-up after a stay", "months after a discharge", "a visit or a call"),
    Definition(
        "follow_up_after_emergency",
        "Follow-up after an emergency visit",
        "months after an emergency visit with known mental illness or substance use",
        "a visit or a call",
    ),
)


class Quality(Remembering):
    """Counts of quality measures by year; ``model.quality``, which the state and CCOs read.

    Counts are of sampled CCO members. A year is complete after its December.
    """

    def __init__(self, areas: int) -> None:
        self.areas = areas
        self._years: dict[int, Ints] = {}

    def add(self, month: int, counts: Ints) -> None:
        """Add a month's counts ``[area, level, metric, outcome]``."""
        year = month // MONTHS_PER_YEAR
        self._years[year] = self._years[year] + counts if year in self._years else counts.copy()

    def counts(self, year: int) -> Ints:
        """Return the year's counts ``[area, level of a stratum, metric, outcome]``; 0 if it was not simulated."""
        return self._years.get(year, np.zeros((self.areas, *SHAPE), dtype=np.int64))

    def rates(self, year: int) -> Floats:
        """Return the reported rates ``[area, metric]``: recorded over denominator (NaN if that is 0).

        Emergency visits are visits per member-month; all others shares. Lower is better for ``LOWER_IS_BETTER``.
        """
        return share(self._totals(year), RECORDED)

    def delivered(self, year: int) -> Floats:
        """Return the rates of care that was given, recorded or not, ``[area, metric]``."""
        return share(self._totals(year), GIVEN)

    def denominators(self, year: int) -> Ints:
        """Return how many sampled members or events count, ``[area, metric]``."""
        return np.asarray(self._totals(year)[..., PEOPLE])

    def snapshot(self) -> dict[str, Ints]:
        """Return the state on which later months depend."""
        years = sorted(self._years)
        kept = np.array([self._years[year] for year in years], dtype=np.int64).reshape(-1, self.areas, *SHAPE)
        return {"years": np.array(years, dtype=np.int64), "counts": kept}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a saved state."""
        self._years = {
            int(year): np.array(counts) for year, counts in zip(state["years"], state["counts"], strict=True)
        }

    def _totals(self, year: int) -> Ints:
        return in_all(self.counts(year))


def in_all(counts: NDArray[Any]) -> NDArray[Any]:
    """Add up the levels of one stratum: ``[..., level, metric, outcome]`` becomes ``[..., metric, outcome]``."""
    return np.asarray(counts[..., :N_RACES, :, :].sum(axis=-3))


def share(counts: NDArray[Any], outcome: int) -> Floats:
    """Return one outcome over the denominator, NaN if that is 0; ``[..., outcome]`` becomes ``[...]``."""
    people = counts[..., PEOPLE].astype(np.float64)
    rate = np.full(people.shape, np.nan)
    np.divide(counts[..., outcome], people, out=rate, where=people > 0)
    return rate
