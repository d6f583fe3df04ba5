"""The health system as organizations read it; what one reads of another is an argument, or a small protocol here."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from sim.agents.cco.measure_work import MeasureWork
from sim.engine.arrays import Cents, Floats
from sim.engine.by_parts import Found
from sim.engine.parameters import Registry
from sim.measures.quality import Quality
from sim.member.month import MonthResult
from sim.member.served import Served
from sim.payment.ledger import Ledger
from sim.payment.month import Network
from sim.scenario import Scenario


class RatedCCO(Protocol):
    """What the state and providers read of a CCO."""

    @property
    def measures(self) -> MeasureWork: ...
    @property
    def settled_margin(self) -> float: ...
    @property
    def threatens_exit(self) -> bool: ...


class ProgramCosts(Protocol):
    """What the state reads of the funds of upstream programs, which are founded after it."""

    def paid_by_budgets(self) -> Cents: ...


class CareCosts(Protocol):
    """What the state reads of CCOs' bills."""

    def care_programs(self) -> Cents: ...


class System(Protocol):
    """The health system: ``HealthSystem``, or what stands in for it in a test.

    The other organizations exist by the time that one decides or settles.

    Attributes
    ----------
    weights : people per sampled member of each area.
    month : the month that is simulated; negative in the warm-up.
    members : the table of members, one row each (``schema.STORED``); a grown table is another array.
    served : what packages have done for members whom any ever served.
    by_parts : what a function finds in each part of a table, on all threads, in the order of its rows.
    last : what happened in the month that members went through last.
    party, judged : what happened in it to members of clinics that contracts may be with, and their quality.
    actions : what CCOs have decided, by area (``sim/agents/cco/actions.py``).
    areas, clinics : what members feel of organizations (``schema.AREA``, ``schema.CLINIC``), to write.
    """

    @property
    def registry(self) -> Registry: ...
    @property
    def scenario(self) -> Scenario: ...
    @property
    def seed(self) -> int: ...
    @property
    def weights(self) -> Floats: ...
    @property
    def area_names(self) -> Sequence[str]: ...
    @property
    def month(self) -> int: ...
    @property
    def members(self) -> NDArray[Any]: ...
    @property
    def served(self) -> Served: ...
    def by_parts(self, table: NDArray[Any], work: Callable[[NDArray[Any]], Found]) -> list[Found]: ...
    @property
    def last(self) -> MonthResult: ...
    @property
    def party(self) -> MonthResult: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def actions(self) -> NDArray[Any]: ...
    @property
    def areas(self) -> NDArray[Any]: ...
    @property
    def clinics(self) -> NDArray[Any]: ...
    @property
    def quality(self) -> Quality: ...
    @property
    def judged(self) -> Quality: ...
    @property
    def ccos(self) -> Sequence[RatedCCO]: ...
    @property
    def providers(self) -> Network: ...
    @property
    def funds(self) -> ProgramCosts: ...
    @property
    def bills(self) -> CareCosts: ...
