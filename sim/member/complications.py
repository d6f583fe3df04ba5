"""Complications: years of poor control bring stays and emergency visits, and shorten life.

Meaning: ``poor_control`` of a condition is a slow average of being out of control (undiagnosed counts as out of
         control). It moves over months in asthma and heart failure, over years in diabetes and high blood pressure, so
         better control saves stays late.
Equation: use with the condition x (1 + (slow part of the uncontrolled ratio - 1) x poor control); log of deaths +
          log(death ratio) x (poor control - its mean in the baseline world).
Decomposes: ``care.uncontrolled_ratio``, of which ``slow_share`` acts here and the rest at once; and the mortality
            ratios of the conditions, whose mean stays. So nothing is counted twice. Adherence totals (c2_adh_ip)
            are a check, not added.
Evidence: care.md M5: c2_a1c_mi, c2_a1c_death, c2_bp10_death, c2_a1c_cost_lag, c2_hf_casemgmt; none for chronic lung
disease (c2_copd_selfmgmt).
"""

from sim.engine.compile import compiled
from sim.schema import FRACTION_GRID


@compiled
def wear_down(m, c, p):
    """Move the slow average of condition ``c`` toward 1 while it is out of control, toward 0 while under control."""
    now = m.poor_control[c]
    goal = 0 if m.diagnosed & m.controlled & 1 << c else FRACTION_GRID
    m.poor_control[c] = now + int((goal - now) * p.treatment_complication_half_life[c])


@compiled
def worsened(m, c, s, p):
    """Ratio of emergency visits or stays (service ``s``) of condition ``c`` after poor control."""
    return 1.0 + p.complication_excess[c, s] * m.poor_control[c] / FRACTION_GRID


@compiled
def log_deaths_from_poor_control(m, p):
    """Log ratio of deaths, 0 at the mean of the baseline world."""
    log = 0.0
    some = m.present & p.deadly_conditions
    while some:
        c = p.lowest_bit[some]
        some &= some - 1
        log += p.treatment_log_death[c] * (m.poor_control[c] / FRACTION_GRID - p.treatment_usual_poor_control[c])
    return log
