"""The axes along which a parameter may be a table, and the labels of each, in the order of the arrays."""

import csv
from functools import lru_cache
from pathlib import Path

from sim import schema
from sim.cco_actions import CCO_ACTIONS
from sim.engine.parameter_files import load_registry
from sim.engine.parameters import Registry

AREAS = "evidence/cco_enrollment.csv"
MONTHS_OF_YEAR = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

LEVERS = tuple(action.name for action in CCO_ACTIONS)
"""What a CCO can do, as parameters and ``governance.levers`` name it."""

MEANS = ("outreach", "gap_lists", "coding", "clinic_staff", "incentives", "access", "medical_homes")
"""The means by which a CCO works on quality measures."""

KINDS_OF_MEASURE = (
    "immunization",
    "visit",
    "screening",
    "laboratory",
    "control",
    "dental",
    "follow_up",
    "medical_home",
)

AXES: dict[str, tuple[str, ...]] = {
    "service": schema.SERVICES,
    "condition": schema.CONDITIONS,
    "need": schema.NEEDS,
    "age_band": schema.AGE_BANDS,
    "sex": schema.SEXES,
    "race": schema.RACES,
    "language": schema.LANGUAGES,
    "rurality": schema.RURALITIES,
    "eligibility": schema.ELIGIBILITIES,
    "rate_category": schema.RATE_CATEGORIES,
    "homeless_type": schema.HOMELESS_TYPES,
    "payer": schema.PAYERS,
    "pocket": schema.POCKETS,
    "metric": schema.METRICS,
    "tier": schema.TIERS,
    "month_of_year": MONTHS_OF_YEAR,
    "cause": schema.CAUSES,
    "lever": LEVERS,
    "activity": schema.ACTIVITIES,
    "means": MEANS,
    "kind_of_measure": KINDS_OF_MEASURE,
}


def parameters_of(conf: Path) -> Registry:
    """Return the registry of every parameter declared below ``conf``, checked; see ``load_registry``."""
    places = {"area": areas_of(conf)} if (conf / AREAS).is_file() else {}
    return load_registry(conf, {**AXES, **places})


@lru_cache(maxsize=8)
def areas_of(conf: Path) -> tuple[str, ...]:
    """Return the names of the CCO areas, in the order of their codes."""
    with (conf / AREAS).open(encoding="utf-8", newline="") as lines:
        return tuple(sorted(row["cco"] for row in csv.DictReader(lines)))
