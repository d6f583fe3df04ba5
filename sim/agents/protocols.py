"""What an organization may read of the system around it, in small parts; each names the narrowest that it needs.

``HealthSystem`` is all of them. What one organization reads of another is an argument of its constructor or method.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from sim.engine.arrays import Flags, Floats
from sim.engine.parameters import Registry
from sim.engine.snapshot import Saved
from sim.member.month import MonthResult
from sim.payment.ledger import Ledger
from sim.scenario import Scenario
from sim.upstream.package import Package


class Setting(Protocol):
    """What a run is given and keeps: parameters, scenario, seed, and people per sampled member of each area."""

    @property
    def registry(self) -> Registry: ...
    @property
    def scenario(self) -> Scenario: ...
    @property
    def seed(self) -> int: ...
    @property
    def weights(self) -> Floats: ...


class Clock(Protocol):
    """Which month it is; negative in the warm-up."""

    @property
    def month(self) -> int: ...


class Membership(Protocol):
    """The table of members, one row each (``schema.MEMBER``); a grown table is another array."""

    @property
    def members(self) -> NDArray[Any]: ...


class LastMonth(Protocol):
    """What happened in the month that members went through last."""

    @property
    def last(self) -> MonthResult: ...


class Books(Protocol):
    """The ledger, to read and to post transfers."""

    @property
    def ledger(self) -> Ledger: ...


class Actions(Protocol):
    """What CCOs have decided, by area (``sim/agents/cco/actions.py``)."""

    @property
    def actions(self) -> NDArray[Any]: ...


class Areas(Protocol):
    """What members of each area feel of organizations (``schema.AREA``), to write."""

    @property
    def areas(self) -> NDArray[Any]: ...


class Clinics(Protocol):
    """What members of each clinic feel of it (``schema.CLINIC``), to write."""

    @property
    def clinics(self) -> NDArray[Any]: ...


class CommunityModel(Clock, Areas, Protocol):
    """What a community reads, and the area that it writes."""


class SlotsModel(Setting, Clock, Membership, LastMonth, Protocol):
    """What decides who gets a slot; written are the members' columns on packages."""


class FundsModel(Setting, Clock, Books, Protocol):
    """What a fund reads, and the ledger from which it pays."""


class Council(Protocol):
    """The community of an area, as programs see it."""

    def puts_first(self, packages: Sequence[Package]) -> Flags:
        """Return which packages serve a priority of the community."""


class ParticipantsModel(Setting, Membership, Protocol):
    """What decides which clinicians take part in a contract."""


class ProvidersModel(ParticipantsModel, Clock, LastMonth, Books, Actions, Areas, Clinics, Protocol):
    """What providers read, the claims that they post, and what members feel of them."""


class Organization(Protocol):
    """Whose memory is saved when a run stops, or handed to the arms of a comparison after the warm-up."""

    def snapshot(self) -> Saved:
        """Return what the months to come depend on."""

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot."""
