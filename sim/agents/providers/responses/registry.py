"""Which responses providers give: one model at a time (model.md 17); each of its responses can be switched off.

``none``            nobody responds; nor where decisions are replayed (``organizations=fixed``).
``effort``          limited effort (E5), with decisions about patient panels, posts, teams, hospitals and coding.
``reduced_form``    the estimated responses to fees (E2), contracts (E3), bonuses (E6), shared risk; the same others.
``savings_trend``   the estimated trend of savings under contracts on total cost, alone.
"""

from sim.agents.providers.response import Answer, Market
from sim.agents.providers.responses.coding import Coding, follows_payment
from sim.agents.providers.responses.effort import Effort
from sim.agents.providers.responses.hiring import Hiring
from sim.agents.providers.responses.hospital import Hospital, Observation
from sim.agents.providers.responses.inducement import Inducement
from sim.agents.providers.responses.measured_care import MeasuredCare
from sim.agents.providers.responses.savings_trend import SavingsTrend
from sim.agents.providers.responses.selection import Intake, Participation, Selection
from sim.agents.providers.responses.service_lines import ServiceLines
from sim.agents.providers.responses.stinting import PreventiveTargets, Shifting, Stinting
from sim.agents.providers.responses.transformation import Transformation
from sim.agents.providers.responses.turnover import Turnover
from sim.scenario import Scenario

Answers = dict[str, Answer]


def answers_of(market: Market, scenario: Scenario) -> Answers:
    """Return the responses of the scenario's providers by name, in the order in which they decide."""
    choice = scenario.providers
    off = choice.off
    if choice.response == "none" or scenario.organizations == "fixed":
        return {}
    if choice.response == "savings_trend":
        return {"savings_trend": SavingsTrend(market)}
    core = _effort(market, off) if choice.response == "effort" else _reduced_form(market, off)
    both: Answers = {
        "intake": Intake(market),
        "selection": Selection(market),
        "participation": Participation(market),
        "hiring": Hiring(market),
        "turnover": Turnover(market),
        "transformation": Transformation(market),
        "hospital": Hospital(market),
        "service_lines": ServiceLines(market),
        "observation": Observation(market),
    }
    return {name: answer for name, answer in {**core, **both}.items() if name not in off}


def _effort(market: Market, off: frozenset[str]) -> Answers:
    effort = Effort(market, off)
    return {"effort": effort, "coding": Coding(market, effort.coding)}


def _reduced_form(market: Market, off: frozenset[str]) -> Answers:
    return {
        "inducement": Inducement(market, off),
        "stinting": Stinting(market),
        "shifting": Shifting(market),
        "preventive": PreventiveTargets(market),
        "quality": MeasuredCare(market),
        "shared_risk": SavingsTrend(market),
        "coding": Coding(market, follows_payment),
    }
