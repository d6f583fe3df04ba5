"""Treatment of opioid use disorder with medication: slots that ration, early exits, deaths in and out of treatment.

Meaning: "controlled" opioid use is treatment with medication. A member who is ready begins if a slot is free
         (``opioid_open``, sim/agents/providers/opioid_slots.py); refusal rations more than waiting. Most leave in the
         first months; those who stay longer leave less. The months after leaving are the most dangerous.
Equation: start = gain x open; exit = early hazard, then late; death = absolute rate x (in treatment, just left, or out)
          over the mean of the three.
Decomposes: the death rate of all members with opioid use disorder (mort_oud_rate); its mean stays.
Evidence: care.md M6: c2_bup_lt3, c2_bup_12m, c2_bup_offer, c2_oat_death_in, c2_mmt_death_out, c2_oat_od_ratio.
"""

from sim.engine.compile import compiled
from sim.schema import LONGEST_AGO, OPIOID_USE


@compiled
def begin_opioid_treatment(chance, here):
    """Chance to begin: being ready, and finding a slot."""
    return chance * here.opioid_open


@compiled
def leave_opioid_treatment(m, p):
    """Chance to leave: higher in the first months of treatment."""
    if m.opioid_months < p.treatment_opioid_early_months:
        return p.treatment_opioid_early_exit
    return p.treatment_opioid_late_exit


@compiled
def count_opioid_months(m, treated_before):
    """Months since treatment began or ended: the clock restarts at either."""
    treated = m.controlled >> OPIOID_USE & 1
    m.opioid_months = min(m.opioid_months + 1, LONGEST_AGO) if treated == treated_before else 0


@compiled
def opioid_death(m, p):
    """Chance to die of opioid use this month, added to other causes."""
    if m.controlled >> OPIOID_USE & 1:
        ratio = p.treatment_opioid_death_in
    elif m.opioid_months < p.treatment_opioid_left_months:
        ratio = p.treatment_opioid_death_left
    else:
        ratio = 1.0
    return p.enrollment_opioid_death * ratio / p.treatment_opioid_mean_death
