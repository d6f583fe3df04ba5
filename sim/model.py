"""The health system: a Mesa model whose month can be read as a story in ``HealthSystem.step``.

Organizations decide from what they saw last month. Then every member goes through the month under those decisions. Then
money is settled. A run begins with a warm-up (negative months, no policy), which all arms of a comparison share.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn, Self

import mesa
import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.agents.cco.actions import as_table, no_actions
from sim.agents.cco.actions import record as record_actions
from sim.agents.cco.bills import Bills
from sim.agents.cco.board import opening_actions
from sim.agents.cco.cco import CCO
from sim.agents.programs.community import Community
from sim.agents.programs.funds import Funds
from sim.agents.programs.slots import Slots, offered
from sim.agents.providers.providers import Providers
from sim.agents.state.agency import Agency
from sim.engine.arrays import Cents, Floats, Frame
from sim.engine.blocks import Blocks
from sim.engine.by_parts import Found
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.compile_beside import compile_beside
from sim.engine.rows import grown
from sim.engine.snapshot import Remembering, Saved, part_of, prefixed
from sim.engine.units import millionths
from sim.measures.people import people_frame
from sim.measures.quality import Quality
from sim.measures.recorder import Recorder
from sim.measures.strata import primary_care_by_material_needs
from sim.member.enrollment import RENEWAL_RULES
from sim.member.month import (
    MonthResult,
    Notes,
    live_rows,
    make_sums,
    make_workspace,
    mothers_and_vacant_rows,
    tables_of,
    total,
)
from sim.member.prepare import expect_rates, prepare, rank_means
from sim.member.served import put_back, words
from sim.payment.ledger import ACCOUNTS, PURPOSES, Ledger
from sim.population.build import build_population
from sim.scenario.faults import ScenarioError
from sim.scenario.python_values import check_is, check_is_scenario
from sim.start import (
    Decisions,
    Start,
    before_policy,
    is_policy_free,
    origin_of,
    quiet_areas,
    with_outside_money,
    without_policy,
)
from sim.upstream.budget import FUNDED
from sim.upstream.channels import compile_packages
from sim.upstream.load import load_packages

if TYPE_CHECKING:
    from sim.measures.result import RunResult
    from sim.population.build import Population
    from sim.scenario import Scenario
    from sim.upstream.package import Package

MONTH_MASK = 0xFFFFFFFF  # months before the start are negative; the generator counts in 32 bits
GROWTH_OF_TABLE = 1.1
OWN_FIELDS = (
    "screening",
    "need_onset",
    "need_onset_highest",
    "fee",
    "dental_benefit",
    "apart",
)  # of an area: set by policy, never replayed
OF_THE_START = ("expected_rate", "means_place")  # fields of the rules' record that members at the start have set
HOW_TO_START = "`begin(scenario, seed)`, `load_start` or `snapshot` gives"
SAVED = {"members", "areas", "actions", "clinics", "month", "ledger"}
NOT_COPIED = "a health system is neither copied nor pickled: `snapshot` and `save` give what other runs go on from"
SLASH = "/"  # between an organization and the name of its array in a saved run


class _Weakly:
    """The system as its organizations hold it: without keeping it, and all its members, in memory."""

    __slots__ = ("_system",)

    def __init__(self, system: HealthSystem) -> None:
        self._system = weakref.ref(system)

    def __getattr__(self, name: str) -> Any:
        system = self._system()
        if system is None:
            raise ReferenceError("the health system of this organization is gone: keep the system, not only its agents")
        return getattr(system, name)

    def __reduce__(self) -> NoReturn:
        raise TypeError(NOT_COPIED)


class HealthSystem(mesa.Model):  # type: ignore[misc]
    """A state Medicaid system: members in a table, organizations as agents.

    A system that nobody holds is freed at once; ``with HealthSystem(scenario) as model:`` stops its threads as well.

    Parameters
    ----------
    scenario : what to run (one arm), with its timeline.
    seed : all luck of the run; default the scenario's first seed.
    population : where to begin, which is copied; by default a fresh population after the warm-up (``begin``).
    decisions : what organizations decided in the run to replay, for ``organizations=fixed``.

    Attributes
    ----------
    scenario : what is in force in the month; ``whole`` is the scenario with its timeline.
    members : table of members, one row each (``sim.schema.STORED``); rows with status 0 are vacant.
    served : what packages have done for members whom any ever served (``sim/member/served.py``).
    month : the next month to be simulated; 0 is the first of the run.
    running : whether there are months left to simulate.
    agency, ccos, providers, communities : the agents; ``model.agents`` holds them all.
    slots, funds : who holds a slot of an upstream program, and the funds that may pay for it.
    areas, clinics : what organizations decided for this month, as members meet it.
    quality : counts of quality measures, by year (``rates``, ``delivered``, ``denominators``).
    actions : what CCOs have decided about their networks (``sim/agents/cco/actions.py``).
    last : what happened in the month before.
    judged : the quality of clinics that contracts are with; ``quality`` itself where they are with all clinics.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int | None = None,
        population: Start | None = None,
        decisions: Decisions | None = None,
    ) -> None:
        began = perf_counter()
        check_is_scenario(scenario)
        is_start = population is None or isinstance(population, Start)
        check_is("population", population, is_start, f"a Start, which {HOW_TO_START}")
        replayed = decisions is None or isinstance(decisions, Decisions)
        check_is("decisions", decisions, replayed, "the Decisions of another run (`model.decisions`)")
        self.seed = scenario.seed_of(seed)
        if population is not None:
            _check_begins_here(population, scenario, self.seed)
        super().__init__(rng=self.seed)
        for wrapper in ("step", "_user_step"):  # Mesa's wrapper counts steps, and is a circle through the model
            self.__dict__.pop(wrapper, None)
        self._numbers = count(1)
        replays = scenario.organizations == "fixed" and not is_policy_free(scenario)
        if replays and decisions is None:
            decisions = decisions_without_policy(scenario, self.seed, population)
        self.replayed = decisions if replays else None
        self.whole = with_outside_money(scenario) if replays else scenario
        self._settle_in(population or replace(begin(scenario, self.seed), is_given_away=True))
        compile_beside(scenario.folder)
        self.seconds = {"population": perf_counter() - began, "months": 0.0}

    def _settle_in(self, start: Start) -> None:
        self._origin = (start.origin, start.seed)
        self._take_over(start.copy().population)
        self.month, self._last, self._party = start.month, start.last, start.last
        self._found(self.whole.in_force(self.month - 1))
        for name, organization in self._organizations().items():
            kept = start.organizations.get("quality" if name == "judged" else name)
            if kept is not None and (start.month > 0 or organization not in self.ccos):
                organization.restore(kept)  # before a budget a CCO is what its own parameters say
        if self.providers.answers:
            expect_rates(self.params, self.members)
            rank_means(self.params, self.members)
        self._notes: Notes | None = None
        self.decisions = Decisions([], [])
        self.recorder = self._recorder()
        self._blocks = Blocks(
            self.scenario.threads, make_workspace, partial(make_sums, len(self.areas), len(self.clinics))
        )
        self._ends = weakref.finalize(self, self._blocks.close, wait=False)
        self._in_month, self.running = False, self.month < self.scenario.months

    def _take_over(self, people: Population) -> None:
        """Take the people and clinics of a start, and clear what organizations will write for them."""
        self.population = people
        self.members: NDArray[Any] = people.members.view(np.recarray)
        self.served = people.served
        self.weights: Floats = people.weights
        self.clinics: NDArray[Any] = people.clinics.view(np.recarray)
        self.area_names = people.areas
        self.areas = quiet_areas(len(people.areas))
        self.actions = no_actions(len(people.areas))
        self.ledger = Ledger(len(people.areas))

    def _found(self, scenario: Scenario) -> None:
        """Make the rules' record and the organizations that a scenario has; whoever was there before is gone."""
        self.scenario, self.registry = scenario, scenario.registry
        packages = self._packages()
        before = getattr(self, "params", None)
        self.params = self._prepare(packages)
        if before is not None:
            for name in OF_THE_START:
                self.params[name] = before[name]
        for agent in tuple(self.agents):
            agent.remove()
        self._numbers = count(1)
        self._found_organizations(packages)

    def _found_organizations(self, packages: tuple[Package, ...]) -> None:
        """Make the organizations, each after those that it is given."""
        here: Any = _Weakly(self)
        self.quality = self.judged = Quality(len(self.areas))
        if self.whole.divides_clinics:
            self.judged = Quality(len(self.areas))
        self.agency = Agency(here)
        self.slots = Slots(here, packages, self.params)
        self.ccos = [CCO(here, area, name, self.agency) for area, name in enumerate(self.area_names)]
        self.communities = [Community(here, area, name, self.slots) for area, name in enumerate(self.area_names)]
        self.providers = Providers(here, self.agency)
        self.funds = Funds(here, self.agency, self.ccos, self.slots)
        self.bills = Bills(here, self.agency, self.ccos, self.slots)

    def register_agent(self, agent: mesa.Agent) -> None:
        """Register an agent; where Mesa 3.3 counts agents by model, and so keeps every model, count them here."""
        ids = getattr(mesa.Agent, "_ids", None)
        if isinstance(ids, dict):
            ids.pop(agent.model, None)
            agent.unique_id = next(self._numbers)
        super().register_agent(agent)

    @property
    def last(self) -> MonthResult:
        """What happened in the month before.

        Raises
        ------
        RuntimeError
            If no month has been simulated yet.
        """
        if self._last is None:
            raise RuntimeError("no month has been simulated yet")
        return self._last

    @property
    def party(self) -> MonthResult:
        """What happened in the month before to members of clinics that contracts may be with."""
        return self.last if self._party is None else self._party

    def step(self) -> None:
        """Simulate one month: organizations decide, members go through the month, money is settled.

        Raises
        ------
        RuntimeError
            If all months of the scenario have been simulated, the system is closed, or a month was broken off.
        """
        self._check_can_go_on()
        began = perf_counter()
        self._in_month = True
        self._follow_timeline()
        self.agency.set_rates()
        self._each(self.ccos, "decide")
        self._apply_actions()
        self.providers.decide()
        self._apply_concordance()
        self.slots.open()
        self._each(self.communities, "offer")
        self._apply_events()
        self._keep_or_replay_decisions()
        self.slots.assign(self._upstream_budget(), [cco.board for cco in self.ccos])
        self._simulate_members()
        self.providers.bill()
        self.agency.settle()
        self.funds.settle()
        self.bills.pay()
        self._each(self.ccos, "settle")
        self._each(self.ccos, "judge")
        self._record()
        self.month += 1
        self.steps += 1
        self._in_month, self.running = False, self.month < self.scenario.months
        self.seconds["months"] += perf_counter() - began

    def run(self, progress: Callable[[int], None] | None = None) -> RunResult:
        """Step to the scenario's last month and return the result; ``progress`` is called after each month."""
        while self.month < self.scenario.months:
            self.step()
            if progress is not None:
                progress(self.month)
        return self.result()

    def people(self) -> Frame:
        """Return the members as a data frame, one row each, with labels for codes."""
        return people_frame(self.whole_members(), self.area_names)

    def whole_members(self) -> NDArray[Any]:
        """Return a copy of the members with what packages have done for each (``sim.schema.MEMBER``)."""
        return self.served.whole(np.asarray(self.members))

    def result(self) -> RunResult:
        """Return what has been recorded so far."""
        return self.recorder.result(self.seconds)

    def close(self) -> None:
        """Stop the threads; what was recorded can still be read, and no month can be simulated any more."""
        if self._ends.detach() is not None:
            self._blocks.close()
        self.running = False

    def __reduce__(self) -> NoReturn:
        raise TypeError(NOT_COPIED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def __repr__(self) -> str:
        done = f"month {self.month} of {self.scenario.months}"
        return f"<HealthSystem, seed {self.seed}: {done}, {len(self.members):,} rows of members; see .run(), .people()>"

    # -- the month ---------------------------------------------------------------------------------------------------

    def _check_can_go_on(self) -> None:
        self._check_is_whole()
        if self.month >= self.scenario.months:
            months = self.scenario.months
            raise RuntimeError(f"the run is over: all {months} months have been simulated (`months={months}`)")
        if not self._ends.alive:
            raise RuntimeError("this health system is closed: make another one to simulate more months")

    def _check_is_whole(self) -> None:
        if self._in_month:
            raise RuntimeError(f"month {self.month} was broken off half way: begin again, or `restore` what was saved")

    @staticmethod
    def _each(agents: Iterable[object], method: str) -> None:
        for agent in agents:
            getattr(agent, method)()

    def _follow_timeline(self) -> None:
        """Where the timeline changes something this month, go on under it: organizations remember what they knew."""
        now = self.whole.in_force(self.month)
        if now is self.scenario:
            return
        self.agency.end_contracts(now.payment.contracts)
        for cco in self.ccos:
            cco.end_budget(now.payment.contracts)
        kept = {name: organization.snapshot() for name, organization in self._organizations().items()}
        declared_before = opening_actions(self.registry)
        self._found(now)
        for name, organization in self._organizations().items():
            organization.restore(kept[name])
        declared = opening_actions(self.registry)
        renewed = declared != declared_before
        under_way = self.agency.budget_runs & (self.agency.months_run > 0)
        as_table(self.actions)[np.ix_(under_way, renewed)] = declared[renewed]

    def _apply_actions(self) -> None:
        """Write those actions of CCOs that are columns of ``areas``; clinicians have to be won first."""
        for action in self.actions.dtype.names or ():
            if action in (schema.AREA.names or ()):
                self.areas[action] = self.actions[action]
        self.areas["concordance"] = [cco.concordant for cco in self.ccos]

    def _apply_concordance(self) -> None:
        """A member who sees a clinician of the same language needs no interpreter."""
        won = self.areas["concordance"] * self.registry.get("equity.concordance_reach")
        without = (1 - self.registry.get("quality.language_concordance")) * (1 - won)
        if (without < 1).any() and self.month >= 0:
            self.areas["interpreters"] = 1 - (1 - self.areas["interpreters"]) * without

    def _apply_events(self) -> None:
        """Needs begin as often as programs for the area and events make them."""
        areas, events = self.areas, self.registry.get("events.need_onset").T
        areas["need_onset"] = areas["need_onset"] * events if self.slots.packages else events
        areas["need_onset_highest"] = areas["need_onset"].max(axis=1)

    def _keep_or_replay_decisions(self) -> None:
        """Keep what members will meet this month, or replace it by what they met in the run to replay."""
        if self.month < 0:
            return
        if self.replayed is not None:
            for name in schema.AREA.names or ():
                if name not in OWN_FIELDS:
                    self.areas[name] = self.replayed.areas[self.month][name]
            apart = self.clinics["apart"].copy()  # whom contracts hold for is policy
            self.clinics[:] = self.replayed.clinics[self.month]
            self.clinics["apart"] = apart
        self.decisions.areas.append(np.array(self.areas))
        self.decisions.clinics.append(np.array(self.clinics))

    def _upstream_budget(self) -> Cents | None:
        """Return the cents of CCOs or funds that each area may spend upstream this month; None for other payers."""
        if self.scenario.upstream.funding in FUNDED:
            return self.funds.budget()
        if self.scenario.upstream.funding != "cco":
            return None
        return np.array([cco.upstream_budget for cco in self.ccos], dtype=np.int64)

    def _simulate_members(self) -> None:
        """Let newborns and first-time entrants in, then let every member go through the month."""
        self._let_in()
        self.params["month"][0] = self.month & MONTH_MASK
        self.params["month_of_year"][0] = self.month % MONTHS_PER_YEAR
        seed, tables = np.uint64(self.seed), tables_of(self.members, self.served.rows)
        self._notes = tables[-1]

        def passed(areas: NDArray[Any]) -> MonthResult:
            if self.scenario.compute.device == "cuda":
                from sim.member.on_device import live_all

                whole = self.whole_members()
                sums = live_all(whole, areas, self.clinics, self.params, seed)
                put_back(*tables[:-1], 0, len(whole), words(whole))
                self._notes = None
                return MonthResult(*sums)

            def kernel(first: int, last: int, room: object) -> None:
                live_rows(tables, first, last, areas, self.clinics, self.params, seed, room)

            return MonthResult(*self._blocks.run(len(self.members), kernel, self._meanwhile))

        passes = [passed(areas) for areas in self.areas_met()]
        self._last, self._party = total(passes), passes[0]
        self._blocks.aside(partial(getattr, self._last, "counts"))  # they will be asked for when money is settled
        self.quality.add(self.month, self._last.quality)
        if self.judged is not self.quality:
            self.judged.add(self.month, self._party.quality)

    def _meanwhile(self) -> None:
        """What this thread does while others are at work: newcomers of the next month, the recorder's last month."""
        if self.month + 1 not in (0, self.scenario.months):  # there is such a month; a year of them is made at once
            self.population.newcomers(self.month + 1)
        self.recorder.catch_up()

    def by_parts(self, table: NDArray[Any], work: Callable[[NDArray[Any]], Found]) -> list[Found]:
        """Return what ``work`` finds in each part of a table, on all threads, in the order of its rows."""
        return self._blocks.by_parts(table, work)

    def areas_met(self) -> tuple[NDArray[Any], ...]:
        """Return areas as members meet them: one row each, and another where some clinics are outside the contracts."""
        apart = self.clinics["apart"].any()
        return (self.areas, self.providers.outside()) if apart else (self.areas,)

    def _let_in(self) -> None:
        """Put newborns and first-time entrants into vacant rows; in month 0 mark the cohort to follow."""
        if self.month == 0:
            self.members["cohort"] = self.members["status"] == schema.ENROLLED
        mothers, vacant = mothers_and_vacant_rows(self.members, self._notes)
        newborns = self.population.newborns(np.asarray(self.members)[mothers], self.month)
        coming = [newborns, self.population.newcomers(self.month)]
        rates, in_area = self.registry.monthly("events.entrants"), self.registry.get("events.entrants_in")
        if rates.any():
            coming.append(self.population.entrants(self.month, rates, in_area))
        arrivals = np.concatenate([rows.view(schema.WHOLE_ROW) for rows in coming])
        by_area = np.argsort(arrivals.view(schema.STORED)["area"], kind="stable")
        if len(vacant) < len(arrivals):
            before = len(self.members)
            self._grow(len(arrivals))
            vacant = np.concatenate([vacant, np.arange(before, len(self.members))])
        taken = vacant[: len(arrivals)]
        self.served.give_back(np.asarray(self.members), taken)
        self.members.view(schema.WHOLE_ROW, np.ndarray)[taken] = arrivals[by_area]
        self.providers.send_on()

    def _grow(self, needed: int) -> None:
        rows = max(needed, int(len(self.members) * (GROWTH_OF_TABLE - 1)))
        members = grown(np.asarray(self.members), rows)
        self.members = members.view(np.recarray)
        self.population = replace(self.population, members=members)

    def _record(self) -> None:
        """Close the books; in the warm-up learn what members ask for, later record the month."""
        paid = self.ledger.purposes.copy()
        flows = self.ledger.close_month()
        if self.month < 0:
            self.providers.watch_asks(self.scenario.warm_up)
            return
        outputs = {**self.slots.record(), **self.providers.record(), **self.agency.record()}
        if self.agency.calendar.has_budget:
            outputs |= record_actions(self.actions)
            if self.registry.get("ccos.equity_target") > 0:
                outputs["equity.gap"] = millionths(np.array([cco.measures.gap.mean() for cco in self.ccos]))
                outputs["equity.concordance"] = millionths(np.array([cco.concordant for cco in self.ccos]))
        if self.providers.answers and self.month % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1:
            outputs |= primary_care_by_material_needs(np.asarray(self.members), len(self.areas), self.by_parts)
        self.recorder.record(self.month, self.last, flows, outputs, paid)

    # -- beginning, stopping, going on -------------------------------------------------------------------------------

    def snapshot(self) -> Start:
        """Return a copy of the system as it is, to begin other runs from; each arm offers its own slots."""
        return self._as_start().copy()

    def _as_start(self) -> Start:
        """Return the system as it is as a start, without a copy of its people."""
        self._check_is_whole()
        organizations = {name: one.snapshot() for name, one in self._organizations().items() if one is not self.slots}
        people = replace(self.population, members=np.asarray(self.members), clinics=np.asarray(self.clinics))
        return Start(people, organizations, self._last, self.month, *self._origin)

    def save(self) -> Saved:
        """Return everything that the months to come depend on, and all that was recorded, as named arrays."""
        self._check_is_whole()
        arrays: Saved = {name: np.array(getattr(self, name)) for name in ("members", "areas", "actions", "clinics")}
        arrays |= {"month": np.array(self.month), "ledger": np.array(self.ledger.balances)}
        decisions = {name: np.array(of_months) for name, of_months in vars(self.decisions).items()}
        parts = {"decisions": decisions, "recorder": self.recorder.state()}
        parts["served"] = self.served.snapshot()
        parts |= {name: organization.snapshot() for name, organization in self._organizations().items()}
        for part, kept in parts.items():
            arrays |= prefixed(part, {name: np.array(array) for name, array in kept.items()}, SLASH)
        if self._last is not None:
            arrays |= prefixed("last", self._last.arrays(), SLASH)
        if self._party is not None and self._party is not self._last:
            arrays |= prefixed("party", self._party.arrays(), SLASH)
        return arrays

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``save`` returned; the rest of the run is as if it had never stopped, to the bit.

        Raises
        ------
        TypeError
            If it is anything else, such as what ``snapshot`` returned.
        """
        if isinstance(arrays, Start):
            how = "HealthSystem(scenario, seed, population=start) begins from it; restore takes what save() returned"
            raise TypeError(f"a Start is where a run begins: {how}")
        known = isinstance(arrays, Mapping) and set(arrays) >= SAVED
        check_is("arrays", arrays, known, "the named arrays that `save` returned")
        self.members, self._notes = np.array(arrays["members"]).view(np.recarray), None
        self.served.restore(part_of(arrays, "served", SLASH))
        for name in ("areas", "actions", "clinics"):
            getattr(self, name)[:] = arrays[name]
        self.month = int(arrays["month"])
        if (then := self.whole.in_force(self.month - 1)) is not self.scenario:
            self._found(then)
        self.ledger.balances = np.array(arrays["ledger"])
        for of_month in (self.ledger.flows, self.ledger.purposes, self.ledger.posted):
            of_month[...] = 0  # a month that was broken off may have left some
        self.decisions = Decisions(**{name: list(a) for name, a in part_of(arrays, "decisions", SLASH).items()})
        for name, organization in self._organizations().items():
            kept = part_of(arrays, name, SLASH)
            if name == "judged":
                kept = kept or part_of(arrays, "quality", SLASH)  # of a past in which contracts were with all clinics
            organization.restore(kept)
        self.recorder.restore(part_of(arrays, "recorder", SLASH))
        last, party = (part_of(arrays, name, SLASH) for name in ("last", "party"))
        self._last = MonthResult(**last) if last else None
        self._party = MonthResult(**party) if party else self._last
        self._in_month, self.running = False, self.month < self.scenario.months and self._ends.alive

    def _organizations(self) -> dict[str, Remembering]:
        """Return all whose memory is saved, by the name under which it is saved."""
        named: dict[str, Remembering] = {
            "agency": self.agency,
            "providers": self.providers,
            "slots": self.slots,
            "funds": self.funds,
            "quality": self.quality,
        }
        if self.judged is not self.quality:
            named["judged"] = self.judged
        return named | {f"cco{i}": cco for i, cco in enumerate(self.ccos)}

    def _packages(self) -> tuple[Package, ...]:
        upstream = self.scenario.upstream
        return offered(load_packages(self.whole.packages_ever, self.whole.folder, self.registry), upstream.targeting)

    def _prepare(self, packages: tuple[Package, ...]) -> NDArray[Any]:
        compiled = compile_packages(packages, self.registry, self.seed)
        renewal = RENEWAL_RULES.index(self.scenario.population.renewal)
        return prepare(self.registry, self.whole.folder, compiled, len(packages), renewal)

    def _recorder(self) -> Recorder:
        return Recorder(
            self.scenario.months,
            self.area_names,
            self.weights,
            ACCOUNTS,
            purposes=tuple(PURPOSES),
            seed=self.seed,
            scenario_digest=self.whole.digest() if self.month >= 0 else "",  # a warm-up has no result
        )


def begin(scenario: Scenario, seed: int | None = None) -> Start:
    """Build the population of a seed and simulate the warm-up, without policy.

    Parameters
    ----------
    scenario : who is simulated, and how long without policy.
    seed : default the scenario's first seed.

    Returns
    -------
    Start
        The same for every arm that differs in policy only.
    """
    check_is_scenario(scenario)
    chosen = scenario.seed_of(seed)
    with HealthSystem(before_policy(scenario), chosen, population=_untouched(scenario, chosen)) as model:
        while model.month < 0:
            model.step()
        return model._as_start()  # the system is gone, its people go on


def _check_begins_here(start: Start, scenario: Scenario, seed: int) -> None:
    """Check that a start is of the population of a scenario, and of the seed."""
    if start.seed != seed:
        raise ScenarioError([f"seed={seed}: the start is of seed {start.seed}"])
    if start.origin.population != scenario.population.name:
        raise ScenarioError([f"population={scenario.population.name}: the start is of another population"])


def _untouched(scenario: Scenario, seed: int) -> Start:
    """The people of a seed before the warm-up."""
    people = build_population(
        scenario.population, scenario.registry, seed, conf=scenario.folder, threads=scenario.threads
    )
    rows = people.members  # only entrants begin with 0 months: members at the start are not entrants
    rows["months_covered"] = np.maximum(rows["months_covered"], rows["status"] == schema.ENROLLED)
    return Start(people, {}, None, -scenario.warm_up, origin_of(scenario), seed, is_given_away=True)


def decisions_without_policy(scenario: Scenario, seed: int, population: Start | None = None) -> Decisions:
    """Run the scenario without policy, from the same start, and return what organizations decided."""
    with HealthSystem(without_policy(scenario), seed, population=population) as model:
        model.run()
        return model.decisions
