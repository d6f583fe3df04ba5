"""Dollars: every price says of which year it is and what moves it; programs cost more each year."""

import pytest

from sim.engine.parameter_files import load_registry
from sim.engine.parameters import ParameterError
from sim.scenario import Scenario
from tests.support.worlds import TINY, system

PRICE = "price: {{value: 10, unit: USD, low: 0, high: 20, kind: policy, role: lever, evidence: []{more}}}\n"


def test_every_number_in_dollars_has_a_price_year_and_an_index():
    for parameter in Scenario.compose([]).registry:
        money = parameter.unit.startswith("USD")
        assert (2005 <= parameter.price_year <= 2026) == money, parameter.name
        assert (parameter.index in {"care", "programs", "none"}) == money, parameter.name


@pytest.mark.parametrize(
    ("more", "fault"),
    [("", "price_year"), (", price_year: 2018", "index"), (", price_year: 2018, index: cpi", "index is 'cpi'")],
)
def test_dollars_without_a_year_are_refused(tmp_path, more, fault):
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "some.yaml").write_text(PRICE.format(more=more))
    with pytest.raises(ParameterError, match=fault):
        load_registry(tmp_path)


def test_what_programs_cost_rises_once_a_year_and_not_in_the_first():
    with system("upstream.packages=[groceries]", "parameters.upstream.cost_growth=0.05", size=TINY) as model:
        first = model.slots.month_cents[0]
        for year in range(3):
            model.slots.set_prices(year)
            assert model.slots.month_cents[0] == round(first * 1.05**year)
