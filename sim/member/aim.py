"""What organizations do for a quality measure of a member: for all of the area, and for a group that is aimed at.

Meaning: log odds of care. The only rule that reads race beside exposure (needs, unfair care): a council's equity target
(sim/agents/cco/equity_target.py), for members of the CCO.
"""

from sim.engine.compile import compiled
from sim.member.groups import has_cco


@compiled
def work_for(m, metric, here):
    """Return the log odds of care that organizations add for this member."""
    odds = here.deliver[metric]
    if has_cco(m) and m.race == here.aimed_at[metric]:
        odds += here.aimed[metric]
    return odds
