"""A month as the rules of payment forms see it: what they may read, and the payer through which they move money."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents, Flags, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.payment.experience import Experience
from sim.payment.fee_for_service import IN_CCO, Claims
from sim.payment.ledger import PAYEES
from sim.payment.metric_sets import MetricSet
from sim.payment.payer import Payer
from sim.payment.tallies import ContractYear, Duties, QualityYear
from sim.schema import COUNT_INDEX, MEDICAID, SERVICES

MEMBER_MONTHS, ATTACHED_MONTHS = COUNT_INDEX["member_months"], COUNT_INDEX["attached_months"]


class Revenue(NamedTuple):
    """Capitation of a month in cents, (area, rate category): due, and the part of it that is withheld."""

    due: Cents
    held: Cents


class Seen(Protocol):
    """What happened to members in a month; shapes as in ``sim.model.MonthResult``."""

    @property
    def money(self) -> Cents: ...
    @property
    def counts(self) -> Ints: ...
    @property
    def rate_months(self) -> Ints: ...
    @property
    def registers(self) -> Ints: ...


class QualityRates(Protocol):
    """Quality measures of a year, (area, measure): rates, and how many people or events each was counted for."""

    def rates(self, year: int) -> Floats: ...
    def denominators(self, year: int) -> Ints: ...


class Network(Protocol):
    """What the state reads of providers: claims, what coding adds to scores, hospital care elsewhere, who joins.

    ``clinic_sizes`` are usual visits to each clinic, ``mix`` is spending by service before any budget.
    """

    @property
    def claims(self) -> Claims: ...
    @property
    def coding(self) -> Floats: ...
    @property
    def elsewhere(self) -> Floats: ...
    @property
    def mix(self) -> Cents: ...
    @property
    def taking_part(self) -> Floats: ...
    @property
    def clinic_sizes(self) -> Floats: ...
    def of_list(self, benchmark: Floats, cost: Floats) -> tuple[Floats, Floats]: ...


@dataclass(frozen=True)
class Month:
    """What a rule may read of a month. Flags and numbers are by CCO area; months count from the first of the run.

    Attributes
    ----------
    in_force : names of the scenario's forms.
    starts, runs : month in which an area's contracts begin; areas in which they are in force.
    scope, enters : services that are ever in scope; month from which each is, (area, service).
    budget, inside : areas whose CCO is paid capitation; services that it pays for, (area, service).
    year, ends : contract years since the start; areas in the last month of one.
    last : the month that members went through last: while the state decides, that is the month before. Of contracts
        with a part of the clinics, or for some kinds of members, it holds these alone; so does ``quality``, by clinic.
    members, actions : the table of members; what CCOs have decided, a field for each action.
    prepaid : share of CCO members' claims that fixed payments have paid for, (area, service).
    contract_year, quality_year : what is kept until a contract year, or a calendar year, is settled.
    duties : what the state knows of unmet duties; ``may_change``: actions that boards of the scenario may change;
        ``luck_of_inspection``: a uniform draw for each area.
    revenue : what CCOs earn this month.
    """

    month: int
    registry: Registry
    weights: Floats
    in_force: frozenset[str]
    starts: Ints
    runs: Flags
    scope: Flags
    enters: Ints
    budget: Flags
    inside: Flags
    year: Ints
    ends: Flags
    last: Seen
    members: NDArray[np.void]
    actions: NDArray[np.void]
    quality: QualityRates
    network: Network
    metric_set: MetricSet | None
    experience: Experience
    payer: Payer
    contract_year: ContractYear
    quality_year: QualityYear
    duties: Duties
    may_change: Flags
    luck_of_inspection: Callable[[], Floats]
    revenue: Callable[[], Revenue]
    prepaid: Floats

    def under(self, share: float) -> Floats:
        """Return ``share`` where contracts are in force, else 0."""
        return np.asarray(share * self.runs, dtype=np.float64)

    def of_services(self, services: tuple[int, ...], share: Floats) -> Floats:
        """Return ``share[area]`` of some services and 0 of the others, (area, service)."""
        found = np.zeros((len(self.runs), len(SERVICES)))
        found[:, services] = share[:, None]
        return found

    def pay_for(self, service: int, payee: str, cents: Cents, purpose: str) -> None:
        """Pay ``cents[area, rate category]``, from the CCO or the state, whichever pays for this service."""
        self.payer.pay(payee, cents, self.inside[:, service], purpose)

    def by_start(self, areas: Flags, value: Callable[[int], Floats]) -> Floats:
        """Return ``value`` of the month in which each of ``areas`` began, put together by area; 0 for the others."""
        found = np.zeros(1)
        for start in np.unique(self.starts[areas]):
            of_start = value(int(start))
            here = (areas & (self.starts == start)).reshape(-1, *[1] * (of_start.ndim - 1))
            found = np.where(here, of_start, found)
        return found

    def months(self) -> Ints:
        """Return this month's member-months of CCO members, (area, rate category)."""
        return self.last.rate_months[:, IN_CCO]

    def claims(self) -> Cents:
        """Return what Medicaid paid for CCO members by old prices, (area, rate category, service)."""
        return self.last.money[:, IN_CCO, :, :, MEDICAID]

    def attributed(self) -> Floats:
        """Return this month's member-months of CCO members with a usual clinic, (area, rate category).

        Attachment is known by area: every rate category of an area is taken to be attached alike.
        """
        counts = self.last.counts
        share = counts[:, ATTACHED_MONTHS] / np.maximum(counts[:, MEMBER_MONTHS], 1)
        return np.asarray(self.months() * share[:, None])

    def months_of_year(self) -> Cents:
        """Return member-months of CCO members in the calendar year so far, (area, rate category)."""
        before = self.experience.since(self.month - MONTHS_PER_YEAR + 1, self.month - 1)
        return np.asarray(self.months() if before is None else self.months() + before.months)

    def months_of_contract_year(self) -> Cents:
        """Return member-months of CCO members in the twelve months that end with this one, (area, rate category)."""
        return self.experience.year(self.month - MONTHS_PER_YEAR + 1).months

    def base_pmpm(self) -> Floats:
        """Return what CCO members cost in the year before their area's contracts began, USD PMPM; 0 before they do."""

        def of_start(start: int) -> Floats:
            year = self.experience.year(start - MONTHS_PER_YEAR)
            return np.asarray(year.cents.sum(axis=(1, 2)) / np.maximum(year.months.sum(axis=1), 1) / 100)

        return self.by_start(self.runs, of_start)

    def expected(self, first: int) -> Floats:
        """Return the expected cost of services in scope in the year from ``first``, in cents PMPM."""
        return self.experience.expected(first, self.scope, self.weights, self.registry.get("payment.credible_months"))

    def split(self) -> Floats:
        """Return the part of shared savings and losses that falls on each kind of provider; they add to 1."""
        weights = np.asarray(self.registry.get("payment.risk_bearers")) @ PAYEES
        return np.asarray(weights / max(weights.sum(), np.finfo(float).tiny))
