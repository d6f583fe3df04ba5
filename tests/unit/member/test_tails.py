"""The forms behind the tails of use and spending: comorbidity, spells of very frequent use, spread by age."""

import numpy as np
import pytest

from sim.axes import parameters_of
from sim.member import spending
from sim.member.comorbidity import add_up_conditions, joined
from sim.member.decisions import FREQUENT_SPELL
from sim.member.frequent_users import change_frequent_use
from sim.member.prepare import prepare
from sim.member.spending import severity
from sim.paths import conf_folder
from sim.schema import (
    AGE_BANDS,
    DIABETES,
    HEART_DISEASE,
    HYPERTENSION,
    INPATIENT,
    PHARMACY,
    PRIMARY,
    SERVICES,
    SUBSTANCE_USE,
)
from sim.upstream.channels import compile_packages
from sim.upstream.load import load_packages
from tests.support.by_hand import numbers, rules_of
from tests.support.still_life import draws_of, member, parameters
from tests.support.worlds import TINY, system

REGISTRY = parameters_of(conf_folder())


@pytest.fixture
def p():
    return parameters("primary")


def ratios(conditions, excess):
    """Use with these conditions, known and controlled, each of which adds the same alone."""
    p = parameters("primary")
    p["care_excess"][0] = excess
    bits = sum(1 << c for c in conditions)
    m = np.array(member(50, present=bits, diagnosed=bits, controlled=bits)).view(np.recarray)[0]
    rate = np.ones(len(SERVICES))
    add_up_conditions(m, rate, np.zeros(len(SERVICES)), p[0])
    return rate[PRIMARY]


def test_several_conditions_add_less_than_they_multiply_and_later_ones_slightly_more():
    one, two, three = (ratios((DIABETES, HYPERTENSION, HEART_DISEASE)[:n], excess=0.8) for n in (1, 2, 3))
    more = REGISTRY.get("care.comorbidity")
    assert one == pytest.approx(1.8)
    assert two == pytest.approx(1 + 1.6 * (1 + more))
    assert 0.8 < two - one < three - two, "slightly super-additive"
    assert three < 0.75 * 1.8**3, "the planted bug would be the product"


def test_conditions_that_add_nothing_change_nothing(p):
    assert joined(0.0, 5, p[0]) == 1.0


def test_a_spell_of_very_frequent_use_ends_and_the_core_stays(p):
    rows = np.concatenate([member(40, key=key, frequent=1 + (key > 200)) for key in range(1, 251)]).view(np.recarray)
    after = []
    for month in range(12):
        u = draws_of(rows, month, FREQUENT_SPELL)
        for j, m in enumerate(rows):
            change_frequent_use(m, u, j, p[0])
        after.append((rows["frequent"] == 1).sum() / 200)
    stay = 1 - REGISTRY.monthly("care.frequent_exit")
    assert after[-1] == pytest.approx(stay**12, abs=0.08)
    assert (rows["frequent"][200:] == 2).all()


def test_spells_begin_more_often_with_substance_use(p):
    p["care_frequent_entry"], p["care_frequent_ratio"] = 0.05, 4

    def begun(present):
        rows = np.concatenate([member(40, key=key, present=present, age_months=480) for key in range(1, 601)])
        rows = rows.view(np.recarray)
        u = draws_of(rows, 0, FREQUENT_SPELL)
        for j, m in enumerate(rows):
            change_frequent_use(m, u, j, p[0])
        return (rows["frequent"] == 1).sum()

    assert begun(1 << SUBSTANCE_USE) > 2.5 * begun(0)


def test_amounts_have_mean_one_and_spread_less_at_older_ages():
    p = np.array(system(size=(*TINY, "warm_up=1", "months=1", "capacity=unlimited")).params).view(np.recarray)
    v = (np.arange(2048) + 0.5) / 2048
    spread = []
    for band in range(len(AGE_BANDS)):
        amounts = np.array([severity(one, band, INPATIENT, p[0]) for one in v])
        assert amounts.mean() == pytest.approx(1.0, abs=2e-4)
        spread.append(np.log(amounts).std())
    assert spread[2] > spread[3] > spread[4]
    stay = REGISTRY.get("spending.severity")[INPATIENT]
    assert spread[2] == pytest.approx(stay * REGISTRY.get("spending.severity_age_ratio")[2], rel=0.01)


def test_the_largest_amount_is_in_the_exponent_with_its_level():
    """Half of the draws one sd below, half one above: the mean of exp(10 z) is cosh 10, and amounts are 0 and 2."""
    half = np.repeat([-1.0, 1.0], 1024)
    p = numbers(severity_sigma=10, severity_log_level=-np.log(np.cosh(10)), normal=half)
    by_hand = rules_of(spending)
    assert by_hand.severity(0.75, 2, PHARMACY, p) == pytest.approx(2, rel=1e-4)
    assert by_hand.severity(0.25, 2, PHARMACY, p) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("end", ["low", "high"])
def test_amounts_have_mean_one_at_both_ends_of_the_declared_range(end):
    names = ("spending.severity", "spending.severity_age_ratio")
    registry = REGISTRY.override({name: getattr(REGISTRY[name], end).flat[0] for name in names})
    p = prepare(registry, conf_folder(), compile_packages(load_packages(("cash",), conf_folder()), registry), 1, 0)
    by_hand, v = rules_of(spending), (np.arange(2048) + 0.5) / 2048
    amounts = [by_hand.severity(one, 2, PHARMACY, p[0]) for one in v]
    assert np.mean(amounts) == pytest.approx(1, abs=2e-4)
    assert max(amounts) < 2049  # one draw of 2,048 has all there is
