"""Study folders and data files as others leave them: links, damage, spreadsheets, full disks. One sentence each."""

import errno
import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

import sim.paths
from experiments.cli import BAD_INPUT, _answered, main
from sim.paths import conf_folder, shipped_folder
from sim.population.build import unmet_margins
from sim.population.margins import MarginsError, read_margins
from sim.runs import work
from sim.runs.comparison import compare
from sim.runs.plan import comparison_of
from sim.runs.reproduction import recorded_plan
from sim.scenario import Scenario
from sim.study import StudyError, load_study, open_study
from sim.study.atomic import checksums, write_whole
from sim.study.lock import COLD, Lock, holder_of
from sim.study.manifest import KINDS
from sim.study.reading import as_yaml
from sim.study.tables import parquet
from tests.support.synthetic_runs import FakeScenario, FakeSystem
from tests.unit.test_study import begin, finish, live

NESTED = "[" * 100_000
ESCAPE = "\x1b]0;owned\x07"
BAD_JSON = ["", "{", "{}", "[]", "3", NESTED, '{"a":' * 100_000, '{"status":"done","x":' + "[" * 900 + "]" * 900 + "}"]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    study = begin(tmp_path_factory.mktemp("finished"))
    finish(study, live(study))
    return study.path


@pytest.fixture
def done(template, tmp_path):
    """A finished study."""
    return Path(shutil.copytree(template, tmp_path / "results" / "demo"))


def interrupted(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"status": "interrupted"}))
    return folder


def resealed(folder):
    """The checksums as somebody who changed a file would write them."""
    names = [line.partition("  ")[2] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    (folder / "SHA256SUMS").write_text(checksums(folder, [folder / name for name in names]))
    return folder


def one_sentence(fault, *names):
    """The one message of an error: short, printable, and naming what it is about."""
    (message,) = fault.value.messages
    assert message.isprintable()
    assert len(message) < 600
    assert all(name in message for name in names), message
    return message


# -- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [".lock", "log.txt", "figures", "runs", "study.yaml", "progress.json", "deep/in/it"])
@pytest.mark.parametrize("kind", ["file", "folder", "nowhere"])
def test_a_link_below_a_study_is_refused_and_nothing_written_there(done, tmp_path, name, kind):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    link = interrupted(done) / name
    if link.is_dir():
        shutil.rmtree(link)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to({"file": outside / "mine", "folder": outside, "nowhere": outside / "new"}[kind])
    for attempt in (lambda: begin(done.parent), lambda: load_study(done)):
        with pytest.raises(StudyError) as fault:
            attempt()
        one_sentence(fault, name, "link")
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == [("mine", "mine")]


@pytest.mark.parametrize("name", [".lock", "log.txt"])
def test_a_second_name_of_another_file_is_not_written(done, tmp_path, name):
    (tmp_path / "mine").write_text("mine")
    (interrupted(done) / name).unlink(missing_ok=True)
    os.link(tmp_path / "mine", done / name)
    with pytest.raises(OSError, match=name):
        begin(done.parent)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_pipe_in_a_study_holds_nobody_up(done):
    os.mkfifo(interrupted(done) / "report.html")
    with pytest.raises(StudyError, match=r"report\.html"):
        begin(done.parent)


def test_a_study_that_is_itself_a_link_is_not_read(done, tmp_path):
    (tmp_path / "results" / "other").symlink_to(done)
    with pytest.raises(StudyError, match="other is a link"):
        load_study(tmp_path / "results" / "other")


@pytest.mark.parametrize("what", ["folder", "aside"])
def test_a_link_made_after_the_look_is_not_followed_either(tmp_path, what):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine").write_text("mine")
    if what == "folder":
        (tmp_path / "figures").symlink_to(tmp_path / "outside")
        with pytest.raises(OSError, match="figures"):
            write_whole(tmp_path / "figures" / "mine", b"theirs")
    else:
        (tmp_path / f".x.png.{os.getpid()}.part").symlink_to(tmp_path / "outside" / "mine")
        write_whole(tmp_path / "x.png", b"theirs")
    assert [path.read_text() for path in (tmp_path / "outside").iterdir()] == ["mine"]


# -- locks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [f"{ESCAPE}elsewhere 12".encode(), b"\xff\xfe\x00elsewhere", b"e" * 10_000_000])
def test_what_a_lock_says_is_short_and_obeyed_by_no_terminal(tmp_path, text):
    (tmp_path / ".lock").write_bytes(text)
    holder = holder_of(tmp_path / ".lock")
    assert holder is not None
    assert holder.isprintable()
    assert len(holder) <= 200
    with pytest.raises(StudyError) as fault:
        Lock(tmp_path / ".lock")
    one_sentence(fault, str(tmp_path))


def test_a_lock_dated_in_the_future_holds_nobody_up(tmp_path):
    (tmp_path / ".lock").write_text("elsewhere 12")
    os.utime(tmp_path / ".lock", (time.time() + COLD + 60,) * 2)
    Lock(tmp_path / ".lock").release()


# -- damaged files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [*BAD_JSON, "\xff\0"], ids=lambda text: repr(text[:9]))
@pytest.mark.parametrize("name", ["manifest.json", "scenarios.json"])
def test_damaged_json_is_one_sentence(done, name, content):
    (done / name).write_bytes(content.encode("latin-1"))
    resealed(done)
    with pytest.raises(StudyError) as fault:
        recorded_plan(load_study(done))
    one_sentence(fault, name)


@pytest.mark.parametrize("key", KINDS)
@pytest.mark.parametrize("change", ["missing", "another kind"])
def test_a_manifest_without_a_key_is_one_sentence(done, key, change):
    manifest = json.loads((done / "manifest.json").read_text())
    manifest |= {key: {"a": [ESCAPE]} if key != "packages" else 3}
    if change == "missing":
        del manifest[key]
    (done / "manifest.json").write_text(json.dumps(manifest))
    if key == "format" and change == "missing":
        assert load_study(done).is_done  # as version 0.1.0 wrote it
        return
    with pytest.raises(StudyError) as fault:
        load_study(done)
    one_sentence(fault, "manifest.json", key)


@pytest.mark.parametrize("text", ["", "- a", "3", NESTED, "months: !!bool x", "a: &a [1]\nb: *a", "months: x", "\0"])
def test_a_damaged_scenario_is_one_sentence(done, text):
    (done / "study.yaml").write_text(text)
    resealed(done)
    with pytest.raises(StudyError) as fault:
        load_study(done).scenario()
    one_sentence(fault, "study.yaml")


def test_what_is_written_as_yaml_comes_back(done):
    shared = [1]
    plain = {"title": "1e5", "x": "2020-01-01", "months": 3, "y": [1e-07, 1.5, None], "a": shared, "b": shared}
    (done / "study.yaml").write_text(as_yaml(plain))
    resealed(done)
    assert load_study(done).scenario() == plain


def tables_that_are_none():
    import pandas as pd

    whole = {"arm": ["a"], "draw": [0], "seed": [0]}
    return {
        "empty": b"",
        "text": b"no parquet",
        "cut": parquet(pd.DataFrame(whole))[:-7],
        "no columns": parquet(pd.DataFrame(whole)),
        "no rows": None,
    }


@pytest.mark.parametrize("kind", list(tables_that_are_none()))
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("totals.parquet", lambda study: study.totals()),
        ("results.parquet", lambda study: study.frame(stratum="all")),
        ("years.parquet", lambda study: study.years()),
        ("runs.parquet", lambda study: study.run_ids),
    ],
)
def test_a_parquet_file_that_is_none_is_one_sentence(done, name, read, kind):
    import pandas as pd

    data = tables_that_are_none()[kind]
    if data is None:
        data = parquet(pd.read_parquet(done / name).iloc[:0])
    (done / name).write_bytes(data)
    with pytest.raises(StudyError) as fault:
        read(load_study(resealed(done)))
    one_sentence(fault, name)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe,", b"arm\n1,2,3\n4", b"draw,estimate\n0,x\n"])
def test_a_csv_file_that_is_none_is_one_sentence(done, data):
    (done / "summary.csv").write_bytes(data)
    with pytest.raises(StudyError) as fault:
        load_study(resealed(done)).summary()
    one_sentence(fault, "summary.csv")


@pytest.mark.parametrize("listing", ["", "0  ../../mine\n", "0  /etc/hostname\n", "\0"])
def test_checksums_that_leave_out_or_reach_out_are_no_proof(done, listing):
    (done / "SHA256SUMS").write_text(listing)
    with pytest.raises(StudyError, match="SHA256SUMS missing or changed"):
        load_study(done)


def test_one_damaged_folder_hides_no_other(done, tmp_path, capsys):
    root = done.parent
    for name, content in {"a": "{}", "b": NESTED, f"c{ESCAPE}": "{"}.items():
        (root / name).mkdir()
        (root / name / "manifest.json").write_text(content)
    (root / "d").symlink_to(done)
    assert main(["status", f"results_root={root}"]) == 0
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.out.splitlines()[2:] if line[:1].strip()] == [
        "a",
        "b",
        "c?]0;owned?",
        "d",
        "demo",
    ]
    assert said.out.count("damaged") == 4
    assert "\x1b" not in said.out + said.err
    assert all(f"{root}/{name}" in said.err for name in "abcd")
    assert main(["status", "a", f"results_root={root}"]) == BAD_INPUT
    assert "a/manifest.json" in capsys.readouterr().err


# -- full disks ------------------------------------------------------------------------------------------------------


def test_a_full_disk_keeps_the_study_and_names_the_file(tmp_path, monkeypatch, capsys):
    study = begin(tmp_path)

    def no_space(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def work_on_it():
        with monkeypatch.context() as patch, study.at_work():
            patch.setattr(os, "fsync", no_space)
            study.write("totals.parquet", b"x")

    assert _answered(work_on_it) == BAD_INPUT
    said = capsys.readouterr().err
    assert "totals.parquet: No space left on device" in said
    assert "nothing was run" not in said
    assert "same command" in said
    assert not (study.path / ".lock").exists()
    finish(study := begin(tmp_path), live(study))
    assert load_study(study.path).is_done


# -- margins as spreadsheets save them -------------------------------------------------------------------------------

HEADER = "margin,within,level,share,kind,source"
ROWS = [f"eligibility,all,{level},{share},x,y" for level, share in zip(
    ("child", "parent", "expansion", "disabled", "aged"), (0.35, 0.08, 0.45, 0.07, 0.05), strict=True
)]  # fmt: skip
PLAIN = "\n".join([HEADER, *ROWS]) + "\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode("utf-8-sig"),
        PLAIN.replace("\n", "\r").encode(),
        (PLAIN + ",,,,,\n\n  ,,,\n").encode(),
        PLAIN.replace("margin,within", " margin , within").encode(),
        ("\n,,,\n" + PLAIN).encode(),
        ("sep=,\n" + PLAIN.replace("margin,within", "Margin,Within")).encode("utf-8-sig"),
        PLAIN.replace("x,y", "x,a\u2028b", 1).encode(),
        PLAIN.replace("x,y", '"x\ny",z', 1).encode(),
    ],
    ids=[
        *("plain", "byte order mark", "CRLF", "CR", "empty rows", "spaces", "empty first rows", "sep and capitals"),
        *("a line separator in a note", "a note of two lines"),
    ],
)
def test_margins_that_spreadsheets_save_are_read(tmp_path, data):
    (tmp_path / "own.csv").write_bytes(data)
    (margin,) = read_margins(tmp_path / "own.csv", ())
    assert np.allclose(margin.shares, [0.35, 0.08, 0.45, 0.07, 0.05])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (PLAIN.replace(",", ";").encode(), "line 1: must name each of the columns margin, within, level, share once"),
        (PLAIN.replace(",", "\t").encode(), "separated by '\\t', must be by commas"),
        (PLAIN.encode("utf-16"), "line 1: must be UTF-8"),
        (PLAIN.replace("y\n", "\xe9\n").encode("latin-1"), "line 2: must be UTF-8"),
        (b"", "line 1: must name"),
        (PLAIN.replace("kind", "share").encode(), "columns share once"),
        ((PLAIN + ROWS[0] + "\n").encode(), "line 7: 'eligibility', 'all', 'child' stands in line 2 already"),
        (PLAIN.replace("0.35", '"0,35"').encode(), "line 2: share must be a number from 0 to 1, is '0,35'"),
        (PLAIN.replace("0.35", "35%").encode(), "line 2: share must be"),
        (PLAIN.replace("0.35", "0,35").encode(), "line 2: more cells than columns; numbers have a point"),
        ((HEADER + "\n" + "x" * 200_000 + "\n").encode(), "line 2"),
        (b"x" * 2_000_000, "larger than"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_margins_that_cannot_be_read_are_one_sentence(tmp_path, data, said):
    (tmp_path / "own.csv").write_bytes(data)
    with pytest.raises(MarginsError) as fault:
        read_margins(tmp_path / "own.csv", ())
    assert said in one_sentence(fault, "own.csv")


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
    path.write_text(text.replace(old, new))


def test_margins_that_are_not_met_are_reported_as_wanted_and_got(conf):
    scenario = Scenario.compose(["population=classroom"])
    assert unmet_margins(scenario.population, scenario.registry, conf) == ()
    margins = conf / "population" / "margins" / "oregon.csv"
    edit(margins, "rurality,all,frontier,0.02", "rurality,all,frontier,0.10")
    edit(margins, "rurality,all,urban,0.65", "rurality,all,urban,0.57")
    (note,) = (one for one in unmet_margins(scenario.population, scenario.registry, conf) if "frontier" in one)
    assert "3.0% of the population, 10.0% was wanted" in note


# -- files edited while a study runs ---------------------------------------------------------------------------------


def tasks_of(*words):
    scenario = Scenario.compose(["population=classroom", "months=1", "warm_up=1", "seeds=1", *words])
    return scenario, next(comparison_of(scenario).tasks(set()))


def test_a_file_that_no_run_reads_may_be_edited_meanwhile(conf):
    shutil.copy(conf / "population" / "margins" / "oregon.csv", conf / "population" / "margins" / "other.csv")
    _, task = tasks_of("upstream=chw")
    edit(conf / "population" / "margins" / "other.csv", "margin,", "broken,")
    edit(conf / "packages" / "meals.yaml", "label:", "# label:")
    (conf / "packages" / "new.yaml").write_text("x")
    (conf / "evidence" / "meps_use.csv").write_text("x")
    assert [cell.changed() for cell in task.cells.values()] == [""]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("population/margins/oregon.csv", "0.5", "0.6"),
        ("packages/chw.yaml", "value: 0.4", "value: 0.5"),
        ("evidence/life_table.csv", "0.5", "0.6"),
    ],
)
def test_a_file_that_a_run_reads_fails_it_by_name(conf, name, old, new):
    _, task = tasks_of("upstream=chw")
    edit(conf / name, old, new)
    (failure,) = work.run_task(task)
    assert failure.changed == name
    assert f"{name} was changed after the study began" in failure.reason


def test_a_comparison_notices_it_too(tmp_path):
    class Changing(FakeScenario):
        read = 0

        def inputs(self):
            Changing.read += 1
            return {"population/margins/own.csv": str(Changing.read > len(self.arms) + 4)}

    scenario = Changing(months=1, seed_list=(0, 1, 2), threads=1)
    with pytest.raises(StudyError, match=r"own\.csv was changed after the study began"):
        compare(scenario, build=FakeSystem, populations=lambda scenario, seed: seed)


def test_a_study_says_why_its_runs_failed(done):
    import pandas as pd

    frame = pd.read_parquet(done / "runs.parquet").assign(status="failed", reason=f"ValueError: {ESCAPE}no")
    (done / "runs.parquet").write_bytes(parquet(frame))
    assert load_study(resealed(done)).reasons() == {"ValueError: ?]0;owned?no": 8}


def test_names_with_escape_sequences_are_refused_without_them(tmp_path):
    with pytest.raises(StudyError) as fault:
        open_study(tmp_path, ESCAPE, scenario={}, scenario_digest="", data_digest="", seeds=(0,))
    one_sentence(fault, "study=")
