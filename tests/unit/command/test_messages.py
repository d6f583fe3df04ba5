"""Messages that a researcher meets in a day: where a range stands, how a note is quoted, what is shown first."""

import shutil
from types import SimpleNamespace

import pytest
from rich.console import Console

import sim.paths
from experiments.cli import BAD_INPUT, DONE, main
from experiments.terminal.progress import Watch
from experiments.verbs.validate import LISTS, MAIN, TRIALS, _scenario
from sim.engine.yaml_files import YamlError, parse_yaml
from sim.measures.measures import BY_NAME, MEASURES
from sim.paths import conf_folder, shipped_folder
from sim.runs.plan import plan_of
from sim.runs.session import Running
from sim.runs.study import open_sweep
from sim.scenario import Scenario, ScenarioError
from tests.support import stub_runs as stubs


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """A copy of the configuration, where files can be edited."""
    shutil.copytree(conf_folder(), tmp_path / "home" / "conf")
    monkeypatch.setattr(sim.paths, "__file__", str(tmp_path / "home" / "sim" / "paths.py"))
    shipped_folder.cache_clear()
    yield tmp_path / "home" / "conf"
    monkeypatch.undo()
    shipped_folder.cache_clear()


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("words", "file", "key"),
    [
        (["parameters.needs.food_onset=1"], "parameters/needs.yaml", "food_onset:"),
        (["parameters.needs.exit.food=0.9"], "parameters/needs.yaml", "low:"),
        (["parameters.packages.chw.cost.month=1e6"], "packages/chw.yaml", "low:"),
        (["levers.parameters.payment.growth_cap=[7]"], "parameters/payment.yaml", "growth_cap:"),
        (["arms.a=[parameters.needs.food_onset=1]", "arms.b=[]"], "parameters/needs.yaml", "food_onset:"),
    ],
)
def test_a_refused_number_names_the_file_and_line_of_its_range(words, file, key):
    with pytest.raises(ScenarioError) as refused:
        Scenario.compose(words)
    (said,) = refused.value.messages
    assert said.count("to go outside on purpose, change low or high there") == 1
    line = int(said.partition(f"conf/{file} line ")[2].partition(";")[0])
    assert key in (conf_folder() / file).read_text().splitlines()[line - 1]


def test_a_note_that_broke_is_to_be_quoted(conf):
    edit(conf / "parameters" / "needs.yaml", 'note: "As above."', "note: as above, but rarer")
    with pytest.raises(ScenarioError, match="must stand in quotes"):
        Scenario.compose([])
    with pytest.raises(YamlError, match="must stand in quotes"):
        parse_yaml("a: {note: see table: a}", "x")


def test_an_experiment_may_list_what_is_uncertain_as_the_command_line_does(conf):
    (conf / "experiment" / "mine.yaml").write_text("# @package _global_\nuncertainties: [needs.food_onset]\n")
    listed, mapped = (
        Scenario.compose([word]) for word in ("experiment=mine", "uncertainties={needs.food_onset: declared}")
    )
    assert list(listed.uncertainties) == list(mapped.uncertainties) == ["needs.food_onset"]


@pytest.mark.parametrize("first", ["", "# @package experiment\n", "# @package payment\n", "# notes\n\n# @package x\n"])
def test_an_experiment_without_its_first_line_is_refused(conf, first):
    file = conf / "experiment" / "mine.yaml"
    file.write_text(f"{first}months: 3\n")
    with pytest.raises(ScenarioError, match=r"mine\.yaml: the first line must be `# @package _global_`"):
        Scenario.compose(["experiment=mine"])


@pytest.mark.parametrize("before", ["# notes\n", "\ufeff", "title: x\n", "# notes\n\n"])
def test_nothing_stands_before_the_first_line(conf, before):
    (conf / "experiment" / "mine.yaml").write_text(f"{before}# @package _global_\nmonths: 3\n")
    with pytest.raises(ScenarioError, match=r"mine\.yaml: the first line must be `# @package _global_`"):
        Scenario.compose(["experiment=mine"])


@pytest.mark.parametrize("before", ["", "\n\n", "\r\n"])
def test_empty_lines_may_stand_before_the_first_line(conf, before):
    (conf / "experiment" / "mine.yaml").write_text(f"{before}# @package _global_\nmonths: 3\n")
    assert Scenario.compose(["experiment=mine"]).months == 3


def test_an_option_sets_keys_of_its_group_only(conf):
    file = conf / "payment" / "mine.yaml"
    file.write_text("# @package governance\n" + (conf / "payment" / "global_budget.yaml").read_text())
    with pytest.raises(ScenarioError, match=r"mine\.yaml: leave out `# @package governance`"):
        Scenario.compose(["payment=mine"])


def test_a_file_of_ones_own_is_named_where_it_lies(conf, tmp_path):
    file = tmp_path / "own" / "experiment" / "mine.yaml"
    file.parent.mkdir(parents=True)
    for text in ("# @package _global_\narms: [a]\n", "# @package _global_\nhydra: 3\n", "months: 3\n"):
        file.write_text(text)
        with pytest.raises(ScenarioError) as caught:
            Scenario.compose([f"conf={tmp_path / 'own'}", "experiment=mine"])
        assert [message.startswith(f"{file}: ") for message in caught.value.messages] == [True]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["months=1:30"], "months=1:30: YAML reads a number that begins with 0, or has a colon in it"),
        (["seeds=[1,012]"], "seeds=012: YAML reads a number that begins with 0"),
        (["title=no"], "title=False: must be text of at most 200 letters; YAML reads words such as no and on"),
        ([f"title={'a' * 201}"], "must be text of at most 200 letters"),
    ],
)
def test_what_yaml_reads_otherwise_is_said(words, said):
    with pytest.raises(ScenarioError) as caught:
        Scenario.compose(words)
    assert said in str(caught.value)
    assert len(caught.value.messages) == 1


@pytest.mark.parametrize("text", ["2026: x\n", "on: x\n", "2020-01-01: x\n"])
def test_a_key_that_is_no_text_is_refused_and_not_ignored(conf, text):
    file = conf / "experiment" / "mine.yaml"
    file.write_text(f"# @package _global_\nmonths: 3\n{text}")
    with pytest.raises(ScenarioError, match=r"mine\.yaml: .*: is no key; YAML reads"):
        Scenario.compose(["experiment=mine"])
    file.write_text(f"# @package _global_\npayment:\n  start: 3\n  {text}")
    with pytest.raises(ScenarioError, match=r"payment\..*: (is no key; YAML reads|no such key)"):
        Scenario.compose(["experiment=mine"])
    option = conf / "payment" / "mine.yaml"
    option.write_text((conf / "payment" / "shared_savings.yaml").read_text() + text)
    with pytest.raises(ScenarioError, match=r"payment/mine\.yaml: .*: is no key"):
        Scenario.compose(["payment=mine"])


def test_a_note_with_a_comma_and_a_year_is_to_be_quoted(tmp_path, capsys):
    """``note: Our own budget, 2026`` is a note and a key that is a number."""
    (tmp_path / "own" / "packages").mkdir(parents=True)
    file = tmp_path / "own" / "packages" / "mine.yaml"
    text = (shipped_folder() / "packages" / "groceries.yaml").read_text()
    file.write_text(text.replace("note: Within the monthly cost.", "note: Our own budget, 2026"))
    words = ["run", f"conf={tmp_path / 'own'}", "upstream.packages=[mine]", f"results_root={tmp_path / 'results'}"]
    assert main(words) == BAD_INPUT
    said = capsys.readouterr().err
    assert f"{file}: cost.start.2026: is no key" in said
    assert "must stand in quotes" in said
    assert not (tmp_path / "results").exists()


def test_names_of_arms_that_yaml_takes_for_something_else(conf):
    (conf / "experiment" / "mine.yaml").write_text(
        "# @package _global_\nbaseline: usual\narms: {usual: [], no: [payment=global_budget], 2: []}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        Scenario.compose(["experiment=mine"])
    assert [message.partition(":")[0] for message in caught.value.messages] == ["arm False", "arm 2"]
    assert all("quotes make text of them" in message for message in caught.value.messages)


@pytest.mark.parametrize("key", ["levers", "arms", "labels", "design"])
def test_a_list_where_a_mapping_belongs_names_its_key(conf, key):
    (conf / "experiment" / "mine.yaml").write_text(f"# @package _global_\n{key}: [payment.growth_cap]\n")
    with pytest.raises(ScenarioError, match=f"{key}: must be a mapping"):
        Scenario.compose(["experiment=mine"])


def test_a_range_that_is_not_used_changes_no_digest(conf):
    words = ["population=classroom", "upstream=chw"]
    before = Scenario.compose(words).digest(), Scenario.compose(["upstream=none"]).digest()
    edit(
        conf / "packages" / "chw.yaml",
        "high: 252, unit: months, kind: policy, note: Adults.",
        "high: 240, unit: months, kind: policy, note: Old.",
    )
    edit(conf / "parameters" / "needs.yaml", "high: 0.048", "high: 0.05")
    edit(conf / "packages" / "meals.yaml", "label:", "label: Other #")
    edit(conf / "evidence" / "evidence.csv", "Under 8.", "Far under 8.")
    assert (Scenario.compose(words).digest(), Scenario.compose(["upstream=none"]).digest()) == before
    edit(conf / "packages" / "chw.yaml", "high: 1.02, unit: ratio", "high: 1.01, unit: ratio")
    assert Scenario.compose(words).digest() != before[0]  # programs may differ within the range of a ratio


def test_what_is_asked_to_be_validated_is_what_is_run():
    for name in (MAIN, LISTS, TRIALS):
        assert _scenario(name, ["population=classroom"]).population.sample == 0.0035
        assert _scenario(name, ["population=classroom", "population.sample=0.01"]).population.sample == 0.01
        assert _scenario(name, []).population.sample > 0.01


def test_a_search_shows_the_nearest_and_says_how_many_there_are(capsys):
    assert main(["parameters", "emergency visits"]) == DONE
    said = capsys.readouterr().out
    assert said.startswith("Emergency visits (ed_visits_per_1000_mm): ")
    assert "The nearest 25 are shown" in said


def test_measures_have_room_for_their_definitions(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["describe", "measures"]) == DONE
    assert len(capsys.readouterr().out.splitlines()) < 4 * len(MEASURES)
    assert "whether or not that need is its aim" in BY_NAME["needs_met_share"].definition


class Pausing(stubs.Inline):
    """Needs two looks for each task."""

    looks = 0

    def collect(self, seconds):
        self.looks += 1
        return super().collect(seconds) if self.looks % 2 == 0 else iter(())


def test_runs_that_wait_are_not_called_running(tmp_path):
    scenario = stubs.study(tmp_path, draws=3)
    folder, heard = open_sweep(scenario), []
    Running(plan_of(scenario), folder.shards(), lambda now: heard.append(now.running)).run(Pausing(stubs.quick))
    folder.release()
    assert max(heard) == 1  # of the two arms of each task


def test_status_says_what_waits_and_what_the_study_is_called(tmp_path, capsys):
    folder = open_sweep(stubs.study(tmp_path, "title=Two arms for a test"))
    assert main(["status", f"results_root={tmp_path}"]) == DONE
    said = " ".join(capsys.readouterr().out.split())
    folder.release()
    assert "waiting" in said
    assert "Two arms for a test" in said


def test_a_long_run_says_how_far_it_is_where_there_is_no_terminal():
    console = Console(file=SimpleNamespace(write=(said := []).append, flush=lambda: None), width=80)
    watch = Watch(console, 1, 40)
    for month in range(1, 41):
        watch.month_done("run", 0, month)
    lines = "".join(said).splitlines()
    assert 9 <= len(lines) <= 11
    assert lines[0] == "0 of 1 runs done, 10% of all months"
    assert lines[-1] == "1 of 1 runs done"


def test_an_option_that_is_not_there_leads_to_the_nearest(capsys):
    assert main(["run", "payment=globl_budget"]) == BAD_INPUT
    assert "(nearest: global_budget)" in capsys.readouterr().err
