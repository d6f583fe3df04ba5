"""Capitation rates: how far a rate may rise in a year, and how it follows what members cost (the premium slide).

Meaning: rates in cents PMPM by area, rate category and service; growth per year, as a share; what the cap has taken out
          of a rate, as a log.
Equation: allowed = min(trend, cap + (trend - cap) * max(0, 1 - year / phase)) + give * loss, where loss =
          max(0, -margin) of the CCO's last year; phase = 0 applies the whole cap from the first year.
          give = 0 is a hard cap; give = 1 lets the whole loss into the rate. A CCO that threatens to leave is
          given ``exit_give`` of its loss where that is more, max(give, exit_give), not both.
          first year   rate[0] = experience[-1] * (1 + allowed) / (1 - load)
          afterwards   rate[y] = (1 - b) * rate[y-1] * (1 + allowed)
                                 + b * experience[y-lag] * (1 + trend)**lag / (1 - load)
          Rebasing stays inside the cap (model.md 30): an area's rates together rise by no more than ``allowed``, but
          for the part ``past_cap`` of what experience asks beyond it, 0 unless a scenario says otherwise.
          load is administration and margin as a share of the rate. With lag = 2 this is model.md 18; b = 0 never
          rebases; b = 1 hands every saving back to the state after two years.
          squeeze[y] = min(0, ln((1 - b) * exp(squeeze[y-1]) * (1 + allowed) / (1 + trend) + b)), b = 0 in the first
          year: the recursion of the rate itself over that of a rate without a cap, had cost followed the trend. The
          part b of a rate that is rebased past the cap follows experience and is not squeezed; b = 1 forgets the first
          year's cap, b = 0 adds up all years.
Evidence: trend_cap (3.4%), trend_without (5.4%), o2_waiver_y2_cap (4.4% in the second year); softness: cap_growth_2018,
cap_growth_2026 (10.2% after refusals); model.md 18; rebasing as in cap_growth_2018 and cap_growth_2023_base; b is an
assumption (E11: 0 to 1).
A loss may lift the rate above the trend too, as in 2026: only the part below a loss is bounded by the trend. A rate
above the trend squeezes no prices.
"""

import numpy as np

from sim.engine.arrays import Floats, Ints


def cap_of_year(trend: float, cap: float, year: int, phase: float) -> float:
    """Return the growth cap of a contract year, counted from 0: it comes down from the trend over ``phase`` years."""
    left = max(0.0, 1 - year / phase) if phase > 0 else 0.0
    return cap + max(0.0, trend - cap) * left


def allowed_growth(trend: float, cap: float, *, give: Floats | float = 0, margin: Floats | float = 0) -> Floats:
    """Return the growth that the state allows, per year; ``margin`` is the CCO's last one as a share of revenue."""
    loss = np.maximum(0, -np.asarray(margin, dtype=np.float64))
    return np.asarray(np.minimum(trend, cap) + give * loss)


def squeezed(before: Floats, allowed: Floats, trend: float, rebased: float) -> Floats:
    """Return the log of what the cap has taken out of a rate of which ``rebased`` follows experience; 0 or below."""
    left = (1 - rebased) * np.exp(before) * (1 + allowed) / (1 + trend) + rebased
    return np.asarray(np.minimum(0, np.log(left)))


def first_rate(experience: Floats, allowed: Floats, load: float) -> Floats:
    """Return the first year's rate from the experience of the year before, both (area, ...) in cents PMPM."""
    return np.asarray(experience * _by_area(1 + allowed, experience) / (1 - load))


def rebased_rate(
    last_rate: Floats, experience: Floats, allowed: Floats, *, trend: float, share: float, lag: int, load: float
) -> Floats:
    """Return the next rate: ``share`` of it from ``experience`` (``lag`` years old), the rest from the last rate."""
    continued = last_rate * _by_area(1 + allowed, last_rate)
    experienced = experience * (1 + trend) ** lag / (1 - load)
    return np.asarray((1 - share) * continued + share * experienced)


def within_cap(renewed: Floats, last_rate: Floats, allowed: Floats, months: Ints | Floats, past_cap: float) -> Floats:
    """Return renewed rates of which an area's whole rises by no more than ``allowed``; ``months`` by rate category."""
    asked = (renewed.sum(axis=2) * months).sum(axis=1)
    most = (last_rate.sum(axis=2) * months).sum(axis=1) * (1 + allowed)
    held = np.divide(most, asked, out=np.ones(len(asked)), where=asked > most)
    return np.asarray(renewed * _by_area(1 - (1 - past_cap) * (1 - held), renewed))


def source_year(year: int, lag: int) -> int:
    """Return the year whose experience sets the rate of ``year``; before there is a younger one, year -1."""
    return max(year - lag, -1)


def _by_area(values: Floats, like: Floats) -> Floats:
    """Return one value for each area, in as many dimensions as ``like``."""
    return values.reshape(-1, *[1] * (like.ndim - 1))
