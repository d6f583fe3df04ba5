"""Does the reader of data files take plain data only?"""

import time

import pytest

from sim.engine.yaml_files import LARGEST_FILE, YamlError, parse_yaml, read_yaml

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1e-3", {"a": 0.001}),
        ("a: 1.5E+3", {"a": 1500.0}),
        ("a: -2e5", {"a": -2e5}),
        ("65+: 1", {"65+": 1}),
        ("0-4: 1\n5-17: 2", {"0-4": 1, "5-17": 2}),
        ("[0, 00, 07, 0.5, -0, 100, '010', '1:30', 2014-01]", [0, 0, 7, 0.5, 0, 100, "010", "1:30", "2014-01"]),
        ("[a, 1, null]", ["a", 1, None]),
        ("", None),
    ],
)
def test_plain_data(text, value):
    assert parse_yaml(text, "x") == value


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        "a: {b: 1, b: 1}",
        "a: &x [1]\nb: *x",
        "a: &x {y: 1}\nb: {<<: *x}",
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system",
        "a: [",
        "a: b: c",
        "\x00",
        "[" * 3000,
        "[" * 40_000,
        "{a: " * 40_000,
        "- " * 40_000,
        "[" * 1_500 + "]" * 1_500,
        "!!bool x",
        '!!int ""',
        "!!timestamp x",
        "!!set {a}",
        "! x",
        "!own x",
        "a: 2020-13-45",
        "a: &a [1]\nb: &b [*a,*a]\nc: &c [*b,*b]",
        "a: 010",  # YAML 1.1 reads 8
        "a: -012",
        "a: 089",
        "a: 1:30",  # 90
        "a: 1:30:00.5",
        "010: a",
        "[1, 2:00]",
    ],
)
def test_anything_else_is_refused_in_one_line(text):
    with pytest.raises(YamlError) as caught:
        parse_yaml(text, "there")
    assert str(caught.value).startswith("there: ")
    assert "\n" not in str(caught.value)


def test_an_alias_bomb_goes_off_harmlessly():
    bomb = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    began = time.perf_counter()
    with pytest.raises(YamlError, match="aliases"):
        parse_yaml(bomb, "x")
    assert time.perf_counter() - began < 1


def test_files_that_cannot_be_read(tmp_path):
    large = tmp_path / "large.yaml"
    large.write_text("#" * (LARGEST_FILE + 1), encoding="utf-8")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (large, binary, tmp_path / "none.yaml", tmp_path):
        with pytest.raises(YamlError, match=path.name):
            read_yaml(path)
