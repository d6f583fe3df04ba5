"""Quality-adjusted life and experience of care.

Utility = base - age - permanent health - conditions (the two worst in full, half of the others; more if not controlled)
- crisis - needs, with a floor; one month of life is a twelfth of it, kept in millionths of a year.
"""

import math

from sim.engine.compile import compiled, compiled_in_place
from sim.member.decisions import SATISFIED
from sim.member.groups import age_band
from sim.member.needs import felt
from sim.schema import ENROLLED, FRACTION_GRID, LOG_GRID, SCHEDULED

MILLIONTHS_PER_MONTH = 1e6 / 12.0


@compiled_in_place
def feel(m, t, here, u, j, p):
    """Quality of life of the month; whether getting care was easy; trust."""
    t.qaly_millionths = int(math.floor(utility(m, p) * MILLIONTHS_PER_MONTH + 0.5))
    if m.status == ENROLLED:
        t.satisfied_months = int(u[SATISFIED, j] < satisfaction(m, t, here, p))
        goal = FRACTION_GRID if t.satisfied_months else 0
        m.trust = int(math.floor(m.trust + (goal - m.trust) * p.wellbeing_trust_speed + 0.5))


@compiled_in_place
def utility(m, p):
    """Quality of life, 1 is full health."""
    value = p.wellbeing_base_utility - p.wellbeing_age_utility_loss[age_band(m.age_months)]
    value -= p.wellbeing_permanent_utility_loss * m.permanent / LOG_GRID
    if m.present:
        value -= condition_loss(m, p)
    if m.crisis:
        value -= p.wellbeing_crisis_utility_loss
    if m.felt_needs:
        value -= need_loss(m, p)
    return min(max(value, p.wellbeing_lowest_utility), 1.0)


@compiled_in_place
def need_loss(m, p):
    """Each further need counts less."""
    loss = 0.0
    weight = p.needs_utility_loss
    some = m.felt_needs
    while some:
        n = p.lowest_bit[some]
        some &= some - 1
        loss += weight * felt(m, n, p)
        weight *= p.needs_attenuation
    return loss


@compiled
def condition_loss(m, p):
    """The two largest losses in full, a share of the rest."""
    worst = 0.0
    second = 0.0
    total = 0.0
    present = m.present
    while present:
        c = p.lowest_bit[present]
        present &= present - 1
        loss = p.wellbeing_condition_utility_loss[c]
        if not m.controlled >> c & 1:
            loss *= p.wellbeing_uncontrolled_utility_ratio
        total += loss
        second = max(second, min(worst, loss))
        worst = max(worst, loss)
    return worst + second + p.wellbeing_other_conditions_share * (total - worst - second)


@compiled
def satisfaction(m, t, here, p):
    """Chance of saying that getting care was easy."""
    chance = p.wellbeing_satisfied if m.attached else p.wellbeing_satisfied_unattached
    for s in range(len(SCHEDULED)):
        if t.unmet[s] > 0:
            chance = min(chance, p.wellbeing_satisfied_after_loss)
    if t.refused_needed > 0:
        chance = min(chance, p.wellbeing_satisfied_after_loss)
    if m.language > 0:
        ratio = p.wellbeing_satisfied_language_ratio
        chance *= ratio + (1.0 - ratio) * here.interpreters
    return chance
