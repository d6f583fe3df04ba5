"""Every unit in a month, tables in the order of their labels, and quads of draws: by hand."""

import os
from dataclasses import replace

import numpy as np
import pytest

from sim.engine.draws import draw, draw_quad
from sim.engine.parameter_files import evidence_years, load_registry
from sim.engine.units import UNITS, millionths, monthly

pytestmark = pytest.mark.quick

MONTHLY = {
    "per member-month": (0.25, 0.25),
    "probability per month": (0.25, 0.25),
    "per 1000 member-months": (250.0, 0.25),
    "rate per year": (12 * np.log(2), 0.5),
    "probability per year": (1 - 0.5**12, 0.5),
    "per 1000 per year": (3000.0, 0.25),
    "per year": (3.0, 0.25),
    "visits per month": (3.0, 3.0),
    "visits per year": (3.0, 0.25),
    "per year growth": (1.1**12 - 1, 0.1),
    "half-life months": (0.5, 0.75),
    "mean months": (8.0, 0.125),
    "people per month": (30.0, 30.0),
    "people per year": (30.0, 2.5),
    "USD PMPM": (30.0, 30.0),
    "USD per month": (30.0, 30.0),
    "USD per year": (30.0, 2.5),
    "hours per month": (30.0, 30.0),
}


def test_each_unit_with_a_time_has_its_month_and_no_other():
    assert {name for name, unit in UNITS.items() if unit.monthly is not None} == set(MONTHLY)
    for name, (value, month) in MONTHLY.items():
        assert float(monthly(np.array(value), name)) == pytest.approx(month, rel=1e-12), name


def test_shares_are_recorded_to_the_nearest_millionth():
    assert millionths(np.array([2 / 3, 1 / 3, -2 / 3, 0.0000004])).tolist() == [666_667, 333_333, -666_667, 0]


AXES = {"need": ("food", "housing"), "service": ("primary", "dental", "emergency")}
ENTRY = "unit: ratio, low: 0, high: 9, kind: assumption, role: uncertainty, evidence: [], distribution: uniform"
BACKWARD = "{housing: {emergency: 6, primary: 4, dental: 5}, food: {dental: 2, emergency: 3, primary: 1}}"


@pytest.fixture
def conf(tmp_path):
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "needs.yaml").write_text(
        f"causal: {{axes: [need, service], value: {BACKWARD}, {ENTRY}}}\none: {{value: 2, {ENTRY}}}\n", encoding="utf-8"
    )
    return tmp_path


def test_a_table_is_in_the_order_of_its_labels_however_its_file_lists_them(conf):
    registry = load_registry(conf, AXES)
    assert registry.get("needs.causal").tolist() == [[1, 2, 3], [4, 5, 6]]
    cells = [path for path, _ in registry["needs.causal"].cells()]
    assert cells[1] == "needs.causal.food.dental"
    assert [registry["needs.causal"].value.flat[i] for _, i in registry["needs.causal"].cells()] == [1, 2, 3, 4, 5, 6]
    assert registry["needs.causal"].distribution == "uniform"


def test_a_draw_of_a_whole_table_fills_it_row_by_row_and_one_value_fills_it_all(conf):
    registry = load_registry(conf, AXES)
    assert registry.with_cells({"needs.causal": [2, 3, 4, 5, 6, 7]}).get("needs.causal").tolist() == [
        [2, 3, 4], [5, 6, 7],
    ]  # fmt: skip
    assert registry.with_cells({"needs.causal.housing": [7]}).get("needs.causal").tolist() == [[1, 2, 3], [7, 7, 7]]


def test_the_ends_of_a_range_are_in_the_unit_that_is_asked_for(conf):
    registry = load_registry(conf, AXES)
    assert registry.range_of("needs.one", 100) == {"low": 0, "high": 900}
    assert registry.range_of("needs.one") == {"low": 0, "high": 9}


@pytest.mark.parametrize(
    ("index", "kind", "converted"),
    [
        ("programs", "evidence", True),
        ("programs", "assumption", True),
        ("programs", "policy", False),  # what somebody sets is used as it stands
        ("programs", "calibrated", False),
        ("care", "evidence", False),
        ("none", "assumption", False),
    ],
)
def test_dollars_of_programs_are_converted_unless_somebody_set_or_calibrated_them(index, kind, converted, conf):
    one = replace(load_registry(conf, AXES)["needs.one"], index=index, kind=kind)
    assert one.is_converted == converted


def test_a_year_of_evidence_that_was_corrected_is_read_again(tmp_path):
    table = tmp_path / "evidence" / "evidence.csv"
    table.parent.mkdir()
    for year in ("2019", "2021"):
        table.write_text(f"id,source,year\none,A paper,{year}\n", encoding="utf-8")
        os.utime(table, ns=(int(year), int(year)))
        assert (evidence_years(tmp_path) or {})["one"] == year


@pytest.mark.parametrize("decision", [0, 8, 40])
def test_a_quad_holds_the_draws_of_its_four_decisions_in_their_order(decision):
    seed, key, month = np.uint64(2**40 + 3), np.uint64(2**35 + 7), np.int64(14)
    alone = [draw(seed, key, month, decision + lane) for lane in range(4)]
    assert list(draw_quad(seed, key, month, decision)) == alone
    assert len(set(alone)) == 4
