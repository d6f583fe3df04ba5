"""Does the registry read tables, convert units, and refuse what is not declared properly?"""

import numpy as np
import pytest

from sim.engine.parameter_files import load_registry
from sim.engine.parameters import ParameterError
from sim.engine.units import UNITS

pytestmark = pytest.mark.quick

AXES = {"need": ("food", "housing"), "service": ("primary", "dental", "emergency")}
GOOD = "{value: 0.02, unit: per member-month, low: 0.01, high: 0.05, kind: assumption, role: uncertainty, evidence: []}"
TABLE = """
causal:
  axes: [need, service]
  value: {food: {primary: 1.1, dental: 1.2, emergency: 1.3}, housing: 1.5}
  unit: ratio
  low: {food: 1.0, housing: 0.5}
  high: 3
  kind: evidence
  role: uncertainty
  evidence: [source_1]
"""


@pytest.fixture
def conf(tmp_path):
    (tmp_path / "parameters").mkdir()
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "evidence.csv").write_text("id,source\nsource_1,A paper\n", encoding="utf-8")
    return tmp_path


def load(conf, text, file="needs"):
    (conf / "parameters" / f"{file}.yaml").write_text(text, encoding="utf-8")
    return load_registry(conf, AXES)


def test_a_number_and_a_table(conf):
    registry = load(conf, f"food_onset: {GOOD}\n{TABLE}")
    assert registry.names() == ("needs.food_onset", "needs.causal")
    assert registry.get("needs.food_onset") == 0.02
    assert registry.get("needs.causal").tolist() == [[1.1, 1.2, 1.3], [1.5, 1.5, 1.5]]
    assert registry["needs.causal"].low.tolist() == [[1.0] * 3, [0.5] * 3]


def test_tables_cannot_be_changed_by_those_who_read_them(conf):
    registry = load(conf, TABLE)
    with pytest.raises(ValueError, match="read-only"):
        registry.get("needs.causal")[0, 0] = 9


def test_reads_are_remembered_and_looks_are_not(conf):
    registry = load(conf, f"a: {GOOD}\nb: {GOOD}\nc: {GOOD}")
    assert registry["needs.a"].unit == "per member-month"
    registry.get("needs.b")
    registry.monthly("needs.c")
    assert set(registry.names()) - set(registry.read()) == {"needs.a"}
    assert registry.read() == ("needs.b", "needs.c")
    assert registry.fresh().read() == ()


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("per member-month", 0.02, 0.02),
        ("per 1000 member-months", 55.0, 0.055),
        ("rate per year", 0.24, 1 - np.exp(-0.02)),
        ("probability per year", 0.3, 1 - 0.7 ** (1 / 12)),
        ("per 1000 per year", 120.0, 0.01),
        ("per year growth", 0.054, 1.054 ** (1 / 12) - 1),
        ("half-life months", 6.0, 1 - 0.5 ** (1 / 6)),
        ("mean months", 4.0, 0.25),
    ],
)
def test_units_become_one_month(conf, unit, value, expected):
    text = f"x: {{value: {value}, unit: {unit}, low: {value}, high: {value}, kind: policy, role: lever, evidence: []}}"
    registry = load(conf, text)
    assert registry.monthly("needs.x") == pytest.approx(expected, rel=1e-12)
    assert registry.get("needs.x") == value


def test_twelve_months_of_a_yearly_probability_make_the_year():
    for p in (0.0, 0.001, 0.3, 0.99):
        month = float(UNITS["probability per year"].monthly(np.array(p)))
        assert 1 - (1 - month) ** 12 == pytest.approx(p, abs=1e-12)


def test_a_unit_without_time_has_no_month(conf):
    registry = load(conf, TABLE)
    with pytest.raises(ParameterError, match="no value per member-month"):
        registry.monthly("needs.causal")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": None}, "unit is missing"),
        ({"kind": None}, "kind is missing"),
        ({"role": None}, "role is missing"),
        ({"evidence": None}, "evidence is missing"),
        ({"low": None}, "low is missing"),
        ({"unit": "per membermonth"}, "unknown unit 'per membermonth' (nearest: per member-month)"),
        ({"unit": "[1]"}, "unknown unit"),
        ({"kind": "guess"}, "kind is 'guess', must be one of evidence, policy, calibrated, assumption"),
        ({"role": "knob"}, "role is 'knob'"),
        ({"distribution": "round"}, "distribution is 'round'"),
        ({"value": "0.5"}, "value 0.5 lies outside 0.01 to 0.05"),
        ({"low": "-1"}, "exceeds 0 to inf"),
        ({"value": "much"}, "must be a number, is 'much'"),
        ({"value": "true"}, "must be a number, is True"),
        ({"value": ".nan"}, "must be finite"),
        ({"value": ".inf"}, "must be finite"),
        ({"value": "{food: 1}"}, "must be a number, is a mapping"),
        ({"value": "[1, 2]"}, "must be a number"),
        ({"kind": "evidence"}, "kind is evidence but no evidence id is given"),
        ({"evidence": "[sorce_1]"}, "no evidence 'sorce_1' in evidence.csv (nearest: source_1)"),
        ({"evidence": "source_1"}, "evidence must be a list of ids"),
        ({"axes": "[ned]"}, "unknown axis 'ned' (nearest: need)"),
        ({"axes": "[[need]]"}, "unknown axis"),
        ({"axes": "need"}, "axes must be a list"),
        ({"axes": "[need]", "value": "{food: 0.02}"}, "label 'housing' is missing"),
        ({"axes": "[need]", "value": "{food: 0.02, housing: 0.02, foof: 0.02}"}, "unknown label 'foof'"),
        ({"nte": "x"}, "unknown key 'nte' (nearest: note)"),
        ({"unit": "USD PMPM", "index": "care"}, "price_year, of its dollars, is missing"),
        ({"unit": "USD PMPM", "price_year": "2020", "index": "cares"}, "index is 'cares', must be one of care, "),
        ({"unit": "USD PMPM", "price_year": "2020"}, "index is None"),
        ({"price_year": "2020"}, "price_year is for dollars only"),
        ({"index": "care"}, "index is for dollars only"),
    ],
)
def test_faults_of_an_entry_are_named(conf, change, words):
    entry = {
        "value": "0.02",
        "unit": "per member-month",
        "low": "0.01",
        "high": "0.05",
        "kind": "assumption",
        "role": "uncertainty",
        "evidence": "[]",
    } | change
    text = "x: {" + ", ".join(f"{key}: {value}" for key, value in entry.items() if value is not None) + "}"
    with pytest.raises(ParameterError) as caught:
        load(conf, text)
    assert any(message.startswith("needs.x") and words in message for message in caught.value.messages)


def test_all_faults_of_all_files_come_at_once(conf):
    (conf / "parameters" / "a.yaml").write_text("x: 3\n", encoding="utf-8")
    (conf / "parameters" / "b.yaml").write_text("y: {value: 1}\nz: [", encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        load(conf, f"Bad: {GOOD}\nc: {GOOD}\nc: {GOOD}", file="c")
    text = str(caught.value)
    assert "a.x" in text
    assert "b.yaml: not valid YAML" in text
    assert "the key 'c' is given twice" in text


def test_overrides_change_numbers_cells_and_whole_tables(conf):
    registry = load(conf, f"food_onset: {GOOD}\n{TABLE}")
    other = registry.override({"needs.food_onset": 0.03, "needs.causal": 2, "needs.causal.food.dental": 2.5})
    assert other.get("needs.food_onset") == 0.03
    assert other.get("needs.causal").tolist() == [[2.0, 2.5, 2.0], [2.0, 2.0, 2.0]]
    assert other.overridden() == ("needs.food_onset", "needs.causal")
    assert registry.get("needs.food_onset") == 0.02
    nested = registry.override({"needs.causal": {"housing": {"primary": 0.6}}})
    assert nested.get("needs.causal")[1].tolist() == [0.6, 1.5, 1.5]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"needs.fod_onset": 1}, "no such parameter (nearest: needs.food_onset)"),
        ({"needs": 1}, "no such parameter"),
        ({"needs.food_onset": 1}, "outside the declared range, 0.01 to 0.05 per member-month"),
        ({"needs.food_onset": "x"}, "must be a number, is 'x'"),
        ({"needs.food_onset": True}, "must be a number"),
        ({"needs.food_onset": None}, "must be a number"),
        ({"needs.food_onset": [0.02]}, "must be a number"),
        ({"needs.food_onset": float("nan")}, "must be finite"),
        ({"needs.food_onset": 10**400}, "must be finite"),
        ({"needs.food_onset.primary": 0.02}, "needs.food_onset is one number"),
        ({"needs.causal.fod": 1}, "no label 'fod' for need, must be one of food, housing"),
        ({"needs.causal.food.primary.x": 1}, "needs.causal is a table by need, service"),
        ({"needs.causal": {"fod": 1}}, "no label 'fod'"),
        ({"needs.causal.food": 0.9}, "needs.causal.food.primary=0.9: outside the declared range, 1 to 3"),
    ],
)
def test_overrides_are_checked(conf, values, words):
    registry = load(conf, f"food_onset: {GOOD}\n{TABLE}")
    with pytest.raises(ParameterError) as caught:
        registry.override(values)
    assert words in str(caught.value)


def test_faults_of_overrides_come_at_once(conf):
    registry = load(conf, f"food_onset: {GOOD}\n{TABLE}")
    with pytest.raises(ParameterError) as caught:
        registry.override({"needs.food_onset": 9, "needs.causal.food": 9, "x.y": 1})
    assert len(caught.value.messages) == 5  # one number, three cells, one unknown name


def test_an_empty_folder_is_a_fault(tmp_path):
    with pytest.raises(ParameterError, match="no parameter files here"):
        load_registry(tmp_path, AXES)


@pytest.mark.parametrize("name", ["Food", "fo-od", "\u00e9tude", "1a"])
def test_a_name_is_of_small_letters_numbers_and_underscores(conf, name):
    with pytest.raises(ParameterError, match="a name is made of"):
        load(conf, f"{name}: {GOOD}")


def test_what_a_parameter_says_of_itself(conf):
    money = "price_year: 2019, index: programs, note: A note., distribution: pert, axes: [need]"
    text = GOOD.replace("per member-month", "USD PMPM").replace("evidence: []", f"evidence: [source_1], {money}")
    found = load(conf, f"fee: {text}")["needs.fee"]
    assert (found.price_year, found.index, found.note, found.distribution) == (2019, "programs", "A note.", "pert")
    assert (found.evidence, found.axes, found.labels) == (("source_1",), ("need",), (("food", "housing"),))
    assert (found.unit, found.kind, found.role) == ("USD PMPM", "assumption", "uncertainty")


def test_own_entries_stand_in_the_place_of_shipped_ones_of_their_unit_and_axes(conf):
    (conf / "parameters" / "own").mkdir()
    own = conf / "parameters" / "own" / "needs.yaml"
    own.write_text(f"food_onset: {GOOD.replace('0.02', '0.03')}", encoding="utf-8")
    registry = load(conf, f"food_onset: {GOOD}\nother: {GOOD}")
    assert [registry.get(f"needs.{name}") for name in ("food_onset", "other")] == [0.03, 0.02]
    own.write_text(f"food_onst: {GOOD}\nother: {GOOD.replace('member-month', '1000 member-months')}", encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        load(conf, f"food_onset: {GOOD}\nother: {GOOD}")
    assert "needs.food_onst: no code reads it (nearest: needs.food_onset)" in caught.value.messages
    assert any(
        "unit and axes must stay as they ship, 'per member-month' and none" in one for one in caught.value.messages
    )


def test_numbers_of_a_package_are_parameters_with_the_year_of_their_evidence(conf):
    """Dollars without evidence are of 2018; the first source that has a year gives it; other numbers have none."""
    table = "id,source,year\nsource_1,A paper,\nsource_2,Another,2021\nsource_3,A third,2023\n"
    (conf / "evidence" / "evidence.csv").write_text(table, encoding="utf-8")
    (conf / "packages").mkdir()
    fee = "{value: 9, low: 8, high: 11, unit: USD PMPM, kind: policy"
    (conf / "packages" / "cash.yaml").write_text(
        f"label: Cash\ncost:\n  month: {fee}, evidence: [source_1, source_2, source_3]}}\n  start: {fee}}}\n"
        "effect: {value: 0.9, low: 0.8, high: 1, unit: ratio, kind: evidence, evidence: [source_2], note: So.}\n"
        "faulty: {value: 1, unit: ratio}\n",
        encoding="utf-8",
    )
    registry = load(conf, f"food_onset: {GOOD}")
    names = ("packages.cash.effect", "packages.cash.cost.month", "packages.cash.cost.start")
    assert registry.names() == ("needs.food_onset", *names)
    effect, month, start = (registry[name] for name in names)
    assert [(one.price_year, one.index) for one in (effect, month, start)] == [
        (0, ""),
        (2021, "programs"),
        (2018, "programs"),
    ]
    assert [one.role for one in (effect, month)] == ["uncertainty", "lever"]
    assert (float(month.value), float(month.low), float(month.high)) == (9, 8, 11)
    assert (effect.evidence, effect.note, month.note) == (("source_2",), "So.", "")


def test_cells_of_a_draw_stand_in_their_place_and_inside_their_ranges(conf):
    registry = load(conf, f"food_onset: {GOOD}\n{TABLE}")
    cells = {"needs.causal.food": [1.4, 1.5, 1.6], "needs.causal.housing.dental": [2.5], "needs.food_onset": [0.04]}
    drawn = registry.with_cells(cells)
    assert drawn.get("needs.causal").tolist() == [[1.4, 1.5, 1.6], [1.5, 2.5, 1.5]]
    assert drawn.get("needs.food_onset") == 0.04
    assert drawn.overridden() == ("needs.food_onset", "needs.causal")
    assert registry.overridden() == ()
    assert registry.with_cells({"needs.causal.food": [2]}).overridden() == ("needs.causal",)
    for outside in (0.009, 0.051):
        with pytest.raises(ParameterError, match=r"needs\.food_onset"):
            registry.with_cells({"needs.food_onset": [outside]})
    for edge in (0.01, 0.05):
        assert registry.with_cells({"needs.food_onset": [edge]}).get("needs.food_onset") == edge


def test_a_number_that_nobody_declared_is_named_with_the_nearest(conf):
    registry = load(conf, f"food_onset: {GOOD}")
    with pytest.raises(ParameterError, match=r"needs.food_onst: no such parameter .*nearest: needs.food_onset"):
        registry["needs.food_onst"]
