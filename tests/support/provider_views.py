"""What providers see, for tests: two areas of two clinics each, under incentives that a test chooses."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from sim.agents.providers.response import Decided, Market, Seen
from sim.agents.providers.responses.registry import answers_of
from sim.payment.incentives import no_incentives
from sim.payment.ledger import PROVIDERS
from sim.schema import METRICS, SERVICES
from tests.support.stand_in_system import REGISTRY

AREAS, CLINICS = 2, 4
RURAL = np.zeros(AREAS)
ALL_INSIDE = np.ones((AREAS, len(SERVICES)), dtype=bool)


def market(**changes):
    """Two areas of two clinics, under the shipped parameters but for ``changes``."""
    registry = REGISTRY.override({name.replace("__", "."): value for name, value in changes.items()})
    return Market(registry, seed=3, areas=AREAS, clinic_area=np.array([0, 0, 1, 1]), rural=RURAL)


def answers(response="effort", without=(), organizations="live"):
    """The responses of the scenario's providers, by name; none of them reads the agency or the month."""
    choice = SimpleNamespace(response=response, off=frozenset(without))
    return answers_of(market(), SimpleNamespace(organizations=organizations, providers=choice))


def seen(month=0, measured=True, months_under=12.0, utilization=0.86, **incentives):
    """A decision; incentives are numbers for all areas, or arrays. ``at_risk`` is that of every kind of provider."""
    plain = no_incentives(AREAS)
    inside = incentives.pop("inside", ALL_INSIDE)
    members = incentives.pop("members", 1.0)
    chosen = {name: np.zeros_like(getattr(plain, name)) + value for name, value in incentives.items()}
    return Seen(
        month=month,
        passed=3,
        at_stake=lambda: replace(plain, inside=inside, members=np.full(AREAS, members), **chosen),
        months_under=np.full(AREAS, months_under),
        mix=np.tile([0.12, 0.14, 0.08, 0.05, 0.12, 0.08, 0.2, 0.15, 0.06], (AREAS, 1)),
        clinic_area=np.array([0, 0, 1, 1]),
        clinic_size=np.array([0.25, 0.75, 0.5, 0.5]),
        utilization=np.full(CLINICS, utilization),
        usual_utilization=np.full(CLINICS, 0.86),
        measured=np.zeros((AREAS, len(METRICS)), dtype=bool) | measured,
    )


def lived(answer, quarters, measured=True, **incentives):
    """Decide so many quarters under the same incentives; return what members feel then."""
    decided = Decided(AREAS, CLINICS)
    for quarter in range(quarters):
        answer.decide(seen(month=3 * quarter, measured=measured, **incentives))
    answer.add(decided, seen(measured=measured, **incentives))
    return decided


def nothing(decided):
    """Whether nothing at all was decided."""
    return not any(np.any(value) for value in vars(decided).values())


AT_RISK = {"at_risk": np.eye(1, len(PROVIDERS))[0] * 0.25}
