"""What becomes of a member's care when the CCO refuses a part of it before it is given (prior authorization).

Meaning: ``here.refused[service]`` is the part of what CCO members would get that is refused and not restored.
Equation: of refused services a part ``needed`` is unmet need, the rest was of low value and does no harm.
          Stays: only planned ones are refused, those that do not begin in the emergency department.
          Outpatient care and tests: refused ones are not given.
          Drugs: a needed drug is not filled, so that control is lost more often (control.py); in the place of another
          a cheaper one is filled, and no saving is counted, as all fills cost the same.
          Specialist visits: those of low value are among the visits that need did not ask for; the others are withheld
          (``offer.py``).
          A month with a needed service refused is one in which care was not easy to get (wellbeing.py).
Evidence: o2_pa_met_rules, o2_pa_trouble; how much is refused: sim/payment/authorization.py.
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.draws import draw
from sim.engine.numbers import part_of
from sim.member.decisions import NEEDED, REFUSED, THROUGH_EMERGENCY
from sim.member.groups import age_band, has_cco
from sim.schema import INPATIENT, PHARMACY


@compiled
def refused(m, here, s):
    """Return the part of a service that the member's CCO refuses; nobody else does."""
    if has_cco(m):
        return here.refused[s]
    return 0.0


@compiled_in_place
def ask_approval(m, t, here, s, seed, p):
    """Take away what is refused of the month's fills, outpatient care or tests."""
    part = refused(m, here, s)
    if part == 0.0 or t.served[s] == 0:
        return
    gone = part_of(t.served[s], part, draw(seed, m.key, p.month, REFUSED + s))
    if gone > 0:
        needed = count_refused(m, t, s, gone, seed, p)
        t.served[s] -= needed if s == PHARMACY else gone


@compiled
def is_stay_refused(m, t, here, seed, p):
    """Whether a stay is refused. The draw says how it would begin, those in the emergency department last."""
    part = refused(m, here, INPATIENT)
    if part == 0.0:
        return False
    planned = 1.0 - p.care_stays_through_emergency[age_band(m.age_months)]
    if draw(seed, m.key, p.month, THROUGH_EMERGENCY) >= min(part, planned):
        return False
    count_refused(m, t, INPATIENT, 1, seed, p)
    return True


@compiled
def count_refused(m, t, s, gone, seed, p):
    """Count services that are refused, and return how many of them were needed."""
    needed = part_of(gone, p.authorization_needed, draw(seed, m.key, p.month, NEEDED + s))
    t.refused_services += gone
    t.refused_needed += needed
    return needed
