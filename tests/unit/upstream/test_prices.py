"""Dollars: every price says of which year it is and what moves it; programs cost more each year."""

import re
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from sim.agents.programs.pockets import OF_NEEDS
from sim.engine.parameter_files import load_registry
from sim.engine.parameters import ParameterError
from sim.paths import conf_folder
from sim.payment.prices import program_index
from sim.scenario import Scenario
from sim.schema import COUNTS, NEEDS
from sim.upstream.load import load_packages
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
            model.slots.set_prices(12 * year + 11)
            assert model.slots.month_cents[0] == pytest.approx(first * 1.05**year, abs=1)


def test_what_programs_cost_is_in_dollars_of_month_0():
    """A month of a community health worker was priced in 2020; cash is an amount that somebody sets."""
    registry = Scenario.compose(["parameters.upstream.cost_growth=0.05"]).registry
    chw = registry["packages.chw.cost.month"]
    assert (chw.price_year, registry.get("economics.price_year")) == (2020, 2018)
    packages = {package.name: package for package in load_packages(("chw", "cash"), conf_folder(), registry)}
    assert packages["chw"].cost.month.value == pytest.approx(float(chw.value) / 1.05**2)
    assert packages["cash"].cost.month.value == registry.get("packages.cash.cost.month")
    assert registry.dollars("practices.team_cost") == pytest.approx(4.68 * 1.05**5)
    assert registry.dollars("practices.team_cost") != registry.get("practices.team_cost")


def test_a_number_of_other_dollars_is_converted_or_the_page_says_why_not():
    """What is set is used as it is set; of all others that are not converted the page has a line."""
    page = Path(__file__).resolve().parents[3] / "docs/explanation/what-is-counted.md"
    named = re.findall(r"`(\w+\.[\w*]+)`", page.read_text(encoding="utf-8"))
    registry = Scenario.compose([]).registry
    other = [one for one in registry if one.price_year not in (0, registry.get("economics.price_year"))]
    kept = {one.name for one in other if not one.is_converted and one.kind != "policy"}
    assert {"spending.delivery_price", "payment.coordination_fee", "practices.surplus_team"} <= kept
    assert [name for name in kept if not any(fnmatch(name, pattern) for pattern in named)] == []
    assert all(registry.conversion(registry[name]) == 1 for name in kept)
    assert registry.conversion(registry["packages.cash.cost.month"]) == 1


@pytest.mark.quick
@pytest.mark.parametrize(("later", "times"), [(3, 1.157625), (0, 1.0), (-2, 1 / 1.1025)])
def test_dollars_of_another_year_are_compounded(later, times):
    """Costs of programs rise by a twentieth a year."""
    name = "upstream.screening_cost"
    shipped = Scenario.compose([]).registry
    year = shipped[name].price_year + later
    registry = shipped.override({"economics.price_year": year, "upstream.cost_growth": 0.05})
    assert registry.dollars(name) == pytest.approx(registry.get(name) * times)


def test_everything_that_programs_cost_rises_with_their_index():
    with system("upstream=none", "payment=global_budget", "parameters.upstream.cost_growth=0.05", size=TINY) as model:
        model.slots.set_prices(24)
        needs = np.zeros((len(model.weights), len(COUNTS)), np.int64)
        needs[0, OF_NEEDS] = 1000
        served = np.zeros((len(model.weights), 0), np.int64)
        nobody = np.zeros((len(model.weights), len(NEEDS)), np.int64)
        later = model.slots.pockets.cents(served, needs, nobody).sum()
        model.slots.set_prices(11)
        assert later == pytest.approx(model.slots.pockets.cents(served, needs, nobody).sum() * 1.05**2, rel=1e-4)
        board = model.ccos[0].board
        first = board.cost.copy()
        board.price = program_index(25, 0.05)
        assert board.cost == pytest.approx(first * 1.05**2)
