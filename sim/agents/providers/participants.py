"""Who takes part in contracts on total cost: clinicians join, costly ones leave or are pruned, some avoid losses.

Meaning: a clinician is a patient panel of about ``panel`` CCO members with a usual clinic, in one area; a sample holds
          fewer clinicians, each with a whole patient panel, so that panels differ by chance as they do in the state.
Equation: joins with chance ``joined`` when the contract begins, if the share of savings is worth the fixed cost
          (``pays_to_take_part``: below it nobody joins); leaves when a contract year begins (``pruning``) with
          p(r) = p(1/2) (p(.99) / p(1/2))^((r - .5) / (.99 - .5)), r the rank of the panel's cost per member-month over
          its area's in the year before, among those listed; leaves with chance ``refusal`` when losses begin to be
          shared (``retreat``). Nobody comes back.
Where the contract is with a part of the clinics, or for some kinds of members, only these are assigned to clinicians.
The settlement is of the list's members: their part of the member-months and their cost over the area's, against a
benchmark that is the first list's, or follows the list (``follows_list``). Members notice nothing.
Evidence: mssp_exit_high (p at .5 and .99), cco_pcps (panel), vt_hospital_participation, mssp_track1_share (refusal).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.protocols import System
from sim.agents.state.agency import Agency
from sim.engine.arrays import Cents, Flags, Floats, Ints, Keys
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.decisions import decision
from sim.engine.draws import ONCE, uniforms
from sim.engine.snapshot import Remembering
from sim.payment.forms.shared_savings import pays_to_take_part
from sim.schema import ENROLLED

JOIN = decision("participants: listed at the start", 1045)
LEAVE = decision("participants: leaves", 1046)
REFUSE = decision("participants: refuses", 1047)
TALLIES = ("cents", "months", "base_cents", "base_months")
MEMBER_SHIFT = 8  # the lowest bits of a key do not count when members are assigned to clinicians
AREA_SHIFT = 32

Members = NDArray[Any]
Before = tuple[Keys, Cents]


class Participants(Remembering):
    """The list of participants of every area, and what its members have cost.

    Attributes
    ----------
    panels : number of clinicians of each area; empty until month 0, when members are assigned.
    listed, first : who takes part now, and who did when the contract began, (clinician,).
    cents, months : cost and member-months of each clinician's members in this contract year.
    base_cents, base_months : the same in the year before the contract, or in its first year if the run has none before.
    """

    REMEMBERED = ("panels", "listed", "first", *TALLIES)

    def __init__(self, model: System, agency: Agency, off: frozenset[str]) -> None:
        get = model.registry.get
        self.model, self.calendar, self.experience = model, agency.calendar, agency.experience
        self.parties = agency.parties
        self.sharing: float = get("payment.sharing_savings")
        self.believed: float = get("participants.believed_saving")
        self.cost: float = get("participants.fixed_cost")
        self.panel: float = get("participants.panel")
        self.joined: float = get("participants.joined")
        self.median: float = get("participants.leave_median")
        self.costly: float = get("participants.leave_dear")
        self.costly_rank: float = get("participants.dear_rank")
        self.refusal: float = get("participants.refusal")
        self.follows: float = get("payment.benchmark_follows_list")
        self.losses_from = round(get("payment.losses_from_year"))
        self.prunes, self.retreats = "pruning" not in off, "retreat" not in off
        self.two_sided = any(form.shares_losses for form in self.calendar.forms)
        self.panels: Ints = np.zeros(0, dtype=np.int64)
        self.listed, self.first = np.zeros((2, 0), dtype=np.bool_)
        self.cents, self.months, self.base_cents, self.base_months = np.zeros((len(TALLIES), 0), dtype=np.int64)
        self.month_cents, self.month_months = np.zeros((2, 0), dtype=np.int64)
        self._before: Before | None = None

    def open(self, month: int) -> None:
        """Begin a month: renew the lists of areas whose contract year begins; note what members have cost so far."""
        if month < 0:
            return
        if not len(self.panels):
            self._assign()
        self._renew(month)
        self.listed &= ~self.calendar.left[self._area]
        members = np.asarray(self.model.members)
        self._before = members["key"].copy(), members["spend_year"].copy()

    def close(self, month: int) -> None:
        """End a month: add the cost of the month's members to each clinician."""
        if self._before is None:
            return
        members = np.asarray(self.model.members)
        here = np.flatnonzero(self._here(members))
        clinician, n = self._clinician(members[here]), len(self.listed)
        self.month_cents = np.bincount(clinician, self._cost(members, month)[here], n).astype(np.int64)
        self.month_months = np.bincount(clinician, minlength=n)
        runs = (self.calendar.starts <= month)[self._area]
        base = ~runs & (self.calendar.starts - MONTHS_PER_YEAR <= month)[self._area]
        for now, before, seen in (
            (self.cents, self.base_cents, self.month_cents),
            (self.months, self.base_months, self.month_months),
        ):
            now += seen * runs
            before += seen * base

    def share(self) -> Floats:
        """Return the part of each area's members whose clinician takes part; 1 before members are assigned."""
        if not len(self.panels):
            return np.ones(len(self.model.weights))
        return self._part(self.listed, np.maximum(self.months, 1))

    def of_list(self, benchmark: Floats, cost: Floats) -> tuple[Floats, Floats]:
        """Return the benchmark and cost of the year that belong to the list, out of those of all the area's members."""
        if not len(self.panels):
            return benchmark, cost
        known = self._has_base[self._area]
        base = np.where(known, self.base_cents, self.cents), np.where(known, self.base_months, self.months)
        promised = (1 - self.follows) * self._relative_cost(self.first, *base) + self.follows * self._relative_cost(
            self.listed, *base
        )
        part = self._part(self.listed, self.months)
        return benchmark * part * promised, cost * part * self._relative_cost(self.listed, self.cents, self.months)

    def record(self) -> dict[str, Ints]:
        """Return the month by clinician: on the list or not, its members' cost and member-months, its area."""
        if not len(self.panels):
            return {}
        return {
            "participants.panels": self.panels,
            "participants.listed": self.listed.astype(np.int64),
            "participants.first": self.first.astype(np.int64),
            "participants.cents": self.month_cents,
            "participants.months": self.month_months,
        }

    # -- who is who --------------------------------------------------------------------------------------------------

    @property
    def _area(self) -> Ints:
        return np.repeat(np.arange(len(self.panels)), self.panels)

    @property
    def _has_base(self) -> Flags:
        return self._sum(self.base_months) > 0

    def _assign(self) -> None:
        """Assign members with a usual clinic to clinicians, at least one in each area."""
        members = np.asarray(self.model.members)
        people = np.bincount(members["area"][self._here(members)], minlength=len(self.model.weights))
        self.panels = np.maximum(np.rint(people / self.panel), 1).astype(np.int64)
        n = int(self.panels.sum())
        self.cents, self.months, self.base_cents, self.base_months = np.zeros((len(TALLIES), n), dtype=np.int64)
        self.listed, self.first = np.zeros((2, n), dtype=np.bool_)

    def _here(self, members: Members) -> Flags:
        """Return who counts: CCO members with a usual clinic, of those whom the contract holds for."""
        here = (members["status"] == ENROLLED) & (members["in_cco"] == 1) & (members["attached"] == 1)
        return np.asarray(here & self.parties.hold_for(members))

    def _clinician(self, members: Members) -> Ints:
        """Return the clinician of each member; within the area it depends on the key alone."""
        area = members["area"].astype(np.int64)
        own = (members["key"] >> np.uint64(MEMBER_SHIFT)) % self.panels[area].astype(np.uint64)
        first = np.cumsum(self.panels) - self.panels
        return np.asarray(first[area] + own.astype(np.int64))

    def _cost(self, members: Members, month: int) -> Ints:
        """Return what each member cost this month: the year so far, less what it was when the month began."""
        assert self._before is not None
        keys, spent = self._before
        now, n = members["spend_year"].copy(), len(keys)
        same = members["key"][:n] == keys  # rows are taken over by newcomers, who begin with nothing
        if month % MONTHS_PER_YEAR:
            now[:n] -= spent * same
        return np.asarray(now)

    # -- the list ----------------------------------------------------------------------------------------------------

    def _renew(self, month: int) -> None:
        """Renew the lists of areas whose contract year begins, by last year's cost; clear the year's tallies."""
        begins = self.calendar.year_begins(month)
        if not begins.any():
            return
        here, year = begins[self._area], self.calendar.year(month)[self._area]
        starts = year == 0
        if (starts & here).any():
            self.listed |= starts & here & (self._luck(JOIN, ONCE) < self.joined) & self._worth_it(month)[self._area]
        if self.prunes:
            self.listed &= ~(here & (year > 0) & (self._luck(LEAVE, month) < self._chance()))
        if self.retreats and self.two_sided:
            self.listed &= ~(here & (year == self.losses_from) & (self._luck(REFUSE, ONCE) < self.refusal))
        self.first |= (year == 0) & here & self.listed  # a clinician that refuses losses from the start never signs
        late = here & (year > 0) & ~self._has_base[self._area]
        self.base_cents = np.where(late, self.cents, self.base_cents)
        self.base_months = np.where(late, self.months, self.base_months)
        for tally in (self.cents, self.months):
            tally[here] = 0

    def _worth_it(self, month: int) -> Flags:
        """Whether the share of savings brings more than taking part costs, by what members cost before, if known."""
        before = self.experience.since(month - MONTHS_PER_YEAR, month - 1)
        if before is None:
            return np.ones(len(self.panels), dtype=np.bool_)
        pmpm = before.cents.sum(axis=(1, 2)) / np.maximum(before.months.sum(axis=1), 1) / 100
        return pays_to_take_part(self.sharing, pmpm, self.believed, self.cost)

    def _chance(self) -> Floats:
        """Return the chance that a clinician leaves, by the rank of its cost among the listed."""
        rank = np.full(len(self.listed), 1 / 2)
        judged = np.flatnonzero(self.listed & (self.months > 0))
        if len(judged):
            cost = self.cents / np.maximum(self.months, 1)
            usual = self._sum(self.cents) / np.maximum(self._sum(self.months), 1)
            order = np.argsort(np.argsort((cost / np.maximum(usual, 1)[self._area])[judged], kind="stable"))
            rank[judged] = (order + 1 / 2) / len(judged)
        steps = (rank - 1 / 2) / (self.costly_rank - 1 / 2)
        return np.asarray(np.minimum(self.median * (self.costly / self.median) ** steps, 1))

    def _luck(self, decision: int, month: int) -> Floats:
        first = np.cumsum(self.panels) - self.panels
        own = np.arange(len(self.listed)) - first[self._area]
        keys = (self._area << AREA_SHIFT) + own
        return uniforms(self.model.seed, keys.astype(np.uint64), month, decision)

    def _sum(self, of_clinicians: NDArray[Any]) -> Floats:
        return np.asarray(np.bincount(self._area, of_clinicians, len(self.panels)), dtype=np.float64)

    def _part(self, who: Flags, months: Ints) -> Floats:
        """Return the part of each area's member-months that are those of ``who``."""
        return np.asarray(self._sum(months * who) / np.maximum(self._sum(months), 1))

    def _relative_cost(self, who: Flags, cents: Ints, months: Ints) -> Floats:
        """Return what the members of ``who`` cost each month, over what those of all clinicians of the area cost."""
        mean = self._sum(cents * who) / np.maximum(self._sum(months * who), 1)
        of_all = self._sum(cents) / np.maximum(self._sum(months), 1)
        known = (mean > 0) & (of_all > 0)
        return np.divide(mean, of_all, out=np.ones(len(self.panels)), where=known)


def participants_of(model: System, agency: Agency) -> Participants | None:
    """Return the lists of participants, where providers respond and savings are shared; else nobody chooses."""
    choice, calendar = model.scenario.providers, agency.calendar
    responds = choice.response in ("effort", "reduced_form") and model.scenario.organizations != "fixed"
    shares = any(form.shares_savings for form in calendar.forms)
    if not (responds and shares):
        return None
    return Participants(model, agency, choice.off)
