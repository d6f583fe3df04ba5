"""Practice transformation: clinics adopt team and non-visit care when enough is paid per member (payment.md E4).

Meaning: months since a clinic became a medical home with team care; its effect ramps up over 36 months.
Equation: surplus per clinician and year: by visits under fee-for-service 78,288; as a team 35,890 + 1,695 per point of
          kappa, equal at 25.0%. Clinic j's gap = team - visits - own cost + fee, where own cost = 1,695 x 100
          (kappa*_j - 0.25), kappa*_j ~ Normal(0.43, 0.12) cut to (0.05, 0.95), is what teams cost it beyond the mean
          line, and fee = 12 panel x PMPM x part that it counts as pay for a team (the rest comes by visits too).
          A month's chance of adopting is 0.04 / (1 + exp(-gap / (1,695 x 100 x 0.05))) once anything is paid per
          member; a clinic goes back when its gap has been below 0 for a year.
          The cost of a team is in the surplus, and is also reported.
Evidence: basu_surplus_ffs, basu_surplus_team_ffs, basu_surplus_team_100, basu_cap_threshold_lo, _hi (5% below 23%, 95%
below 63%), pcmh_staff_cost, pcpch_total_pct, pcpch_year3_pct, basu_panel_fte, basu_pcmh_pmpm (practices gain by medical
homes that are paid per member); model.md 19.
"""

from dataclasses import dataclass

import numpy as np

from sim.agents.providers.response import Answer, Decided, Market, Seen
from sim.agents.providers.responses.selection import logistic
from sim.agents.providers.responses.stinting import per_member
from sim.agents.providers.team_care import TeamCare
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.decisions import decision
from sim.engine.draws import normals, uniforms
from sim.engine.parameters import Declared, declared
from sim.payment.forms.primary_care_capitation import team_surplus
from sim.payment.prices import program_index

THRESHOLD = decision("providers: gain at which a practice transforms", 1043)
ADOPTION = decision("providers: transforms this year", 1044)


@dataclass(frozen=True)
class Surplus(Declared):
    """What a clinician earns in a year by visits and as a team, USD.

    ``meets``: capitated share to which clinics' own thresholds refer; ``panel``: members of a clinician; ``counted``:
    part of a fee that is pay for a team.
    """

    visits: float = declared("practices.surplus_visits")
    team: float = declared("practices.surplus_team")
    per_point: float = declared("practices.surplus_per_point")
    meets: float = declared("practices.line_threshold")
    panel: float = declared("practices.panel")
    counted: float = declared("practices.fee_for_teams")

    def gap(self, kappa: Floats, fee: Floats, threshold: Floats) -> Floats:
        """Return what a team earns a clinic beyond visits, with its own costs and a ``fee`` in USD PMPM."""
        line = team_surplus(kappa, self.visits, self.team, self.per_point)
        own_cost = 100 * self.per_point * (threshold - self.meets)
        return np.asarray(line - own_cost + MONTHS_PER_YEAR * self.panel * self.counted * fee)


class Transformation(Answer):
    """Months in team care (0: not), and months in which it did not pay, by clinic."""

    REMEMBERED = ("since", "short")

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        self.keys = np.arange(market.clinics, dtype=np.uint64)
        self.seed: int = market.seed
        self.since, self.short = np.zeros((2, len(self.keys)))
        low, high = get("practices.threshold_lowest"), get("practices.threshold_highest")
        own = get("practices.threshold_spread") * normals(market.seed, self.keys, THRESHOLD)
        self.threshold = np.clip(get("practices.threshold") + own, low, high)
        self.surplus = Surplus.of(market.registry)
        self.hazard: float = get("practices.adoption")
        self.width: float = 100 * self.surplus.per_point * get("practices.adoption_width")
        self.ramp: float = get("practices.team_ramp")
        self.care = TeamCare(market.registry)
        self.cost: float = market.registry.dollars("practices.team_cost")
        self.growth: float = get("upstream.cost_growth")

    @property
    def team(self) -> Floats:
        """How far each clinic has come, 0 to 1."""
        return np.asarray(np.minimum(self.since / self.ramp, 1))

    def chance(self, kappa: Floats, fee: Floats) -> Floats:
        """Return a month's chance of adopting; nothing where nothing is paid per member."""
        gap = self.surplus.gap(kappa, fee, self.threshold)
        paid = kappa + self.surplus.counted * fee
        return np.where(paid > 0, self.hazard * logistic(gap / self.width), 0)

    def decide(self, seen: Seen) -> None:
        """Adopt, go on, or go back after a year in which a team earned less than visits would."""
        kappa = per_member(seen.incentives)[seen.clinic_area]
        fee = (seen.incentives.coordination_fee * seen.incentives.members)[seen.clinic_area]
        works = self.since > 0
        loses = self.surplus.gap(kappa, fee, self.threshold) < 0
        self.short = np.where(works & loses, self.short + seen.passed, 0)
        stays = works & (self.short < MONTHS_PER_YEAR)
        drawn = uniforms(self.seed, self.keys, seen.month, ADOPTION)
        adopts = ~works & (drawn < 1 - (1 - self.chance(kappa, fee)) ** seen.passed)
        self.since = np.where(stays | adopts, self.since + seen.passed, 0)
        self.short = np.where(stays, self.short, 0)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Team care reaches out between visits and follows up (``team_care.py``)."""
        decided.team += self.team
        self.care.add(decided, self.team, seen.by_area)

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Share of primary care in clinics with team care, how far they have come, and what it costs them."""
        share = seen.by_area((self.since > 0).astype(float))
        cost = self.cost * program_index(seen.month, self.growth)
        return {"team_share": share, "team_ramp": seen.by_area(self.team), "team_cost_pmpm": cost * share}
