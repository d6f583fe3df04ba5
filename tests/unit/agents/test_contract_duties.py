"""Contract duties bind boards by their dates, and cost money where they are not met."""

import numpy as np
import pytest

from sim.axes import MEANS
from sim.payment.forms.contract_duties import declared_homes, floors
from sim.payment.ledger import PURPOSES
from sim.schema import MEDICAL_HOME, METRICS
from tests.support.stand_in_system import AREAS, REGISTRY, StandIn

pytestmark = pytest.mark.quick

DUTIES = ("global_budget", "contract_duties")
MARGIN = {
    "ccos__health_value": 0,
    "ccos__community_weight": 0.0,
    "ccos__metric_weight": 0.0,
    "ccos__choice_spread": 0.0,
}
UNWANTED = {"ccos__believed_saving": 0.0, "ccos__reconsider": 1.0, "ccos__opening_reserve": 0.5}
WORLD = {"levers": ("behavioral_integration",), **MARGIN, **UNWANTED}
BY = 36


def integration(model):
    return model.actions["behavioral_integration"]


def sanctions(model):
    return np.sum(model.purposes, axis=0)[:, PURPOSES.index("sanction")]


def test_a_duty_is_met_on_its_date_by_a_board_that_would_do_nothing():
    obliged, free = StandIn(contracts=DUTIES, **WORLD), StandIn(contracts=DUTIES[:1], **WORLD)
    seen = []
    for model in (obliged, free):
        model.month_by_month(12)
    for month in range(BY + 3):
        for model in (obliged, free):
            model.one_month()
        seen.append(integration(obliged).min())
        assert seen[-1] >= 0.3 * min(1, month / BY) - 1e-9
    assert not integration(free).any()  # the planted bug: a contract that asks for nothing
    assert seen[BY] == pytest.approx(0.3)
    assert not sanctions(obliged).any()


def test_a_cco_without_money_misses_duties_is_fined_and_loses_capitation_after_the_cure():
    poor = {
        "payment__load": 0.05,
        "ccos__administration": 0.2,
        "ccos__opening_reserve": 0.0,
        "ccos__exit_after": 100,
        "ccos__reserve_minimum": 0,
    }
    model = StandIn(contracts=DUTIES, payment__duty_found=1.0, **{**WORLD, **poor}).month_by_month(12)
    paid = []
    for _ in range(12 + 12 + 15):
        model.one_month()
        paid.append(model.purposes[-1][:, PURPOSES.index("sanction")])
    fines = np.flatnonzero([cents.any() for cents in paid])
    assert fines[0] == 11  # found when the first contract year ends
    assert (paid[11] == 25_000 * 100 / 20).all()
    held = [month for month in range(len(paid)) if paid[month].any() and month % 12 != 11]
    assert held[0] == 11 + 16
    due = model.agency.revenue().due.sum(axis=1)
    assert np.abs(paid[-2] - 0.02 * due).max() < 8 * AREAS


def test_an_action_that_a_scenario_holds_fixed_is_no_duty():
    model = StandIn(contracts=DUTIES, levers=(), payment__duty_found=1.0).month_by_month(48)
    assert not sanctions(model).any()
    assert not model.actions["behavioral_integration"].any()


def test_duties_go_last_where_money_is_short():
    """What a board wants and cannot pay is cut first."""
    wants = {
        "ccos__believed_saving": {"care_management": 0.1},
        "ccos__opening_reserve": 0.3,
        "ccos__reserve_requirement": 0.3,
        "ccos__exit_after": 100,
    }
    world = {**WORLD, **wants, "levers": ("behavioral_integration", "care_management")}
    floor = {"payment__duty_floor": {"care_management": 0.0}}
    model = StandIn(contracts=DUTIES, **world, **floor).month_by_month(12 + BY)
    assert (integration(model) >= 0.3 * (BY - 3) / BY - 1e-9).all()
    assert not model.actions["care_management"].any()


def test_the_floor_of_medical_homes_by_hand():
    """Half from the start, .83 after five years: .566 and .632 after one and two."""
    duty = declared_homes(REGISTRY)
    assert floors(duty, np.array([0, 12, 24, 60, 90])).ravel() == pytest.approx([0.5, 0.566, 0.632, 0.83, 0.83])


def test_a_cco_helps_the_clinics_that_its_contract_asks_for_and_pays_for_them():
    """Nothing is won by it: there is no quality pool. Of 4,000 members 3,000 count, three times each."""
    world = {**WORLD, "levers": ("measure_work",), "members": 500}
    obliged, free = StandIn(contracts=DUTIES, **world), StandIn(contracts=DUTIES[:1], **world)
    for model in (obliged, free):
        model.quality.denominators = lambda year: np.full((AREAS, len(METRICS)), 3 * 3_000)
        model.month_by_month(12 + 24)
    homes = np.array([cco.measures.work[MEANS.index("medical_homes"), MEDICAL_HOME] for cco in obliged.ccos])
    assert homes == pytest.approx(0.5 + 0.33 * 24 / 60)  # bought in month 21, for month 24
    assert all(cco.measures.work.sum() == homes[0] for cco in obliged.ccos)
    assert (obliged.clinics["tier"] == 3).any()
    paid = np.sum(obliged.purposes, axis=0)[:, PURPOSES.index("care_management")]
    assert (paid > 0).all()
    assert not sanctions(obliged).any()
    assert not (free.clinics["tier"] == 3).any()
    assert not np.sum(free.purposes, axis=0)[:, PURPOSES.index("care_management")].any()


def test_a_cco_that_may_not_work_on_measures_has_no_duty_of_homes():
    model = StandIn(contracts=DUTIES, **WORLD).month_by_month(12 + 12)
    assert not any(cco.measures.work.any() for cco in model.ccos)
