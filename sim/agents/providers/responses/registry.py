"""Which answers providers give: one model of response at a time (model.md 17), each of its answers off by name.

``none``            nobody answers; nor where decisions are replayed (``organizations=fixed``).
``effort``          limited effort (E5), with what every practice decides about panels, teams, hospitals and coding.
``reduced_form``    the estimated answers to fees (E2), contracts (E3) and bonuses (E6), with the same four.
``savings_trend``   the estimated trend of savings under contracts on total cost, alone.
"""

from typing import Any

from sim.agents.providers.response import Answer
from sim.agents.providers.responses.coding import Coding, follows_payment
from sim.agents.providers.responses.effort import Effort
from sim.agents.providers.responses.hospital import Hospital, Observation
from sim.agents.providers.responses.inducement import Inducement
from sim.agents.providers.responses.measured_care import MeasuredCare
from sim.agents.providers.responses.savings_trend import SavingsTrend
from sim.agents.providers.responses.selection import Intake, Participation, Selection
from sim.agents.providers.responses.stinting import PreventiveTargets, Shifting, Stinting
from sim.agents.providers.responses.transformation import Transformation

Answers = dict[str, Answer]


def answers_of(model: Any) -> Answers:
    """Return the answers of the scenario's providers by name, in the order in which they are given."""
    choice = model.scenario.providers
    off = frozenset(choice.without)
    if choice.response == "none" or model.scenario.organizations == "fixed":
        return {}
    if choice.response == "savings_trend":
        return {"savings_trend": SavingsTrend(model)}
    core = _effort(model, off) if choice.response == "effort" else _reduced_form(model, off)
    both: Answers = {
        "intake": Intake(model),
        "selection": Selection(model),
        "participation": Participation(model),
        "transformation": Transformation(model),
        "hospital": Hospital(model),
        "observation": Observation(model),
    }
    return {name: answer for name, answer in {**core, **both}.items() if name not in off}


def _effort(model: Any, off: frozenset[str]) -> Answers:
    effort = Effort(model, off)
    return {"effort": effort, "coding": Coding(model, effort.coding)}


def _reduced_form(model: Any, off: frozenset[str]) -> Answers:
    return {
        "inducement": Inducement(model, off),
        "stinting": Stinting(model),
        "shifting": Shifting(model),
        "preventive": PreventiveTargets(model),
        "quality": MeasuredCare(model),
        "coding": Coding(model, follows_payment),
    }
