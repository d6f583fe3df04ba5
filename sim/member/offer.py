"""What becomes of the visits that members ask for: offered, withheld, replaced by another contact, lost to waiting.

Meaning: members ask from need. Clinics and an area's specialists, behavioral and dental practices add visits that need
did not ask for (induced), do not offer some that it did (withheld), or meet one by telephone, portal or a team member
(replaced). What is offered may be lost to waiting. Unmet need is asks withheld or lost; a replaced ask is met.
Equation: usual visits v ~ Poisson(rate) are partly induced: asked = v (1 - i0), induced = v (i0 + change) (1 - w), with
          a draw of their own where the change is above 0; replaced = r asked; withheld = w (asked - replaced);
          lost = l (asked - replaced - withheld); an induced visit is lost as often. w combines what practices
          withhold, care that unprofitable members go without (practice.py), needed visits that their CCO refuses
          (authorization.py; it takes those of low value from the induced ones), and adults' dental visits that Medicaid
          does not cover and members cannot pay (dental_benefit.py).
Evidence: i0 is an assumption (lowvalue_medicaid says that unneeded care is common); waits: payment.md E8.
"""

from sim.engine.compile import compiled_in_place
from sim.engine.draws import draw
from sim.engine.numbers import part_of, poisson
from sim.member.authorization import refused
from sim.member.decisions import INDUCED, INDUCED_LOST, LOST, MORE_INDUCED, REPLACED, WITHHELD
from sim.member.dental_benefit import affordable
from sim.schema import DENTAL, PRIMARY, SCHEDULED


@compiled_in_place
def offer_visits(m, t, here, clinic, u, j, seed, p):
    """Divide each service's usual visits into those that are asked for and induced, and say what becomes of them."""
    favored = here.favor * p.means_place[m.prone]
    for s in range(len(SCHEDULED)):
        change = here.induced[s] + here.by_fees[s] * favored
        if s == PRIMARY:
            change += clinic.induced
        part_refused = refused(m, here, s)
        change -= part_refused * (1.0 - p.authorization_needed)
        if t.asked[s] == 0 and change <= 0.0:
            continue  # most members, most months
        withheld = here.withheld[s]
        lost = here.lost[s]
        if s == PRIMARY:
            withheld = clinic.withheld
            lost = clinic.lost
        elif s == DENTAL:
            withheld = 1.0 - (1.0 - withheld) * affordable(m, here, p)
        withheld = 1.0 - (1.0 - withheld) * (1.0 - t.diverted) * (1.0 - part_refused * p.authorization_needed)
        induce(m, t, s, change, withheld, u[INDUCED + s, j], seed, p)
        offer(m, t, s, clinic, withheld, lost, u[LOST + s, j], seed, p)


@compiled_in_place
def induce(m, t, s, change, withheld, v, seed, p):
    """Set apart the usual visits that need did not ask for, and add those that practices bring about beyond them."""
    usual = p.access_induced_share[s]
    if t.asked[s] > 0:
        t.induced[s] = part_of(t.asked[s], max(usual + min(change, 0.0), 0.0) * (1.0 - withheld), v)
        t.asked[s] -= part_of(t.asked[s], usual, v)
    if change > 0.0:
        extra = t.rate[s] * change * (1.0 - withheld)
        t.induced[s] += poisson(extra, draw(seed, m.key, p.month, MORE_INDUCED + s), p.exponential)


@compiled_in_place
def offer(m, t, s, clinic, withheld, lost, v, seed, p):
    """Replace, withhold or offer what is asked for; waits take a part of what is offered."""
    visits = t.asked[s]
    if s == PRIMARY and clinic.replaced > 0.0:
        t.primary_replaced = part_of(visits, clinic.replaced, draw(seed, m.key, p.month, REPLACED))
        visits -= t.primary_replaced
    if withheld > 0.0:
        t.withheld[s] = part_of(visits, withheld, draw(seed, m.key, p.month, WITHHELD + s))
    t.unmet[s] = t.withheld[s] + part_of(visits - t.withheld[s], lost, v)
    t.served[s] = visits - t.unmet[s]
    if t.induced[s] > 0:
        t.served[s] += t.induced[s] - part_of(t.induced[s], lost, draw(seed, m.key, p.month, INDUCED_LOST + s))
