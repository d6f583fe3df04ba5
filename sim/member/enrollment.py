"""Entry, renewal, leaving, returning, birth and death.

Cover is lost off renewal (hazard per member-month) and at renewal (probability in the renewal month); it comes back
with a hazard that falls with the time off cover. Who dies: mortality.py.
Renewal rules (model.md 3): annual; continuous_2023 (none under 6, every 24 months from 6); public_health_emergency
(none).
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.member.decisions import COVER, DEATH
from sim.member.groups import age_band
from sim.member.mortality import dies
from sim.schema import (
    AGED,
    AWAY,
    CHILD,
    DISABLED,
    ENROLLED,
    EXPANSION,
    FEMALE,
    HOMELESSNESS,
    LONGEST,
    NINETEEN_YEARS,
    OFF_COVER,
    POSTPARTUM_CARE,
    POSTPARTUM_MONTHS,
    PREGNANT_MONTHS,
    PRENATAL_CARE,
    SIX_YEARS,
    SIXTY_FIVE_YEARS,
    VACANT,
)

RENEWAL_RULES = ("annual", "continuous_2023", "public_health_emergency")
_, CONTINUOUS_2023, PUBLIC_HEALTH_EMERGENCY = range(len(RENEWAL_RULES))
OF_PREGNANCY = 1 << PRENATAL_CARE | 1 << POSTPARTUM_CARE
TWO_YEARS = 2 * 12
OLDEST = 1428  # months: the last year of the life table


@compiled_in_place
def enroll(m, t, u, j, p):
    """The member is a month older; cover may end or return; the member may die."""
    start_of_year(m, p)
    if m.status == ENROLLED and m.months_covered == 0:
        t.newcomer = 2 if m.age_months == 0 else 1
    m.age_months = min(m.age_months + 1, OLDEST)
    if m.status == ENROLLED:
        if u[COVER, j] < exit_probability(m, p) + p.events_leavers[m.eligibility] * p.events_leavers_in[m.area]:
            m.status = OFF_COVER
            m.months_off = 0
            m.months_covered = 0
            t.left = 1
    elif u[COVER, j] < return_probability(m, p):
        m.status = ENROLLED  # ``months_off`` stays: how long the gap was
        m.months_covered = 0
        t.entered = 1
    turn_19_or_65(m)
    t.covered = int(m.status == ENROLLED)
    if dies(m, u[DEATH, j], p):
        t.died = 1
        m.status = VACANT


@compiled
def start_of_year(m, p):
    """In January the counts of the year restart."""
    if p.month_of_year == 0:
        m.ed_last_year, m.ed_year = m.ed_year, 0
        m.stays_last_year, m.stays_year = m.stays_year, 0
        m.spend_year = 0
        m.primary_year = 0
        m.behavioral_year = 0
        m.dental_year = 0
        m.given &= p.quality_kept
        m.recorded &= p.quality_kept


@compiled
def turn_19_or_65(m):
    """Eligibility follows age: children become expansion adults at 19; others become aged, with Medicare, at 65."""
    if m.eligibility == CHILD and m.age_months >= NINETEEN_YEARS:
        m.eligibility = EXPANSION
    elif m.eligibility != AGED and m.age_months >= SIXTY_FIVE_YEARS:
        m.eligibility = AGED
        m.dual = 1


@compiled
def exit_probability(m, p):
    """Chance of losing cover this month."""
    if p.renewal_rule == PUBLIC_HEALTH_EMERGENCY:
        return 0.0
    if m.age_months == NINETEEN_YEARS:
        return p.enrollment_age_19_exit
    if m.age_months == SIXTY_FIVE_YEARS and m.eligibility != DISABLED:
        return p.enrollment_age_65_exit
    chance = p.enrollment_off_renewal_exit
    if is_renewal(m, p):
        chance += p.enrollment_renewal_loss
    elif p.renewal_rule == CONTINUOUS_2023:
        chance = 0.0
    chance *= p.enrollment_exit_ratio[m.eligibility]
    if m.needs >> HOMELESSNESS & 1:
        chance *= p.enrollment_homeless_exit_ratio
    return chance


@compiled
def is_renewal(m, p):
    """Whether cover is up for renewal this month: after each year of a span, or every second one."""
    if m.months_covered < 12:
        return False
    if p.renewal_rule == CONTINUOUS_2023:
        return m.age_months >= SIX_YEARS and m.months_covered % TWO_YEARS == 0
    return m.months_covered % 12 == 0


@compiled
def return_probability(m, p):
    """Chance of coming back this month."""
    chance = p.enrollment_return_late
    if m.months_off <= p.enrollment_return_early_until:
        chance = p.enrollment_return_early
    elif m.months_off <= p.enrollment_return_middle_until:
        chance = p.enrollment_return_middle
    return chance * p.enrollment_return_ratio[m.eligibility]


@compiled
def update_pregnancy(m, t, drawn, p):
    """Pregnancy: conception (if ``drawn`` is below its chance), nine months, delivery, the year after."""
    if m.sex != FEMALE:
        return
    if m.postpartum > 0:
        m.postpartum = (m.postpartum + 1) % (POSTPARTUM_MONTHS + 1)
    if m.pregnant == PREGNANT_MONTHS:
        m.pregnant = 0
        m.postpartum = 1
        t.delivered = 1
    elif m.pregnant > 0:
        m.pregnant += 1
    elif m.age_months >= p.enrollment_youngest_mother:
        m.pregnant = int(drawn < p.enrollment_conception[age_band(m.age_months)])
        if m.pregnant:
            m.given &= ~OF_PREGNANCY
            m.recorded &= ~OF_PREGNANCY


@compiled
def end_of_month(m, p):
    """Spans grow; after a long time without cover a person is away (away.py)."""
    if m.status == ENROLLED:
        m.months_covered = min(m.months_covered + 1, LONGEST)
    elif m.status == OFF_COVER:
        m.months_off += 1
        if m.months_off >= p.enrollment_forget_after:
            m.status = AWAY
