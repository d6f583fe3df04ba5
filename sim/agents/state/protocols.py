"""What the state may read of the health system; the other organizations exist by the time that it decides or settles.

``HealthSystem`` is all of it. What payment forms see of a month is in ``sim.payment.month``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents, Floats
from sim.engine.parameters import Registry
from sim.payment.fee_for_service import Claims
from sim.payment.ledger import Ledger
from sim.payment.month import Network, QualityRates, Seen

if TYPE_CHECKING:
    from sim.scenario import Scenario


class RatedCCO(Protocol):
    """What rates and settlements read of a CCO."""

    @property
    def last_margin(self) -> float: ...
    @property
    def threatens_exit(self) -> bool: ...
    @property
    def care_programs(self) -> int: ...


class BillingProviders(Network, Protocol):
    """What the state reads of providers: claims, who takes part in contracts, and what coding adds to risk scores."""

    @property
    def claims(self) -> Claims: ...
    @property
    def coding(self) -> Floats: ...


class ProgramCosts(Protocol):
    """What upstream programs cost this month, by area."""

    def costs_cents(self) -> Cents: ...


class Grants(Protocol):
    """What of an area's programs the outside grant does not pay."""

    def beyond_grant(self, area: int, cents: int) -> int: ...


class AgencyModel(Protocol):
    """The health system as the state sees it."""

    @property
    def scenario(self) -> "Scenario": ...
    @property
    def registry(self) -> Registry: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def weights(self) -> Floats: ...
    @property
    def area_names(self) -> Sequence[str]: ...
    @property
    def month(self) -> int: ...
    @property
    def last(self) -> Seen | None: ...
    @property
    def members(self) -> NDArray[np.void]: ...
    @property
    def areas(self) -> NDArray[np.void]: ...
    @property
    def actions(self) -> NDArray[np.void]: ...
    @property
    def quality(self) -> QualityRates: ...
    @property
    def ccos(self) -> Sequence[RatedCCO]: ...
    @property
    def providers(self) -> BillingProviders: ...
    @property
    def slots(self) -> ProgramCosts: ...
    @property
    def funds(self) -> Grants: ...


def seen(model: AgencyModel) -> Seen:
    """Return what happened to members last.

    Raises
    ------
    ValueError
        Before the first month.
    """
    if model.last is None:
        raise ValueError("contracts cannot begin in the first month that is simulated: give the run a warm-up")
    return model.last
