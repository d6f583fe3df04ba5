"""The care that takes place: fills, stays, readmissions, prevention, screening for social needs.

Counts are Poisson with the rates of ``demand.py``; ordinary admissions are Bernoulli with a cap. After a discharge on
day d a readmission comes after 1 to 30 days: in the same month, or on a day of the next one (model.md 7). Deliveries
are separate stays and never start a readmission. Hospitals may turn away the cheapest ordinary stays,
CCOs refuse planned ones (``authorization.py``), and psychiatric ones may find no bed (``psychiatric_beds.py``).
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.draws import draw
from sim.engine.numbers import part_of, poisson
from sim.member.access import well_visits
from sim.member.authorization import ask_approval, is_stay_refused
from sim.member.communication import after_discharge, tests_needed
from sim.member.decisions import (
    ADMISSION,
    ADMISSION_DAY,
    AMBULATORY_SENSITIVE,
    ANCILLARY_SERVICES,
    FILLS,
    LENGTH_OF_STAY,
    OUTPATIENT_VISITS,
    PREVENTIVE,
    READMISSION,
    READMISSION_DELAY,
    SCREEN_NEEDS,
    SEVERITY,
    SHORTENED,
)
from sim.member.emergency import come_to_emergency, stays_through_emergency
from sim.member.practice import kept_out
from sim.member.psychiatric_beds import finds_no_bed
from sim.schema import (
    ANCILLARY,
    BEHAVIORAL,
    DENTAL,
    EIGHTEEN_YEARS,
    HEART_FAILURE,
    INPATIENT,
    LONGEST_AGO,
    LONGEST_SINCE_CARE,
    OUTPATIENT,
    PHARMACY,
    PRIMARY,
    SPECIALIST,
)

DAYS = 30  # of a month


@compiled_in_place
def receive_care(m, t, here, u, j, seed, p):
    """Care without an appointment, then what happens at primary care visits."""
    t.served[PHARMACY] = poisson(t.rate[PHARMACY], u[FILLS, j], p.exponential)
    t.served[OUTPATIENT] = poisson(t.rate[OUTPATIENT], u[OUTPATIENT_VISITS, j], p.exponential)
    ask_approval(m, t, here, PHARMACY, seed, p)
    ask_approval(m, t, here, OUTPATIENT, seed, p)
    come_to_emergency(m, t, here, u, j, seed, p)
    stay_in_hospital(m, t, here, u, j, seed, p)
    stays_through_emergency(m, t, seed, p)
    t.served[ANCILLARY] = poisson(tests_needed(t, here, p), u[ANCILLARY_SERVICES, j], p.exponential)
    ask_approval(m, t, here, ANCILLARY, seed, p)
    visit_primary_care(m, t, here, u, j, p)
    m.primary_year += t.served[PRIMARY]
    m.behavioral_year += t.served[BEHAVIORAL]
    m.dental_year += t.served[DENTAL]
    for s in range(SPECIALIST, PHARMACY + 1):
        since = m.since_care[s - SPECIALIST]
        m.since_care[s - SPECIALIST] = 0 if t.served[s] > 0 else min(since + 1, LONGEST_SINCE_CARE)


@compiled
def expected_stays(m, rate, p):
    """Expected stays of a month, with readmissions, without deliveries."""
    return min(rate, p.care_admission_cap) * (1.0 + readmission_probability(m, p))


@compiled_in_place
def stay_in_hospital(m, t, here, u, j, seed, p):
    """Readmission due from last month, ordinary admission, readmission within the month, delivery."""
    last = m.discharge_day
    m.discharge_day = 0
    if m.readmit_next > 0:
        admit(m, t, m.readmit_next, here, u, j, seed, p)
        t.readmissions += 1
        m.readmit_next = 0
    chance = min(t.rate[INPATIENT], p.care_admission_cap)
    if u[ADMISSION, j] < chance and not is_spared(m, here, u, j, p):
        day = 1 + int(u[ADMISSION_DAY, j] * DAYS)
        soon = last > 0 and day <= last
        followed_up = soon and u[ADMISSION, j] >= chance * after_discharge(here, p)
        if not (followed_up or is_stay_refused(m, t, here, seed, p) or lacks_bed(m, t, here, u, j, seed, p)):
            if (soon and t.served[INPATIENT] == 0) or 0 < m.discharge_day < day:
                t.readmissions += 1
            admit(m, t, day, here, u, j, seed, p)
    if m.discharge_day > 0:
        come_back(m, t, here, u, j, seed, p)
    if t.delivered:
        t.served[INPATIENT] += 1
        t.inpatient_days += p.delivery_days
        m.stays_year += 1


@compiled
def is_spared(m, here, u, j, p):
    """Whether proactive care keeps a stay away, or a hospital without a gain from stays one of the least costly."""
    if kept_out(sensitive_share(m, p), here, u[AMBULATORY_SENSITIVE, j], p):
        return True
    return u[SEVERITY + INPATIENT, j] < here.turned_away


@compiled
def lacks_bed(m, t, here, u, j, seed, p):
    """Whether the stay is psychiatric, and hospitals have given up too many beds for it."""
    if here.no_bed == 0.0 or u[AMBULATORY_SENSITIVE, j] < sensitive_share(m, p):
        return False
    return finds_no_bed(m, t, here, seed, p)


@compiled
def admit(m, t, day, here, u, j, seed, p):
    """One stay; the day of discharge is taken to be the day of admission, as stays last a few days."""
    t.served[INPATIENT] += 1
    t.index_stays += 1
    t.inpatient_days += days_of_stay(m, here, u[LENGTH_OF_STAY, j], seed, p)
    m.discharge_day = max(m.discharge_day, day)
    m.stays_year += 1
    if u[AMBULATORY_SENSITIVE, j] < sensitive_share(m, p):
        t.ambulatory_sensitive_stays += 1


@compiled
def days_of_stay(m, here, v, seed, p):
    """Days of an ordinary stay; a hospital that gains nothing from them saves some of those beyond the first."""
    days = p.length_of_stay[int(v * p.length_of_stay.size)]
    if here.shortened > 0.0:
        days -= part_of(days - 1, here.shortened, draw(seed, m.key, p.month, SHORTENED))
    return days


@compiled
def sensitive_share(m, p):
    """Part of ordinary stays that are ambulatory care sensitive."""
    if m.present & ~m.controlled & p.chronic:
        return p.care_ambulatory_sensitive_share * p.care_ambulatory_sensitive_uncontrolled
    return p.care_ambulatory_sensitive_share * p.care_ambulatory_sensitive_other


@compiled
def come_back(m, t, here, u, j, seed, p):
    """A discharge may lead to a readmission within 30 days, this month or next."""
    if u[READMISSION, j] >= readmission_probability(m, p) * after_discharge(here, p):
        return
    day = m.discharge_day + 1 + int(u[READMISSION_DELAY, j] * DAYS)
    if day <= DAYS:
        t.served[INPATIENT] += 1
        t.readmissions += 1
        t.index_stays += 1
        t.inpatient_days += days_of_stay(m, here, u[LENGTH_OF_STAY, j], seed, p)
        m.discharge_day = day
        m.stays_year += 1
    else:
        m.readmit_next = day - DAYS


@compiled
def readmission_probability(m, p):
    """Chance of a readmission beyond ordinary admissions."""
    if m.crisis:
        return p.care_readmission_crisis
    chance = p.care_readmission_child if m.age_months < EIGHTEEN_YEARS else p.care_readmission_adult
    if m.present >> HEART_FAILURE & 1:
        chance *= p.care_readmission_heart_failure_ratio
    return chance


@compiled
def visit_primary_care(m, t, here, u, j, p):
    """Preventive services and screening for social needs at a primary care visit (more: quality.py).

    A contact that replaces a visit keeps a member in sight, and brings neither.
    """
    if t.served[PRIMARY] == 0:
        m.since_primary = 0 if t.primary_replaced > 0 else min(m.since_primary + 1, LONGEST_AGO)
        m.since_screened = min(m.since_screened + 1, LONGEST_AGO)
        return
    m.since_primary = 0
    if u[PREVENTIVE, j] < preventive_share(m, t, p):
        t.preventive_visits = 1
    if u[SCREEN_NEEDS, j] < here.screening:
        m.since_screened = 0
        m.known_needs = m.needs
    else:
        m.since_screened = min(m.since_screened + 1, LONGEST_AGO)


@compiled
def preventive_share(m, t, p):
    """Chance that a visit is a preventive one: for a young child the share of well-child visits in its asks."""
    well = well_visits(m, p)
    if well > 0.0:
        return well / (well + t.rate[PRIMARY])
    return p.care_preventive_share
