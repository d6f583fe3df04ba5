"""Two channels, one total: direct effect times the effect implied by need relief is the total (model.md 13)."""

import math

import numpy as np
import pytest

from sim import schema
from sim.upstream.compile import compile_packages, direct_log_effect, monthly_fraction, per_engaged
from sim.upstream.implied import implied_log_effect, relieved_share
from sim.upstream.number import Effect

pytestmark = pytest.mark.quick

EMERGENCY, INPATIENT, BEHAVIOURAL = schema.EMERGENCY, schema.INPATIENT, schema.BEHAVIOURAL


def test_direct_times_implied_is_the_total(packages, registry):
    for package in packages.values():
        whole = np.exp(direct_log_effect(package, registry) + implied_log_effect(package, registry))
        for service, effect in package.effects.items():
            assert whole[schema.SERVICES.index(service)] == pytest.approx(effect.value, rel=1e-15)


def test_services_without_a_stated_total_have_no_direct_effect(packages, registry):
    for package in packages.values():
        unstated = [s for s, service in enumerate(schema.SERVICES) if service not in package.effects]
        assert not direct_log_effect(package, registry)[unstated].any()


def test_the_directs_that_the_rulings_name(packages, registry):
    housing = np.exp(direct_log_effect(packages["supportive_housing"], registry))
    assert housing[EMERGENCY] == pytest.approx(0.80 * 1.35)  # 1.08
    assert housing[BEHAVIOURAL] == pytest.approx(1.84 * 0.60)  # 1.10
    groceries = np.exp(direct_log_effect(packages["groceries"], registry))
    assert groceries[EMERGENCY] == pytest.approx(0.94 * 1.12**0.5)  # about 1.0
    assert groceries[INPATIENT] == pytest.approx(0.93 * 1.08**0.5)


def test_faster_exit_counts_for_the_time_that_it_saves(packages, registry):
    share = relieved_share(packages["navigation"], registry)
    x = 0.07 * 0.05 * 6  # exit of food among the prone, 5% faster, six months
    assert share[schema.FOOD] == pytest.approx(1 - (1 - math.exp(-x)) / x)


def test_an_effect_per_offer_is_spread_over_those_who_engage(packages):
    effect = Effect(
        value=0.89, low=0.81, high=0.98, unit="ratio", kind="evidence", evidence=("cc_ip_all",), per="offered"
    )
    assert per_engaged(packages["chw"], effect, effect.value) == pytest.approx(0.725)  # model.md 14


def test_arrays_are_shaped_for_the_compiled_rules(packages, registry):
    arrays = compile_packages([packages["groceries"], packages["rent_support"]], registry)
    assert arrays["package_log_effect"].shape == (schema.MAX_PACKAGES, len(schema.SERVICES))
    assert arrays["package_relief"][0, schema.FOOD] == 0.5
    assert arrays["package_onset_ratio"][1, schema.HOMELESSNESS] == 0.2
    assert arrays["package_lag"][0] == pytest.approx(1 - 0.5 ** (1 / 3))
    assert all(array.dtype == np.float64 for array in arrays.values())
    assert not arrays["package_log_effect"][2:].any()


def test_with_effect_scale_0_nothing_does_anything_to_the_bit(packages, registry):
    arrays = compile_packages(list(packages.values()), registry.override({"upstream.effect_scale": 0}))
    assert (arrays["package_log_effect"] == 0).all()
    assert (arrays["package_relief"] == 0).all()
    assert (arrays["package_exit_ratio"] == 1).all()
    assert (arrays["package_onset_ratio"] == 1).all()


def test_half_lives():
    assert monthly_fraction(1) == 0.5
    assert monthly_fraction(0) == 1.0
    assert (1 - monthly_fraction(6)) ** 6 == pytest.approx(0.5)


def test_programmes_are_average_unless_spread_is_on(packages, registry):
    chw = packages["chw"]
    assert np.array_equal(direct_log_effect(chw, registry, 1), direct_log_effect(chw, registry, 2))


def test_programmes_vary_within_their_range_and_some_do_nothing(packages, registry):
    chw = packages["chw"]
    spread = registry.override({"upstream.programme_spread": 1})
    implied = implied_log_effect(chw, spread)[INPATIENT]
    totals = np.exp([direct_log_effect(chw, spread, seed)[INPATIENT] + implied for seed in range(400)])
    effect = chw.effects["inpatient"]
    assert totals.min() >= effect.low - 1e-12
    assert totals.max() <= effect.high + 1e-12
    assert 0.1 < np.isclose(totals, 1.0).mean() < 0.3  # upstream.programme_null is .2
    assert abs(np.median(totals[~np.isclose(totals, 1.0)]) - effect.value) < 0.03
