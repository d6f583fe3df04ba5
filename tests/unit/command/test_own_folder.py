"""A folder of the user's own: searched first, said where it wins, carried by the study, refused where it is hostile."""

import os
import shutil

import pytest

from experiments.cli import BAD_INPUT, DONE, main
from experiments.report.limits import about_files
from sim.own_folder import VARIABLE
from sim.paths import conf_folder, shipped_folder
from sim.scenario import Scenario, ScenarioError
from sim.study import load_study
from tests.support.pictures import without_pictures

EXPERIMENT = "# @package _global_\ntitle: Mine\nmonths: 3\nbaseline: a\narms: {a: [], b: [payment=mine]}\n"
PAYMENT = "contracts: [global_budget]\nstart: 1\nscope: [primary, emergency]\nparameters: {}\n"
ENTRY = (
    "food_onset: {value: 0.02, unit: probability per month, low: 0, high: 0.5, kind: assumption, role: uncertainty, "
    "evidence: [], note: Mine.}\n"
)


@pytest.fixture
def mine(tmp_path):
    """A folder with something of every kind."""
    folder = tmp_path / "mine"
    for name, text in {"experiment/local/two.yaml": EXPERIMENT, "payment/mine.yaml": PAYMENT}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    shipped = shipped_folder()
    copies = {
        "packages/chw.yaml": "packages/my_workers.yaml",
        "metrics/oregon_2013.yaml": "metrics/my_metrics.yaml",
        "event/recession.yaml": "event/my_recession.yaml",
        "governance/balanced.yaml": "governance/my_board.yaml",
        "population/oregon_2014.yaml": "population/my_world.yaml",
        "population/margins/oregon_2014.csv": "population/margins/my_county.csv",
    }
    for name, to in copies.items():
        (folder / to).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shipped / name, folder / to)
    (folder / "README.md").write_text("Notes are left alone.\n")
    (folder / ".git").mkdir()
    return folder


def test_every_kind_is_found_and_the_shipped_ones_stay(mine):
    one = Scenario(
        conf=mine,
        payment="mine",
        governance="my_board",
        population={"name": "my_world", "margins": "my_county"},
        upstream={"packages": ["my_workers", "chw"], "start": 0},
        events=["my_recession", "pandemic_2020"],
    )
    assert one.payment.contracts == ("global_budget",)
    assert one.governance.name == "my_board"
    assert [name for name in one.files() if "my_" in name] == [
        "population/margins/my_county.csv",
        "packages/my_workers.yaml",
        "event/my_recession.yaml",
    ]
    assert all(digest for digest in one.inputs().values())
    sets = Scenario(conf=mine, payment={"name": "oregon_2012", "metrics": "my_metrics"})
    assert sets.metric_set is not None
    assert Scenario.compose([f"conf={mine}", "experiment=local/two"]).arm("b").payment.name == "mine"


def test_without_it_nothing_of_it_is_there(mine):
    Scenario(conf=mine, payment="mine")
    assert conf_folder() == shipped_folder()
    with pytest.raises(ScenarioError, match="payment=mine: no such option"):
        Scenario(payment="mine")


def test_a_folder_that_adds_nothing_to_a_run_changes_no_digest(mine):
    (mine / "packages" / "my_workers.yaml").unlink()  # the numbers of every package are parameters
    assert Scenario(conf=mine, months=5).digest() == Scenario(months=5).digest()


def test_the_own_file_wins_and_is_named(mine):
    (mine / "payment" / "global_budget.yaml").write_text(PAYMENT)
    one = Scenario(conf=mine, payment="global_budget")
    assert one.payment.scope == {"primary": 0, "emergency": 0}
    assert one.notes[0] == f"conf={mine}: payment/global_budget.yaml of that folder is used, not the shipped one"
    assert not [note for note in Scenario(payment="global_budget").notes if "conf=" in note]


def test_an_entry_of_parameters_wins_and_its_neighbors_stay(mine):
    (mine / "parameters").mkdir()
    file = mine / "parameters" / "needs.yaml"
    shipped = Scenario()
    text = (shipped_folder() / "parameters" / "needs.yaml").read_text()
    entry = shipped.registry["needs.food_onset"]
    assert "food_onset:" in text
    file.write_text(ENTRY.replace("probability per month", entry.unit))
    own = Scenario(conf=mine)
    assert own.registry.get("needs.food_onset") == 0.02
    assert own.registry.get("needs.housing_onset") == shipped.registry.get("needs.housing_onset")
    with pytest.raises(ScenarioError, match=r"mine/parameters/needs.yaml line 1; to go outside on purpose"):
        Scenario(conf=mine, parameters={"needs.food_onset": 0.9})
    file.write_text(ENTRY.replace("food_onset", "fod_onset").replace("probability per month", entry.unit))
    with pytest.raises(ScenarioError, match=r"needs.fod_onset: no code reads it \(nearest: needs.food_onset\)"):
        Scenario(conf=mine)
    file.write_text(
        ENTRY.replace("probability per month", "USD").replace("note:", "price_year: 2018, index: care, note:")
    )
    with pytest.raises(ScenarioError, match="unit and axes must stay as they ship"):
        Scenario(conf=mine)


def test_nearest_names_are_of_both(mine):
    with pytest.raises(ScenarioError, match=r"payment=mne.*global_budget.*\(nearest: mine\)"):
        Scenario(conf=mine, payment="mne")
    with pytest.raises(ScenarioError, match=r"\(nearest: global_budget\)"):
        Scenario(conf=mine, payment="global_budgt")


def test_an_edit_counts_at_once(mine):
    assert Scenario(conf=mine, payment="mine").payment.start == 1
    (mine / "payment" / "mine.yaml").write_text(PAYMENT.replace("start: 1", "start: 20"))
    assert Scenario(conf=mine, payment="mine").payment.start == 20


def test_an_experiment_cannot_name_the_folder(mine):
    (mine / "experiment" / "loop.yaml").write_text(EXPERIMENT.replace("title", "conf: elsewhere\ntitle"))
    with pytest.raises(ScenarioError, match="conf: a file cannot name the folder"):
        Scenario.compose([f"conf={mine}", "experiment=loop"])
    with pytest.raises(ScenarioError, match="cannot differ between the arms"):
        Scenario.compose([f"conf={mine}", f"arms.a=[conf={mine}]"])


def test_every_verb_takes_it_and_the_variable_means_the_same(mine, monkeypatch, capsys):
    assert main(["describe", "scenario", f"conf={mine}"]) == DONE
    assert " mine" in capsys.readouterr().out
    assert main(["parameters", "packages.my_workers", f"conf={mine}"]) == DONE
    assert "my_workers" in capsys.readouterr().out
    monkeypatch.setenv(VARIABLE, str(mine))
    assert main(["describe", "scenario", "payment=mine"]) == DONE
    assert Scenario(payment="mine").conf == str(mine)
    assert main(["describe", "scenario", "conf=a", "conf=b"]) == BAD_INPUT


def _link(folder):
    (folder / "payment" / "theirs.yaml").symlink_to("/etc/passwd")


def _linked_folder(folder):
    (folder / "metrics").symlink_to("/etc")


def _file_for_folder(folder):
    (folder / "metrics").write_text("")


def _folder_for_file(folder):
    (folder / "payment" / "x.yaml").mkdir()


def _broken(folder):
    (folder / "payment" / "x.yaml").write_text("contracts: [unclosed")


def _no_text(folder):
    (folder / "payment" / "x.yaml").write_bytes(b"\xff\xfe\x00")


def _bomb(folder):
    (folder / "payment" / "x.yaml").write_text("a: &a [x, x]\nb: [*a, *a]\n")


def _huge(folder):
    with (folder / "payment" / "x.yaml").open("wb") as file:
        file.truncate(9_000_000)


def _pipe(folder):
    os.mkfifo(folder / "payment" / "x.yaml")


def _named_badly(folder):
    (folder / "payment" / "a b.yaml").write_text(PAYMENT)


def _misspelt(folder):
    (folder / "packagess").mkdir()


def _defaults(folder):
    (folder / "config.yaml").write_text("months: 1")


def _too_deep(folder):
    (folder / "payment" / "deep").mkdir()


HOSTILE = {
    _link: "payment/theirs.yaml is a link",
    _linked_folder: "metrics is a link",
    _file_for_folder: "metrics is a file where a folder should be",
    _folder_for_file: "payment/x.yaml is a folder where a file should be",
    _broken: "not valid YAML",
    _no_text: "cannot be read",
    _bomb: "aliases",
    _huge: "payment/x.yaml is larger than",
    _pipe: "payment/x.yaml is no plain file",
    _named_badly: "the name must be",
    _misspelt: "packagess is searched by nobody (nearest: packages)",
    _defaults: "the defaults cannot be replaced",
    _too_deep: "payment/deep is a folder where a file should be",
}


@pytest.mark.parametrize("plant", HOSTILE, ids=lambda plant: plant.__name__)
def test_hostile_contents_are_one_message(plant, tmp_path, capsys):
    folder = tmp_path / "theirs"
    (folder / "payment").mkdir(parents=True)
    plant(folder)
    assert main(["describe", "scenario", f"conf={folder}"]) == BAD_INPUT
    said = capsys.readouterr().err
    assert said.startswith("ccosim: 1 fault, nothing was run\n")
    assert HOSTILE[plant] in said


@pytest.mark.parametrize("given", ["", "nowhere", "a_file", "bad\x07", "~nobody_at_all/x", "x" * 5000])
def test_no_folder_is_one_message(given, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_file").write_text("")
    assert main(["describe", "scenario", f"conf={given}"]) == BAD_INPUT
    assert capsys.readouterr().err.startswith("ccosim: 1 fault, nothing was run\n  conf=")


def test_an_option_cannot_lead_out_of_the_folder(mine, capsys):
    text = EXPERIMENT.replace("title", "defaults: [{override /payment: ../../x}]\ntitle")
    (mine / "experiment" / "out.yaml").write_text(text)
    assert main(["describe", "scenario", f"conf={mine}", "experiment=out"]) == BAD_INPUT
    assert "leads out of the folder" in capsys.readouterr().err


def test_a_study_carries_what_it_used(mine, tmp_path, monkeypatch, capsys):
    without_pictures(monkeypatch)
    monkeypatch.chdir(tmp_path)
    small = ["population=classroom", "population.margins=my_county", "population.sample=0.0002", "seeds=1", "threads=1"]
    words = [f"conf={mine}", "experiment=local/two", "population.minimum_per_cco=5", "warm_up=2", *small, "study=kept"]
    assert main(["compare", *words]) == DONE
    study = tmp_path / "results" / "kept"
    assert (study / "inputs" / "own" / "payment" / "mine.yaml").read_text() == PAYMENT
    shutil.rmtree(mine)
    capsys.readouterr()
    assert main(["reproduce", "kept", "threads=1"]) == DONE
    assert "identical: 2 runs" in capsys.readouterr().out
    said = list(about_files(load_study(study)))
    assert len(said) == 1, "the report says which files are the user's, and that nothing has changed since"
    assert "payment/mine.yaml" in said[0]
