"""Emergency visits by cause: each cause responds to its own drivers, and their sum is the number of visits.

A visit has one cause, its first reason: injury and acute illness; treatable in primary care (the New York University
algorithm's non-emergent and primary care treatable visits); ambulatory care sensitive (chronic disease); behavioral
(mental illness, alcohol, drugs); dental; pregnancy.

Equation: visits that health brings ~ Poisson(rate of demand.py), divided among causes: a healthy member's mix by age;
          of what conditions add, (1 - 1 / R) of the visits, R = 1 + their excesses, a part ``own`` belongs to
          the cause of the condition and the rest to the mix. Added to them: needed primary, behavioral and dental
          visits that were withheld or lost, each with its chance, as treatable, behavioral and dental visits; primary
          care that barriers keep members from asking for, with the chance of a lost visit, as treatable ones; visits
          that practices paid per member cause (treatable); visits of pregnancy; and stays that begin in the department,
          so that a stay avoided is a visit avoided. Coordination avoids part of the treatable ones: those that Oregon
          counts as potentially avoidable. Integrated oral care avoids dental ones of members with oral disease.
Evidence: care notes M1 to M3: c2_ed_nyu_nonemerg_or, c2_ed_nyu_pct_or, c2_ed_mhsa_share, c2_ed_dental_share,
c2_ed_injury_rate, c2_ed_maternal_share, c2_adm_ed_or, c2_adm_unsched_via_ed. Mix, own part and chances are assumptions.
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.draws import draw
from sim.engine.numbers import exponential, part_of, poisson
from sim.member.communication import after_emergency, lessened
from sim.member.comorbidity import counted_once, excess_of
from sim.member.decisions import (
    AVOIDABLE,
    AVOIDED,
    CAUSE,
    CAUSE_OF_STAY,
    DENTAL_AVOIDED,
    EMERGENCY_OF_PREGNANCY,
    EMERGENCY_VISITS,
    LEAK,
    LEAK_OF,
    SENT,
    THROUGH_EMERGENCY,
)
from sim.member.groups import age_band
from sim.schema import (
    BEHAVIORAL,
    BEHAVIORAL_CAUSE,
    CAUSES,
    DENTAL,
    DENTAL_CAUSE,
    EIGHTEEN_YEARS,
    EMERGENCY,
    INJURY,
    ORAL_DISEASE,
    PREGNANCY_CAUSE,
    PRIMARY,
    SENSITIVE,
    TREATABLE,
)


@compiled_in_place
def come_to_emergency(m, t, here, u, j, seed, p):
    """Emergency visits that health, lost visits, practices and pregnancy bring, less those that are avoided."""
    rate = expected_visits(m, t.rate[EMERGENCY], p)
    instead = 0.0
    if t.friction < 0.0:
        instead = instead_of_asking(t, p)
    visits = poisson((rate + instead) * after_emergency(m, here, p), u[EMERGENCY_VISITS, j], p.exponential)
    if visits > 0:
        divide(m, t, visits, instead / (rate + instead), draw(seed, m.key, p.month, CAUSE), p)
    lost_visits(m, t, u, j, seed, p)
    if here.oral_integration > 0.0 and t.causes[DENTAL_CAUSE] > 0:
        avoid_dental(m, t, here, seed, p)
    if here.sent > 0.0:
        t.causes[TREATABLE] += poisson(rate * here.sent, draw(seed, m.key, p.month, SENT), p.exponential)
    if m.pregnant > 0:
        v = draw(seed, m.key, p.month, EMERGENCY_OF_PREGNANCY)
        t.causes[PREGNANCY_CAUSE] += poisson(p.care_pregnancy_emergency_visits, v, p.exponential)
    if t.causes[TREATABLE] > 0 or here.avoidable > 1.0:
        avoid(m, t, here, rate, u[AVOIDABLE, j], seed, p)


@compiled
def expected_visits(m, rate, p):
    """Expected emergency visits of a month that health brings, with those of frequent users."""
    if m.frequent and m.age_months >= EIGHTEEN_YEARS:
        return rate + p.care_frequent_visits
    return rate


@compiled
def instead_of_asking(t, p):
    """Expected visits for primary care that barriers kept the member from asking for: as of visits that are lost."""
    return p.access_leak_to_emergency[PRIMARY] * t.rate[PRIMARY] * (exponential(-t.friction, p.exponential) - 1.0)


@compiled
def divide(m, t, visits, instead, v, p):
    """Divide visits among causes by their shares, in whole numbers; expectations are exact.

    ``instead``: the part of them that took the place of primary care, and is treatable there.
    """
    band = age_band(m.age_months)
    body, mind, teeth = added_by_conditions(m, p)
    each = (1.0 - instead) / (body + mind + teeth - 2.0)
    body = each * (body - 1.0) * p.care_emergency_own_cause[SENSITIVE]
    mind = each * (mind - 1.0) * p.care_emergency_own_cause[BEHAVIORAL_CAUSE]
    teeth = each * (teeth - 1.0) * p.care_emergency_own_cause[DENTAL_CAUSE]
    share = 0.0
    before = 0
    for cause in range(len(CAUSES)):
        share += p.care_emergency_mix[band, cause] * (1.0 - instead - body - mind - teeth)
        if cause == TREATABLE:
            share += instead
        elif cause == SENSITIVE:
            share += body
        elif cause == BEHAVIORAL_CAUSE:
            share += mind
        elif cause == DENTAL_CAUSE:
            share += teeth
        upto = min(int(visits * share + v), visits)
        t.causes[cause] += upto - before
        before = upto
    t.causes[INJURY] += visits - before  # rounding of shares that add to 1


@compiled
def added_by_conditions(m, p):
    """Ratios of emergency visits by which chronic disease, mental illness and substance use, and oral disease add."""
    body = 1.0
    mind = 1.0
    teeth = 1.0
    present = counted_once(m.present)
    while present:
        c = p.lowest_bit[present]
        present &= present - 1
        excess = excess_of(m, c, EMERGENCY, p)
        if p.emergency_of_condition[c] == BEHAVIORAL_CAUSE:
            mind += excess
        elif p.emergency_of_condition[c] == DENTAL_CAUSE:
            teeth += excess
        else:
            body += excess
    return max(body, 1.0), max(mind, 1.0), max(teeth, 1.0)


@compiled_in_place
def lost_visits(m, t, u, j, seed, p):
    """Needed visits that were withheld or lost, and became emergency visits."""
    if t.unmet[PRIMARY] > 0:
        t.causes[TREATABLE] += part_of(t.unmet[PRIMARY], p.access_leak_to_emergency[PRIMARY], u[LEAK, j])
    if t.unmet[BEHAVIORAL] > 0:
        v = draw(seed, m.key, p.month, LEAK_OF + BEHAVIORAL)
        t.causes[BEHAVIORAL_CAUSE] += part_of(t.unmet[BEHAVIORAL], p.access_leak_to_emergency[BEHAVIORAL], v)
    if t.unmet[DENTAL] > 0:
        v = draw(seed, m.key, p.month, LEAK_OF + DENTAL)
        t.causes[DENTAL_CAUSE] += part_of(t.unmet[DENTAL], p.access_leak_to_emergency[DENTAL], v)


@compiled
def avoid_dental(m, t, here, seed, p):
    """Dental visits that integrated oral care avoids: those of members with oral disease, whatever brought them."""
    if m.present >> ORAL_DISEASE & 1:
        avoided = 1.0 - lessened(p.quality_oral_integration_emergency_ratio, here.oral_integration)
        v = draw(seed, m.key, p.month, DENTAL_AVOIDED)
        t.causes[DENTAL_CAUSE] -= part_of(t.causes[DENTAL_CAUSE], avoided, v)


@compiled_in_place
def avoid(m, t, here, rate, v, seed, p):
    """Treatable visits that coordination avoids, or that its lack adds; those left that are potentially avoidable."""
    share = p.avoidable_of_treatable
    if here.avoidable < 1.0:
        gone = part_of(t.causes[TREATABLE], share * (1.0 - here.avoidable), draw(seed, m.key, p.month, AVOIDED))
        t.causes[TREATABLE] -= gone
    elif here.avoidable > 1.0:
        more = rate * p.care_emergency_mix[age_band(m.age_months), TREATABLE] * share * (here.avoidable - 1.0)
        t.causes[TREATABLE] += poisson(more, draw(seed, m.key, p.month, AVOIDED), p.exponential)
    left = share * here.avoidable / (1.0 - share * (1.0 - here.avoidable))
    t.avoidable_ed_visits = part_of(t.causes[TREATABLE], left, v)


@compiled
def psychiatric_part(m, p):
    """Chance that a stay which is not ambulatory care sensitive is psychiatric."""
    _, mind, _ = added_by_conditions(m, p)
    return p.care_emergency_own_cause[BEHAVIORAL_CAUSE] * (1.0 - 1.0 / mind)


@compiled_in_place
def stays_through_emergency(m, t, seed, p):
    """Most unplanned stays begin in the emergency department: count these visits with their causes."""
    if t.index_stays > 0:
        share = p.care_stays_through_emergency[age_band(m.age_months)]
        through = part_of(t.index_stays, share, draw(seed, m.key, p.month, THROUGH_EMERGENCY))
        sensitive = min(through, t.ambulatory_sensitive_stays)
        v = draw(seed, m.key, p.month, CAUSE_OF_STAY)
        behavioral = part_of(through - sensitive, psychiatric_part(m, p), v)
        t.emergency_admitted = through
        t.causes[SENSITIVE] += sensitive
        t.causes[BEHAVIORAL_CAUSE] += behavioral
        t.causes[INJURY] += through - sensitive - behavioral
    visits = 0
    for cause in range(len(CAUSES)):
        visits += t.causes[cause]
    t.served[EMERGENCY] = visits
    m.ed_year += visits
