"""``ccosim diff``: what it names between scenarios, files and studies, and what it refuses."""

import json
import shutil

import pytest

from experiments.cli import BAD_INPUT, DONE, main
from tests.support.pictures import without_pictures

FILE = "# @package _global_\ntitle: Mine\nmonths: 7\nbaseline: a\narms: {a: [], b: [payment=global_budget]}\n"
SMALL = ["population=classroom", "population.sample=0.0002", "population.minimum_per_cco=5", "warm_up=1", "months=2"]


def lines(capsys):
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_settings_timeline_and_numbers(capsys):
    one = "months=24 at.6.payment.metrics=null"
    other = "months=36 parameters.payment.growth_cap=0.02 at.2.parameters.payment.growth_cap=0.03"
    assert main(["diff", one, other]) == DONE
    said = lines(capsys)
    assert said[:2] == [f"A: {one}", f"B: {other}"]
    assert "months 24 36" in said
    assert "from 6 payment.metrics=none -" in said
    assert "from 2 - parameters.payment.growth_cap=0.03" in said
    assert any(line.startswith("payment.growth_cap 0.034 0.02 ") for line in said), said


def test_arms_that_one_has_and_overrides_that_differ(capsys):
    words = ["arms.a=[]", "'arms.b=[payment=oregon_2012, providers=effort]'"]
    other = ["arms.a=[]", "'arms.b=[payment=oregon_2012, providers=reduced_form]'", "'arms.c=[upstream=chw]'"]
    assert main(["diff", " ".join(words), " ".join(other)]) == DONE
    said = lines(capsys)
    assert "b providers=effort providers=reduced_form" in said
    assert "c no such arm upstream=chw" in said


def test_the_same_said_twice_does_not_differ(capsys):
    assert main(["diff", "integration", "experiment=integration"]) == DONE
    assert "No setting, arm, number or data file differs." in lines(capsys)


def test_a_file_that_stands_anywhere(tmp_path, capsys):
    file = tmp_path / "any name.yaml"
    file.write_text(FILE)
    assert main(["diff", str(file), "months=5"]) == DONE
    assert "months 7 5" in lines(capsys)
    for text, message in ((b"months: [", "not valid YAML"), (b"\xff", "cannot be read"), (b"monts: 1", "no such key")):
        file.write_bytes(text if text != b"monts: 1" else b"# @package _global_\nmonts: 1\n")
        assert main(["diff", str(file), "months=5"]) == BAD_INPUT
        said = capsys.readouterr().err
        assert "1 fault" in said
        assert message in said
        assert "ccosim-" not in said, "the copy is nobody's business"


@pytest.mark.parametrize(
    "words", [["a"], ["a", "b", "c"], ["nothing_like_it", "months=3"], ["monthz=3", "months=3"], ["nowhere.yaml", ""]]
)
def test_what_is_no_scenario_is_refused(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["diff", *words]) == BAD_INPUT
    assert capsys.readouterr().err.startswith("ccosim: 1 fault, nothing was run\n")


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Two small studies that differ in the scope of a budget."""
    root = tmp_path_factory.mktemp("studies") / "results"
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        for name, scope in (("one", "primary"), ("two", "emergency")):
            budget = f"arms.budget=[payment=global_budget,'payment.scope=[{scope}]']"
            words = [*SMALL, "arms.usual=[]", budget, "seeds=2", "threads=1", f"study={name}", f"results_root={root}"]
            assert main(["compare", *words]) == DONE
    return root


def test_two_studies(studies, capsys):
    assert main(["diff", "one", "two", f"results_root={studies}"]) == DONE
    said = lines(capsys)
    assert "budget payment.scope=[primary] payment.scope=[emergency]" in said
    assert any(line.startswith("results ") for line in said), "their results differ"
    shown = [line for line in said if line.startswith("Usual: Medical claims")]
    assert shown
    assert any(line.startswith("Budget less Usual") for line in said)
    assert any(" to " in line for line in said), "intervals"


def test_a_study_that_was_tampered_with_is_one_message(studies, tmp_path, capsys):
    for name, spoil in {
        "at": lambda study: (study / "study.yaml").write_text("title: x\nmonths: 2\narms: null\nat: [1, 2]\n"),
        "manifest": lambda study: (study / "manifest.json").write_text("[]"),
        "link": lambda study: (study / "more").symlink_to("/etc"),
        "summary": lambda study: (study / "summary.csv").write_text("arm\n"),
    }.items():
        study = tmp_path / name
        shutil.copytree(studies / "one", study)
        spoil(study)
        assert main(["diff", str(study), "two", f"results_root={studies}"]) == BAD_INPUT, name
        assert capsys.readouterr().err.startswith("ccosim: 1 fault, nothing was run\n"), name
    study = tmp_path / "unfinished"
    shutil.copytree(studies / "one", study)
    manifest = json.loads((study / "manifest.json").read_text())
    (study / "manifest.json").write_text(json.dumps({**manifest, "status": "failed"}))
    (study / "study.yaml").write_text("title: x\nmonths: 2\narms: null\nat: [1, 2]\n")
    assert main(["diff", str(study), "two", f"results_root={studies}"]) == BAD_INPUT
    assert "cannot be compared" in capsys.readouterr().err
