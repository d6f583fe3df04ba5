"""The quality pool: withheld money is earned by measures met; what no CCO earns becomes the challenge pool.

Meaning: shares and counts by area; whole cents.
Equation: gap = benchmark - baseline (in the good direction); target = baseline + max(gap part * gap, floor), at most
          the benchmark; met = rate reaches the benchmark OR the target (mirrored where lower is better);
          earned = the payout of the highest step whose share of measures was met, one step less than all if the
          medical-home gate was missed; challenge[a] = left over * points[a] / sum of points,
          points = challenge measures met * member-months.
Without a baseline only the benchmark counts; a measure without anyone in its denominator is not met and not counted.
Evidence: payment.md E6, model.md 20, cco.md 1 (12 of 16 measures, 60% in medical homes; 11 of 18 gave 70%;
27.4 million USD of challenge pool in 2016, 2.4 in 2017; improvement targets of 10% of the gap, floor 3 points).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.engine.arrays import Cents, Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.units import millionths
from sim.payment.form import Form
from sim.payment.metric_sets import MetricSet
from sim.payment.month import Month
from sim.payment.payer import shares_of
from sim.payment.shrinkage import full_size_shares
from sim.schema import METRICS

MEDICAL_HOME = METRICS.index("medical_home")


class Verdict(NamedTuple):
    """How the areas did in a year: measures met (area, measure), those counted (measure,), and the gate (area,)."""

    met: Flags
    counted: Flags
    gate: Flags

    @property
    def share(self) -> Floats:
        """Share of the counted measures that each area met."""
        return np.asarray((self.met & self.counted).sum(axis=1) / max(int(self.counted.sum()), 1))


def ratcheted(benchmark: Floats, ratchet: Floats, years: int, lower: Flags) -> Floats:
    """Return the benchmarks after so many years, moved in the good direction; a rate never passes 0."""
    moved = benchmark + np.where(lower, -ratchet, ratchet) * years
    return np.asarray(np.maximum(moved, 0))


def improvement_target(baseline: Floats, benchmark: Floats, part: float, floor: Floats, lower: Flags) -> Floats:
    """Return each area's own target; NaN where there is no baseline."""
    sign = np.where(lower, -1, 1)
    gap = np.maximum(sign * (benchmark - baseline), 0)
    step = np.minimum(np.maximum(part * gap, floor), gap)
    return np.asarray(baseline + sign * step)


def measures_met(rates: Floats, benchmark: Floats, target: Floats, lower: Flags) -> Flags:
    """Return which measures each area met: benchmark or improvement target; a rate that is not known meets nothing."""
    sign = np.where(lower, -1, 1)
    return np.asarray((sign * rates >= sign * benchmark) | (sign * rates >= sign * target))


def earned_share(met: Floats, steps: Sequence[tuple[float, float]], gate: Flags) -> Floats:
    """Return the share of the pool that each area earns.

    ``met``: share of measures met; ``steps``: (share of measures, share of the pool), highest first; ``gate``: whether
    enough members have a medical home.
    """
    needed = np.array([step for step, _ in steps])
    pays = np.array([share for _, share in steps] + [0.0])
    reached = (met[:, None] >= needed).argmax(axis=1)
    reached = np.where((met[:, None] >= needed).any(axis=1), reached, len(steps))
    return np.asarray(pays[np.where(gate, reached, np.maximum(reached, 1))])


def challenge_shares(met: Flags, months: Floats) -> Floats:
    """Return each area's part of the challenge pool from the challenge measures it met and its full-size months."""
    points = met.sum(axis=1) * months
    total = float(points.sum())
    return np.asarray(points / total if total else np.zeros(points.shape))


def paid_out(held: Cents, share: Floats) -> Cents:
    """Return the part of ``held[area, rate category]`` that each area earned, in whole cents."""
    return np.rint(held * share[:, None]).astype(np.int64)


def judge(month: Month) -> Verdict:
    """Compare the year's reported rates with benchmarks and with each area's own target."""
    expected, year = _expected(month), month.month // MONTHS_PER_YEAR
    rates, before = _rates(month, year), _rates(month, year - 1)
    benchmark = ratcheted(expected.benchmark, expected.ratchet, year, expected.lower)
    target = improvement_target(before, benchmark, expected.gap, expected.floor, expected.lower)
    counted = expected.counted(year) & ~np.isnan(rates).all(axis=0)
    gate = np.asarray(rates[:, MEDICAL_HOME] >= expected.medical_home)
    return Verdict(measures_met(rates, benchmark, target, expected.lower) & counted, counted, gate)


def pay_pool(month: Month) -> None:
    """Pay what was earned, then the challenge pool from what was not; the rest goes back to the state."""
    expected, verdict, payer, kept = _expected(month), judge(month), month.payer, month.quality_year
    earned = earned_share(verdict.share, expected.steps, verdict.gate)
    if not verdict.counted.any():  # where nothing is asked, nothing is kept
        earned = np.ones(len(earned))
    kept.met, kept.earned = verdict.share, earned * month.runs
    paid, left = pay_earned(month, kept.earned)
    pass_on(month, paid)
    months = month.months_of_year()
    challenge = challenge_shares(verdict.met & expected.challenge, months.sum(axis=1) * month.weights * month.runs)
    pool = float(month.weights @ left)  # the whole state's, in full-size cents
    prize = np.floor(pool * challenge / month.weights).astype(np.int64)
    payer.transfer("held", "cco", prize, "challenge_pool")
    payer.matched += shares_of(prize, months)
    if not challenge.any():
        payer.transfer("held", "state", left, "withhold")
    pass_on(month, prize)


def pay_earned(month: Month, share: Floats) -> tuple[Cents, Cents]:
    """Pay each area the earned ``share`` of what was withheld; return what was paid and what is left, by area."""
    held = month.quality_year.held
    paid = paid_out(held, share)
    month.payer.transfer("held", "cco", paid.sum(axis=1), "quality_pool")
    month.payer.matched += paid
    month.quality_year.held = np.zeros_like(held)
    return np.asarray(paid.sum(axis=1)), np.asarray((held - paid).sum(axis=1))


def pass_on(month: Month, cents: Cents) -> None:
    """A CCO hands clinicians the part of its quality money that it promised them."""
    promised = np.rint(cents * month.actions["quality_bonus"]).astype(np.int64)
    month.payer.transfer("cco", "primary", promised, "quality_bonus")


def take_held(month: Month, area: int) -> Cents:
    """Take what is withheld of an area out of the count, and return it, (area, rate category)."""
    held = month.quality_year.held * (np.arange(len(month.runs)) == area)[:, None]
    month.quality_year.held = month.quality_year.held - held
    return np.asarray(held)


def release(month: Month, area: int) -> None:
    """The state keeps the pool of a year that a CCO did not finish: it was not earned."""
    month.payer.transfer("held", "state", take_held(month, area).sum(axis=1), "withhold")


def won_all(month: Month) -> Flags:
    """Return the areas that earned the whole pool in the last year that was judged; none before."""
    earned = month.quality_year.earned
    return np.asarray((earned > 0) & (earned >= _expected(month).steps[0][1]))


def stakes(month: Month) -> Mapping[str, Floats]:
    """Quality money within reach: where last year won all of it, one more measure wins nothing."""
    felt = 1 - month.registry.get("providers.sees_steps") * won_all(month)
    withheld = month.under(month.registry.get("payment.withhold_share"))
    return {"bonus": withheld * month.actions["quality_bonus"] * felt}


def records(month: Month) -> Mapping[str, Cents]:
    """Keep what each CCO met and earned in the last year that was judged, in millionths."""
    kept = month.quality_year
    return {"payment.measures_met": millionths(kept.met), "payment.pool_earned": millionths(kept.earned)}


def _expected(month: Month) -> MetricSet:
    if month.metric_set is None:
        raise ValueError("quality is judged by a metric set: give payment.metrics")
    return month.metric_set


def _rates(month: Month, year: int) -> Floats:
    """Return the year's rates, their chance brought to that of the full population."""
    people = np.asarray(month.quality.denominators(year), dtype=np.float64)
    return full_size_shares(np.nan_to_num(month.quality.rates(year)), people, month.weights)


FORM = Form(
    "quality_pool",
    "what is withheld must be earned by measures met",
    needs=("withhold",),
    purposes=("quality_pool", "challenge_pool", "quality_bonus"),
    quality_pay=("quality_bonus",),
    judges=True,
    stakes=stakes,
    in_december=(pay_pool,),
    on_exit=(release,),
    records=records,
)
