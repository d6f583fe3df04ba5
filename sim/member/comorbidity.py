"""Use with several conditions: what each adds, added up and slightly raised, instead of multiplied.

Equation: use x (1 + sum of (ratio - 1) x (1 + c (n - 1))), n conditions. The ratio of a condition is that of its state
          (undiagnosed, known and not controlled, controlled), for emergency visits and stays also of years of poor
          control (complications.py). Serious mental illness carries the use of a depression beside it.
Decomposes: use by age (levels.use is fitted to it).
Evidence: care.md M11: c2_cond_ratio (1.25 for each condition from 2 to 11), c2_cond_add_usd (700 USD for each, slightly
more for later ones); products of single ratios give far more.
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.member.complications import worsened
from sim.schema import DEPRESSION, EMERGENCY, INPATIENT, SERIOUS_MENTAL_ILLNESS, SERVICES

N_SERVICES = len(SERVICES)


@compiled
def joined(excess, n, p):
    """Ratio of ``n`` conditions whose single excesses sum to ``excess``."""
    return max(1.0 + excess * (1.0 + p.care_comorbidity * (n - 1.0)), 0.0)


@compiled
def counted_once(present):
    """Conditions present, without a depression beside serious mental illness, which carries its use already."""
    if present >> SERIOUS_MENTAL_ILLNESS & 1:
        return present & ~(1 << DEPRESSION)
    return present


@compiled
def excess_of(m, c, s, p):
    """What condition ``c`` alone adds to service ``s``, as a share of use without it."""
    excess = p.care_excess[c, (m.diagnosed >> c & 1) + ((m.diagnosed & m.controlled) >> c & 1), s]
    if s in (EMERGENCY, INPATIENT):
        return (1.0 + excess) * worsened(m, c, s, p) - 1.0
    return excess


@compiled_in_place
def add_up_conditions(m, rate, excess, p):
    """Multiply expected use by the ratio of all conditions together; ``excess``: room for a number for each service."""
    some = counted_once(m.present)
    if not some:
        return
    for s in range(N_SERVICES):
        excess[s] = 0.0
    n = 0
    while some:
        c = p.lowest_bit[some]
        some &= some - 1
        n += 1
        for s in range(N_SERVICES):
            excess[s] += excess_of(m, c, s, p)
    for s in range(N_SERVICES):
        rate[s] *= joined(excess[s], n, p)
