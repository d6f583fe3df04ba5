"""Who dies this month.

The chance of death in a month is that of the life table times a Medicaid factor, times the product of standardized
mortality ratios of the conditions over its population mean (model.md 8), times what control (complications.py),
smoking (smoking.py), homelessness and lost cover do, plus deaths of opioid use (opioid_treatment.py). Control, smoking
and opioid treatment have mean 1 in the baseline world, so that they move deaths and the level stays.
"""

from sim.engine.compile import compiled
from sim.engine.numbers import exponential
from sim.member.complications import log_deaths_from_poor_control
from sim.member.needs import met_by_packages
from sim.member.opioid_treatment import opioid_death
from sim.member.smoking import smoking_ratio
from sim.schema import EIGHTEEN_YEARS, ENROLLED, HOMELESSNESS, OPIOID_USE


@compiled
def dies(m, v, p):
    """Whether the member dies this month, for the draw ``v``: the first comparison settles it for nearly everybody."""
    return v < p.highest_death[m.age_months // 12] and v < death_probability(m, p)


@compiled
def death_probability(m, p):
    """Chance of dying this month."""
    chance = p.life_table[m.age_months // 12, m.sex] * p.mortality_ratio[m.present]
    if m.present & p.deadly_conditions:
        chance *= exponential(log_deaths_from_poor_control(m, p), p.exponential)
    if m.age_months >= EIGHTEEN_YEARS:
        chance *= smoking_ratio(m, p.treatment_smoking_death_ratio, p)
    if m.needs >> HOMELESSNESS & 1:
        chance *= p.needs_homeless_death_ratio
    elif m.package and met_by_packages(m, p) >> HOMELESSNESS & 1:
        chance *= p.needs_homeless_death_ratio * p.needs_housed_death_ratio
    if m.present >> OPIOID_USE & 1:
        chance += opioid_death(m, p)
    if m.status != ENROLLED:
        chance *= p.enrollment_off_cover_death_ratio
    return chance
