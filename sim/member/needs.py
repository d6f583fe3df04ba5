"""Social needs: onset, relief, relapse, and the effect that builds up and decays.

People who are prone to a need get it more often and keep it longer. ``exposure`` is the built-up effect of a need: it
moves toward 1 with a half-life while the need is present and decays after it ends. A package changes the chance that a
need begins or ends in proportion to its own built-up effect, relieves part of the effect of a need while it serves, and
may meet a need completely (a home).
People in poor health, or with mental frailty, lose their home more often: this is selection into homelessness, not an
effect of homelessness.
Evidence: needs.md, table (a); homeless_alcohol, homeless_drug, homeless_schizophrenia, homeless_depression.
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.numbers import exponential
from sim.member.decisions import HOMELESS_TYPE, NEED, SMALL_NEEDS, SMALL_NEEDS_IF_PRONE
from sim.member.groups import age_band
from sim.schema import (
    ENROLLED,
    FRACTION_GRID,
    HOMELESSNESS,
    HOUSING,
    ISOLATION,
    LOG_GRID,
    LONGEST_HEIGHT,
    NEEDS,
    OFF_COVER,
)

N_NEEDS = len(NEEDS)
LAST_HEIGHT = LONGEST_HEIGHT - 1
HOME = 1 << HOMELESSNESS
HIGHEST_LEANING = 2.0  # the bound of losing a home holds up to here (prepare.py); beyond, each draw is looked at
ROUND_UP = 0.999  # a fading effect loses at least one step of the grid a month, so that it ends


@compiled_in_place
def live_with_needs(m, here, u, j, p):
    """Each need may begin or end; then its effect builds up or decays."""
    met = 0
    if m.ever_package:
        be_served(m, p)
        met = met_by_packages(m, p)
        m.needs &= ~met
    had = m.needs
    may_begin = small_draws(m, u, j, p) & ~(had | met)
    if may_begin:
        begin(m, may_begin, here, u, j, p)
    if had:
        end(m, had, u, j, p)
    m.known_needs &= m.needs
    if m.needs | m.felt_needs:
        build_up(m, p)


@compiled
def small_draws(m, u, j, p):
    """Needs, a bit for each, whose draw is below the highest chance of all members: no other need can begin."""
    prone = m.prone | HOME
    small = int(u[SMALL_NEEDS, j]) | int(u[SMALL_NEEDS_IF_PRONE, j]) & prone
    if leaning(m, p) > HIGHEST_LEANING:
        small |= HOME
    return small


@compiled
def leaning(m, p):
    """Log ratio of the member's chance to lose the home to that with average health."""
    lean = p.needs_homeless_health_loading * m.permanent + p.needs_homeless_mental_loading * m.mental
    return lean / LOG_GRID


@compiled
def losing_home(m, p):
    """Ratio of the member's chance to lose the home to that with average health."""
    return exponential(leaning(m, p), p.exponential)


@compiled
def expect_homelessness(members, params, grains, onsets):
    """Add each member's chance to become homeless, without programs, to ``onsets`` of the area, in whole grains."""
    p = params[0]
    for i in range(len(members)):
        m = members[i]
        if (m.status == ENROLLED or m.status == OFF_COVER) and not m.needs >> HOMELESSNESS & 1:
            chance = p.need_onset[m.race, m.rurality, m.needs >> HOUSING & 1, HOMELESSNESS] * losing_home(m, p)
            onsets[m.area] += round(chance * grains)


@compiled_in_place
def begin(m, some, here, u, j, p):
    """Each of ``some`` needs, which are absent, may begin."""
    while some:
        n = p.lowest_bit[some]
        some &= some - 1
        if u[NEED + n, j] < onset_probability(m, n, here, p):
            m.needs |= 1 << n
            if n == HOMELESSNESS:
                m.homeless_type = type_of_spell(u[HOMELESS_TYPE, j], p)


@compiled
def end(m, had, u, j, p):
    """Present needs may end: on large draws, as needs begin on small ones, so that arms stay comparable."""
    while had:
        n = p.lowest_bit[had]
        had &= had - 1
        if 1.0 - u[NEED + n, j] < exit_probability(m, n, p):
            m.needs &= ~(1 << n)


@compiled
def onset_probability(m, n, here, p):
    """Chance that need ``n`` begins this month. For homelessness, "prone" is being in unstable housing."""
    if n == ISOLATION and m.age_months < p.needs_isolation_age:
        return 0.0
    prone = m.prone >> n & 1
    if n == HOMELESSNESS:
        prone = m.needs >> HOUSING & 1
    chance = p.need_onset[m.race, m.rurality, prone, n] * here.need_onset[n] * p.need_season[p.month_of_year, n]
    chance *= p.needs_age_ratio[age_band(m.age_months), n]
    if n == HOMELESSNESS:
        chance *= losing_home(m, p)
    if m.ever_package:
        return with_packages(m, n, chance, p.package_onset_ratio, p)
    return chance


@compiled
def with_packages(m, n, chance, ratio, p):
    """A chance, changed by column ``n`` of each package's ``ratio`` as far as its effect has built up."""
    for k in range(p.n_packages):
        chance *= 1.0 + (ratio[k, n] - 1.0) * m.package_exposure[k] / FRACTION_GRID
    return chance


@compiled
def exit_probability(m, n, p):
    """Chance that need ``n`` ends this month."""
    if n == HOMELESSNESS:
        chance = p.needs_homeless_exit[m.homeless_type]
    elif m.prone >> n & 1:
        chance = p.needs_exit_prone[n]
    else:
        chance = p.needs_exit[n]
    if m.ever_package:
        return with_packages(m, n, chance, p.package_exit_ratio, p)
    return chance


@compiled
def type_of_spell(v, p):
    """Transitional, episodic or chronic."""
    if v < p.needs_homeless_type_share[0]:
        return 0
    if v < p.needs_homeless_type_share[0] + p.needs_homeless_type_share[1]:
        return 1
    return 2


@compiled
def be_served(m, p):
    """The effect of a package builds up with its lag during service (some wear off), and fades afterwards."""
    for k in range(p.n_packages):
        if m.package >> k & 1:
            m.package_months[k] += 1
            rest = p.package_height[k, min(m.package_months[k], LAST_HEIGHT)] - m.package_exposure[k]
            if rest >= 0:
                m.package_exposure[k] += int(rest * p.package_lag[k] + 0.5)
            else:
                m.package_exposure[k] -= int(-rest * p.package_lag[k] + 0.5)
        elif m.package_exposure[k] > 0:
            m.package_exposure[k] -= int(m.package_exposure[k] * p.package_fade[k] + ROUND_UP)


@compiled
def met_by_packages(m, p):
    """Needs that current packages meet completely: a member with a housing slot is not homeless."""
    met = 0
    if m.package:
        for k in range(p.n_packages):
            if m.package >> k & 1:
                met |= p.package_meets[k]
    return met


@compiled
def felt(m, n, p):
    """Effect of need ``n`` this month, 0 to 1: the built-up effect, less the relief by current packages."""
    effect = m.exposure[n] / FRACTION_GRID
    if m.package:
        return relieved(m, n, effect, p)
    return effect


@compiled
def together(m, effect, p):
    """Log effect of felt needs, ``effect[need]``, in the order of use: each further need counts less."""
    total = 0.0
    weight = 1.0
    ranks = p.need_ranks[m.felt_needs]
    while ranks:
        n = p.need_order[p.lowest_bit[ranks]]
        ranks &= ranks - 1
        part = felt(m, n, p)
        total += weight * part * effect[n]
        weight *= 1.0 - (1.0 - p.needs_attenuation) * part
    return total


@compiled
def relieved(m, n, effect, p):
    """The effect of need ``n`` after the relief by current packages."""
    for k in range(p.n_packages):
        if m.package >> k & 1:
            effect *= 1.0 - p.package_relief[k, n] * m.package_exposure[k] / FRACTION_GRID
    return effect


@compiled
def build_up(m, p):
    """Move the effect of each need toward 1 if present, toward 0 if not; a trace counts as none."""
    some = m.needs | m.felt_needs
    while some:
        n = p.lowest_bit[some]
        some &= some - 1
        now = m.exposure[n]
        if m.needs >> n & 1:
            now += int((FRACTION_GRID - now) * p.needs_build_up + 0.5)
        else:
            now -= int(now * p.needs_decay)
            if now <= p.needs_trace:
                now = 0
        m.exposure[n] = now
        m.felt_needs = m.felt_needs | 1 << n if now > 0 else m.felt_needs & ~(1 << n)
