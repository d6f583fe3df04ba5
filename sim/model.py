"""The health system: a Mesa model whose month can be read as a story in ``HealthSystem.step``.

Organizations decide from what they saw last month; then every member lives the month against those decisions; then
money is settled. A run begins with a warm-up (negative months, no policy), which every arm of a comparison shares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.agents.cco.actions import no_levers
from sim.agents.cco.actions import record as record_levers
from sim.agents.cco.cco import CCO
from sim.agents.programs.community import Community
from sim.agents.programs.funds import FUNDED, Funds
from sim.agents.programs.slots import Places
from sim.agents.providers.providers import Providers
from sim.agents.providers.reputation import urge
from sim.agents.state.agency import State
from sim.engine.blocks import Blocks
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.means import by_means
from sim.measures.people import people_frame
from sim.measures.quality import Quality
from sim.measures.recorder import Recorder
from sim.member.enrollment import RENEWAL_RULES
from sim.member.month import live_chunk, make_desk, mothers_and_vacant_rows
from sim.member.prepare import expect_rates, prepare, rank_means
from sim.paths import conf_folder
from sim.payment.ledger import ACCOUNTS, PURPOSES, Ledger
from sim.population.build import build_population
from sim.upstream.compile import compile_packages

if TYPE_CHECKING:
    from sim.measures.result import RunResult
    from sim.population.build import Population
    from sim.scenario import Scenario

Saved = dict[str, NDArray[Any]]
MONTH_MASK = 0xFFFFFFFF  # months before the start are negative; the generator counts in 32 bits
GROWTH_OF_TABLE = 1.1
OWN_FIELDS = ("screening", "need_onset", "need_onset_highest", "fee")  # of an area: a policy's doing, never replayed


@dataclass(frozen=True)
class MonthResult:
    """What happened in one month, in whole numbers of sampled members and their cents.

    Shapes: cells (areas, strata, counts); money (areas, open card or CCO, rate categories, services, payers);
    rate_months (areas, open card or CCO, rate categories); asked, served (areas, services); clinic_asked, clinic_served
    (clinics,); registers (areas, conditions, present / diagnosed / controlled); quality (areas, levels of
    strata, measures, in denominator / given / recorded).
    """

    cells: NDArray[np.int64]
    money: NDArray[np.int64]
    rate_months: NDArray[np.int64]
    asked: NDArray[np.int64]
    served: NDArray[np.int64]
    clinic_asked: NDArray[np.int64]
    clinic_served: NDArray[np.int64]
    registers: NDArray[np.int64]
    quality: NDArray[np.int64]


@dataclass
class Decisions:
    """What organizations decided, month by month, as members felt it; ``organizations=fixed`` replays it."""

    areas: list[NDArray[Any]]
    clinics: list[NDArray[Any]]


@dataclass
class Start:
    """A health system at the end of its warm-up: the same for every arm of a comparison."""

    population: Population
    organizations: Mapping[str, Saved]
    last: MonthResult | None
    month: int

    def copy(self) -> Start:
        """Return a start whose people and clinics a run may change."""
        people = self.population
        members = people.members.view(schema.WHOLE_MEMBER).copy().view(schema.MEMBER)
        mine = replace(people, members=members, clinics=people.clinics.copy())
        return replace(self, population=mine)


class HealthSystem(mesa.Model):  # type: ignore[misc]
    """A state Medicaid system: members in a table, organizations as agents.

    Parameters
    ----------
    scenario : what to run (one arm).
    seed : all luck of the run; default the scenario's first seed.
    population : where to begin; by default a fresh population after the scenario's warm-up (``begin``).
    decisions : what organizations decided in the run to replay, for ``organizations=fixed``.

    Attributes
    ----------
    members : table of members, one row each (``sim.schema.MEMBER``); rows with status 0 are vacant.
    month : the next month to be lived; 0 is the first of the run.
    state, ccos, providers, communities : the agents; ``model.agents`` holds them all.
    areas, clinics : what organizations decided for this month, as members feel it.
    quality : what quality measures have counted, by year (``rates``, ``delivered``, ``denominators``).
    levers : what CCOs have decided about their networks (``sim/agents/cco/actions.py``).
    last : what happened in the month before.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int | None = None,
        population: Start | None = None,
        decisions: Decisions | None = None,
    ) -> None:
        began = perf_counter()
        self.seed = scenario.seed_list[0] if seed is None else seed
        super().__init__(rng=self.seed)
        replays = scenario.organizations == "fixed" and not is_policy_free(scenario)
        if replays and decisions is None:
            decisions = decisions_without_policy(scenario, self.seed, population.copy() if population else None)
        self.replayed = decisions if replays else None
        self.scenario = with_outside_money(scenario) if replays else scenario
        self.registry = scenario.registry
        self._settle_in(population or begin(scenario, self.seed))
        self.seconds = {"population": perf_counter() - began, "months": 0.0}

    def _settle_in(self, start: Start) -> None:
        people = start.population
        self.population = people
        self.members = people.members.view(np.recarray)
        self.weights: NDArray[np.float64] = people.weights
        self.clinics = people.clinics.view(np.recarray)
        self.area_names = people.areas
        self.areas = quiet_areas(len(people.areas))
        self.levers = no_levers(len(people.areas))
        self.quality = Quality(len(people.areas))
        self.month, self.last = start.month, start.last
        self.ledger = Ledger(len(people.areas))
        self.state = State(self)
        self.ccos = [CCO(self, area, name) for area, name in enumerate(people.areas)]
        self.communities = [Community(self, area, name) for area, name in enumerate(people.areas)]
        self.providers = Providers(self)
        self.places = Places(self)
        self.funds = Funds(self)
        for name, saved in start.organizations.items():
            if start.month > 0 or not name.startswith("cco"):  # before a budget a CCO is what its own parameters say
                self._organization(name).restore(saved)
        self.params = self._prepare()
        if self.providers.answers:
            expect_rates(self.params, self.members)
            rank_means(self.params, self.members)
        self.decisions = Decisions([], [])
        self.recorder = self._recorder()
        self._blocks = self._threads()
        self._asks: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def step(self) -> None:
        """Live one month: decide, live, settle."""
        began = perf_counter()
        self.state.set_rates()
        self._each(self.ccos, "decide")
        self._feel_levers()
        self.providers.decide()
        self._feel_concordance()
        self._feel_publication()
        self._each(self.communities, "offer")
        self._keep_or_replay_decisions()
        self.places.assign(budget_cents=self._upstream_budget())
        self._live()
        self.providers.bill()
        self.state.settle()
        self._each(self.ccos, "settle")
        self._each(self.ccos, "judge")
        self._record()
        self.month += 1
        self.seconds["months"] += perf_counter() - began

    def run(self, progress: Callable[[int], None] | None = None) -> RunResult:
        """Step to the scenario's last month and return the result; ``progress`` hears of each month that is done."""
        while self.month < self.scenario.months:
            self.step()
            if progress is not None:
                progress(self.month)
        return self.result()

    def people(self) -> Any:
        """Return the members as a data frame, one row each, with words for codes."""
        return people_frame(self.members, self.area_names)

    def result(self) -> RunResult:
        """Return what has been recorded so far."""
        return self.recorder.result(self.seconds)

    def close(self) -> None:
        """Stop the threads and let go of the agents (Mesa 3.3 otherwise keeps every model alive)."""
        self._blocks.close()
        ids = getattr(mesa.Agent, "_ids", None)
        if isinstance(ids, dict):
            ids.pop(self, None)

    # -- the month ---------------------------------------------------------------------------------------------------

    @staticmethod
    def _each(agents: list[Any], method: str) -> None:
        for agent in agents:
            getattr(agent, method)()

    def _feel_levers(self) -> None:
        """Let members feel those levers of their CCO that are fields of an area."""
        for lever in self.levers.dtype.names or ():
            if lever in (schema.AREA.names or ()):
                self.areas[lever] = self.levers[lever]

    def _feel_concordance(self) -> None:
        """Who sees a clinician of the same language needs no interpreter."""
        concordant = self.registry.get("quality.language_concordance")
        if concordant > 0 and self.month >= 0:
            self.areas["interpreters"] = 1 - (1 - self.areas["interpreters"]) * (1 - concordant)

    def _feel_publication(self) -> None:
        """Where rates are published, who is behind gives more of the care that is measured."""
        published, reputation = (self.registry.get(f"quality.{name}") for name in ("public_reporting", "reputation"))
        if published > 0 and self.month >= 0:
            self.areas["deliver"] += urge(self.quality.rates(self.month // MONTHS_PER_YEAR - 1), published, reputation)

    def _keep_or_replay_decisions(self) -> None:
        """Remember what members will feel this month; or put in its place what they felt in the run to replay."""
        if self.month < 0:
            return
        if self.replayed is not None:
            for name in schema.AREA.names or ():
                if name not in OWN_FIELDS:
                    self.areas[name] = self.replayed.areas[self.month][name]
            self.clinics[:] = self.replayed.clinics[self.month]
        self.decisions.areas.append(np.array(self.areas))
        self.decisions.clinics.append(np.array(self.clinics))

    def _upstream_budget(self) -> NDArray[np.int64] | None:
        """Cents that each area may spend upstream this month: of CCOs or funds, or None for the places' own rule."""
        if self.scenario.upstream.funding in FUNDED:
            return self.funds.budget()
        if self.scenario.upstream.funding != "cco":
            return None
        return np.array([cco.upstream_budget for cco in self.ccos], dtype=np.int64)

    def _live(self) -> None:
        """Let newborns and first-time entrants in, then let every member live the month."""
        self._let_in()
        self.params["month"][0] = self.month & MONTH_MASK
        self.params["month_of_year"][0] = self.month % MONTHS_PER_YEAR
        seed = np.uint64(self.seed)

        def kernel(first: int, last: int, desk: Any) -> None:
            live_chunk(self.members, first, last, self.areas, self.clinics, self.params, seed, desk)

        self.last = MonthResult(*self._blocks.run(len(self.members), kernel))
        self.quality.add(self.month, self.last.quality)

    def _let_in(self) -> None:
        """Put newborns and first-time entrants into vacant rows; in month 0 note who is there, to be followed."""
        if self.month == 0:
            self.members["cohort"] = self.members["status"] == schema.ENROLLED
        mothers, vacant = mothers_and_vacant_rows(self.members)
        newborns = self.population.newborns(np.asarray(self.members)[mothers], self.month)
        newcomers = self.population.newcomers(self.month)
        arrivals = np.concatenate([rows.view(schema.WHOLE_MEMBER) for rows in (newborns, newcomers)])
        by_area = np.argsort(arrivals.view(schema.MEMBER)["area"], kind="stable")
        if len(vacant) < len(arrivals):
            self._grow(len(arrivals))
            _, vacant = mothers_and_vacant_rows(self.members)
        self.members.view(schema.WHOLE_MEMBER, np.ndarray)[vacant[: len(arrivals)]] = arrivals[by_area]

    def _grow(self, needed: int) -> None:
        rows = max(needed, int(len(self.members) * (GROWTH_OF_TABLE - 1)))
        grown = np.concatenate([self.members, np.zeros(rows, dtype=schema.MEMBER)])
        self.members = grown.view(np.recarray)

    def _record(self) -> None:
        """Close the books; in the warm-up learn how much is asked for, later keep the month."""
        paid = self.ledger.purposes.copy()
        flows = self.ledger.close_month()
        assert self.last is not None
        if self.month >= 0:
            outputs = {**self.places.record(), **self.providers.record(), **self.state.record()}
            if self.state.calendar.has_budget:
                outputs |= record_levers(self.levers)
            if self.providers.answers and self.month % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1:
                outputs |= by_means(np.asarray(self.members), len(self.areas))
            self.recorder.record(self.month, self.last, flows, outputs, paid)
        elif not self.providers.capacity.known:
            self._watch_asks(self.last)

    def _watch_asks(self, seen: MonthResult) -> None:
        """Capacity is set half way through the warm-up, from what was asked for in the quarter of it before."""
        warm_up = self.scenario.warm_up
        lived = self.month + warm_up + 1
        if lived > warm_up // 4:
            self._asks.append((seen.asked, seen.clinic_asked))
        if lived >= max(1, warm_up // 2):
            asked, clinic_asked = (np.mean(seen_so_far, axis=0) for seen_so_far in zip(*self._asks, strict=True))
            self.providers.set_capacity(asked, clinic_asked)

    # -- beginning, stopping, going on -------------------------------------------------------------------------------

    def snapshot(self) -> Start:
        """Return the system as it is, to begin other runs from."""
        organizations = {name: self._organization(name).state() for name in self._organizations() if name != "places"}
        people = replace(self.population, members=np.asarray(self.members), clinics=np.asarray(self.clinics))
        return Start(people, organizations, self.last, self.month)

    def save(self) -> Saved:
        """Return everything that the months to come depend on, and all that was recorded, as named arrays."""
        arrays: Saved = {"members": np.array(self.members), "areas": np.array(self.areas)}
        arrays["levers"] = np.array(self.levers)
        arrays |= {"clinics": np.array(self.clinics), "month": np.array(self.month)}
        arrays["ledger"] = np.array(self.ledger.balances)
        arrays |= {f"decisions/{name}": np.array(of_months) for name, of_months in vars(self.decisions).items()}
        for owner in self._organizations():
            arrays |= {f"{owner}/{name}": np.array(a) for name, a in self._organization(owner).state().items()}
        arrays |= {f"recorder/{name}": np.array(a) for name, a in self.recorder.state().items()}
        if self.last is not None:
            arrays |= {f"last/{name}": array for name, array in vars(self.last).items()}
        return arrays

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what ``save`` returned; the rest of the run is as if it had never stopped, to the bit."""
        self.members = np.array(arrays["members"]).view(np.recarray)
        self.areas[:] = arrays["areas"]
        self.levers[:] = arrays["levers"]
        self.clinics[:] = arrays["clinics"]
        self.month = int(arrays["month"])
        self.ledger.balances = np.array(arrays["ledger"])
        self.decisions = Decisions(**{name: list(a) for name, a in under(arrays, "decisions").items()})
        for owner in self._organizations():
            self._organization(owner).restore(under(arrays, owner))
        self.recorder.restore(under(arrays, "recorder"))
        last = under(arrays, "last")
        self.last = MonthResult(**last) if last else None

    def _organizations(self) -> list[str]:
        return ["state", "providers", "places", "funds", "quality", *(f"cco{i}" for i in range(len(self.ccos)))]

    def _organization(self, name: str) -> Any:
        return self.ccos[int(name[3:])] if name.startswith("cco") else getattr(self, name)

    def _prepare(self) -> NDArray[Any]:
        packages = compile_packages(self.places.packages, self.registry, self.seed)
        renewal = RENEWAL_RULES.index(self.scenario.population.renewal)
        return prepare(self.registry, conf_folder(), packages, len(self.places.packages), renewal)

    def _recorder(self) -> Recorder:
        return Recorder(
            self.scenario.months,
            self.area_names,
            self.weights,
            ACCOUNTS,
            purposes=tuple(PURPOSES),
            seed=self.seed,
            scenario_digest=self.scenario.digest(),
        )

    def _threads(self) -> Blocks:
        return Blocks(self.scenario.threads, lambda: make_desk(len(self.areas), len(self.clinics)))


def begin(scenario: Scenario, seed: int) -> Start:
    """Build the population of a seed and let it live through the warm-up, without policy.

    Returns
    -------
    Start
        The same for every arm that differs in policy only.
    """
    people = build_population(scenario.population, scenario.registry, seed, conf=conf_folder())
    rows = people.members  # whoever is there at the start is no entrant: only entrants begin with 0 months
    rows["months_covered"] = np.maximum(rows["months_covered"], rows["status"] == schema.ENROLLED)
    raw = Start(people, {}, None, -scenario.warm_up)
    model = HealthSystem(without_policy(scenario), seed, population=raw)
    while model.month < 0:
        model.step()
    start = model.snapshot()
    model.close()
    return start


def is_policy_free(scenario: Scenario) -> bool:
    """Whether a scenario is the baseline world: the state pays claims and nothing is done upstream."""
    return not scenario.payment.contracts and not scenario.upstream.packages


def without_policy(scenario: Scenario) -> Scenario:
    """Return the same scenario paid by fee-for-service, without upstream packages, with live organizations."""
    payment = scenario.payment.model_copy(update={"contracts": ()})
    upstream = scenario.upstream.model_copy(update={"packages": ()})
    return scenario.model_copy(update={"payment": payment, "upstream": upstream, "organizations": "live"})


def with_outside_money(scenario: Scenario) -> Scenario:
    """Return the same scenario with programs paid from outside, so that no budget carries them to other members."""
    return scenario.model_copy(update={"upstream": scenario.upstream.model_copy(update={"funding": "outside"})})


def decisions_without_policy(scenario: Scenario, seed: int, population: Start | None = None) -> Decisions:
    """Run the scenario without policy, from the same start, and return what organizations decided."""
    model = HealthSystem(without_policy(scenario), seed, population=population)
    model.run()
    model.close()
    return model.decisions


def quiet_areas(n: int) -> NDArray[Any]:
    """Return area rows with no waits, baseline volume, prices and needs, and no screening."""
    areas = np.zeros(n, dtype=schema.AREA).view(np.recarray)
    areas["price_index"] = 1.0
    areas["cco_price"] = 1.0
    areas["fee"] = 1.0
    areas["need_onset"] = 1.0
    areas["need_onset_highest"] = 1.0
    areas["avoidable"] = 1.0
    return areas


def under(arrays: Mapping[str, NDArray[Any]], owner: str) -> Saved:
    """Return the arrays whose names begin with ``owner/``, without it."""
    prefix = f"{owner}/"
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
