"""The reduced form is the closed form, can be switched off, and can be nothing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.responses.savings_trend import RESTRAINED, STRENGTH, Response
from sim.engine.draws import lognormals
from tests.support.stand_in_system import REGISTRY, StandIn

ONE = np.ones(1)


def test_the_declared_saving_after_five_years_by_hand():
    saving = Response.of(REGISTRY).saving(60, 0.25 * ONE, ONE)
    assert_allclose(saving, 0.0017 * 0.5 * 0.5 * 51)


def test_nothing_is_saved_before_the_lag_and_never_more_than_the_ceiling():
    response = Response.of(REGISTRY)
    assert response.saving(9, ONE, ONE) == 0
    assert response.saving(10_000, ONE, ONE) == response.ceiling


def test_volume_and_price_add_up_to_the_saving():
    response = Response.of(REGISTRY)
    volume, price = response.targets(np.array([0.02]), restrained_share=np.array([0.4]), affected=np.array([0.8]))
    assert_allclose(volume, -0.7 * 0.02 * 0.8 / 0.4)
    assert_allclose(price, -0.3 * 0.02 / 0.4)  # a CCO's prices are its own: not diluted by other members
    assert_allclose((volume + price * 0.8) * 0.4, -0.02 * 0.8)


def test_where_nothing_is_restrained_nothing_changes():
    volume, price = Response.of(REGISTRY).targets(np.array([0.02]), np.zeros(1), np.ones(1))
    assert volume == price == 0


def test_strengths_have_mean_one_and_the_declared_spread():
    drawn = lognormals(1, np.arange(4000), STRENGTH, 0.5)
    assert abs(drawn.mean() - 1) < 5 * 0.533 / np.sqrt(4000)
    assert abs(np.log(drawn).std() - 0.5) < 0.03
    assert_allclose(lognormals(1, np.arange(3), STRENGTH, 0.0), 1)
    assert np.array_equal(lognormals(1, np.arange(16), STRENGTH, 0.5), drawn[:16])


def test_under_a_budget_volume_of_the_restrained_services_falls():
    model = StandIn(response="savings_trend", reduced_form__trend_lag=0).month_by_month(48)
    volume = model.areas["log_volume"]
    assert (volume[:, RESTRAINED] < 0).all()
    assert not np.delete(volume, RESTRAINED, axis=1).any()
    price = model.areas["cco_price"]
    assert (price[:, RESTRAINED] < np.delete(price, RESTRAINED, 1)[:, :4]).all()


def test_it_follows_what_a_board_passes_on_and_any_contract_on_total_cost():
    def volume(contracts=("global_budget",), **levers):
        quick = {"reduced_form__trend_lag": 0, "reduced_form__trend_spread": 0, "providers__response_inertia": 0.5}
        model = StandIn(contracts=contracts, response="savings_trend", **quick).month_by_month(13)
        for _ in range(36):
            for name, value in levers.items():
                model.actions[name] = value
            model.one_month()
        return model.areas["log_volume"][0, RESTRAINED[0]]

    usual, shared = volume(), volume(pass_through=1.0)
    assert_allclose(shared / usual, 2, rtol=0.02)
    assert abs(volume(pass_through=0.0)) < abs(usual) / 1000  # what the first quarter moved has faded
    assert_allclose(volume(("shared_risk",)) / usual, 2, rtol=0.02)
    assert_allclose(volume(("shared_savings",)) / usual, 1, rtol=0.02)


def test_providers_move_quarterly_a_quarter_of_the_way():
    model = StandIn(response="savings_trend", reduced_form__trend_lag=0, reduced_form__trend_spread=0).month_by_month(
        12
    )
    seen = []
    for _ in range(9):
        model.one_month()
        seen.append(model.areas["log_volume"][0, RESTRAINED[0]])
    assert len(set(seen)) == 3
    aim = -0.7 * 0.0017 * 0.25 * 3 / (4 / 9) * 50 / 60
    assert_allclose(seen[3], 0.25 * aim)


@pytest.mark.parametrize(
    "changes",
    [
        {"response": "none"},
        {"response": "savings_trend", "contracts": ()},
        {"response": "savings_trend", "reduced_form__trend_slope": 0.0},
        {"response": "savings_trend", "providers__pass_through": 0.0},
        {"response": "savings_trend", "providers__share_at_risk": 0.0},
        {"response": "savings_trend", "start": 100},
    ],
)
def test_every_way_to_switch_it_off_leaves_volume_at_exactly_zero(changes):
    model = StandIn(**changes).month_by_month(40)
    assert not model.areas["log_volume"].any()
    assert not np.ptp(model.areas["price_index"], axis=1).any()
