"""Attachment to primary care, requests for visits, waits, unmet need.

A member asks for visits; a share of them is lost to waiting (payment.md E8: 1 - exp(-wait / 60 days)). Visits asked for
and not given are unmet need, and some lost primary care visits become emergency visits.
"""

from sim.engine.compile import compiled
from sim.engine.numbers import part_of, poisson
from sim.member.barriers import clinic_found
from sim.member.decisions import ASK, ATTACH, LOST, WELL_VISITS
from sim.member.practice import welcome
from sim.schema import DENTAL, PRIMARY, SPECIALIST


@compiled
def ask_for_visits(m, t, here, clinic, u, j, p):
    """Primary, specialist, behavioral and dental visits asked for and given."""
    for s in range(DENTAL + 1):
        rate = t.rate[s]
        if s == SPECIALIST and m.pregnant > 0:
            rate += p.care_prenatal_visits
        elif s == SPECIALIST and 0 < m.postpartum <= p.quality_postpartum_until:
            rate += p.care_postpartum_visits
        asked = poisson(rate, u[ASK + s, j], p.exponential)
        lost_share = here.lost[s]
        if s == PRIMARY:
            asked += poisson(well_visits(m, p), u[WELL_VISITS, j], p.exponential)
            lost_share = clinic.lost
        lost = part_of(asked, lost_share, u[LOST + s, j])
        t.asked[s] = asked
        t.served[s] = asked - lost


@compiled
def well_visits(m, p):
    """Expected well-child visits asked for in a month, beyond sick visits."""
    if m.age_months < 12:
        return p.care_infant_well_visits
    if m.age_months < p.care_well_child_until:
        return p.care_well_child_visits
    return 0.0


@compiled
def keep_or_find_clinic(m, t, here, clinic, u, j, p):
    """The usual clinic may be lost; a member without one who asks for a visit may get one, from next month."""
    if m.attached:
        if u[ATTACH, j] < p.access_detach:
            m.attached = 0
    elif t.asked[PRIMARY] > 0 and u[ATTACH, j] < chance_of_a_clinic(m, here, clinic, p):
        m.attached = 1


@compiled
def chance_of_a_clinic(m, here, clinic, p):
    """Chance that the clinic takes on a member who asks."""
    return p.access_attach * clinic.intake * welcome(m, here, p) * clinic_found(m, here, p)
