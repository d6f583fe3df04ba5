"""Effort: how practices divide limited attention under the contract that they have (payment.md E5).

Meaning: effort e of each activity, by practice: a clinic, or the specialists of an area. Worth is in parts of a year's
own revenue, at full effort.
Equation: worth = alpha norm + use_own ((1 - kappa) fee - cost) + rho saving + moves bonus / mix_own
                  + coding_worth RA phi,
          saving = - sum over services inside the budget of mix_s (use_s + expected_s) / mix_own:
          what fee-for-service pays for one more visit (E1; fee and cost in parts of the baseline fee), what part of a
          change of total cost falls on the practice, what quality and diagnoses earn, and intrinsic motivation
          (alpha: lognormal, mean 1). Quality money is a share of all care's revenue and is paid to primary care, whose
          own revenue is mix_own of that: 2 percent of all is about 12 of its own. ``moves`` is how much of the measures
          that carry money an activity moves (``moved_measures.py``). ``allocate`` divides the effort; e0
          is the same at the baseline's incentives. Work on quality and on records goes to the paid measures that it
          moves, and what it gains is added to what proactive care brings every measure (``gains.py``). The gap e - e0
          goes ``inertia`` of the way each quarter to its aim, which is partly the mean of the area's practices. Members
          meet gaps only: at the baseline's incentives nothing changes, to the bit.
Evidence: payment.md E1, E5; model.md 17; Ellis and McGuire; on_fho_services, tbc_pcv, pgip_ed.
"""

from dataclasses import dataclass

import numpy as np

from sim.agents.providers.offer import cut
from sim.agents.providers.response import Answer, Decided, Market, Seen
from sim.agents.providers.responses.allocation import allocate
from sim.agents.providers.responses.gains import Gains
from sim.agents.providers.responses.moved_measures import focus, moved_measures
from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.decisions import decision
from sim.engine.draws import lognormals
from sim.engine.parameters import Declared, declared
from sim.payment.incentives import Incentives, no_incentives
from sim.payment.ledger import PROVIDERS
from sim.schema import ACTIVITIES, CODING, COORDINATION, PRIMARY, PROACTIVE, QUALITY, SPECIALIST, VOLUME

MOTIVATION = decision("providers: motivation", 1041)
SPECIALISTS = np.uint64(2**40)  # keys of the specialists of area a: SPECIALISTS + a; clinics count from 0
SWITCHES = {"inducement": VOLUME, **{name: k for k, name in enumerate(ACTIVITIES) if k != VOLUME}}


@dataclass(frozen=True)
class Practices:
    """Practices of one kind: their area, what they bill, what their effort changes, and their motivation.

    ``use`` and ``expected`` are logs at full effort, (activity, service); ``norm`` is (practice, activity).
    """

    kind: str
    area: Ints
    own: int
    use: Floats
    expected: Floats
    norm: Floats
    cost: float
    coding_worth: float

    def worth(self, incentives: Incentives, mix: Floats, moves: Floats) -> Floats:
        """Return what full effort is worth, (practice, activity), in parts of own revenue.

        ``moves`` (area, activity): the part of what is measured and paid for that each activity moves.
        """
        here, members = self.area, incentives.members[self.area]
        per_member = incentives.capitated[here] * members if self.own == PRIMARY else np.zeros(len(here))
        margin = (1 - per_member) * incentives.fee[here, self.own] - self.cost
        at_risk = incentives.at_risk[here, PROVIDERS.index(self.kind)] * members
        worth: Floats = (
            self.norm + margin[:, None] * self.use[:, self.own] + at_risk[:, None] * self.saving(incentives, mix)
        )
        if self.own == PRIMARY:
            worth += moves[here] * ((incentives.bonus / self.own_share(mix))[here] * members)[:, None]
            worth[:, CODING] += self.coding_worth * incentives.coded[here] * members
        return worth

    def own_share(self, mix: Floats) -> Floats:
        """Return own revenue over that of all care, by area (``mix`` are shares of that)."""
        return np.asarray(np.maximum(mix[:, self.own], mix.max() / 100))

    def saving(self, incentives: Incentives, mix: Floats) -> Floats:
        """Return the part of own revenue that full effort takes out of the cost inside the budget."""
        inside = incentives.inside * mix / self.own_share(mix)[:, None]
        return -times(inside, (self.use + self.expected).T)[self.area]


class Effort(Answer):
    """The effort of clinics and specialists.

    Attributes
    ----------
    gaps : effort beyond that of the baseline world, (practice, activity), by kind of practice.
    gains : what work on paid measures has gained, by measure.
    usual : effort in the baseline world; held: that of activities that are switched off.
    """

    REMEMBERED = ("gaps", "gains")

    def __init__(self, market: Market, switched_off: frozenset[str]) -> None:
        get = market.registry.get
        areas, clinics = market.areas, market.clinic_area
        self.ease: Floats = np.asarray(get("effort.ease"))
        self.capacity: float = get("effort.capacity")
        self.inertia: float = get("providers.response_inertia")
        self.peers: float = get("effort.peers")
        self.terms = Terms.of(market.registry)
        still = {SWITCHES[name] for name in switched_off if name in SWITCHES}
        self.works = np.array([k not in still for k in range(len(ACTIVITIES))])
        keys = np.arange(len(clinics), dtype=np.uint64), SPECIALISTS + np.arange(areas, dtype=np.uint64)
        spread, cost, coding = (get(f"effort.{name}") for name in ("spread", "visit_cost", "coding_worth"))
        norm = [np.asarray(get("effort.norm")) * lognormals(market.seed, k, MOTIVATION, spread)[:, None] for k in keys]
        use, theirs, expected = (np.asarray(get(f"effort.{name}")) for name in ("use", "specialist_use", "expected"))
        does = np.abs(theirs).sum(axis=1) > 0  # specialists give effort only to activities that change their use
        self.practices = (
            Practices("primary", clinics, PRIMARY, use, expected, norm[0], cost, coding),
            Practices("specialist", np.arange(areas), SPECIALIST, theirs, 0 * expected, norm[1] * does, cost, coding),
        )
        self.moves = moved_measures(np.asarray(get("quality.recorded_part")))
        self.gains = Gains(market.registry, areas)
        nothing = no_incentives(areas), np.ones((areas, use.shape[1])), np.zeros((areas, len(ACTIVITIES)))
        whole = (allocate(one.worth(*nothing), self.ease, self.capacity) for one in self.practices)
        self.held = tuple(np.where(self.works, 0, usual) for usual in whole)
        self.usual = tuple(self._at(i, *nothing) for i in range(len(self.practices)))
        self.gaps = {one.kind: np.zeros_like(own) for one, own in zip(self.practices, self.usual, strict=True)}

    def decide(self, seen: Seen) -> None:
        """Move part of the way to the effort that is best now."""
        moves = self._moved(seen.measured)
        for i, one in enumerate(self.practices):
            own = self._at(i, seen.incentives, seen.mix, moves) - self.usual[i]
            size = seen.clinic_size if one.own == PRIMARY else np.ones(len(one.area))
            aim = own + self.peers * (self._of_peers(one, own, size) - own)
            self.gaps[one.kind] = self.gaps[one.kind] + self.inertia * (aim - self.gaps[one.kind])
        mean, terms = self._means(seen), self.terms
        care = terms.quality * mean[:, [QUALITY]] * focus(seen.measured, self.moves[QUALITY])
        records = terms.recording * mean[:, [CODING]] * focus(seen.measured, self.moves[CODING])
        self.gains.follow(care, records, seen.passed)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Add what gaps of effort change: use, follow-up after discharge, chronic care, and records."""
        clinics, specialists = self.gaps["primary"], self.gaps["specialist"]
        mean = self._means(seen)
        terms, of_clinics = self.terms, self.practices[0].use.copy()
        own = clinics * of_clinics[:, PRIMARY]
        volume, withheld = cut(own[:, VOLUME], terms.cuts_alike)
        decided.log_clinic_volume += volume + np.delete(own, (VOLUME, PROACTIVE), axis=1).sum(axis=1)
        decided.log_clinic_withheld += withheld
        decided.log_clinic_replaced += own[:, PROACTIVE]
        of_clinics[:, PRIMARY] = 0
        decided.log_volume += times(mean, of_clinics) + times(specialists, self.practices[1].use)
        terms.reach_out(decided, coordination=mean[:, COORDINATION], proactive=mean[:, PROACTIVE])
        decided.deliver += self.gains.care + terms.proactive * mean[:, [PROACTIVE]]
        decided.record += self.gains.records

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Effort of clinics by activity: mean of each area."""
        usual = [seen.by_area(self.usual[0][:, k]) for k in range(len(ACTIVITIES))]
        mean = self._means(seen)
        return {f"effort_{name}": usual[k] + mean[:, k] for k, name in enumerate(ACTIVITIES)}

    @property
    def of_clinics(self) -> Floats:
        """Effort of each clinic, (clinic, activity)."""
        return self.usual[0] + self.gaps["primary"]

    def coding(self, seen: Seen) -> Floats:
        """Return the effort of coding beyond the baseline's, by area."""
        return self._means(seen)[:, CODING]

    def _at(self, kind: int, incentives: Incentives, mix: Floats, moves: Floats) -> Floats:
        """Effort that is best; activities that are switched off stay as they were, and take that much of capacity."""
        worth = np.where(self.works, self.practices[kind].worth(incentives, mix, moves), 0)
        held = self.held[kind]
        return held + allocate(worth, self.ease, self.capacity - held.sum(axis=1))

    def _moved(self, measured: Flags) -> Floats:
        """Part of the measures that carry money which each activity moves, (area, activity)."""
        paid = measured / np.maximum(measured.sum(axis=1, keepdims=True), 1)
        return times(paid, self.moves.T)

    def _means(self, seen: Seen) -> Floats:
        return np.stack([seen.by_area(gap) for gap in self.gaps["primary"].T], axis=1)

    @staticmethod
    def _of_peers(one: Practices, gaps: Floats, size: Floats) -> Floats:
        whole = np.bincount(one.area, size)[one.area]
        return np.stack([np.bincount(one.area, gap * size)[one.area] / whole for gap in gaps.T], axis=1)


def _log(ratio: float) -> float:
    return float(np.log(ratio))


@dataclass(frozen=True)
class Terms(Declared):
    """What a full effort does that is not a change of use; logs of ratios, log odds, shares."""

    cuts_alike: float = declared("providers.cuts_alike")
    log_avoidable: float = declared("effort.avoidable_ratio", _log)
    log_avoidable_proactive: float = declared("effort.avoidable_ratio_proactive", _log)
    closed_loops: float = declared("effort.closed_loops")
    quality: float = declared("effort.quality_log_odds")
    proactive: float = declared("effort.proactive_log_odds")
    recording: float = declared("effort.recording_log_odds")

    def reach_out(self, decided: Decided, *, coordination: Floats, proactive: Floats) -> None:
        """Add what follow-up and care between visits do to an area's members, at so much effort."""
        decided.log_avoidable += self.log_avoidable * coordination + self.log_avoidable_proactive * proactive
        decided.closed_loops += self.closed_loops * coordination
        decided.proactive += proactive


def times(left: Floats, right: Floats) -> Floats:
    """Return the matrix product, added up in the same order on every machine."""
    product = np.zeros((len(left), right.shape[1]))
    for k, row in enumerate(right):
        product += left[:, [k]] * row
    return product
