"""Which parameter each term of an organization is, and how it is turned: every parameter has a number of its own."""

from itertools import count

import numpy as np
import pytest

from sim.agents.cco.choice import Habits
from sim.agents.cco.governance import Terms
from sim.agents.cco.objective import Horizon, Weights
from sim.agents.cco.reserves import Solvency
from sim.agents.providers.capacity import CapacityTerms
from sim.agents.providers.opioid_slots import SlotTerms
from sim.agents.providers.responses.effort import Terms as EffortTerms
from sim.agents.providers.responses.savings_trend import Response
from sim.agents.providers.responses.transformation import Surplus
from sim.agents.providers.staffing import Staffing
from sim.agents.providers.waits import WaitCurve
from sim.agents.providers.workload import Workload
from sim.agents.state.rates import RateTerms

pytestmark = pytest.mark.quick

TERMS = {
    CapacityTerms: {
        "served_share": "providers.served_share", "memory": "providers.asks_memory",
        "days_in_month": "providers.days_in_month",
    },
    Staffing: {
        "demand": "providers.posts_demand", "fills": "providers.posts_filled",
        "fills_behavioral": "providers.posts_filled_behavioral", "leaves": "providers.posts_left",
    },
    WaitCurve: {
        "wait": "providers.wait_days", "at": "providers.wait_utilization", "cap": "providers.wait_cap",
        "patience": "providers.wait_patience", "highest": "providers.highest_utilization",
    },
    SlotTerms: {
        "slots": "treatment.opioid_slots", "offer": "treatment.opioid_offer", "spare": "treatment.opioid_spare",
        "growth": "treatment.opioid_slot_growth", "leaving": "treatment.opioid_mean_exit",
    },
    Workload: {
        "usual": "practices.turnover", "slope": "practices.turnover_slope", "most": "practices.turnover_most",
    },
    Surplus: {
        "visits": "practices.surplus_visits", "team": "practices.surplus_team",
        "per_point": "practices.surplus_per_point", "meets": "practices.line_threshold", "panel": "practices.panel",
        "counted": "practices.fee_for_teams",
    },
    Response: {
        "slope": "reduced_form.trend_slope", "lag": "reduced_form.trend_lag", "ceiling": "reduced_form.trend_ceiling",
        "price_share": "reduced_form.trend_price_share", "inertia": "providers.response_inertia",
        "spread": "reduced_form.trend_spread",
    },
    EffortTerms: {
        "cuts_alike": "providers.cuts_alike", "closed_loops": "effort.closed_loops",
        "quality": "effort.quality_log_odds", "proactive": "effort.proactive_log_odds",
        "recording": "effort.recording_log_odds",
    },
    Habits: {"step": "ccos.step", "spread": "ccos.choice_spread", "reconsider": "ccos.reconsider"},
    Solvency: {
        "opening": "ccos.opening_reserve", "requirement": "ccos.reserve_requirement",
        "minimum": "ccos.reserve_minimum", "multiple": "ccos.reserve_ceiling", "dividend": "ccos.dividend",
        "exit_margin": "ccos.exit_margin", "exit_reserve": "ccos.exit_reserve", "exit_after": "ccos.exit_after",
    },
    Terms: {
        "priorities": "ccos.priorities", "shortest": "ccos.term_shortest", "longest": "ccos.term_longest",
    },
    Weights: {
        "margin": "ccos.margin_weight", "health_value": "ccos.health_value", "metric": "ccos.metric_weight",
        "hospital": "ccos.hospital_weight", "community": "ccos.community_weight",
    },
    Horizon: {"months": "ccos.horizon", "churn": "ccos.believed_churn", "rebase": "payment.rebasing_share"},
    RateTerms: {
        "trend": "payment.trend", "cap": "payment.growth_cap", "phase": "payment.cap_phase", "give": "payment.cap_give",
        "exit_give": "payment.exit_give", "rebasing": "payment.rebasing_share",
        "past_cap": "payment.rebasing_past_cap", "lag": "payment.rebasing_lag", "load": "payment.load",
        "credible_months": "payment.credible_months",
    },
}  # fmt: skip


class Numbered:
    """A registry in which each parameter has the next whole number."""

    def __init__(self):
        self.given, self.next = {}, count(2)

    def get(self, name):
        if name not in self.given:
            self.given[name] = float(next(self.next))
        return self.given[name]


@pytest.mark.parametrize("kind", TERMS, ids=lambda kind: f"{kind.__module__.split('.')[-1]}.{kind.__name__}")
def test_a_term_is_the_parameter_that_it_is_called_after(kind):
    registry = Numbered()
    terms = kind.of(registry)
    wanted = {name: registry.get(parameter) for name, parameter in TERMS[kind].items()}
    assert {name: getattr(terms, name) for name in wanted} == wanted


def test_terms_that_are_turned_into_others():
    """A yearly discount of n is a monthly factor of 1 / (1 + n) to the twelfth root; ratios are added as logs."""
    registry = Numbered()
    assert Horizon.of(registry).discount ** 12 == pytest.approx(1 / (1 + registry.get("ccos.discount")))
    effort = EffortTerms.of(registry)
    for ours, declared in (("log_avoidable", "ratio"), ("log_avoidable_proactive", "ratio_proactive")):
        assert getattr(effort, ours) == pytest.approx(np.log(registry.get(f"effort.avoidable_{declared}")))
