"""Unfair care: some visits are felt as discrimination; people grow wary and ask for less; wariness fades over years.

Meaning: exposure, not biology. Members of some groups meet unfair treatment more often. Clinicians of the member's own
         group, and practices that treat people fairly, make it rarer (``equity.concordance``, a lever; ``concordance``,
         an action of CCOs, which serves whoever sees their clinicians).
Equation: in a month with visits, chance = discrimination[race] x (1 - concordance) x (1 - reach x action); then
          wariness moves a step toward 1; every month it loses a part. What it does: barriers.py.
Evidence: care.md M13: c2_disc_medicaid, c2_disc_delay (odds of delaying care 1.8 and 2.6), c2_conc_black_cvd.
"""

from sim.engine.compile import compiled
from sim.member.decisions import UNFAIR
from sim.member.needs import ROUND_UP
from sim.schema import BEHAVIORAL, EMERGENCY, FRACTION_GRID, PRIMARY, SPECIALIST


@compiled
def meet_unfair_care(m, t, here, u, j, p):
    """Wariness fades, and grows after a visit that was felt as unfair."""
    if m.wary > 0:
        m.wary -= int(m.wary * p.equity_wary_half_life + ROUND_UP)
    if u[UNFAIR, j] >= p.equity_discrimination[m.race]:
        return  # whatever is done for fair care
    chance = p.equity_discrimination[m.race] * (1.0 - p.equity_concordance)
    chance *= 1.0 - p.equity_concordance_reach * here.concordance
    visits = t.served[PRIMARY] + t.served[SPECIALIST] + t.served[BEHAVIORAL] + t.served[EMERGENCY]
    if visits > 0 and u[UNFAIR, j] < chance:
        m.wary += int((FRACTION_GRID - m.wary) * p.equity_wary_step)
