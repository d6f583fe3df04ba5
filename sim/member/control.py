"""Control of a condition: gained through treatment, lost without it; needs stand in the way.

Meaning: a known condition comes under control more often in the months after a visit to a clinician who treats it, and
         slips less often while prescriptions are filled. Needs that are felt make treatment harder to keep up. Two
         clinicians whose treatments conflict (communication.py) undo it.
Equation: gain = usual gain x seen x hindered x effort for the measure; loss = usual loss x filled x conflict x ...
          Where an event takes away a part of fills, that part of those who fill is as without drugs.
          Each factor is divided by its mean in the baseline world, so that the declared gains and losses stay means.
          Of several needs the strongest counts in full, each further one less.
Decomposes: the shares under control (q_cbp_or_2016, q_a1c_gt9_insured). Effects on use and deaths follow from control.
Evidence: care.md M3, M5, M8: c2_noshow_a1c, c2_wait_a1c, c2_adh_ip, c2_oud_homeless_180, c2_house_dm_acute; the sizes
are assumptions.
"""

import numpy as np

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.numbers import exponential
from sim.member.aim import work_for
from sim.member.barriers import understood
from sim.member.needs import felt, together, with_packages
from sim.member.opioid_treatment import begin_opioid_treatment, leave_opioid_treatment
from sim.member.practice import scaled
from sim.schema import (
    BEHAVIORAL,
    CONDITIONS,
    CONFLICTING,
    DENTAL,
    DEPRESSION,
    DIABETES,
    ENROLLED,
    FOOD,
    HEART_DISEASE,
    HEART_FAILURE,
    KIDNEY_DISEASE,
    LOG_GRID,
    OPIOID_USE,
    ORAL_DISEASE,
    PHARMACY,
    PRIMARY,
    SERIOUS_MENTAL_ILLNESS,
    SPECIALIST,
    SUBSTANCE_USE,
)

CLINICIANS = {
    HEART_DISEASE: (PRIMARY, SPECIALIST),
    HEART_FAILURE: (PRIMARY, SPECIALIST),
    KIDNEY_DISEASE: (PRIMARY, SPECIALIST),
    DEPRESSION: (PRIMARY, BEHAVIORAL),
    SERIOUS_MENTAL_ILLNESS: (BEHAVIORAL,),
    SUBSTANCE_USE: (PRIMARY, BEHAVIORAL),
    OPIOID_USE: (PRIMARY, BEHAVIORAL),
    ORAL_DISEASE: (DENTAL,),
}
TREATED_BY = np.array([sum(1 << s for s in CLINICIANS.get(c, (PRIMARY,))) for c in range(len(CONDITIONS))])
FILLED = 1 << PHARMACY


@compiled
def recent_care(m, p):
    """The scheduled services and drugs of the last months, a bit for each."""
    recent = int(m.since_primary < p.treatment_seen_window) << PRIMARY
    for s in range(SPECIALIST, PHARMACY + 1):
        recent |= int(m.since_care[s - SPECIALIST] < p.treatment_seen_window) << s
    return recent


@compiled_in_place
def gain_probability(m, c, recent, here, p):
    """Chance that control is gained: more after visits, effort for the measure, closed loops; less with needs."""
    chance = p.health_control_gain[c] * p.gain_if_seen[c, int(recent & TREATED_BY[c] > 0)]
    chance *= understood(m, c, here, p)
    if m.felt_needs:
        chance *= exponential(together(m, p.need_log_gain, p), p.exponential)
    if c == OPIOID_USE:
        return begin_opioid_treatment(chance, here)
    metric = p.quality_controls[c]
    if metric < 0:
        return chance
    better = p.quality_control * work_for(m, metric, here) + p.quality_loop_control[c] * here.closed_loops
    return chance * exponential(better, p.exponential)


@compiled_in_place
def loss_probability(m, c, recent, here, p):
    """Chance that control is lost: higher with mental frailty, without drugs, a clinic or cover, and with hunger.

    Some packages lower it. Mental frailty lasts for life and is correlated with needs (a shared frailty), so people
    with needs have worse control than the needs explain.
    """
    if c == OPIOID_USE:
        return leave_opioid_treatment(m, p)
    chance = p.health_control_loss[c] * scaled(p.practices_proactive_loss_ratio, here.proactive)
    without, with_drugs = p.loss_if_filled[c]
    if recent & FILLED:
        chance *= with_drugs + (without - with_drugs) * p.events_fills_missed[m.area]
    else:
        chance *= without
    if m.due & CONFLICTING:
        chance *= p.treatment_conflict_loss_ratio
    if p.health_control_mental_loading[c] > 0.0:
        chance *= exponential(p.health_control_mental_loading[c] * m.mental / LOG_GRID, p.exponential)
    if not m.attached or m.status != ENROLLED:
        chance *= p.health_unattached_control_ratio
    if c == DIABETES:
        chance *= 1.0 + (p.needs_food_control_ratio - 1.0) * felt(m, FOOD, p)
    if m.ever_package:
        return with_packages(m, c, chance, p.package_control_loss, p)
    return chance
