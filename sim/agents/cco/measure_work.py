"""Work of a CCO on quality measures: it sees how far each target is and puts its money where a dollar wins most.

Meaning: work[means, metric], 0 to 1; what it gains in log odds of care and of records, by measure (``gains``).
Equation: forecast = 1 - (1 - recorded so far) (1 - last year's rate) ** (part of the year that is left), for care that
          is given once a year; last year's rate for the rest; this year's so far for events;
          P(met) = Phi((forecast - target) / sd), sd**2 = forecast (1 - forecast) / people + doubt**2;
          each quarter the budget buys, step by step, the means for a measure that raise P(met) most for each
          dollar, as long as a dollar brings more than a dollar (prize = yearly pool x what the measure wins of it by
          its steps (``pool_steps.py``), as far as a board sees steps, else / measures counted; and what the emergency
          visits that a step avoids would have cost, if the budget pays for them); a second means
          of the same measure adds only ``second`` of its effect; medical homes also win the gate of the full payment
          (without steps: yearly pool (first step's share - second step's), times how near the expected share of
          measures is to the first step, at most 1);
          cost = USD per person due and year; effects are reached with each means' half-life, and fade with it.
          Work on emergency visits takes ``emergency_gain`` off the log of those that are potentially avoidable, so that
          the measure's rate becomes rate (1 - avoidable (1 - exp(-gained))).
          Medical homes that the contract asks for are bought before all else, whatever they win.
Given and recorded: data and coding move records alone, all other means move care. Medical homes are no log odds of
care: help and pay make clinics become recognized (``Providers``), by ``homes``. Emergency visits are avoided, by
``fewer_emergencies``: no record changes.
Evidence: o2_rem_all, o2_adol_mail_visit, o2_adol_mail_cost, o2_adol_nav_visit, o2_adol_nav_cost (outreach, staff),
o2_mam_increment (second means), o2_prov_rem, o2_audit_feedback (gap lists), o2_dep_screen_wf, o2_bonus_imm_jump
(coding), o2_incent_wellchild, o2_incent_mipcd (incentives), o2_seal_school, o2_seal_cost (access), o2_bp_team_new;
emergency visits: o3_ed_booklet, o3_ed_call_mail, o3_ed_pcp_link (outreach), o3_ed_navigator, o3_ed_frequent_trials
(navigators), o3_ed_extended_minor, o3_ed_extended_all, c2_ed_afterhours_diff (after hours), o3_ed_wa_low (all at once).
"""

from collections.abc import Sequence
from math import erf, exp, expm1, log, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.cco.equity_target import Target, aimed
from sim.agents.cco.pool_steps import prizes
from sim.axes import KINDS_OF_MEASURE, MEANS
from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.engine.snapshot import Remembering
from sim.payment.forms.quality_pool import improvement_target, ratcheted
from sim.payment.metric_sets import MetricSet
from sim.schema import DIABETES, EMERGENCY_VISITS, ENROLLED, HBA1C_TESTING, MEDICAL_HOME, METRICS, TIERS

KIND = {
    "childhood_immunization": "immunization",
    **dict.fromkeys(("well_child", "adolescent_well_care", "prenatal_care", "postpartum_care"), "visit"),
    **dict.fromkeys(
        ("developmental_screening", "depression_screening", "substance_use_screening", "needs_screening"), "screening"
    ),
    "hba1c_testing": "laboratory",
    **dict.fromkeys(("hba1c_poor_control", "blood_pressure_control"), "control"),
    **dict.fromkeys(("preventive_dental", "sealants"), "dental"),
    **dict.fromkeys(
        (
            *("treatment_initiation", "treatment_engagement", "depression_follow_up"),
            *("follow_up_after_stay", "follow_up_after_emergency"),
        ),
        "follow_up",
    ),
    "medical_home": "medical_home",
}
"""The kind of each measure that a CCO can work on. Emergency visits have tables of their own (``emergency_gain``,
``emergency_cost``); stays and language access have other actions."""
ONCE_A_YEAR = np.array([KIND.get(metric) in ("visit", "screening", "laboratory", "dental") for metric in METRICS])
EVENTS = np.array(
    [metric in ("prenatal_care", "postpartum_care") or KIND.get(metric) == "follow_up" for metric in METRICS]
)
ONCE_A_YEAR &= ~EVENTS
CODING, ACCESS, HOMES = (MEANS.index(name) for name in ("coding", "access", "medical_homes"))
SURE = 1e-3  # forecasts are kept this far from 0 and 1
POINTS = np.ones(len(METRICS))
"""How often a person counts in a measure: once for each point of a tier, once for each month of the year."""
POINTS[MEDICAL_HOME], POINTS[EMERGENCY_VISITS] = len(TIERS) - 1, MONTHS_PER_YEAR
MOVES_CARE = np.ones((len(MEANS), len(METRICS)), dtype=bool)
"""Whether a means moves the care of a measure, and not its records, homes, or visits that are avoided."""
MOVES_CARE[[CODING, HOMES]] = MOVES_CARE[:, EMERGENCY_VISITS] = False


class MeasureWork(Remembering):
    """What one CCO does for quality measures.

    Attributes
    ----------
    work : share of each means that is in place for each measure, (means, metric).
    in_effect : the same as far as it is felt by now.
    used : part of the budget that this takes; the rest would win nothing.
    aimed_at, gap, group_share : the group by race and ethnicity that an equity target aims at, its gap to everybody in
        the area (0: none) and its share of those who count, by measure.
    """

    REMEMBERED = ("work", "in_effect", "used", "aimed_at", "gap", "group_share")

    def __init__(self, registry: Registry) -> None:
        get = registry.get
        kinds = [KINDS_OF_MEASURE.index(KIND[metric]) if metric in KIND else None for metric in METRICS]
        gain = np.asarray(get("measure_work.gain"))
        self.gain: Floats = np.stack([gain[:, k] if k is not None else np.zeros(len(MEANS)) for k in kinds], axis=1)
        self.gain[:, EMERGENCY_VISITS] = get("measure_work.emergency_gain")
        self.cost: Floats = np.repeat(np.asarray(registry.dollars("measure_work.cost"))[:, None], len(METRICS), axis=1)
        self.cost[:, EMERGENCY_VISITS] = registry.dollars("measure_work.emergency_cost")
        lag = np.asarray(get("measure_work.lag"))
        self.reached: Floats = np.where(lag > 0, 1 - 2 ** (-1 / np.maximum(lag, 1)), 1.0)[:, None]
        self.step: float = get("ccos.step")
        self.second: float = get("measure_work.second")
        self.doubt: Floats = np.full(len(METRICS), get("measure_work.doubt"))
        self.doubt[EMERGENCY_VISITS] = get("measure_work.emergency_doubt")
        self.avoidable: float = get("care.avoidable_share")
        self.sees_steps: float = get("measure_work.sees_steps")
        self.youngest, self.oldest = (np.asarray(get(f"quality.{name}")) for name in ("youngest", "oldest"))
        self.work, self.in_effect = np.zeros((2, len(MEANS), len(METRICS)))
        self.used = 0.0
        self.equity_target: float = get("ccos.equity_target")
        self.aimed_at: Ints = np.zeros(len(METRICS), dtype=np.int64)
        self.gap, self.group_share = np.zeros((2, len(METRICS)))

    def aim(self, target: Target) -> None:
        """Take over whom the council's equity target aims at."""
        self.aimed_at, self.gap, self.group_share = target

    @property
    def homes(self) -> float:
        """Part of the clinics without full recognition as a medical home that were helped to it."""
        return float(self.in_effect[HOMES, MEDICAL_HOME])

    def pass_month(self) -> None:
        """Move what is felt one month toward what is in place."""
        self.in_effect = self.in_effect + self.reached * (self.work - self.in_effect)

    def plan(self, budget: float, counted: Floats, odds: "Odds | None", pool: float, homes: float = 0.0) -> None:
        """Put a yearly ``budget`` into homes that are a duty, and then where a dollar brings most, while that pays.

        ``counted``: how often people counted in each measure last year; ``odds``: None without a quality pool;
        ``pool``: the year's; ``homes``: the least of the means medical homes. Dollars are of the first year.
        """
        self.work = np.zeros_like(self.work)
        people = counted / POINTS
        full = self.cost * people  # price of all of a means
        left = budget - self._oblige(homes, float(full[HOMES, MEDICAL_HOME]), budget)
        metrics = [] if odds is None else [int(m) for m in np.flatnonzero(odds.counted & (people > 0))]
        options = {(k, m) for k in range(len(MEANS)) for m in metrics if self.gain[k, m] > 0 and self.work[k, m] < 1}
        price = {one: float(full[one]) for one in options}
        while odds is not None and options and left > 0:
            value = {one: self._worth(*one, odds, pool, people) / (self.step * price[one]) for one in options}
            best = max(sorted(value), key=value.__getitem__)
            if value[best] <= 1:  # a dollar brings less than a dollar
                break
            affordable = left / price[best]
            bought = min(self.step, 1 - self.work[best], affordable)
            self.work[best] += bought
            left = left - bought * price[best] if bought < affordable else 0.0  # no rest too small to buy anything
            if self.work[best] >= 1:
                options.discard(best)
        self.used = 1 - left / budget if budget > 0 else 0.0

    def _oblige(self, homes: float, full: float, budget: float) -> float:
        """Buy the medical homes that the contract asks for, as far as the budget goes, and return what they cost."""
        if homes > 0 and full > 0:
            self.work[HOMES, MEDICAL_HOME] = min(homes, budget / full)
        return min(full * float(self.work[HOMES, MEDICAL_HOME]), budget)

    def _worth(self, means: int, metric: int, odds: "Odds", pool: float, people: Floats) -> float:
        """Return what one step more brings in a year, USD: of the pool, and of visits that need not be paid."""
        before = self.together(self.work[:, [metric]], metric)[0]
        with_it = self.work[:, [metric]].copy()
        with_it[means] += self.step
        after = self.together(with_it, metric)[0]
        won = pool * (odds.won(metric, after) - odds.won(metric, before))
        return won + float(people[metric]) * (odds.saved(metric, after) - odds.saved(metric, before))

    def together(self, work: Floats, metric: int | None = None) -> Floats:
        """Return log odds of several means (..., means, metric): the strongest, and ``second`` of each other."""
        each = work * (self.gain if metric is None else self.gain[:, [metric]])
        strongest = each.max(axis=-2)
        return np.asarray(strongest + self.second * (each.sum(axis=-2) - strongest))

    def seen_so_far(self, members: NDArray[Any], area: int) -> Floats:
        """Return what share of an area's members who are due has the year's care on record; NaN if nobody is due."""
        here = (members["area"] == area) & (members["status"] == ENROLLED) & (members["in_cco"] == 1)
        age, recorded = members["age_months"][here] // MONTHS_PER_YEAR, members["recorded"][here]
        diabetes = members["diagnosed"][here] >> DIABETES & 1 > 0
        found = np.full(len(METRICS), np.nan)
        for metric in np.flatnonzero(ONCE_A_YEAR):
            due = (age >= self.youngest[metric]) & (age <= self.oldest[metric])
            due &= diabetes if metric == HBA1C_TESTING else True
            if due.any():
                found[metric] = float((recorded[due] >> metric & 1).mean())
        return found


class Felt(NamedTuple):
    """What clinicians and members meet of the work of CCOs, by area and measure.

    Attributes
    ----------
    care : log odds of care; none for emergency visits, which are not care that is given at an occasion.
    aimed, aimed_at : what the group that an equity target aims at gets on top, and which group that is.
    records : log odds that given care is recorded.
    avoided : what work takes off the log of potentially avoidable emergency visits, by area.
    """

    care: Floats
    aimed: Floats
    aimed_at: Ints
    records: Floats
    avoided: Floats


def felt(works: Sequence[MeasureWork], open_late: float) -> Felt:
    """Return what is felt of the work of each CCO.

    ``open_late``: share of clinics that are open in the evening already, which a CCO cannot open again.
    """

    def of_each(name: str) -> Any:
        return np.stack([getattr(work, name) for work in works])

    declared, in_effect = works[0], of_each("in_effect")  # what work gains is declared once, for all CCOs alike
    target = Target(of_each("aimed_at"), of_each("gap"), of_each("group_share"))
    care = declared.together(in_effect * MOVES_CARE)
    on_top = np.zeros_like(care)
    if declared.equity_target > 0:
        full = declared.together((in_effect > 0) * MOVES_CARE)
        care, on_top = aimed(care, full, declared.equity_target, target)
    visits = in_effect[..., [EMERGENCY_VISITS]]
    visits[:, ACCESS] = np.maximum(visits[:, ACCESS], open_late)
    avoided = declared.together(visits, EMERGENCY_VISITS)[:, 0]
    return Felt(care, on_top, target.group, declared.gain[CODING] * in_effect[:, CODING], avoided)


class Odds:
    """What a CCO expects of each measure this year: forecasts, targets, and the luck that is left.

    Parameters
    ----------
    expected, year : what the state asks for, and the year of the run.
    before, base : last year's recorded rates; people counted, full size.
    so_far : recorded so far this year of what happens once a year; NaN if unknown.
    events : this year's recorded rates of events so far; NaN if none.
    part : part of the year that has passed.
    doubt : standard deviation of a CCO's forecast of each rate.
    avoidable : part of emergency visits that is potentially avoidable.
    emergency_usd : what emergency visits cost the CCO for a member and year; 0 if its budget does not pay for them.
    sees_steps : how far the board prices a measure by the steps of the pool; 0: all measures alike.
    """

    def __init__(
        self,
        expected: MetricSet,
        year: int,
        before: Floats,
        people: Floats,
        *,
        so_far: Floats,
        events: Floats,
        part: float,
        doubt: Floats,
        avoidable: float = 0.0,
        emergency_usd: float = 0.0,
        sees_steps: float = 0.0,
    ) -> None:
        self.avoidable, self.emergency_usd = avoidable, emergency_usd
        benchmark = ratcheted(expected.benchmark, expected.ratchet, year, expected.lower)
        target = improvement_target(before, benchmark, expected.gap, expected.floor, expected.lower)
        easier = np.where(expected.lower, np.fmax(benchmark, target), np.fmin(benchmark, target))
        known = ONCE_A_YEAR & ~np.isnan(so_far)
        to_come = (1 - np.clip(before, 0, 1)) ** (1 - part)
        forecast = np.where(known, 1 - (1 - np.nan_to_num(so_far)) * to_come, before)
        self.forecast: Floats = np.where(EVENTS & ~np.isnan(events), events, forecast)
        self.target: Floats = easier
        self.lower: Flags = expected.lower
        self.counted: Flags = expected.counted(year) & ~np.isnan(self.forecast) & ~np.isnan(easier)
        chance = np.clip(np.nan_to_num(self.forecast), SURE, 1 - SURE)
        self.sd: Floats = np.sqrt(chance * (1 - chance) / np.maximum(people, 1) + doubt**2)
        self.gate = expected.medical_home
        chances = {int(m): self.chance(int(m), 0, float(self.target[m])) for m in np.flatnonzero(self.counted)}
        even = 1 / max(len(chances), 1)
        self.prize: Floats = np.full(len(METRICS), even)
        self.gate_prize = _even_gate_prize(even * sum(chances.values()), expected.steps)
        if sees_steps > 0:
            by_step, gate = prizes(list(chances.values()), expected.steps, self._through())
            self.prize[list(chances)] += sees_steps * (by_step - even)
            self.gate_prize += sees_steps * (gate - self.gate_prize)

    def _through(self) -> float:
        """Return the chance that enough members have a medical home."""
        unknown = self.gate <= 0 or np.isnan(self.forecast[MEDICAL_HOME])
        return float(self.gate <= 0) if unknown else self.chance(MEDICAL_HOME, 0, self.gate)

    def won(self, metric: int, gain: float) -> float:
        """Return the part of the pool to expect from a measure if work adds ``gain`` log odds."""
        won = float(self.prize[metric]) * self.chance(metric, gain, float(self.target[metric]))
        return won + self.gate_prize * self.chance(metric, gain, self.gate) * (metric == MEDICAL_HOME)

    def saved(self, metric: int, gain: float) -> float:
        """Return what a member's emergency visits cost less in a year if work avoids so many; 0 for other measures."""
        return self.emergency_usd * self.avoidable * -expm1(-gain) if metric == EMERGENCY_VISITS else 0.0

    def chance(self, metric: int, gain: float, target: float) -> float:
        """Return the chance that a measure reaches ``target`` if work gains so much."""
        sign = -1 if self.lower[metric] else 1
        beyond = sign * (self._rate(metric, sign * gain) - target) / float(self.sd[metric])
        return (1 + erf(beyond / sqrt(2))) / 2

    def _rate(self, metric: int, gain: float) -> float:
        """Return the rate to expect: the log odds of all of it move, of emergency visits the log of a part."""
        rate = min(max(float(self.forecast[metric]), SURE), 1 - SURE)
        if metric == EMERGENCY_VISITS:
            return rate * (1 + self.avoidable * expm1(gain))
        return 1 / (1 + exp(-(log(rate / (1 - rate)) + gain)))


def _even_gate_prize(met: float, steps: Sequence[tuple[float, float]]) -> float:
    """Return what the gate is worth to a board that does not see steps and expects this share of measures."""
    (needed, full), second = steps[0], steps[1][1] if len(steps) > 1 else 0.0
    return (full - second) * min(1.0, met / needed)
