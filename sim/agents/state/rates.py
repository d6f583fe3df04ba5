"""The capitation rates of the state: set once a year for each area, from what members cost and what the cap allows."""

from dataclasses import dataclass

import numpy as np

from sim.agents.protocols import System
from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Declared, declared
from sim.engine.snapshot import Remembering
from sim.payment.capitation_rates import (
    allowed_growth,
    cap_of_year,
    first_rate,
    rebased_rate,
    source_year,
    squeezed,
    within_cap,
)
from sim.payment.contract_calendar import Calendar
from sim.payment.experience import Experience
from sim.payment.fee_for_service import IN_CCO
from sim.payment.forms.risk_adjustment import relative_risk, risk_score
from sim.schema import COUNT_INDEX, RATE_CATEGORIES, SERVICES

DIAGNOSED = 1  # of present, diagnosed, controlled
MILLION, ROUNDING = 1_000_000, 1 + 1e-9
RULES = ("none", "trend", "cap", "experience", "loss", "past_cap")
"""What bound an area's rates when they were set last: nothing yet; the trend or the growth cap; experience, which had
grown by less than the cap; a loss for which the cap gave way; experience past the cap, where that is allowed."""


_, TREND, CAP, EXPERIENCE, LOSS, PAST_CAP = range(len(RULES))


@dataclass(frozen=True)
class RateTerms(Declared):
    """What is declared about rates; see ``sim/payment/capitation_rates.py``."""

    trend: float = declared("payment.trend")
    cap: float = declared("payment.growth_cap")
    phase: float = declared("payment.cap_phase")
    give: float = declared("payment.cap_give")
    exit_give: float = declared("payment.exit_give")
    rebasing: float = declared("payment.rebasing_share")
    past_cap: float = declared("payment.rebasing_past_cap")
    lag: int = declared("payment.rebasing_lag", round)
    load: float = declared("payment.load")
    credible_months: float = declared("payment.credible_months")


class Rates(Remembering):
    """Rates and what sets them.

    Attributes
    ----------
    table : cents PMPM, (area, rate category, service); zero until a service enters the budget.
    squeeze : log of what the growth cap has taken out of the rate and rebasing has not given back (0 or below).
    risk : relative risk by area; 1 without risk adjustment.
    base_score : risk score of each area when its contracts began; NaN before.
    rule : index in ``RULES`` of what bound the area's rates when they were set last.
    """

    REMEMBERED = ("table", "squeeze", "risk", "base_score", "rule")

    def __init__(self, model: System, calendar: Calendar, experience: Experience) -> None:
        self.model, self.calendar, self.experience = model, calendar, experience
        self.terms = RateTerms.of(model.registry)
        areas = len(model.weights)
        self.table: Floats = np.zeros((areas, len(RATE_CATEGORIES), len(SERVICES)))
        self.squeeze: Floats = np.zeros(areas)
        self.risk: Floats = np.ones(areas)
        self.base_score: Floats = np.full(areas, np.nan)
        self.rule: Ints = np.zeros(areas, dtype=np.int64)
        self.risk_weights: Floats = np.asarray(model.registry.get("payment.risk_weights"))
        self.risk_strength: float = model.registry.get("payment.risk_adjustment")

    def set(self, month: int) -> None:
        """Renew the rates of each area whose year begins, and give services that enter the budget their first."""
        calendar = self.calendar
        budget, begins = calendar.budget(month), calendar.year_begins(month)
        enters = (calendar.enters == month) & budget[:, None]
        if not (enters.any() or (budget & begins).any()):
            return
        for start in np.unique(calendar.starts[budget]):
            areas = budget & (calendar.starts == start)
            year = (month - int(start)) // MONTHS_PER_YEAR
            cap = cap_of_year(self.terms.trend, self.terms.cap, year, self.terms.phase)
            allowed = self._allowed(cap)
            if (areas & begins).any():
                self._renew(int(start), year, areas, cap, allowed)
            if (enters & areas[:, None]).any():
                first = first_rate(self.expected(month - MONTHS_PER_YEAR), allowed, self.terms.load)
                new = enters & areas[:, None]
                self.table = np.where(new[:, None, :], first, self.table)
        if any(form.adjusts_risk for form in calendar.forms):
            self._adjust(budget)

    def _renew(self, start: int, year: int, areas: Flags, cap: float, allowed: Floats) -> None:
        """Move the year's rates by the cap and by experience; a service inside already starts from its last rate."""
        terms = self.terms
        rebased = terms.rebasing * terms.past_cap if year else 0.0  # the first rate is experience, under the cap
        self.squeeze = np.where(areas, squeezed(self.squeeze, allowed, terms.trend, rebased), self.squeeze)
        inside = (self.calendar.enters < start + MONTHS_PER_YEAR * year) & areas[:, None]
        gives = allowed > min(terms.trend, cap)
        capped = np.where(gives, LOSS, CAP if cap < terms.trend else TREND)
        self.rule = np.where(areas, capped, self.rule)
        if not inside.any():
            return
        source = source_year(year, terms.lag)
        renewed = rebased_rate(
            self.table,
            self.expected(start + MONTHS_PER_YEAR * source),
            allowed,
            trend=terms.trend,
            share=terms.rebasing,
            lag=year - source,
            load=terms.load,
        )
        self._renew_within_cap(inside, renewed, allowed, self.experience.year(start + MONTHS_PER_YEAR * source).months)

    def _renew_within_cap(self, inside: Flags, asked: Floats, allowed: Floats, months: Ints) -> None:
        """Take over what was asked for the services inside, as far as the cap lets it, and note what bound it."""
        here = inside[:, None, :]
        before, asked = self.table * here, asked * here
        renewed = within_cap(asked, before, allowed, months, self.terms.past_cap)
        growth = [
            (rates.sum(axis=2) * months).sum(axis=1) for rates in (before * (1 + allowed[:, None, None]), renewed)
        ]
        below, above = growth[1] * ROUNDING < growth[0], growth[1] > growth[0] * ROUNDING
        self.rule = np.where(inside.any(axis=1) & (below | above), np.where(below, EXPERIENCE, PAST_CAP), self.rule)
        self.table = np.where(here, renewed, self.table)

    def record(self) -> dict[str, Ints]:
        """Return each area's capitation in millionths of a USD PMPM, and the rule that bound it (``RULES``)."""
        months = self.model.last.rate_months[:, IN_CCO]
        inside = self.table * self.calendar.inside(self.model.month)[:, None, :]
        pmpm = (inside.sum(axis=2) * months).sum(axis=1) * self.risk / np.maximum(months.sum(axis=1), 1)
        return {"payment.capitation": np.rint(pmpm * MILLION / 100).astype(np.int64), "payment.rate_rule": self.rule}

    def _adjust(self, budget: Flags) -> None:
        """Move capitation with diagnoses: by what changed since the start, within the state's total."""
        last = self.model.last
        members = last.counts[:, COUNT_INDEX["member_months"]]
        score = risk_score(last.registers[:, :, DIAGNOSED], members, self.risk_weights)
        score = score * np.exp(self.model.providers.coding)
        self.base_score = np.where(budget & np.isnan(self.base_score), score, self.base_score)
        rates = (self.table * (self.calendar.enters <= self.model.month)[:, None, :]).sum(axis=2)
        revenue = (rates * last.rate_months[:, IN_CCO]).sum(axis=1) * self.model.weights * budget
        base = np.where(budget, self.base_score, score)
        self.risk = np.where(budget, relative_risk(score, base, revenue, self.risk_strength), 1.0)

    def _allowed(self, cap: float) -> Floats:
        """Growth that a cap allows each CCO; a soft one gives way to its loss, without the luck of a sample."""
        terms, ccos = self.terms, self.model.ccos
        margin = np.array([cco.settled_margin for cco in ccos])
        threatens = np.array([cco.threatens_exit for cco in ccos])
        give = np.where(threatens, max(terms.give, terms.exit_give), terms.give)
        return allowed_growth(terms.trend, cap, give=give, margin=margin)

    def expected(self, first: int) -> Floats:
        """Expected cost of the services that are ever in scope, in the year from ``first``; zero for the others."""
        return self.experience.expected(first, self.calendar.scope, self.model.weights, self.terms.credible_months)
