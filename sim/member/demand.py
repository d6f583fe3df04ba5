"""How much care of each service a member's state asks for: the expected number of events in the month.

log rate = base(age, sex) + event + loadings x (permanent, slow, care seeking by age) + crisis + high-need class
         + needs (built-up effect, attenuated) + packages (direct effect) + access,
and, where no appointment is needed, + volume of providers (what they make of appointments: ``offer.py``),
then x conditions (comorbidity.py). Each factor stands in one table, so that none is counted twice and each can be read
alone.
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.numbers import exponential
from sim.member.barriers import face_barriers
from sim.member.communication import join_care, suffer_error
from sim.member.comorbidity import add_up_conditions
from sim.member.groups import age_band
from sim.member.needs import felt
from sim.member.practice import diverted, favor
from sim.schema import (
    ASTHMA,
    COPD,
    DENTAL,
    EIGHTEEN_YEARS,
    EMERGENCY,
    ENROLLED,
    FRACTION_GRID,
    HEART_FAILURE,
    INPATIENT,
    LOG_GRID,
    PHARMACY,
    PRIMARY,
    SERVICES,
)

N_SERVICES = len(SERVICES)


@compiled_in_place
def expect_use(m, t, here, p):
    """Fill ``t.rate``: first with logarithms, in the end with expected events of the month."""
    rate = t.rate
    band = age_band(m.age_months)
    permanent = m.permanent / LOG_GRID
    slow = m.slow / LOG_GRID
    seeking = p.care_seeking_age_ratio[band] * m.care_seeking / LOG_GRID
    base = p.care_log_base[band, m.sex]
    for s in range(N_SERVICES):
        rate[s] = base[s] + p.events_log_visits[m.area, s]
        rate[s] += p.care_loading[s] * permanent + p.care_loading_slow[s] * slow
        rate[s] += p.care_loading_seeking[s] * seeking
    for s in range(DENTAL + 1, N_SERVICES):
        rate[s] += here.log_volume[s]
    rate[EMERGENCY] += m.ed_frailty / LOG_GRID + p.season_emergency[p.month_of_year]
    if m.present:
        add_seasons(m, t, p)
    if m.crisis:
        add(t, p.care_log_crisis)
    if m.high_need:
        add(t, p.care_log_high_need)
    if m.felt_needs:
        add_needs(m, t, p)
    if m.ever_package:
        add_packages(m, t, p)
    add_access(m, t, here, p)
    join_care(m, t, here, p)
    favor(m, rate, here, p)
    for s in range(N_SERVICES):
        rate[s] = exponential(rate[s], p.exponential)
    add_up_conditions(m, rate, t.excess, p)
    suffer_error(m, rate, p)
    if m.package:
        add_enrollment(m, t, p)
    t.diverted = diverted(m, here, p)
    rate[PHARMACY] *= 1.0 - t.diverted


@compiled
def add(t, effect):
    """Add a row of log effects."""
    for s in range(N_SERVICES):
        t.rate[s] += effect[s]


@compiled
def add_seasons(m, t, p):
    """Seasons of emergency visits and stays of lung and heart disease."""
    season = season_of(m, p)
    t.rate[EMERGENCY] += season
    t.rate[INPATIENT] += season


@compiled
def season_of(m, p):
    """Log season of heart failure, chronic lung disease and childhood asthma."""
    season = 0.0
    if m.present >> HEART_FAILURE & 1:
        season += p.season_heart_failure[p.month_of_year]
    if m.present >> COPD & 1:
        season += p.season_respiratory[p.month_of_year]
    if m.present >> ASTHMA & 1 and m.age_months < EIGHTEEN_YEARS:
        season += p.season_child_asthma[p.month_of_year]
    return season


@compiled_in_place
def add_needs(m, t, p):
    """Causal effect of needs, strongest need first; each further one counts less."""
    weight = 1.0
    ranks = p.need_ranks[m.felt_needs]
    while ranks:
        n = p.need_order[p.lowest_bit[ranks]]
        ranks &= ranks - 1
        part = felt(m, n, p)
        effect = p.needs_log_causal[n]
        for s in range(N_SERVICES):
            t.rate[s] += weight * part * effect[s]
        weight *= 1.0 - (1.0 - p.needs_attenuation) * part


@compiled
def add_packages(m, t, p):
    """Direct effect of packages beside the needs that they relieve: the strongest cut in full, others up to a cap."""
    for s in range(N_SERVICES):
        strongest = 0.0
        cut = 0.0
        for k in range(p.n_packages):
            effect = p.package_log_effect[k, s] * m.package_exposure[k] / FRACTION_GRID
            if effect < 0.0:
                strongest = min(strongest, effect)
                cut += effect
            else:
                t.rate[s] += effect
        t.rate[s] += strongest + max(cut - strongest, p.package_stacking[s])


@compiled
def add_enrollment(m, t, p):
    """Case-finding adds missed visits and drugs: use is higher at first, until the effect of the package builds up."""
    for k in range(p.n_packages):
        if m.package >> k & 1:
            new = 1.0 - m.package_exposure[k] / FRACTION_GRID
            for s in range(N_SERVICES):
                t.rate[s] += p.package_enrollment[k, s] * new


@compiled
def catch_up(m, t, p):
    """Pent-up demand in the first year on cover: in full after a year without (or a first entry), else in part."""
    part = 1.0
    if m.months_off > 0:
        part = min(m.months_off / 12.0, 1.0)
    for s in range(N_SERVICES):
        t.rate[s] += part * p.access_log_entry_boost[s]


@compiled_in_place
def add_access(m, t, here, p):
    """Cover, a usual clinic, barriers, trust, and pent-up demand in the first year of a span."""
    if m.status != ENROLLED:
        add(t, p.access_log_off_cover)
    elif m.months_covered < 12 and m.age_months >= 12:
        catch_up(m, t, p)
    if not m.attached:
        add(t, p.access_log_unattached)
    t.friction = face_barriers(m, t.rate, here, p)
    t.rate[PRIMARY] += p.wellbeing_trust_engagement * (2.0 * m.trust / FRACTION_GRID - 1.0)
