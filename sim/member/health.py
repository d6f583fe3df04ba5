"""Latent health, crises, and conditions as present, diagnosed and controlled.

Latent health = permanent + slow AR(1), both of standard deviation 1; a crisis comes on top (model.md 6). A condition
begins (more often with poor permanent health), is found at a visit or elsewhere, and comes in and out of control; some
end. Heart failure comes with heart disease, opioid use with substance use; the milder never ends first.
Felt needs and smoking raise onset. One draw per condition and month serves: small values begin, end or lose control of
it, large ones find or control it.
Race, ethnicity and language are never read here.
"""

import math

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.numbers import exponential, normal
from sim.member.aim import work_for
from sim.member.complications import wear_down
from sim.member.control import gain_probability, loss_probability, recent_care
from sim.member.decisions import CONDITION, CRISIS, LOWEST_CONDITION, SLOW_HEALTH
from sim.member.groups import age_band
from sim.member.needs import together
from sim.member.opioid_treatment import count_opioid_months
from sim.member.practice import control_gained, scaled
from sim.member.smoking import smoking_ratio
from sim.schema import CONDITIONS, EIGHTEEN_YEARS, LOG_GRID, OPIOID_USE

N_CONDITIONS = len(CONDITIONS)
SLOWEST = 2047  # of the 1/256 grid: eight standard deviations
STEP_BITS = 4  # bounds stand in tables with a step of a sixteenth of a standard deviation
STEPS = (SLOWEST + 1) >> STEP_BITS  # of them below the mean


@compiled_in_place
def change_health(m, here, u, j, p):
    """Latent health drifts, crises come and go, conditions change."""
    drift(m, u, j, p)
    crisis(m, u, j, p)
    before = m.present
    most = highest_onset_ratio(m, p)
    if u[LOWEST_CONDITION, j] < most:  # else none can begin
        frail = exponential(p.health_onset_loading * m.permanent / LOG_GRID, p.exponential)
        begin(m, frail, most, u, j, p)
    if before:
        treated = m.controlled >> OPIOID_USE & 1
        recent = recent_care(m, p)
        while before:
            c = p.lowest_bit[before]
            before &= before - 1
            go_on(m, c, recent, here, u[CONDITION + c, j], p)
        if m.present >> OPIOID_USE & 1:
            count_opioid_months(m, treated)


@compiled
def highest_onset_ratio(m, p):
    """Return what no onset is raised by more, for the member's permanent health, mental frailty and felt needs."""
    frail = p.health_highest_frail[(m.permanent >> STEP_BITS) + STEPS]
    mental = p.health_highest_mental[(m.mental >> STEP_BITS) + STEPS]
    return frail * mental * p.exposed_onset[int(m.felt_needs > 0)]


@compiled_in_place
def begin(m, frail, most, u, j, p):
    """Absent conditions may begin, at most with ``most`` times the usual chance; mental ones by mental frailty too."""
    band = age_band(m.age_months)
    for c in range(N_CONDITIONS):
        if m.present & 1 << c or u[CONDITION + c, j] >= p.health_onset[band, c] * most:
            continue
        chance = p.health_onset[band, c] * frail * exposed(m, c, p)
        if p.health_onset_mental_loading[c] > 0.0:
            chance *= exponential(p.health_onset_mental_loading[c] * m.mental / LOG_GRID, p.exponential)
        if u[CONDITION + c, j] < chance:
            m.present |= 1 << c
            m.present |= p.milder[c]
            m.poor_control[c] = 0


@compiled
def exposed(m, c, p):
    """What felt needs and smoking do to onset; 1 on average in the baseline world."""
    ratio = 1.0 / p.treatment_mean_need_onset[c]
    if m.felt_needs:
        ratio *= exponential(together(m, p.need_log_onset[c], p), p.exponential)
    if m.age_months >= EIGHTEEN_YEARS:
        ratio *= smoking_ratio(m, p.treatment_smoking_onset_ratio[c], p)
    return ratio


@compiled_in_place
def go_on(m, c, recent, here, v, p):
    """A condition that is present may end, be found, or come in or out of control."""
    bit = 1 << c
    if v < p.health_remission[c] and not m.present & p.severer[c]:
        m.present &= ~bit
        m.diagnosed &= ~bit
        m.controlled &= ~bit
    elif not m.diagnosed & bit:
        if 1.0 - v < diagnosis_probability(m, c, here, p):
            m.diagnosed |= bit
    elif m.controlled & bit:
        if v < p.health_remission[c] + loss_probability(m, c, recent, here, p):
            m.controlled &= ~bit
    elif 1.0 - v < gain_probability(m, c, recent, here, p) * control_gained(m, here, p):
        m.controlled |= bit
    wear_down(m, c, p)


@compiled
def drift(m, u, j, p):
    """The slow part of latent health: AR(1) with standard deviation 1, on the 1/256 grid."""
    high = m.high_need
    step = p.health_shock[high] * normal(u[SLOW_HEALTH, j], p.normal)
    slow = int(math.floor(p.health_persistence[high] * m.slow + LOG_GRID * step + 0.5))
    m.slow = min(max(slow, -SLOWEST), SLOWEST)


@compiled_in_place
def crisis(m, u, j, p):
    """A crisis begins with a hazard that rises with latent health, and ends with a constant one."""
    if m.crisis:
        if u[CRISIS, j] < p.health_crisis_exit:
            m.crisis = 0
    else:
        h = m.permanent + m.slow
        most = p.health_crisis_entry * p.health_highest_crisis[(h >> STEP_BITS) + 2 * STEPS]
        if u[CRISIS, j] < most and u[CRISIS, j] < crisis_probability(h, p):
            m.crisis = 1


@compiled
def crisis_probability(health, p):
    """Chance that a crisis begins, at this latent health in steps of the grid."""
    h = health / LOG_GRID
    return p.health_crisis_entry * exponential(p.health_crisis_loading * h, p.exponential)


@compiled
def diagnosis_probability(m, c, here, p):
    """Chance of diagnosis: higher after last month's primary care visit, and with more screening."""
    if m.since_primary > 0:
        return p.health_diagnosis_elsewhere[c] * scaled(p.practices_proactive_diagnosis_ratio, here.proactive)
    metric = p.quality_finds[c]
    if metric < 0:
        return p.health_diagnosis_at_visit[c]
    return p.health_diagnosis_at_visit[c] * exponential(p.quality_find * work_for(m, metric, here), p.exponential)
