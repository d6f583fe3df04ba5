"""People who are away: long off cover, or born to a mother without it. They are counted, but not simulated in full.

Everybody alive counts in every arm: otherwise a policy that keeps people on cover would seem to bring them to life.
Age, births and death go on. Conditions and needs stay as they were when the person was last followed; quality of life
follows from them. Nobody who is away returns: newcomers are on a schedule of their own, which stands for those who do.
Care is what such a person is expected to use, at today's prices; it takes no clinic's time, and others pay for it.
Equation: care = sum over services of asks x (1 - share lost to waits) x price(age, service) x price index.
"""

import math

from sim.engine.compile import compiled_in_place
from sim.member.access import expected_asks
from sim.member.care import expected_stays
from sim.member.decisions import CONCEPTION, DEATH
from sim.member.demand import expect_use
from sim.member.emergency import expected_visits
from sim.member.enrollment import OLDEST, turn_19_or_65, update_pregnancy
from sim.member.groups import age_band
from sim.member.mortality import dies
from sim.member.spending import CENTS
from sim.member.wellbeing import MILLIONTHS_PER_MONTH, utility
from sim.schema import BORN_OFF_COVER, EMERGENCY, INPATIENT, PRIMARY, SCHEDULED, SERVICES, VACANT


@compiled_in_place
def live_elsewhere(m, t, here, clinic, u, j, p):
    """One month of someone who is away: a month older, perhaps a mother, perhaps dead."""
    if m.age_months == 0:
        t.newcomer = BORN_OFF_COVER
    m.age_months = min(m.age_months + 1, OLDEST)
    turn_19_or_65(m)
    if dies(m, u[DEATH, j], p):
        t.died = 1
        m.status = VACANT
        return
    update_pregnancy(m, t, u[CONCEPTION, j], p)
    expect_use(m, t, here, p)
    t.listed_cents = expected_care(m, t, here, clinic, p)
    t.qaly_millionths = int(math.floor(utility(m, p) * MILLIONTHS_PER_MONTH + 0.5))


@compiled_in_place
def expected_care(m, t, here, clinic, p):
    """Cents of care that a person like this uses in a month, at today's prices."""
    price = p.spending_price_by_age[age_band(m.age_months)]
    dollars = p.spending_delivery_price * here.price_index[INPATIENT] * t.delivered
    emergency = expected_visits(m, t.rate[EMERGENCY], p)
    if m.pregnant > 0:
        emergency += p.care_pregnancy_emergency_visits
    for s in range(len(SERVICES)):
        events = t.rate[s]
        if s < len(SCHEDULED):
            asked = expected_asks(m, s, events, p)
            lost = asked * (clinic.lost if s == PRIMARY else here.lost[s])
            emergency += p.access_leak_to_emergency[s] * lost
            events = asked - lost
        elif s == INPATIENT:
            events = expected_stays(m, events, p)
            emergency += p.care_stays_through_emergency[age_band(m.age_months)] * events
        if s != EMERGENCY:
            dollars += events * price[s] * here.price_index[s]
    dollars += emergency * price[EMERGENCY] * here.price_index[EMERGENCY]
    return int(math.floor(dollars * CENTS + 0.5))
