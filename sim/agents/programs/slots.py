"""Who gets a place: eligible, asked, accepted, engaged, ranked, within the places and the budget of the area.

Each month, in this order: places become free (``ending``); last month's screenings are paid; money for whole areas is
spent; those already served are paid for; then places that are free and affordable go to members in the order of the
scenario's targeting, ties by lottery, package after package in the order of the portfolio. Budgets are paid from in
that order and never overspent: what does not fit is not started, or ends. What is left and too little for a place that
somebody waits for is put by for it (``upstream/budget.py``). Packages of one pool share its workers.
The members' month counts ``package_months`` and moves the exposure; here only who is served is set.

Screenings happen while members live the month, so they are billed a month later. A bill that a budget cannot meet is
owed, is paid before anything else, and stops screening in that area until it is paid. A CCO pays for its own members'
screenings, and nobody for those of people off cover: their clinics bear them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.agents.programs.budget_shares import Allocation
from sim.agents.programs.funds import FUNDED
from sim.agents.programs.neighborhood import Neighborhood
from sim.agents.programs.pockets import Pockets
from sim.agents.programs.targeting import Targeting
from sim.engine.arrays import Cents
from sim.measures.reach import GROUPS, STEPS, THOUSANDTHS, codes, people_by_group
from sim.paths import conf_folder
from sim.upstream.budget import Purse
from sim.upstream.draws import LOTTERY, ONCE, ROUNDING, package_uniforms
from sim.upstream.eligibility import criteria_of
from sim.upstream.ending import ends, lose_home
from sim.upstream.load import load_packages
from sim.upstream.package import Package
from sim.upstream.ranking import UNIVERSAL, first_in_each_area, universal
from sim.upstream.reach import reached
from sim.upstream.shortlist import shortlist
from sim.upstream.supply import free_places, pools_of

Rows = NDArray[np.int64]

# Counted each month by area and package. The steps from eligible to queue count members who are not served (a stock):
# queue holds those who engaged and have no place: too few places (no_place), or a place that nobody can pay (no_money).
STOCKS = ("eligible", "asked", "accepted", "engaged", "queue", "no_place", "no_money")
COUNTED = (*STOCKS, "started", "ended", "served", "places", "cents")
NO_PLACES_LIMIT = 2.0**31
CENTS = 100
MONTHS_AHEAD = 12  # a place is begun if there is money for so long, or for as long as it lasts


class Places:
    """The places of a run: which members hold one, how many there are, what they cost.

    Parameters
    ----------
    model : has ``members``, ``areas``, ``seed``, ``month``, ``registry`` and ``scenario``; see ``sim/model.py``.
    packages : in the order of their bits; by default those that the scenario names.
    """

    def __init__(self, model: Any, packages: Sequence[Package] | None = None) -> None:
        self.model = model
        upstream = model.scenario.upstream
        if packages is None:
            packages = load_packages(upstream.packages, conf_folder(), model.registry)
        every = upstream.targeting == UNIVERSAL
        self.packages = tuple(universal(package) if every else package for package in packages)
        self.start: int = upstream.start
        self.criteria = criteria_of(self.packages, cco_members_only=upstream.funding == "cco")
        self.screens = any(package.reach.screened for package in self.packages)
        self._read_numbers(model.registry)
        n_areas = len(model.areas)
        self.owed = np.zeros(n_areas, np.int64)
        self.put_by = np.zeros((n_areas, len(self.packages)), np.int64)
        # Places are shares of the members at the start, so that no policy moves them by moving members.
        self.members_at_start = self._by_area(model.members["area"][model.members["status"] == schema.ENROLLED])
        self.places = np.zeros((n_areas, len(self.packages)), np.int64)
        self.rounding = self._rounding(n_areas)
        self.pools = pools_of(self.packages)
        self.targeting = Targeting(model, upstream.targeting, self.packages)
        self.neighborhood = Neighborhood(model, self.packages)
        self.pockets = Pockets(model, self.packages)
        self.allocation = Allocation(model, self.packages)
        self.people = np.rint(np.asarray(model.weights) * THOUSANDTHS).astype(np.int64)
        self._code = np.zeros(0, np.int64)
        self.keep_passed_over = False  # a contrast asks for the keys of those who could have been served and were not
        self.passed_over: list[int] = []
        self._empty_counts()

    def _read_numbers(self, registry: Any) -> None:
        """Read what the places need, once: dollars become whole cents here."""
        scale = registry.get("upstream.cost_scale")
        self.reach_scale = float(registry.get("upstream.reach_scale"))
        self.help_wanted = float(registry.get("upstream.help_wanted"))
        self.has_effect = bool(registry.get("upstream.effect_scale") > 0)
        self.places_scale = float(registry.get("upstream.places_scale"))
        self.screening_probability = float(registry.get("upstream.screening_probability"))
        self.state_cents = round(registry.get("upstream.state_budget") * CENTS)
        self.screening_cents = round(registry.get("upstream.screening_cost") * scale * CENTS)
        self.start_cents = [round(package.cost.start.value * scale * CENTS) for package in self.packages]
        self.month_cents = [round(package.cost.month.value * scale * CENTS) for package in self.packages]
        self.ahead = [_months_ahead(package) for package in self.packages]

    def _rounding(self, n_areas: int) -> NDArray[np.float64]:
        """Draw once how each area rounds fractions of a place: drawn every month, stocks would ratchet up."""
        areas = np.arange(1, n_areas + 1, dtype=np.uint64)
        drawn = [package_uniforms(self.model.seed, areas, p.name, ONCE, ROUNDING) for p in self.packages]
        return np.array(drawn).reshape(len(self.packages), n_areas).T

    def _empty_counts(self) -> None:
        shape = self.places.shape
        self.counts = {name: np.zeros(shape, np.int64) for name in COUNTED}
        self.groups = {step: np.zeros((shape[1], len(GROUPS)), np.int64) for step in STEPS}
        self.screening_paid = np.zeros(shape[0], np.int64)
        self.passed_over = []

    def open(self, area: int, bit: int, places_per_member: float) -> None:
        """Set how many places of a package an area has this month; a community calls it."""
        members = self.places_scale * float(self.members_at_start[area])
        places = min(places_per_member * members, NO_PLACES_LIMIT) if members else 0.0
        self.places[area, bit] = int(places + self.rounding[area, bit]) if members else 0

    def assign(self, month: int | None = None, budget_cents: Cents | None = None) -> None:
        """Give this month's places.

        Parameters
        ----------
        month : month of the run; by default the model's.
        budget_cents : what each area can spend this month, int64[16], sample cents. None is the state's own budget
            where the state pays (``upstream.state_budget``), and no limit otherwise.
        """
        now = int(self.model.month if month is None else month)
        self._empty_counts()
        if not self.packages or now < self.start:
            return
        members = self._members()
        found = shortlist(self.model.members, self.criteria, now)
        self._look_at_groups(found.rows)
        self.targeting.look(now)
        purse = self._purse(budget_cents)
        self._pay_for_screening(found.screened_now(), purse)
        served = found.served()
        held = {}
        for k in range(len(self.packages)):
            held[k] = self._go_on_serving(k, served[(members["package"][served] >> k) & 1 == 1], now, purse)
        may = [found.who_may_have(k) for k in range(len(self.packages))]
        allowed, carried = self.allocation.allowed(may, purse.left), np.zeros_like(purse.left)
        for_areas = dict(self.neighborhood.asked_for(self.members_at_start))
        for k in self.allocation.order(may, now):
            purse.ceiling = None if allowed is None else allowed[:, k] + carried
            if k in for_areas:
                self._spend_on_areas(k, for_areas[k], purse)
            held[k] = np.concatenate([held[k], self._start_serving(k, may[k], now, purse)])
            if purse.ceiling is not None:  # what one package leaves goes on to the next
                carried = purse.ceiling
        self.neighborhood.displace(self._members(), held)

    def _look_at_groups(self, rows: Rows) -> None:
        """Note the group of each row of the shortlist, for the counts by group."""
        if self._code.size != self.model.members.size:
            self._code = np.zeros(self.model.members.size, np.int64)
        self._code[rows] = codes(self._members(), rows)

    def _spend_on_areas(self, k: int, cents: Cents, purse: Purse) -> None:
        """Spend the money of a package that is meant for whole areas, as far as the budget goes."""
        paid = purse.pay(cents)
        self.counts["cents"][:, k] += paid
        self.neighborhood.spend(k, paid, self.members_at_start)

    def _purse(self, budget: Cents | None) -> Purse:
        """Return this month's money; what was put by lies in the account of a fund, and beside any other budget."""
        funding = self.model.scenario.upstream.funding
        if budget is None:
            own = self.members_at_start * self.state_cents if funding == "state" else None
            return Purse(own, self.put_by, shared=True)
        if funding in FUNDED:
            self.put_by[budget < self.put_by.sum(axis=1)] = 0
            return Purse(budget - self.put_by.sum(axis=1), self.put_by)
        self.put_by[budget == 0] = 0  # a CCO that has left pays for nothing more
        return Purse(budget, self.put_by)

    def _pay_for_screening(self, rows: Rows, purse: Purse) -> None:
        """Pay what is owed for the screenings up to the month before."""
        members = self._members()
        bill = self.owed.copy()
        if self.screens:
            theirs = rows[members["status"][rows] == schema.ENROLLED]
            if self.model.scenario.upstream.funding == "cco":
                theirs = theirs[members["in_cco"][theirs] == 1]
            bill += self._by_area(members["area"][theirs]) * self.screening_cents
        self.screening_paid = purse.pay(bill)
        self.owed = bill - self.screening_paid

    def _go_on_serving(self, k: int, rows: Rows, month: int, purse: Purse) -> Rows:
        """One month more for those served, as far as time, cover, need and money allow; return them."""
        members = self._members()
        over = ends(self.packages[k], k, members, rows, self.model.seed, month)
        staying = rows[~over]
        payable = purse.keeps_up(k, self.month_cents[k], self._by_area(members["area"][staying]))
        kept = self._longest_served(k, staying, payable, month)
        leaving = np.setdiff1d(rows, kept, assume_unique=True)
        members["package"][leaving] &= ~np.int32(1 << k)
        if self.has_effect:
            lose_home(self.packages[k], members, leaving, self.model.seed, month)
        self._count("ended", k, leaving)
        self._count("served", k, kept)
        self._pay(k, self.counts["served"][:, k] * self.month_cents[k], purse)
        return kept

    def _longest_served(self, k: int, rows: Rows, limits: NDArray[np.int64], month: int) -> Rows:
        """Return those who can be paid for; where money runs short, who came last goes first."""
        members = self._members()
        areas = members["area"][rows]
        if (self._by_area(areas) <= limits).all():
            return rows
        keys = members["key"][rows]
        lottery = package_uniforms(self.model.seed, keys, self.packages[k].name, month, LOTTERY)
        newest_last = lottery - members["package_months"][rows, k]
        return np.sort(rows[first_in_each_area(areas, newest_last, keys, limits)])

    def _start_serving(self, k: int, may: Rows, month: int, purse: Purse) -> Rows:
        """Give free places to members who want one, in the order of the targeting; return who got one."""
        members = self._members()
        waiting = self._who_wants_one(k, may)
        free = free_places(self.places, self.counts["served"], self.pools, k)
        start, month_cents, ahead = self.start_cents[k], self.month_cents[k], self.ahead[k]
        wanted = np.minimum(free, self.counts["engaged"][:, k])
        limits = purse.affordable(k, start, month_cents, ahead, wanted)
        chosen = self._first(k, waiting, limits, month)
        members["package"][chosen] |= np.int32(1 << k)
        members["ever_package"][chosen] |= np.int32(1 << k)
        members["package_months"][chosen, k] = 0
        if self.keep_passed_over:
            self.passed_over += np.setdiff1d(members["key"][may], members["key"][chosen]).tolist()
        self._pay(k, limits * (start + month_cents), purse)
        purse.put_aside(k, self._to_have(k, self.counts["engaged"][:, k] > limits, wanted > limits))
        self._count("started", k, chosen)
        self._count("served", k, chosen)
        self.counts["queue"][:, k] = self.counts["engaged"][:, k] - self.counts["started"][:, k]
        self.counts["no_place"][:, k] = self.counts["engaged"][:, k] - wanted
        self.counts["no_money"][:, k] = wanted - limits
        self.counts["places"][:, k] = self.places[:, k]
        return chosen

    def _to_have(self, k: int, waits: NDArray[np.bool_], short: NDArray[np.bool_]) -> Cents:
        """Return what each area should have for the next place: its first month's, or all where money is short."""
        months = np.where(short, self.ahead[k], 1)
        return np.where(waits, self.start_cents[k] + months * self.month_cents[k], 0).astype(np.int64)

    def _who_wants_one(self, k: int, may: Rows) -> Rows:
        """Return those of the eligible who say yes at every step, and count each step."""
        members = self._members()
        steps = reached(self.packages[k], members["key"][may], self.model.seed, self.reach_scale, self.help_wanted)
        self._count("eligible", k, may)
        self._count("asked", k, may[steps.asked])
        self._count("accepted", k, may[steps.accepted])
        self._count("engaged", k, may[steps.engaged])
        wanting: Rows = may[steps.engaged]
        return wanting

    def _first(self, k: int, waiting: Rows, limits: NDArray[np.int64], month: int) -> Rows:
        """Return who comes first; areas with a place for everybody, or for nobody, need no order."""
        members = self._members()
        areas = members["area"][waiting]
        for_all = limits[areas] == self._by_area(areas)[areas]
        contested = waiting[~for_all & (limits[areas] > 0)]
        keys = members["key"][contested]
        lottery = package_uniforms(self.model.seed, keys, self.packages[k].name, month, LOTTERY)
        score = self.targeting.score(k, members, contested, month)
        first = first_in_each_area(members["area"][contested], lottery, keys, limits, score)
        return np.concatenate([waiting[for_all], contested[first]])

    def _members(self) -> NDArray[Any]:
        """Return the member table as a plain array, whose columns are quicker to reach."""
        table: NDArray[Any] = self.model.members.view(np.ndarray)
        return table

    def _by_area(self, areas: NDArray[Any]) -> NDArray[np.int64]:
        return np.bincount(areas, minlength=len(self.owed))

    def _count(self, name: str, k: int, rows: Rows) -> None:
        """Count members by area and, of the steps of reach, people by group."""
        areas = self._members()["area"][rows]
        self.counts[name][:, k] += self._by_area(areas)
        if name in self.groups and rows.size:
            self.groups[name][k] += people_by_group(self._code[rows], self.people[areas])

    def _pay(self, k: int, cents: Cents, purse: Purse) -> None:
        self.counts["cents"][:, k] += purse.pay_for(k, cents)

    def costs_cents(self) -> Cents:
        """Return what this month's programs and last month's screenings cost, by area: int64[16], sample cents."""
        return np.asarray(self.counts["cents"].sum(axis=1) + self.screening_paid, dtype=np.int64)

    def area_cents(self) -> Cents:
        """Return the part of it that is spent on whole areas and serves nobody in particular."""
        for_areas = [package.places.kind == "area" for package in self.packages]
        return np.asarray(self.counts["cents"][:, for_areas].sum(axis=1), dtype=np.int64)

    def record(self) -> dict[str, NDArray[np.int64]]:
        """Return this month's counts and cents, each ``[area, package]`` (``screening_cents``: ``[area, 1]``).

        ``pocket_cents`` is ``[area, pocket]``; ``reached.<step>`` is thousandths of people of the whole state,
        ``[package, group]`` (``measures/reach.py``).
        """
        kept = {name: counts.copy() for name, counts in self.counts.items()}
        kept |= {f"reached.{step}": groups.copy() for step, groups in self.groups.items()}
        kept["pocket_cents"] = self.pockets.cents(self.counts["served"])
        return {**kept, "screening_cents": self.screening_paid[:, np.newaxis].copy()}

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything besides the member table that the months to come depend on."""
        kept = {"members_at_start": self.members_at_start, "places": self.places, "owed": self.owed}
        kept["put_by"] = self.put_by
        kept |= {"screening_paid": self.screening_paid, **_prefixed("counts", self.counts)}
        kept |= {**_prefixed("groups", self.groups), **self.targeting.state(), **self.neighborhood.state()}
        return {name: array.copy() for name, array in kept.items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up a saved state.

        Raises
        ------
        ValueError
            If it was saved with other packages or areas.
        """
        if state["places"].shape != self.places.shape:
            raise ValueError(f"saved places have shape {state['places'].shape}, this run's {self.places.shape}")
        self.members_at_start = np.array(state["members_at_start"], np.int64)
        self.places = np.array(state["places"], np.int64)
        self.owed = np.array(state["owed"], np.int64)
        self.put_by = np.array(state["put_by"], np.int64)
        self.screening_paid = np.array(state["screening_paid"], np.int64)
        self.counts = {name: np.array(state[f"counts.{name}"], np.int64) for name in COUNTED}
        self.groups = {step: np.array(state[f"groups.{step}"], np.int64) for step in STEPS}
        self.targeting.restore(state)
        self.neighborhood.restore(state)


def _months_ahead(package: Package) -> int:
    """Return for how many months there must be money when a place is begun."""
    lasts = package.duration.months.value if package.duration.months else MONTHS_AHEAD
    return max(1, min(round(lasts), MONTHS_AHEAD))


def _prefixed(owner: str, counts: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[np.int64]]:
    return {f"{owner}.{name}": array for name, array in counts.items()}
