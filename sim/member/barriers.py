"""What stands between members and care that they need: distrust, language, a day off, distance. Each has a lever.

Meaning: requests for scheduled care are fewer where care was unfair before (discrimination.py), where nobody speaks the
         language, where a visit costs a day's pay, and where specialists are far away. A community health worker takes
         a part of these barriers away. With another language a usual clinic is harder to find, and diabetes is harder
         to control where clinician and member do not share a language.
Equation: log of requests + (1 - accompanied) x (log distrust x wariness + log language x (1 - interpreters) + log day
          off x (1 - evening hours)); specialist and behavioral care + log distance x (1 - outreach).
          Primary care that barriers keep members from asking for turns up in emergency departments as lost visits do
          (emergency.py).
Decomposes: the gap of Black members in primary care visits (disp_bw_pc), by exposure to unfair care; the others have no
            figure for Medicaid and are assumptions with a range that includes none.
Evidence: care.md M12, M13: c2_disc_delay, c2_lep_nousc, c2_lep_spend, c2_conc_a1c, null c2_conc_a1c_null.
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.schema import (
    BEHAVIORAL,
    DIABETES,
    EMERGENCY,
    EXPANSION,
    FRACTION_GRID,
    MATERIAL,
    PARENT,
    SPECIALIST,
)

POOR = sum(1 << need for need in MATERIAL)


@compiled_in_place
def face_barriers(m, rate, here, p):
    """Add the log effects of barriers to requests for scheduled care and drugs, and return that on primary care."""
    friction = p.equity_log_distrust * m.wary / FRACTION_GRID
    if m.language > 0:
        friction += p.access_log_language * (1.0 - here.interpreters)
    if m.prone & POOR and (m.eligibility == EXPANSION or m.eligibility == PARENT):
        friction += p.equity_log_day_off * (1.0 - p.equity_evening_hours)
    if friction != 0.0:
        if m.ever_package:
            friction *= alone(m, p)
        for s in range(EMERGENCY):
            rate[s] += friction
    if m.rurality > 0:
        distance = p.access_log_rural_specialist * (1.0 - p.equity_outreach)
        rate[SPECIALIST] += distance
        rate[BEHAVIORAL] += distance
    return friction


@compiled
def alone(m, p):
    """The part of barriers that no worker of a package takes away."""
    left = 1.0
    for k in range(p.n_packages):
        if m.package >> k & 1:
            left *= 1.0 - p.package_accompanied[k] * m.package_exposure[k] / FRACTION_GRID
    return left


@compiled
def clinic_found(m, here, p):
    """Factor on the chance to find a usual clinic."""
    if m.language > 0:
        return 1.0 - (1.0 - p.equity_language_clinic_ratio) * (1.0 - here.interpreters)
    return 1.0


@compiled
def understood(m, c, here, p):
    """Factor on the chance that a condition comes under control: diabetes needs talk."""
    if c == DIABETES and m.language > 0:
        return 1.0 - (1.0 - p.equity_language_control_ratio) * (1.0 - here.interpreters)
    return 1.0
