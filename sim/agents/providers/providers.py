"""Providers: what they can give, how long members wait, what they decide, what they charge, and whom they bill.

A state has some 200 providers. Each is an agent (``Provider``); what all of them decide in a month is computed at once,
on arrays, by ``Providers``: the model steps ``providers.decide()`` and ``providers.bill()``.
"""

from collections.abc import Iterator

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents.cco.measure_work import felt
from sim.agents.protocols import System
from sim.agents.providers.capacity import FEWEST_VISITS, RATIONED, Capacity, CapacityTerms
from sim.agents.providers.offer import induced_and_withheld
from sim.agents.providers.opioid_slots import OpioidSlots, SlotTerms
from sim.agents.providers.participants import Participants, participants_of
from sim.agents.providers.reputation import looked_at, urge
from sim.agents.providers.response import Decided, Market, Seen
from sim.agents.providers.responses.coding import Coding
from sim.agents.providers.responses.effort import Effort
from sim.agents.providers.responses.hospital import Hospital
from sim.agents.providers.responses.registry import Answers, answers_of
from sim.agents.providers.responses.service_lines import ServiceLines
from sim.agents.providers.staffing import Staffing
from sim.agents.providers.team_care import TOP, MedicalHomes
from sim.agents.providers.waits import WaitCurve
from sim.agents.providers.workload import Workload
from sim.agents.state.agency import Agency
from sim.engine.arrays import Cents, Flags, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.decisions import decision
from sim.engine.draws import ONCE, uniforms
from sim.engine.snapshot import Remembering
from sim.engine.units import millionths
from sim.payment.fee_for_service import IN_CCO, Claims, sort_claims
from sim.payment.incentives import is_neutral
from sim.payment.ledger import EVERY_AREA, PROVIDERS
from sim.payment.prices import price_index
from sim.schema import (
    ACTIVITIES,
    HERE,
    INPATIENT,
    MEDICAID,
    METRICS,
    OPIOID_USE,
    OUTPATIENT,
    PAYERS,
    PRIMARY,
    SERVICES,
    UNCOMPENSATED,
    VACANT,
)

CLOSES = decision("providers: a clinic closes in an event", 1062)
RECOGNIZED = decision("providers: becomes a recognized medical home if its CCO helps", 1061)


class Provider(mesa.Agent):  # type: ignore[misc]
    """One primary care clinic, or all providers of another kind in an area.

    Parameters
    ----------
    model : the health system.
    kind : one of ``PROVIDERS``.
    area : index of the CCO area.
    clinic : row of ``model.clinics`` (primary care only).
    row : row of ``Capacity``, or None where nobody waits (pharmacy, hospital).
    """

    def __init__(
        self,
        model: System,
        kind: str,
        area: int,
        clinic: int | None = None,
        row: int | None = None,
    ) -> None:
        super().__init__(model)
        self.kind, self.area, self.clinic, self.row = kind, area, clinic, row

    @property
    def all_of_them(self) -> "Providers":
        """All providers, whose arrays it reads; found through the system, as a circle would keep both in memory."""
        found: Providers = self.model.providers
        return found

    @property
    def wait_days(self) -> float:
        """Wait for an appointment this month."""
        return self._of(self.all_of_them.capacity.waits.days)

    @property
    def utilization(self) -> float:
        """Booked visits over capacity this month."""
        return self._of(self.all_of_them.capacity.waits.utilization)

    @property
    def capacity(self) -> float:
        """Visits that can be given this month; infinite where nobody waits."""
        return float("inf") if self.row is None else self._of(self.all_of_them.capacity.whole)

    @property
    def effort(self) -> dict[str, float]:
        """Effort by activity: of a clinic, where effort is modeled."""
        of_clinics = self.all_of_them.effort
        if self.clinic is None or of_clinics is None:
            return {}
        return dict(zip(ACTIVITIES, of_clinics[self.clinic].tolist(), strict=True))

    def _of(self, rows: Floats) -> float:
        return 0.0 if self.row is None else float(rows[self.row])


class Providers(Remembering):
    """All providers of the state.

    Parameters
    ----------
    model : the health system; providers write ``areas`` and ``clinics``, and post claims in ``ledger``.
    agency : the state agency, whose contracts they are under.

    Attributes
    ----------
    capacity : capacities, backlogs and waits, a row for each practice.
    answers : their responses to their contracts, by name; empty with ``providers=passive``.
    participants : who takes part in contracts on total cost; None where nobody chooses.
    homes : clinics that their CCO helped to recognition as medical homes.
    decided : what members meet of these responses this month.
    claims : this month's claims by who pays.
    given : visits that each practice gave last month, never above its capacity.
    mix : cents of each service before any budget, (area, service).
    events_capacity, clinic_open : what an event leaves of each service's capacity by area, and of the clinics.
    months_under : months under other incentives than the baseline's, by area.
    utilization : utilization of each clinic last month.
    usual_utilization : the same, smoothed over the months in which its area's incentives were the baseline's.
    """

    REMEMBERED = (
        *("mix", "given", "months_under", "utilization", "usual_utilization", "usual_tier"),
        *("capacity", "opioid_slots", "answers", "participants", "homes"),
    )

    def __init__(self, model: System, agency: Agency) -> None:
        self.model, self.agency = model, agency
        get = model.registry.get
        self.capacity = Capacity(
            model.clinics["area"],
            model.weights,
            WaitCurve.of(model.registry),
            CapacityTerms.of(model.registry),
            Staffing.of(model.registry),
            model.seed,
        )
        ready = float(model.registry.monthly("health.control_gain")[OPIOID_USE])
        self.opioid_slots = OpioidSlots(len(model.weights), SlotTerms.of(model.registry), ready)
        self.decide_every = round(get("providers.decide_every"))
        self.published, self.reputation = (float(get(f"quality.{name}")) for name in ("public_reporting", "reputation"))
        self.public_choice: float = get("quality.public_choice")
        self.usual_intake: float = get("population.clinic_intake")
        self.usual_induced: Floats = np.asarray(get("access.induced_share"))
        self.usual_tier = np.array(model.clinics["tier"])
        self.homes = MedicalHomes(model.registry, self.usual_tier)
        self.homes_by_state: float = get("practices.state_homes")
        self.evening_hours: float = get("equity.evening_hours")
        self.recognition = uniforms(model.seed, np.arange(len(self.usual_tier), dtype=np.uint64), ONCE, RECOGNIZED)
        self.events_capacity: Floats = np.asarray(get("events.capacity"))[:, : len(model.weights)]
        closing = uniforms(model.seed, np.arange(len(self.usual_tier), dtype=np.uint64), ONCE, CLOSES)
        self.clinic_open = closing >= np.asarray(get("events.clinics_closed"))[np.asarray(model.clinics["area"])]
        self.workload = Workload.of(model.registry)
        self.growth: tuple[float, float] = (get("spending.price_growth"), get("spending.intensity_growth"))
        areas = len(model.weights)
        self.mix: Cents = np.zeros((areas, len(SERVICES)), dtype=np.int64)
        self.months_under: Floats = np.zeros(areas)
        self.utilization, self.usual_utilization = (np.zeros(self.capacity.clinics) for _ in range(2))
        self.given: Floats = np.zeros(len(self.capacity.area))
        clinic_area = np.asarray(model.clinics["area"], dtype=np.int64)
        market = Market(model.registry, model.seed, areas, clinic_area, rural_part(model.members, areas))
        self.answers: Answers = answers_of(market, model.scenario)
        self.participants: Participants | None = participants_of(model, agency)
        self.decided = Decided(areas, self.capacity.clinics)
        self.claims: Claims
        self._asks: list[tuple[Ints, Ints]] = []
        self.agents = self._agents()

    def __iter__(self) -> Iterator[Provider]:
        return iter(self.agents)

    def __len__(self) -> int:
        return len(self.agents)

    def set_capacity(self, sought: NDArray[np.integer] | Floats, clinic_sought: NDArray[np.integer] | Floats) -> None:
        """Set capacity from mean monthly visits sought in the warm-up: by area and service, and by clinic."""
        self.capacity.set_from(self.capacity.stack(sought, clinic_sought))

    def watch_asks(self, warm_up: int) -> None:
        """Set capacity half way through the warm-up, from what members asked for in the quarter of it before."""
        if self.capacity.known:
            return
        months_done, half = self.model.month + warm_up + 1, warm_up // 2
        if months_done > half // 2:
            self._asks.append((self.model.last.sought, self.model.last.clinic_sought))
        if months_done >= max(1, half):
            sought, clinic_sought = (np.mean(of_months, axis=0) for of_months in zip(*self._asks, strict=True))
            self.set_capacity(sought, clinic_sought)

    def decide(self) -> None:
        """Decide the month from what was seen in the last: responses each quarter, prices and waits each month."""
        model = self.model
        if self.participants is not None:
            self.participants.open(model.month)
        self.homes.pass_month(self._helped())
        if (self.answers or self.homes.since.any()) and model.month >= 0:
            seen = self._see()
            if model.month % self.decide_every == 0:
                for answer in self.answers.values():
                    answer.decide(seen)
            self.decided = self._add_up(seen)
        self._write_answers(model.areas, self.decided)
        self._write_clinics()
        self._write_prices(model.areas, self.decided)
        if self.capacity.known and model.scenario.capacity == "limited":
            self._write_waits()
        else:  # nobody waits
            model.areas["lost"] = 0.0
            model.areas["opioid_open"] = 1.0
            model.clinics["lost"] = model.clinics["wait_days"] = 0.0

    def send_on(self) -> None:
        """Members of a clinic that has closed lose it, and will ask the next one of their area that is open."""
        if self.clinic_open.all():
            return
        members, area = self.model.members, self.capacity.area[: self.capacity.clinics]
        instead = np.arange(len(area))
        for closed in np.flatnonzero(~self.clinic_open):
            others = np.flatnonzero(self.clinic_open & (area == area[closed]))
            if len(others):
                instead[closed] = others[np.searchsorted(others, closed) % len(others)]
        lost = ~self.clinic_open[members["clinic"]] & (members["status"] != VACANT)
        members["attached"][lost] = 0
        members["clinic"][lost] = instead[members["clinic"][lost]]

    def bill(self) -> None:
        """Bill each claim of the month to its payer, and learn what members asked for."""
        result, agency = self.model.last, self.agency
        if self.participants is not None:
            self.participants.close(self.model.month)
        self.claims = sort_claims(result.money, agency.inside, agency.prepaid, agency.parties.seen().money)
        self._post("cco", self.claims.budget_by_provider)
        self._post("state", self.claims.state_by_provider)
        for payer, name in enumerate(PAYERS):
            if payer not in (MEDICAID, UNCOMPENSATED):  # nobody pays for uncompensated care: it is the provider's loss
                self._post(name, self.claims.others[:, payer])
        claimed = ~agency.budget_runs
        self.mix[claimed] += result.money[claimed, IN_CCO, :, :, MEDICAID].sum(axis=1)
        if self.capacity.known:
            stack = self.capacity.stack
            asks, booked = stack(result.sought, result.clinic_sought), stack(result.served, result.clinic_served)
            posts, areas = self.decided.log_posts, self.capacity.area[: self.capacity.clinics]
            log_pay = stack(posts * self._part_under()[:, None], posts[areas, PRIMARY] * self._under)
            self.given = self.capacity.observe(asks, booked, log_pay)
        self._remember()

    def record(self) -> dict[str, Cents]:
        """Return what practices did this month, by area, in millionths, and who took part in contracts."""
        taking_part = {} if self.participants is None else self.participants.record()
        if not self.answers:
            return taking_part
        seen = self._see()
        shown: dict[str, Floats] = self.workload.record(seen)
        shown["wait_days"] = seen.by_area(self.model.clinics["wait_days"])
        for answer in self.answers.values():
            shown |= answer.record(seen)
        practices = {f"practices.{name}": millionths(values) for name, values in shown.items()}
        return {**practices, **taking_part}

    def _agents(self) -> list[Provider]:
        model, areas, clinics = self.model, len(self.mix), self.capacity.clinics
        of_clinics = enumerate(model.clinics["area"])
        agents = [Provider(model, "primary", int(area), clinic=c, row=c) for c, area in of_clinics]
        rationed = [SERVICES[service] for service in RATIONED]
        for kind in PROVIDERS[1:]:
            first = clinics + areas * rationed.index(kind) if kind in rationed else None
            rows = [None if first is None else first + area for area in range(areas)]
            agents += [Provider(model, kind, area, row=row) for area, row in enumerate(rows)]
        return agents

    @property
    def effort(self) -> Floats | None:
        """Effort of each clinic by activity, (clinic, ``schema.ACTIVITIES``); None where effort is not modeled."""
        answer = self.answers.get("effort")
        return answer.of_clinics if isinstance(answer, Effort) else None

    @property
    def clinic_sizes(self) -> Floats:
        """Usual visits to each clinic, as known from the warm-up."""
        return np.asarray(self.capacity.baseline[: self.capacity.clinics])

    @property
    def _under(self) -> Flags:
        """Clinics that contracts are with, if there are any."""
        return np.asarray(self.model.clinics["apart"] == 0)

    def _part_under(self) -> Floats:
        """Return the part of each area's primary care that these clinics give."""
        area, size = self.capacity.area[: self.capacity.clinics], np.maximum(self.clinic_sizes, FEWEST_VISITS)
        under, all_of_them = (np.bincount(area, one, len(self.mix)) for one in (size * self._under, size))
        return np.asarray(under / all_of_them)

    def outside(self) -> NDArray[np.void]:
        """Return areas as members meet them whose clinics are outside the contracts: without any answer to these."""
        areas = self.model.areas.copy()
        areas["apart"], areas["fee"], areas["refused"] = 1, 1, 0
        if self.answers:  # else nobody has decided anything
            nothing = Decided(len(self.mix), self.capacity.clinics)
            if self.homes.since.any():  # help is no answer to a contract; its level is that of clinics under one
                self.homes.add(nothing, self._see().by_area)
            self._write_answers(areas, nothing)
            self._write_prices(areas, nothing)
        return areas

    @property
    def taking_part(self) -> Floats:
        """Part of each area's attributed members whose clinician takes part in a contract on total cost."""
        return np.ones(len(self.mix)) if self.participants is None else self.participants.share()

    def of_list(self, benchmark: Floats, cost: Floats) -> tuple[Floats, Floats]:
        """Return the benchmark and cost of a year that belong to those who take part, out of each area's whole."""
        return (benchmark, cost) if self.participants is None else self.participants.of_list(benchmark, cost)

    @property
    def coding(self) -> Floats:
        """Log of what coding has added to risk scores, by area."""
        answer = self.answers.get("coding")
        return answer.now if isinstance(answer, Coding) else np.zeros(len(self.mix))

    @property
    def elsewhere(self) -> Floats:
        """Part of care that goes to hospitals outside a hospital budget, (area, service): planned care, and lines."""
        found = np.zeros(self.mix.shape)
        hospital, lines = self.answers.get("hospital"), self.answers.get("service_lines")
        if isinstance(hospital, Hospital):
            found[:, (INPATIENT, OUTPATIENT)] += hospital.elsewhere[:, None]
        if isinstance(lines, ServiceLines):
            found[:, INPATIENT] += lines.elsewhere
        return found

    def _see(self) -> Seen:
        """Return what providers know when they decide."""
        capacity = self.capacity
        spent = self.mix.sum(axis=1, keepdims=True)
        size = capacity.baseline[: capacity.clinics] if capacity.known else np.ones(capacity.clinics)
        size = size * (self._under | self.agency.calendar.empty[capacity.area[: capacity.clinics]])
        whole = np.bincount(capacity.area[: capacity.clinics], size, len(self.mix))
        return Seen(
            month=self.model.month,
            passed=self.decide_every,
            at_stake=self.agency.incentives,
            months_under=self.months_under,
            mix=self.mix / np.maximum(spent, 1),
            clinic_area=capacity.area[: capacity.clinics],
            clinic_size=size / np.maximum(whole, 1)[capacity.area[: capacity.clinics]],
            utilization=self.utilization,
            usual_utilization=self.usual_utilization,
            measured=self._measured(),
        )

    def _measured(self) -> Flags:
        """Quality measures that carry money this year, (area, metric)."""
        expected, year = self.model.scenario.metric_set, self.model.month // MONTHS_PER_YEAR
        counted = np.zeros(len(METRICS), dtype=np.bool_) if expected is None else expected.counted(year)
        return np.tile(counted, (len(self.mix), 1))

    def _add_up(self, seen: Seen) -> Decided:
        decided = Decided(len(self.mix), self.capacity.clinics)
        for answer in self.answers.values():
            answer.add(decided, seen)
        decided.hold_for(self._under)
        self.homes.add(decided, seen.by_area)
        return decided

    def _remember(self) -> None:
        """Count the months under other incentives, and remember utilization before them."""
        neutral = is_neutral(self.agency.incentives())
        self.months_under = np.where(neutral, 0, self.months_under + 1)
        n = self.capacity.clinics
        self.utilization = self.capacity.waits.utilization[:n].copy()
        now, before = self.utilization, self.usual_utilization
        moved = np.where(before > 0, before + self.capacity.terms.memory * (now - before), now)
        self.usual_utilization = np.where(neutral[self.capacity.area[:n]], moved, before)

    def _write_answers(self, areas: NDArray[np.void], decided: Decided) -> None:
        """Write what members meet; what their CCO does itself, to close loops and for measures, is added.

        Where rates are published, areas behind the mean give more of the care that is measured.
        """
        work = felt([cco.measures for cco in self.model.ccos], self.evening_hours)
        areas["log_volume"], areas["avoidable"] = decided.log_volume, np.exp(decided.log_avoidable - work.avoided)
        areas["induced"], areas["withheld"] = induced_and_withheld(
            decided.log_volume, decided.log_withheld, self.usual_induced
        )
        areas["sent"] = decided.sent
        areas["diversion"], areas["observation"] = decided.diversion, decided.observation
        areas["turned_away"], areas["shortened"] = decided.turned_away, decided.shortened
        areas["no_bed"] = decided.no_bed
        areas["deliver"], areas["record"] = decided.deliver + work.care, decided.record + work.records
        areas["aimed"], areas["aimed_at"] = work.aimed, work.aimed_at
        if self.published > 0 and self.model.month >= 0:
            rates = self.model.quality.rates(self.model.month // MONTHS_PER_YEAR - 1)
            areas["deliver"] += urge(rates, self.published, self.reputation)
            areas["rated_behind"] = looked_at(rates, self.published, self.public_choice)
        areas["proactive"] = decided.proactive
        areas["by_fees"], areas["favor"] = decided.by_fees, decided.favor
        areas["closed_loops"] = np.clip(self.model.actions["closed_loops"] + decided.closed_loops, 0, 1)

    def _write_clinics(self) -> None:
        """Write what members meet at their clinic."""
        clinics, decided = self.model.clinics, self.decided
        clinics["induced"], clinics["withheld"] = induced_and_withheld(
            decided.log_clinic_volume, decided.log_clinic_withheld, self.usual_induced[PRIMARY]
        )
        clinics["leavers"] = decided.leavers
        clinics["replaced"] = -np.expm1(np.minimum(decided.log_clinic_replaced, 0))
        clinics["intake"] = np.minimum(self.usual_intake * np.exp(decided.log_intake), 1) * self.clinic_open
        teams = np.floor(TOP * np.maximum(decided.team, self.homes.since > 0))
        clinics["tier"] = np.maximum(self.usual_tier, teams)

    def _helped(self) -> Flags:
        """Whether a clinic's CCO, or the state, helps it to full recognition as a medical home."""
        by_state = self.homes_by_state if self.model.month >= 0 else 0.0
        part = np.array([max(cco.measures.homes, by_state) for cco in self.model.ccos])
        return np.asarray(self.recognition < part[np.asarray(self.model.clinics["area"])])

    def _write_prices(self, areas: NDArray[np.void], decided: Decided) -> None:
        log_price = self.agency.stakes.squeezed() + decided.log_price
        areas["price_index"] = price_index(self.model.month, *self.growth)
        areas["cco_price"] = np.exp(log_price)  # only Medicaid's part for CCO members: no other price falls with it

    def _write_waits(self) -> None:
        n = self.capacity.clinics
        there = self.capacity.stack(self.events_capacity.T, self.events_capacity[PRIMARY][self.capacity.area[:n]])
        there[:n] *= np.exp(self.decided.log_capacity) * self.clinic_open
        waits = self.capacity.solve(self.model.month, there)
        self.model.areas["lost"][:, RATIONED] = self.capacity.by_area(waits.lost)
        clinics = self.model.clinics
        clinics["capacity"], clinics["wait_days"] = self.capacity.whole[:n], waits.days[:n]
        clinics["lost"] = waits.lost[:n]
        if self.model.last is not None:
            self.model.areas["opioid_open"] = self.opioid_slots.open_part(self.model.last.registers)

    def _post(self, payer: str, cents: Cents) -> None:
        for kind, name in enumerate(PROVIDERS):
            self.model.ledger.transfer(EVERY_AREA, payer, name, cents[:, kind], "claims")


def rural_part(members: NDArray[np.void], areas: int) -> Floats:
    """Return the part of each area's members who live in rural or frontier places."""
    here = np.isin(members["status"], HERE)
    people = np.bincount(members["area"][here], minlength=areas)
    rural = np.bincount(members["area"][here & (members["rurality"] > 0)], minlength=areas)
    return np.asarray(rural / np.maximum(people, 1))
