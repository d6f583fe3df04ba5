"""What is settled in December, by the calendar year that quality is measured in: pool, bonus, reinsurance."""

from typing import Any, NamedTuple

import numpy as np

from sim.agents.state.contract_calendar import Calendar
from sim.agents.state.experience import Experience
from sim.agents.state.payer import Payer, shares_of
from sim.engine.arrays import Cents, Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Saved, restore, saved
from sim.payment.fee_for_service import IN_CCO
from sim.payment.pay_for_performance import bonus
from sim.payment.quality_pool import (
    challenge_shares,
    earned_share,
    improvement_target,
    measures_met,
    paid_out,
    ratcheted,
)
from sim.payment.reinsurance import premiums, recoveries
from sim.payment.shrinkage import around_state, full_size_shares
from sim.schema import ENROLLED, METRICS, RATE_CATEGORIES

REMEMBERED = ("held", "met", "earned")
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


class YearOfQuality:
    """Reads ``model.quality`` (rates and denominators of a year), ``model.members`` (reinsurance) and the metric set.

    Attributes
    ----------
    held : what has been withheld since the last December, (area, rate category).
    met, earned : of the last year that was judged: share of measures met, share of the pool earned, by area.
    """

    def __init__(self, model: Any, calendar: Calendar, experience: Experience, payer: Payer) -> None:
        self.model, self.calendar, self.experience, self.payer = model, calendar, experience, payer
        get = model.registry.get
        self.bonus_share: float = get("payment.performance_bonus")
        self.insured = (
            100 * get("payment.reinsurance_attachment"),
            100 * get("payment.reinsurance_cap"),
            get("payment.reinsurance_coinsurance"),
        )
        areas = len(model.areas)
        self.held: Cents = np.zeros((areas, len(RATE_CATEGORIES)), dtype=np.int64)
        self.met: Floats = np.zeros(areas)
        self.earned: Floats = np.zeros(areas)

    def month(self, held: Cents) -> None:
        """Keep what was withheld; in December judge the year and pay."""
        self.held = self.held + held
        if self.model.month % MONTHS_PER_YEAR != MONTHS_PER_YEAR - 1 or not self.calendar.runs(self.model.month).any():
            return
        if self.calendar.has("quality_pool"):
            self._pay_pool(self._judge())
        elif self.calendar.has("withhold"):
            self._give_back(np.ones(len(self.held)))
        if self.calendar.has("pay_for_performance"):
            self._pay_bonus(self._judge())
        if self.calendar.has("reinsurance"):
            self._reinsure()

    def release(self, area: int) -> None:
        """Settle what is held of a CCO that gives up its contract before the year is judged.

        A pool of a year that nobody finished was not earned: the state keeps it. What is withheld without a pool was
        only paid later: the CCO gets it.
        """
        held = self.held * (np.arange(len(self.held)) == area)[:, None]
        self.held = self.held - held
        if self.calendar.has("quality_pool"):
            self.payer.transfer("held", "state", held.sum(axis=1), "withhold")
            return
        self.payer.transfer("held", "cco", held.sum(axis=1), "withhold")
        self.payer.matched += held

    def won_all(self) -> Flags:
        """Areas that earned the whole pool in the last year that was judged; none before."""
        expected = self.model.scenario.metric_set
        most = 1.0 if expected is None else expected.steps[0][1]
        return np.asarray((self.earned > 0) & (self.earned >= most))

    def snapshot(self) -> Saved:
        """Return what the months to come depend on."""
        return saved(self, REMEMBERED)

    def restore(self, state: Saved) -> None:
        """Take up a saved state."""
        restore(self, REMEMBERED, state)

    def _judge(self) -> Verdict:
        """Compare the year's reported rates with benchmarks and with each area's own target."""
        expected, year = self.model.scenario.metric_set, self.model.month // MONTHS_PER_YEAR
        rates, before = self._rates(year), self._rates(year - 1)
        benchmark = ratcheted(expected.benchmark, expected.ratchet, year, expected.lower)
        target = improvement_target(before, benchmark, expected.gap, expected.floor, expected.lower)
        counted = expected.counted(year) & ~np.isnan(rates).all(axis=0)
        home = rates[:, MEDICAL_HOME]
        return Verdict(
            measures_met(rates, benchmark, target, expected.lower) & counted, counted, home >= expected.medical_home
        )

    def _rates(self, year: int) -> Floats:
        """Return the year's rates, their chance brought to that of the full population."""
        quality = self.model.quality
        people = np.asarray(quality.denominators(year), dtype=np.float64)
        return full_size_shares(np.nan_to_num(quality.rates(year)), people, self.model.weights)

    def _pay_pool(self, verdict: Verdict) -> None:
        """Pay what was earned, then the challenge pool from what was not; the rest goes back to the state."""
        expected = self.model.scenario.metric_set
        still_in = self.calendar.under("quality_pool", self.model.month)
        earned = earned_share(verdict.share, expected.steps, verdict.gate)
        if not verdict.counted.any():  # where nothing is asked, nothing is kept
            earned = np.ones(len(earned))
        self.met, self.earned = verdict.share, earned * still_in
        left = self._give_back(self.earned)
        months = self._months() * self.model.weights * still_in
        challenge = challenge_shares(verdict.met & expected.challenge, months)
        pool = float(self.model.weights @ left)  # the whole state's, in full-size cents
        prize = np.floor(pool * challenge / self.model.weights).astype(np.int64)
        self.payer.transfer("held", "cco", prize, "challenge_pool")
        self.payer.matched += shares_of(prize, self._mix())
        if not challenge.any():
            self.payer.transfer("held", "state", left, "withhold")
        self._pass_on(prize)

    def _give_back(self, share: Floats) -> Cents:
        """Pay each area's earned part of what was withheld, pass on the clinicians' part; return what is left."""
        paid = paid_out(self.held, share)
        self.payer.transfer("held", "cco", paid.sum(axis=1), "quality_pool")
        self.payer.matched += paid
        left = (self.held - paid).sum(axis=1)
        self.held = np.zeros_like(self.held)
        if self.calendar.has("quality_pool"):
            self._pass_on(paid.sum(axis=1))
        return np.asarray(left)

    def _pass_on(self, cents: Cents) -> None:
        """A CCO hands clinicians the part of its quality money that it promised them."""
        bonus_part = np.rint(cents * self.model.actions["quality_bonus"]).astype(np.int64)
        self.payer.transfer("cco", "primary", bonus_part, "quality_bonus")

    def _pay_bonus(self, verdict: Verdict) -> None:
        month, runs = self.model.month, self.calendar.under("pay_for_performance", self.model.month)
        self.met = verdict.share
        cents = np.zeros(len(runs), dtype=np.int64)
        for start in np.unique(self.calendar.starts[runs]):
            year = self.experience.since(max(int(start), month - MONTHS_PER_YEAR + 1), month)
            claims = year.cents.sum(axis=(1, 2)) if year else cents
            cents = np.where(self.calendar.starts == start, bonus(claims, self.bonus_share, verdict.share), cents)
        by_cco = self.calendar.under("global_budget", month)
        self.payer.pay("primary", shares_of(cents * runs, self._mix()), by_cco, "performance_bonus")

    def _reinsure(self) -> None:
        """Members whose year was very dear are carried by all CCOs whose budget ran all year."""
        month, areas = self.model.month, len(self.held)
        whole_year = self.calendar.under("reinsurance", month - MONTHS_PER_YEAR + 1)
        members = self.model.members
        rows = members[(members["in_cco"] == 1) & (members["status"] == ENROLLED)]
        months = self._months() * whole_year
        seen = recoveries(rows["spend_year"], rows["area"], areas, self.insured) * whole_year
        pmpm = np.divide(seen, months, out=np.zeros(areas), where=months > 0)
        settled = around_state(pmpm, months.astype(np.float64), self.model.weights, months > 0) * months
        net = np.rint(settled - premiums(settled, months, self.model.weights)).astype(np.int64)
        self.payer.both_ways("state", "cco", net, "reinsurance")

    def _months(self) -> Cents:
        """Member-months of CCO members in the calendar year, by area."""
        return np.asarray(self._mix().sum(axis=1))

    def _mix(self) -> Cents:
        """Member-months of CCO members in the calendar year, (area, rate category)."""
        month = self.model.month
        year = self.experience.since(month - MONTHS_PER_YEAR + 1, month - 1)
        this = self.model.last.rate_months[:, IN_CCO]
        return np.asarray(this if year is None else this + year.months)
