"""Attachment to primary care, and the visits that members ask for; ``offer.py`` says what becomes of them."""

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.numbers import exponential, poisson
from sim.member.barriers import clinic_found
from sim.member.decisions import ASK, ATTACH, WELL_VISITS
from sim.member.practice import welcome
from sim.schema import ENROLLED, FRACTION_GRID, PRIMARY, SCHEDULED, SPECIALIST


@compiled_in_place
def ask_for_visits(m, t, u, j, p):
    """Primary, specialist, behavioral and dental visits to which a member usually comes."""
    for s in range(len(SCHEDULED)):
        t.rate[s] = sick_or_pregnant(m, s, t.rate[s], p)
        t.asked[s] = poisson(t.rate[s], u[ASK + s, j], p.exponential)
    t.asked[PRIMARY] += poisson(well_visits(m, p), u[WELL_VISITS, j], p.exponential)


@compiled
def sick_or_pregnant(m, s, rate, p):
    """Expected visits of a service asked for in a month, those for a pregnancy included."""
    if s == SPECIALIST and m.pregnant > 0:
        return rate + p.care_prenatal_visits
    if s == SPECIALIST and 0 < m.postpartum <= p.quality_postpartum_until:
        return rate + p.care_postpartum_visits
    return rate


@compiled
def expected_asks(m, s, rate, p):
    """All visits of a service that are expected to be asked for in a month, well-child visits included."""
    return sick_or_pregnant(m, s, rate, p) + (well_visits(m, p) if s == PRIMARY else 0.0)


@compiled
def well_visits(m, p):
    """Expected well-child visits asked for in a month, beyond sick visits."""
    if m.age_months < 12:
        return p.care_infant_well_visits
    if m.age_months < p.care_well_child_until:
        return p.care_well_child_visits
    return 0.0


@compiled_in_place
def keep_or_find_clinic(m, t, here, clinic, u, j, p):
    """The usual clinic may be lost; a member without one who asks for a visit may get one, from next month."""
    if m.attached:
        v = u[ATTACH, j]
        if v < highest_chance_to_leave(m, here, clinic, p) and v < chance_to_leave(m, here, clinic, p):
            m.attached = 0
    elif t.asked[PRIMARY] > 0 and u[ATTACH, j] < chance_of_a_clinic(m, here, clinic, p):
        m.attached = 1


@compiled
def chance_to_leave(m, here, clinic, p):
    """Chance that the usual clinic is lost: higher after bad experience, behind published rates, and by turnover."""
    if m.status != ENROLLED:
        return p.access_detach_off_cover
    good = m.trust / FRACTION_GRID - p.access_usual_experience
    chance = p.access_detach * exponential(here.rated_behind - p.access_log_experience * good, p.exponential)
    return max(chance + clinic.leavers, 0.0)


@compiled
def highest_chance_to_leave(m, here, clinic, p):
    """A bound of that chance, at the worst experience, where no rates are published."""
    if m.status != ENROLLED or here.rated_behind > 0.0:
        return 1.0
    return p.access_detach * p.access_highest_experience + clinic.leavers


@compiled
def chance_of_a_clinic(m, here, clinic, p):
    """Chance that the clinic takes on a member who asks."""
    return p.access_attach * clinic.intake * welcome(m, here, p) * clinic_found(m, here, p)
