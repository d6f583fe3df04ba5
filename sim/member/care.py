"""The care that takes place: fills, emergency visits, stays, readmissions, prevention, screening for social needs.

Counts are Poisson with the rates of ``demand.py``; ordinary admissions are Bernoulli with a cap. After a discharge on
day d a readmission comes after 1 to 30 days: in the same month, or on a day of the next one (model.md 7). Deliveries
are stays of their own kind and are no index for a readmission.
"""

from sim.engine.compile import compiled
from sim.engine.numbers import part_of, poisson
from sim.member.decisions import (
    ACCEPT_HELP,
    ADMISSION,
    ADMISSION_DAY,
    AMBULATORY_SENSITIVE,
    ANCILLARY_SERVICES,
    AVOIDABLE,
    EMERGENCY_VISITS,
    FILLS,
    IMMUNIZE_OR_TEST,
    LEAK,
    LENGTH_OF_STAY,
    OUTPATIENT_VISITS,
    PREVENTIVE,
    READMISSION,
    READMISSION_DELAY,
    SCREEN_NEEDS,
)
from sim.schema import (
    ANCILLARY,
    BEHAVIOURAL,
    DENTAL,
    DIABETES,
    EIGHTEEN_YEARS,
    EMERGENCY,
    HEART_FAILURE,
    INPATIENT,
    LONGEST,
    OUTPATIENT,
    PHARMACY,
    PRIMARY,
    SPECIALIST,
)

DAYS = 30  # of a month
MOST_WELL_CARE = 120  # visits that the column holds, with room to spare


@compiled
def receive_care(m, t, here, u, j, p):  # type: ignore[no-untyped-def]
    """Everything that needs no appointment, then what primary care visits bring."""
    t.served[PHARMACY] = poisson(t.rate[PHARMACY], u[FILLS, j], p.exponential)
    t.served[OUTPATIENT] = poisson(t.rate[OUTPATIENT], u[OUTPATIENT_VISITS, j], p.exponential)
    t.served[ANCILLARY] = poisson(t.rate[ANCILLARY], u[ANCILLARY_SERVICES, j], p.exponential)
    test_diabetes(m, t, u, j, p)
    emergency(m, t, u, j, p)
    stay_in_hospital(m, t, u, j, p)
    visit_primary_care(m, t, here, u, j, p)
    m.since_dental = 0 if t.served[DENTAL] > 0 else min(m.since_dental + 1, LONGEST)
    m.primary_year += t.served[PRIMARY]
    m.behavioural_year += t.served[BEHAVIOURAL]
    m.dental_year += t.served[DENTAL]


@compiled
def test_diabetes(m, t, u, j, p):  # type: ignore[no-untyped-def]
    """A primary or specialist visit of a member with known diabetes may test HbA1c; the very young are immunized."""
    m.since_a1c = min(m.since_a1c + 1, LONGEST)
    known = (m.diagnosed >> DIABETES & 1) > 0 and m.age_months >= p.care_immunize_until
    if known and t.served[PRIMARY] + t.served[SPECIALIST] > 0 and u[IMMUNIZE_OR_TEST, j] < p.care_a1c_at_visit:
        m.since_a1c = 0


@compiled
def emergency(m, t, u, j, p):  # type: ignore[no-untyped-def]
    """Emergency visits, with those of very frequent users and those that leak from lost primary care visits."""
    rate = t.rate[EMERGENCY]
    if m.frequent and m.age_months >= EIGHTEEN_YEARS:
        rate += p.care_frequent_visits
    visits = poisson(rate, u[EMERGENCY_VISITS, j], p.exponential)
    visits += part_of(t.asked[PRIMARY] - t.served[PRIMARY], p.access_leak_to_emergency, u[LEAK, j])
    t.served[EMERGENCY] = visits
    t.avoidable = part_of(visits, p.care_avoidable_share, u[AVOIDABLE, j])
    m.ed_year += visits


@compiled
def stay_in_hospital(m, t, u, j, p):  # type: ignore[no-untyped-def]
    """Readmission due from last month, ordinary admission, readmission within the month, delivery."""
    last = m.discharge_day
    m.discharge_day = 0
    if m.readmit_next > 0:
        admit(m, t, m.readmit_next, u, j, p)
        t.readmissions += 1
        m.readmit_next = 0
    if u[ADMISSION, j] < min(t.rate[INPATIENT], p.care_admission_cap):
        day = 1 + int(u[ADMISSION_DAY, j] * DAYS)
        soon_after_last_month = t.served[INPATIENT] == 0 and last > 0 and day <= last
        if soon_after_last_month or 0 < m.discharge_day < day:
            t.readmissions += 1
        admit(m, t, day, u, j, p)
    if m.discharge_day > 0:
        come_back(m, t, u, j, p)
    if t.delivered:
        t.served[INPATIENT] += 1
        t.days += p.delivery_days
        m.stays_year += 1


@compiled
def admit(m, t, day, u, j, p):  # type: ignore[no-untyped-def]
    """One stay; the month of 30 days takes the day of discharge as the day of admission (stays are a few days long)."""
    t.served[INPATIENT] += 1
    t.index_stays += 1
    t.days += p.length_of_stay[int(u[LENGTH_OF_STAY, j] * p.length_of_stay.size)]
    m.discharge_day = max(m.discharge_day, day)
    m.stays_year += 1
    share = p.care_ambulatory_sensitive_share
    if m.present & ~m.controlled & p.chronic:
        share *= p.care_ambulatory_sensitive_uncontrolled
    else:
        share *= p.care_ambulatory_sensitive_other
    if u[AMBULATORY_SENSITIVE, j] < share:
        t.ambulatory_sensitive += 1


@compiled
def come_back(m, t, u, j, p):  # type: ignore[no-untyped-def]
    """A discharge may lead to a readmission within 30 days, this month or next."""
    if u[READMISSION, j] >= readmission_probability(m, p):
        return
    day = m.discharge_day + 1 + int(u[READMISSION_DELAY, j] * DAYS)
    if day <= DAYS:
        t.served[INPATIENT] += 1
        t.readmissions += 1
        t.index_stays += 1
        t.days += p.length_of_stay[int(u[LENGTH_OF_STAY, j] * p.length_of_stay.size)]
        m.discharge_day = day
        m.stays_year += 1
    else:
        m.readmit_next = day - DAYS


@compiled
def readmission_probability(m, p):  # type: ignore[no-untyped-def]
    """Chance of a readmission beyond ordinary admissions."""
    if m.crisis:
        return p.care_readmission_crisis
    chance = p.care_readmission_child if m.age_months < EIGHTEEN_YEARS else p.care_readmission_adult
    if m.present >> HEART_FAILURE & 1:
        chance *= p.care_readmission_heart_failure_ratio
    return chance


@compiled
def visit_primary_care(m, t, here, u, j, p):  # type: ignore[no-untyped-def]
    """What a primary care visit brings: preventive services, immunization, screening for social needs."""
    if t.served[PRIMARY] == 0:
        m.since_primary = min(m.since_primary + 1, LONGEST)
        m.since_screened = min(m.since_screened + 1, LONGEST)
        return
    m.since_primary = 0
    if m.age_months < p.care_immunize_until and u[IMMUNIZE_OR_TEST, j] < p.care_immunize_at_visit:
        m.immunized = 1
    if u[PREVENTIVE, j] < p.care_preventive_share:
        m.well_care = min(m.well_care + 1, MOST_WELL_CARE)
        t.preventive = 1
    if u[SCREEN_NEEDS, j] < here.screening:
        t.screened = 1
        m.since_screened = 0
        m.known_needs = m.needs
        m.accepts_help = int(u[ACCEPT_HELP, j] < p.help_wanted)
    else:
        m.since_screened = min(m.since_screened + 1, LONGEST)
