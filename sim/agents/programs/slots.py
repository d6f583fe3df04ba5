"""Who gets a slot: eligible, asked, accepted, engaged, ranked, within the slots and the budget of the area.

Each month, in this order: slots become free (``ending``); last month's screenings are paid; money for whole areas is
spent; members already served are paid for; then free and affordable slots go to members in the order of the scenario's
targeting, ties by lottery, package after package in the order of the portfolio; a council's equity target may put a
group first (``equity_first.py``). Budgets pay in that order and are never overspent: a slot that does not fit is not
started, or ends. Money too small for one slot is saved toward the next, where somebody waits for one
(``upstream/budget.py``). Packages of one pool share its workers.
The members' month counts ``package_months`` and moves the exposure; this file only sets who is served.

Screenings happen during the members' month, so they are billed a month later. A bill that a budget cannot meet is
owed, is paid before anything else, and stops screening in that area until it is paid. A CCO pays for screenings of its
own members. Nobody pays for those of people off cover: their clinics bear the cost.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.agents.cco.board import Board
from sim.agents.programs.budget_shares import Allocation
from sim.agents.programs.counts import Counts
from sim.agents.programs.equity_first import PutFirst, named, who_is_first
from sim.agents.programs.neighborhood import Neighborhood
from sim.agents.programs.pockets import Pockets
from sim.agents.programs.randomization import Randomization
from sim.agents.programs.targeting import Targeting
from sim.agents.protocols import System
from sim.engine.arrays import Cents, Flags, Floats, Ints
from sim.engine.parameters import Registry
from sim.engine.snapshot import Remembering, Saved
from sim.payment.prices import program_index
from sim.upstream.budget import FUNDED, Purse
from sim.upstream.capacity import free_places, places_per_member, pools_of
from sim.upstream.draws import LOTTERY, ONCE, ROUNDING, package_uniforms
from sim.upstream.eligibility import criteria_of, shortlist
from sim.upstream.ending import ends, lose_home
from sim.upstream.package import Package
from sim.upstream.ranking import UNIVERSAL, first_in_each_area, universal
from sim.upstream.reach import ENGAGES, reached

NO_LIMIT = 2.0**31
CENTS = 100
MONTHS_AHEAD = 12  # a slot is started if there is money for so many months, or for as long as it lasts


def offered(packages: Sequence[Package], targeting: str) -> tuple[Package, ...]:
    """Return packages as a run offers them: with universal targeting to everybody."""
    return tuple(universal(package) if targeting == UNIVERSAL else package for package in packages)


class Slots(Remembering):
    """The slots of a run: which members hold one, how many there are, what they cost.

    Parameters
    ----------
    model : the health system; slots write the members' columns on packages.
    packages : as they are offered, in the order of their bits.
    params : the parameters of the members' month.

    Attributes
    ----------
    available : slots of each package in each area this month.
    owed : cents of screenings that are not paid yet, by area.
    reserve : cents saved toward the next slot, by area and package.
    randomization : who has been randomized to a package, in a trial; None where every package is for all eligible.
    """

    REMEMBERED = (
        "members_at_start",
        "available",
        "owed",
        "reserve",
        "_counts",
        "targeting",
        "neighborhood",
        "randomization",
    )

    def __init__(self, model: System, packages: Sequence[Package], params: NDArray[Any]) -> None:
        self.model, self.packages = model, tuple(packages)
        registry, upstream, n_areas = model.registry, model.scenario.upstream, len(model.weights)
        self.start: int = upstream.start
        self.begins = [upstream.starts.get(p.name, upstream.start) for p in self.packages]
        self.on_offer = [package.name in upstream.packages for package in self.packages]
        self.funding: str = upstream.funding
        self.criteria = criteria_of(self.packages, cco_members_only=upstream.funding == "cco")
        self.screens = any(p.reach.screened for p, offer in zip(self.packages, self.on_offer, strict=True) if offer)
        self._read_numbers(registry)
        self._counts = Counts(model.weights, len(self.packages))
        self.owed: Cents = np.zeros(n_areas, np.int64)
        self.reserve: Cents = np.zeros((n_areas, len(self.packages)), np.int64)
        # Slots are shares of the members at the start, so that no policy moves them by moving members.
        self.members_at_start = self._by_area(model.members["area"][model.members["status"] == schema.ENROLLED])
        self.available: Ints = np.zeros((n_areas, len(self.packages)), np.int64)
        self.rounding = self._rounding(n_areas)
        self.pools = pools_of(self.packages)
        self.targeting = Targeting(registry, upstream.targeting, self.packages)
        displaces = model.scenario.organizations != "fixed"
        self.neighborhood = Neighborhood(registry, params, self.packages, n_areas, displaces)
        self.pockets = Pockets(registry, self.packages)
        self.set_prices(0)
        self.allocation = Allocation(registry, upstream, self.packages)
        names = [package.name for package in self.packages]
        self.randomization: Randomization | None = None
        if upstream.trial and upstream.trial in names:  # it is not in the warm-up, before any policy
            bit = names.index(upstream.trial)
            self.randomization = Randomization(model, self.packages[bit], bit, self.begins[bit])
        self.keep_passed_over = False  # a contrast asks for the keys of those who could have been served and were not
        self.passed_over: list[int] = []

    @property
    def counts(self) -> dict[str, Cents]:
        """Counts and cents of the month by name, each ``[area, package]``."""
        return self._counts.of

    def _read_numbers(self, registry: Registry) -> None:
        """Read the parameters once; dollars become whole cents here."""
        scale = registry.get("upstream.cost_scale")
        self.reach_scale = float(registry.get("upstream.reach_scale"))
        self.help_wanted = float(registry.get("upstream.help_wanted"))
        self.has_effect = bool(registry.get("upstream.effect_scale") > 0)
        self.places_scale = float(registry.get("upstream.places_scale"))
        self.screening_probability = float(registry.get("upstream.screening_probability"))
        self.state_cents = round(registry.get("upstream.state_budget") * CENTS)
        self.growth = float(registry.get("upstream.cost_growth"))
        self.screening_cost = float(registry.dollars("upstream.screening_cost"))
        self.cost_scale = float(scale)
        self.ahead = [_months_ahead(package) for package in self.packages]

    def set_prices(self, month: int) -> None:
        """Set what slots, screenings, money for areas and needs of other sectors cost in a month."""
        price = program_index(month, self.growth)
        scale = self.cost_scale * price * CENTS
        self.screening_cents = round(self.screening_cost * scale)
        self.start_cents = [round(package.cost.start.value * scale) for package in self.packages]
        self.month_cents = [round(package.cost.month.value * scale) for package in self.packages]
        self.neighborhood.price = self.pockets.price = price

    def _rounding(self, n_areas: int) -> Floats:
        """Draw once how each area rounds fractions of a slot: drawn every month, stocks would ratchet up."""
        areas = np.arange(1, n_areas + 1, dtype=np.uint64)
        drawn = [package_uniforms(self.model.seed, areas, p.name, ONCE, ROUNDING) for p in self.packages]
        return np.array(drawn).reshape(len(self.packages), n_areas).T

    def open(self) -> None:
        """Open this month's slots of each package in each area; an area without members at the start has none."""
        since = [self.model.month - begins for begins in self.begins]
        per_member = [
            places_per_member(package.places, months) if offer else 0.0
            for package, months, offer in zip(self.packages, since, self.on_offer, strict=True)
        ]
        members = self.places_scale * self.members_at_start
        there = np.flatnonzero(members)
        self.available[:] = 0
        self.available[there] = np.minimum(np.outer(members[there], per_member), NO_LIMIT) + self.rounding[there]

    def assign(self, budget_cents: Cents | None = None, boards: Sequence[Board] = ()) -> None:
        """Give this month's slots.

        Parameters
        ----------
        budget_cents : what each area can spend this month, int64[16], sample cents. None is the state's own budget
            where the state pays (``upstream.state_budget``), and no limit otherwise.
        boards : of the CCOs, in the order of areas, where the priorities of their communities may count.
        """
        now = self.model.month
        self._counts.clear()
        self.passed_over = []
        self.set_prices(now)  # needs cost other sectors without programs too
        members = self._members()
        active = [offer and now >= begins for offer, begins in zip(self.on_offer, self.begins, strict=True)]
        if not (any(active) or self.model.served.holds_anybody or self.owed.any()):
            return
        self.reserve[:, [not runs for runs in active]] = 0
        found = shortlist(self.model.members, self.criteria, now, self.model.by_parts)
        self._counts.note_cells(members, found.eligible_or_served())
        self.targeting.fit(members, now)
        purse = self._purse(budget_cents)
        self._pay_for_screening(found.screened_now(), purse)
        served = found.served()
        held = {}
        for k in range(len(self.packages)):
            held[k] = self._go_on_serving(k, served[(members["package"][served] >> k) & 1 == 1], now, purse)
        nobody = np.zeros(0, dtype=np.int64)
        may = [found.who_may_have(k) if active[k] else nobody for k in range(len(self.packages))]
        if (trial := self.randomization) is not None:
            may[trial.bit] = trial.offer(members, may[trial.bit], now)
        allowed, carried = self.allocation.allowed(members, may, purse.left, boards), np.zeros_like(purse.left)
        for_areas = dict(self.neighborhood.asked_for(self.members_at_start))
        groups = named(boards, self.funding)
        for k in self.allocation.order(members, may, now):
            purse.ceiling = None if allowed is None else allowed[:, k] + carried
            if k in for_areas and active[k]:
                self._spend_on_areas(k, for_areas[k], purse)
            held[k] = np.concatenate([held[k], self._start_serving(k, may[k], now, purse, groups)])
            if purse.ceiling is not None:  # what one package leaves the next may spend
                carried = purse.ceiling
        self._counts.add_up()
        self.neighborhood.displace(members, self.model.served, held, self.model.by_parts)

    def _spend_on_areas(self, k: int, cents: Cents, purse: Purse) -> None:
        """Spend the money of a package that is meant for whole areas, as far as the budget goes."""
        paid = purse.pay(cents)
        self.counts["cents"][:, k] += paid
        self.neighborhood.spend(k, paid, self.members_at_start)

    def _purse(self, budget: Cents | None) -> Purse:
        """Return this month's money; reserves are part of a fund's balance, and come on top of any other budget."""
        if budget is None:
            own = self.members_at_start * self.state_cents if self.funding == "state" else None
            return Purse(own, self.reserve, shared=True)
        if self.funding in FUNDED:
            self.reserve[budget < self.reserve.sum(axis=1)] = 0
            return Purse(budget - self.reserve.sum(axis=1), self.reserve)
        self.reserve[budget == 0] = 0  # a CCO that has left pays for nothing more
        return Purse(budget, self.reserve)

    def _pay_for_screening(self, rows: Ints, purse: Purse) -> None:
        """Pay what is owed for the screenings up to the month before."""
        members = self._members()
        bill = self.owed.copy()
        if self.screens:
            theirs = rows[members["status"][rows] == schema.ENROLLED]
            if self.funding == "cco":
                theirs = theirs[members["in_cco"][theirs] == 1]
            bill += self._by_area(members["area"][theirs]) * self.screening_cents
        self._counts.screening = purse.pay(bill)
        self.owed = bill - self._counts.screening

    def _go_on_serving(self, k: int, rows: Ints, month: int, purse: Purse) -> Ints:
        """Serve members another month, as far as time, cover, need and money allow; return who is still served."""
        members = self._members()
        served_for = self.model.served.months(members, rows, k)
        over = ends(self.packages[k], served_for, members, rows, self.model.seed, month) | (not self.on_offer[k])
        staying = rows[~over]
        payable = purse.keeps_up(k, self.month_cents[k], self._by_area(members["area"][staying]))
        paid = self._longest_served(k, staying, payable, month)
        kept, leaving = staying[paid], np.concatenate([rows[over], staying[~paid]])
        members["package"][leaving] &= ~np.uint16(1 << k)
        if self.has_effect:
            lose_home(self.packages[k], members, leaving, self.model.seed, month)
        self._count("ended", k, leaving)
        self._count("served", k, kept)
        self._pay(k, self.counts["served"][:, k] * self.month_cents[k], purse)
        return kept

    def _longest_served(self, k: int, rows: Ints, limits: Ints, month: int) -> Flags:
        """Return which members can be paid for; where money is short, the newest leave first."""
        members = self._members()
        areas = members["area"][rows]
        if (self._by_area(areas) <= limits).all():
            return np.ones(rows.size, dtype=bool)
        keys, paid = members["key"][rows], np.zeros(rows.size, dtype=bool)
        lottery = package_uniforms(self.model.seed, keys, self.packages[k].name, month, LOTTERY)
        newest_last = lottery - self.model.served.months(members, rows, k)
        paid[first_in_each_area(areas, newest_last, keys, limits)] = True
        return paid

    def _start_serving(self, k: int, may: Ints, month: int, purse: Purse, groups: PutFirst | None) -> Ints:
        """Give free slots to members who want one, in the order of the targeting; return who got one."""
        members = self._members()
        waiting = self._who_wants_one(k, may)
        free = free_places(self.available, self.counts["served"], self.pools, k)
        start, month_cents, ahead = self.start_cents[k], self.month_cents[k], self.ahead[k]
        wanted = np.minimum(free, self.counts["engaged"][:, k])
        limits = purse.affordable(k, start, month_cents, ahead, wanted)
        chosen = self._first(k, waiting, limits, month, groups)
        members["package"][chosen] |= np.uint16(1 << k)
        members["ever_package"][chosen] |= np.uint16(1 << k)
        self.model.served.start(members, chosen, k)
        if self.keep_passed_over:
            self.passed_over += np.setdiff1d(members["key"][may], members["key"][chosen]).tolist()
        self._pay(k, limits * (start + month_cents), purse)
        purse.put_aside(k, self._to_have(k, self.counts["engaged"][:, k] > limits, wanted > limits))
        self._count("started", k, chosen)
        self._count("served", k, chosen)
        self.counts["queue"][:, k] = self.counts["engaged"][:, k] - self.counts["started"][:, k]
        self.counts["no_place"][:, k] = self.counts["engaged"][:, k] - wanted
        self.counts["no_money"][:, k] = wanted - limits
        self.counts["places"][:, k] = self.available[:, k]
        return chosen

    def _to_have(self, k: int, waits: Flags, short: Flags) -> Cents:
        """Return what each area should save for the next slot: its first month, or all months where money is short."""
        months = np.where(short, self.ahead[k], 1)
        return np.where(waits, self.start_cents[k] + months * self.month_cents[k], 0).astype(np.int64)

    def _who_wants_one(self, k: int, may: Ints) -> Ints:
        """Return the eligible members who say yes at every step, and count each step."""
        members = self._members()
        last = reached(self.packages[k], members["key"][may], self.model.seed, self.reach_scale, self.help_wanted)
        self._counts.count("eligible", k, may, last)
        wanting: Ints = may[last == ENGAGES]
        return wanting

    def _first(self, k: int, waiting: Ints, limits: Ints, month: int, groups: PutFirst | None) -> Ints:
        """Return who comes first; areas with a slot for everybody, or for nobody, need no order."""
        members = self._members()
        areas = members["area"][waiting]
        for_all = limits[areas] == self._by_area(areas)[areas]
        contested = waiting[~for_all & (limits[areas] > 0)]
        keys = members["key"][contested]
        lottery = package_uniforms(self.model.seed, keys, self.packages[k].name, month, LOTTERY)
        score = self.targeting.score(k, members, contested, month)
        name = self.packages[k].name
        ahead = who_is_first(members, contested, groups, self.model.seed, name) if groups else None
        first = first_in_each_area(members["area"][contested], lottery, keys, limits, score, ahead)
        return np.concatenate([waiting[for_all], contested[first]])

    def _members(self) -> NDArray[Any]:
        """Return the member table as a plain array, whose columns are quicker to reach."""
        table: NDArray[Any] = self.model.members.view(np.ndarray)
        return table

    def _by_area(self, areas: NDArray[Any]) -> Ints:
        return self._counts.by_area(areas)

    def _count(self, name: str, k: int, rows: Ints) -> None:
        self._counts.count(name, k, rows)

    def _pay(self, k: int, cents: Cents, purse: Purse) -> None:
        self.counts["cents"][:, k] += purse.pay_for(k, cents)

    def costs_cents(self) -> Cents:
        """Return what this month's programs and last month's screenings cost, by area: int64[16], sample cents."""
        return np.asarray(self.counts["cents"].sum(axis=1) + self._counts.screening, dtype=np.int64)

    def area_cents(self) -> Cents:
        """Return the part of these costs that is spent on whole areas, not on single members."""
        for_areas = [package.places.kind == "area" for package in self.packages]
        return np.asarray(self.counts["cents"][:, for_areas].sum(axis=1), dtype=np.int64)

    def record(self) -> dict[str, Cents]:
        """Return this month's counts and cents, each ``[area, package]`` (``screening_cents``: ``[area, 1]``).

        ``pocket_cents`` is ``[area, pocket]``; ``reached.<step>`` is thousandths of people of the whole state,
        ``[package, group]`` (``measures/strata.py``).
        """
        model = self.model
        pockets = self.pockets.cents(self.counts["served"], model.last.counts, model.last.needs_off_cover)
        screening = self._counts.screening[:, np.newaxis].copy()
        return {**self._counts.record(), "pocket_cents": pockets, "screening_cents": screening}

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot.

        Raises
        ------
        ValueError
            If the snapshot is of other packages or areas.
        """
        if kept["available"].shape != self.available.shape:
            raise ValueError(f"saved slots have shape {kept['available'].shape}, this run's {self.available.shape}")
        super().restore(kept)


def _months_ahead(package: Package) -> int:
    """Return for how many months there must be money when a slot is started."""
    lasts = package.duration.months.value if package.duration.months else MONTHS_AHEAD
    return max(1, min(round(lasts), MONTHS_AHEAD))
