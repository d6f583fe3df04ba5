"""A handful of members made by hand, in a world in which nothing happens but what a test asks for."""

from functools import lru_cache
from typing import Any

import numpy as np

from sim.engine.draws import uniforms
from sim.member.decisions import ROWS
from sim.member.enrollment import PUBLIC_HEALTH_EMERGENCY
from sim.member.month import MonthResult, live_chunk, make_scratch
from sim.schema import CLINIC, COUNTS, ENROLLED, FEMALE, MEMBER, METRICS, SERVICES, SIXTY_FIVE_YEARS
from sim.start import quiet_areas
from tests.support.worlds import TINY, system

NOTHING = (
    "life_table",
    "enrollment_opioid_death",
    "enrollment_conception",
    "need_onset",
    "need_highest_onset",
    "health_onset",
    "health_highest_onset",
    "health_crisis_entry",
    "health_remission",
    "health_control_gain",
    "health_control_loss",
    "health_diagnosis_at_visit",
    "health_diagnosis_elsewhere",
    "care_prenatal_visits",
    "care_postpartum_visits",
    "care_infant_well_visits",
    "care_well_child_visits",
    "care_readmission_adult",
    "care_readmission_child",
    "access_detach",
    "access_detach_off_cover",
    "access_induced_share",
    "access_attach",
    "access_leak_to_emergency",
    "care_excess",
    "care_frequent_entry",
    "care_stays_through_emergency",
    "care_pregnancy_emergency_visits",
    "enrollment_return_late",
    "enrollment_return_middle",
    "enrollment_return_early",
    "season_emergency",
)
SEED = 3
NEVER, SURE = -16.0, 16.0  # log rates and log odds
OFTEN = 3.0  # log of a monthly rate at which some visit is certain


def counted(
    rows: Any, p: Any, *, months: int = 12, clinic: dict[str, Any] | None = None, **area: Any
) -> dict[str, int]:
    """Let members live from January; return what the cells counted of all of them, by name."""
    _, sums = _lived(rows, p, months, clinic or {}, area)
    return dict(zip(COUNTS, sums[0][0].sum(axis=0).tolist(), strict=True))


def many(n: int, rows: Any) -> Any:
    """The same member ``n`` times, under keys of their own."""
    copies = np.repeat(rows, n)
    copies["key"] = np.arange(1, n + 1)
    return copies


def draws_of(rows: Any, month: int, decision: int) -> Any:
    """Return the draw block of these members with one decision filled, ``u[decision, member]``."""
    u = np.full((ROWS, len(rows)), np.nan)
    u[decision] = uniforms(SEED, rows["key"], month, decision)
    return u


def _lived(rows: Any, p: Any, months: int, clinic: dict[str, Any], area: dict[str, Any]) -> tuple[Any, Any]:
    members = np.array(rows).view(np.recarray)
    areas, clinics = quiet_areas(1), np.zeros(1, dtype=CLINIC).view(np.recarray)
    for table, values in ((areas, area), (clinics, clinic)):
        for name, value in values.items():
            table[name] = value
    scratch, sums = make_scratch(1, 1)
    for month in range(months):
        p["month"][0], p["month_of_year"][0] = month, month % 12
        live_chunk(members, 0, len(members), areas, clinics, p, np.uint64(3), scratch)
    return members, sums


@lru_cache(maxsize=1)
def _system() -> Any:
    return system(size=(*TINY, "warm_up=1", "months=1", "capacity=unlimited"))


def parameters(*services: str, given: float = SURE, recorded: float = SURE) -> Any:
    """Parameters of a world in which all use these services every month, and care is given or not for sure."""
    p = np.array(_system().params).view(np.recarray)
    for name in NOTHING:
        p[name] = 0
    p["highest_death"] = 1  # no bound: a test may set any chance
    p["renewal_rule"] = PUBLIC_HEALTH_EMERGENCY
    p["care_log_base"] = NEVER
    for service in services:
        p["care_log_base"][..., SERVICES.index(service)] = OFTEN
    p["quality_log_odds_given"], p["quality_log_odds_recorded"] = given, recorded
    return p


def member(december_age: float, **fields: Any) -> Any:
    """An English-speaking CCO member who has long been on cover and is so old (years) in December."""
    row = np.zeros(1, dtype=MEMBER)
    values = {"key": 7, "status": ENROLLED, "months_covered": 30, "in_cco": 1, "attached": 1, "sex": FEMALE, "race": 5}
    values |= {"since_screened": 99, "since_primary": 99, "trust": 2048}
    months = round(12 * december_age)
    values |= {"age_months": months - 12, "eligibility": 4 if months > SIXTY_FIVE_YEARS else 2 * (months >= 228)}
    for name, value in (values | fields).items():
        row[name] = value
    return row


def live(rows: Any, p: Any, *, months: int = 12, tier: int = 0, **area: Any) -> tuple[Any, dict[str, tuple[int, ...]]]:
    """Let members live from January; return them, and (people, given, recorded) of the measures that count any."""
    members, sums = _lived(rows, p, months, {"tier": tier}, area)
    counts = MonthResult(*sums).quality[0]
    strata = [counts[a:b].sum(axis=0) for a, b in ((0, 7), (7, 10), (10, 13), (13, 18), (18, 20))]
    assert all((of_stratum == strata[0]).all() for of_stratum in strata), "every stratum adds up to everybody"
    return members, {name: tuple(map(int, strata[0][i])) for i, name in enumerate(METRICS) if strata[0][i, 0]}


def needs_off_cover(rows: Any, p: Any) -> list[int]:
    """Return how many of these members are off cover with each need in January."""
    _, sums = _lived(rows, p, 1, {}, {})
    found: list[int] = MonthResult(*sums).needs_off_cover[0].tolist()
    return found
