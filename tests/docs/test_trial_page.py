"""The page on trials inside a world: its command and its Python run at a small size."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from experiments.analysis.randomized_trial import trial
from experiments.verbs.trial import COLUMNS, frame, run, scenario_of
from sim import Scenario

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/run-a-trial-inside-a-world.md").read_text(encoding="utf-8")
SMALL = ["population.sample=0.0004", "population.minimum_per_cco=20", "warm_up=12", "seeds=2", "threads=1", "months=6"]
MINE = {word.partition("=")[0] for word in (*SMALL, "upstream.start")}


def test_the_command_of_the_page_prints_its_columns(tmp_path, capsys):
    words = shlex.split(re.search(r"ccosim trial (upstream=cash.*)", PAGE).group(1))
    words = [word for word in words if word.partition("=")[0] not in MINE]
    assert run([*words, *SMALL, "upstream.start=2", f"results_root={tmp_path}"]) == 0
    said = capsys.readouterr().out
    assert all(column in said for column in set(COLUMNS.values()))
    for column in ("Control", "Offered", "in changes", "Treated", "True", "Controls, Others"):
        assert f"| {column} |" in PAGE
    assert "2 trials, one for each seed" in said


def test_the_python_of_the_page_gives_what_the_table_has():
    block = re.search(r"    world = (Scenario.*)\n", PAGE).group(1)
    call = ast.parse(block, mode="eval").body
    world = Scenario(**{one.arg: ast.literal_eval(one.value) for one in call.keywords})
    assert world.upstream.trial == "cash"
    assert world.upstream.start == 2
    scenario = scenario_of(["upstream=cash", "upstream.start=2", *SMALL])
    found = [trial(scenario, seed) for seed in scenario.seed_list]
    table = frame(found).set_index(["outcome", "figure"])
    row = table.loc["Claims, USD PMPM", "offered"]
    each = [one.findings["Claims, USD PMPM"].offered.value for one in found]
    assert row["estimate"] == pytest.approx(sum(each) / 2)
    assert row["covers"] in (0, 0.5, 1)
