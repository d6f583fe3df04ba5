"""The study folder: whole files or none, going on where it stopped, nothing twice, damage refused."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim.runs.comparison import compare
from sim.runs.plan import comparison_of
from sim.runs.study import write_tables
from sim.runs.work import outcome_of
from sim.study import StudyError, load_study, open_study
from sim.study import atomic as atomic_files
from sim.study.atomic import checksums, damaged, sweep, write_whole
from sim.study.folder import _words as words_in
from sim.study.lock import COLD, Lock
from sim.study.manifest import FIELDS, result_digest
from sim.study.reading import check_kinds, parse_json
from sim.study.runs import from_bytes, to_bytes
from sim.study.tables import cell, parquet, read_csv, read_parquet, write_csv
from tests.support.synthetic_runs import FakeScenario, FakeSystem, synthetic_run

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = FakeScenario(months=2, seed_list=(0, 1), threads=1)
RUNS = 8


def begin(root, name="demo", scenario=SCENARIO):
    return open_study(
        root,
        name,
        scenario=scenario.described(),
        scenario_digest=scenario.digest(),
        data_digest="d" * 64,
        seeds=scenario.seed_list,
        threads=scenario.threads,
    )


def live(study, build=FakeSystem):
    return compare(SCENARIO, build=build, populations=lambda scenario, seed: seed, store=study)


def finish(study, comparison):
    write_tables(study, comparison_of(SCENARIO), study.shards(), {})
    study.write("results.parquet", parquet(comparison.frame()))
    study.write("summary.csv", write_csv(comparison.summary()))
    study.add_figure("paths.png", b"a picture")
    study.close(*study.runs_digest(), {"months": 2.0, "import": 1.0})


@pytest.fixture(scope="module")
def run():
    return synthetic_run("global_budget", 1, 2)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    study = begin(tmp_path_factory.mktemp("finished"))
    finish(study, live(study))
    return study.path


@pytest.fixture
def done(template, tmp_path):
    """A finished study."""
    return Path(shutil.copytree(template, tmp_path / "finished" / "demo"))


def fingerprints(folder):
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


# -- whole files -----------------------------------------------------------------------------------------------------


def naive(path, data):
    """What a careless program does."""
    with path.open("wb") as file:
        file.write(data[: len(data) // 2])
        os.fsync(file.fileno())
        file.write(data[len(data) // 2 :])


def survives_a_full_disk(writer, tmp_path, monkeypatch):
    """Whether a file keeps its old content when the disk fills up while it is written."""
    path = tmp_path / "kept.bin"
    path.write_bytes(b"old")

    def no_space(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        with pytest.raises(OSError, match="No space left"):
            writer(path, b"new content")
    return path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    assert survives_a_full_disk(write_whole, tmp_path, monkeypatch)


def test_a_careless_writer_would_be_found(tmp_path, monkeypatch):
    assert not survives_a_full_disk(naive, tmp_path, monkeypatch)


KILLED_WHILE_WRITING = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
if {careless}:
    def write(path, data):
        with path.open("wb") as file:
            file.write(data[:200_000])
            file.flush()
            os.fsync(file.fileno())
            file.write(data[200_000:])
else:
    from sim.study.atomic import write_whole as write
path, n = Path(sys.argv[1]), 0
print("ready", flush=True)
while True:
    n += 1
    write(path, bytes([n % 251]) * 400_000)
"""


def torn_files(careless, tmp_path, kills):
    """How many of some kills at random moments leave a file that is neither the old nor the new one."""
    code = KILLED_WHILE_WRITING.format(root=str(ROOT), careless=careless)
    torn = 0
    for kill in range(kills):
        path = tmp_path / f"{kill}.bin"
        child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
        child.stdout.readline()
        time.sleep(0.02 + 0.011 * kill)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        if path.exists():
            data = path.read_bytes()
            torn += len(data) != 400_000 or len(set(data)) != 1
    return torn


def test_kills_leave_no_torn_file(tmp_path):
    assert torn_files(False, tmp_path, kills=4) == 0
    sweep(tmp_path)
    assert not list(tmp_path.glob(".*"))


def test_kills_would_find_a_careless_writer(tmp_path):
    assert torn_files(True, tmp_path, kills=8) > 0


def test_a_run_comes_back_as_it_was(run):
    again = from_bytes(to_bytes(run), "run")
    assert again.digest == run.digest
    assert (again.arm, again.seed, again.areas, again.accounts) == (run.arm, run.seed, run.areas, run.accounts)
    assert np.array_equal(again.totals(), run.totals(), equal_nan=True)
    assert to_bytes(again) == to_bytes(run)


def test_every_truncated_run_is_refused(run, seed):
    data = to_bytes(run)
    for length in np.random.default_rng(seed).integers(0, len(data), size=40):
        with pytest.raises(StudyError, match=r"run-7\.npz"):
            from_bytes(data[:length], "run-7.npz")


def test_every_changed_run_is_refused(run, seed):
    data = to_bytes(run)
    original = (run.digest, run.weights.tobytes())
    for place in np.random.default_rng(seed).integers(0, len(data), size=40):
        changed = bytearray(data)
        changed[place] ^= 0x10
        try:
            read = from_bytes(bytes(changed), "run")
        except StudyError:
            continue
        assert (read.digest, read.weights.tobytes()) == original  # a date or a comment of the archive, no content


def test_a_header_that_lies_is_refused(run):
    with np.load(io.BytesIO(to_bytes(run))) as file:
        arrays = dict(file)
    header = json.loads(arrays["header"].tobytes())
    for change in ({"seed": 2}, {"arm": "fee_for_service"}, {"digest": "0" * 64}, {"format": 99}):
        arrays["header"] = np.frombuffer(json.dumps(header | change).encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        with pytest.raises(StudyError):
            from_bytes(buffer.getvalue(), "run")


# -- a study's life --------------------------------------------------------------------------------------------------


def test_a_finished_study_says_all_that_was_promised(done):
    study = load_study(done)
    assert tuple(study.manifest) == FIELDS
    assert study.manifest["status"] == "done"
    assert study.manifest["seconds"] == pytest.approx(3.0)
    assert study.manifest["seed_list"] == [0, 1]
    assert study.manifest["peak_memory_bytes"] > 10_000_000
    runs = {(arm, 0, seed): study.run(arm, seed).digest for arm in SCENARIO.arms for seed in (0, 1)}
    assert study.manifest["result_digest"] == result_digest(runs)
    assert study.progress() == (RUNS, RUNS)
    names = {path.name for path in done.iterdir()}
    assert names >= {"study.yaml", "manifest.json", "results.parquet", "summary.csv", "figures", "log.txt"}
    assert not [name for name in names if name.endswith((".part", ".lock"))]


def test_what_is_read_is_what_was_written(done):
    study = load_study(done)
    comparison = live(study)
    assert len(study.frame()) == len(comparison.frame())
    everybody = study.frame(stratum="all", measure=["ed_visits_per_1000_mm"])
    assert set(everybody["measure"]) == {"ed_visits_per_1000_mm"}
    assert len(everybody) == RUNS * SCENARIO.months
    summary = comparison.summary()
    read = study.summary()
    assert list(read.columns) == list(summary.columns)
    assert np.array_equal(read["estimate"], summary["estimate"])
    assert (read["contrast"] == summary["contrast"]).all()


def test_a_finished_study_computes_nothing_again(done):
    before = fingerprints(done)
    FakeSystem.made.clear()
    study = begin(done.parent)
    assert study.is_done
    live(study)
    assert FakeSystem.made == []
    assert fingerprints(done) == before


def test_another_scenario_under_the_same_name_is_refused(done):
    before = fingerprints(done)
    with pytest.raises(StudyError, match="holds another scenario"):
        begin(done.parent, scenario=FakeScenario(fingerprint="f" * 64))
    assert fingerprints(done) == before


def test_a_stopped_study_goes_on(tmp_path, done):
    class Interrupted(FakeSystem):
        def run(self, progress=None):
            if (self.scenario.name, self.seed) == ("global_budget_upstream", 1):
                raise KeyboardInterrupt
            return super().run(progress)

    study = begin(tmp_path, "stopped")
    with pytest.raises(KeyboardInterrupt), study.at_work():
        live(study, Interrupted)
    assert load_study(study.path).status == "interrupted"
    with pytest.raises(StudyError, match="7 of 8 runs done"):
        load_study(study.path).frame()

    FakeSystem.made.clear()
    study = begin(tmp_path, "stopped")
    finish(study, live(study))
    assert FakeSystem.made == [("global_budget_upstream", 1)]
    assert 3.0 < study.manifest["seconds"] < 13.0
    same = load_study(done).manifest["result_digest"]
    assert study.manifest["result_digest"] == same
    for name in ("results.parquet", "summary.csv", "totals.parquet", "years.parquet"):
        assert (study.path / name).read_bytes() == (done / name).read_bytes()


def test_a_study_that_was_killed_goes_on(tmp_path):
    study = begin(tmp_path)
    run = comparison_of(SCENARIO).run("fee_for_service", 0, 0)
    study.shards().add([outcome_of(run.id, synthetic_run("fee_for_service", 0, 2), 0.1, "runs")])
    (study.path / "runs" / f".{'0' * 64}.parquet.123.part").write_bytes(b"half")
    (study.path / "runs" / f"{'1' * 64}.parquet").write_bytes(b"torn")
    (study.path / ".lock").write_text(f"{os.uname().nodename} 999999")  # its process is gone
    FakeSystem.made.clear()
    study = begin(tmp_path)
    finish(study, live(study))
    assert len(FakeSystem.made) == RUNS - 1
    assert load_study(study.path).is_done
    assert not list(study.path.rglob("*.part"))


def test_a_study_killed_before_its_manifest_begins_anew(tmp_path):
    (tmp_path / "demo" / "runs").mkdir(parents=True)
    (tmp_path / "demo" / ".study.yaml.77.part").write_bytes(b"arms")
    assert not begin(tmp_path).is_done


@pytest.mark.parametrize("name", ["results.parquet", "summary.csv", "figures/paths.png", "runs"])
def test_a_damaged_file_is_refused_and_made_again(done, name):
    path = next((done / "runs").iterdir()) if name == "runs" else done / name
    whole, digest = path.read_bytes(), load_study(done).run("global_budget", 1).digest
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StudyError, match=path.name):
        load_study(done)
    FakeSystem.made.clear()
    study = begin(done.parent)
    finish(study, live(study))
    assert len(FakeSystem.made) == (RUNS if name == "runs" else 0)
    study = load_study(done)
    assert study.is_done
    assert study.run("global_budget", 1).digest == digest
    if name == "runs":
        assert not path.exists()  # the new file has the name of its own content, which says how long the runs took
    else:
        assert path.read_bytes() == whole


def test_a_study_of_another_version_is_one_clear_message(done):
    manifest = json.loads((done / "manifest.json").read_text())
    del manifest["format"]
    (done / "manifest.json").write_text(json.dumps(manifest))
    study = load_study(done)
    assert len(study.summary()) > 0
    with pytest.raises(StudyError, match="made by another version of ccosim"):
        study.run("global_budget", 1)


def test_checksums_are_those_of_sha256sum(done):
    listing = (done / "SHA256SUMS").read_text()
    assert damaged(done, listing) == []
    assert {line.split("  ")[1] for line in listing.splitlines()} >= {"results.parquet", "study.yaml"}


@pytest.mark.quick
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": ' + "[" * 31 + "1" + "]" * 31 + "}", ""),
        ('{"a": ' + "[" * 32 + "1" + "]" * 32 + "}", "nested more than 32 deep"),
        ('{"a": ' + '{"b": ' * 32 + "1" + "}" * 33, "nested more than 32 deep"),
        ('{"a": [' + "[1], " * 99 + "[1]]}", ""),  # one after the other is not deep
        ('{"a": "' + "[" * 99 + '"}', ""),  # nor is what stands in a text
        ("[1]", "must map keys to values"),
    ],
)
def test_what_a_study_reads_is_nested_32_deep_at_most(text, said):
    if said:
        with pytest.raises(ValueError, match=said):
            parse_json(text)
    else:
        assert set(parse_json(text)) == {"a"}


@pytest.mark.quick
@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ({"runs": 3, "done": True, "name": "x"}, None),
        ({"runs": True, "done": True, "name": "x"}, ValueError),  # a yes is no number
        ({"runs": 3, "done": 1, "name": "x"}, ValueError),
        ({"runs": 3, "done": False, "name": 7}, ValueError),
        ({"runs": 3, "done": False}, KeyError),
        ([], ValueError),
    ],
)
def test_each_key_of_a_study_is_of_its_kind(found, fault):
    kinds = {"runs": int, "done": bool, "name": str}
    if fault is None:
        check_kinds(found, kinds, all_of_them=True)
    else:
        with pytest.raises(fault):
            check_kinds(found, kinds, all_of_them=True)
    check_kinds({"runs": 3}, kinds, all_of_them=False)


@pytest.mark.quick
def test_a_table_without_rows_or_columns_is_refused():
    import pandas as pd

    frame = pd.DataFrame({"arm": ["a", "b", "b"], "seed": [1, 1, 2]})
    assert read_parquet(parquet(frame), ("arm",), arm="b", seed=[2, 3])["seed"].tolist() == [2]
    with pytest.raises(ValueError, match="it has no rows"):
        read_parquet(parquet(frame.iloc[:0]))
    with pytest.raises(ValueError, match="it has no column draw"):
        read_parquet(parquet(frame), ("arm", "draw"))


@pytest.mark.quick
def test_a_listing_of_checksums_is_in_the_order_of_names(tmp_path):
    """A folder lists its files in any order; the listing of equal files is the same everywhere."""
    (tmp_path / "below").mkdir()
    paths = [tmp_path / name for name in ("b.csv", "below/a.csv", "a.csv")]
    for path in paths:
        path.write_text(path.name)
    for given in (paths, paths[::-1]):
        listing = checksums(tmp_path, given)
        assert [line.split("  ")[1] for line in listing.splitlines()] == ["a.csv", "b.csv", "below/a.csv"]
        assert damaged(tmp_path, listing) == []
    paths[1].write_text("other")
    assert damaged(tmp_path, listing) == ["below/a.csv"]


HOLD = """
import sys
from pathlib import Path
from sim.study.folder import _words as words_in
from sim.study.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_two_processes_cannot_work_on_one_study(tmp_path):
    study = begin(tmp_path)
    study.release()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(study.path / ".lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as other:
        assert other.stdout.readline() == b"held\n"
        assert study.holder().endswith(f" {other.pid}")
        with pytest.raises(StudyError, match=f"being worked on by another process .* {other.pid}"):
            begin(tmp_path)
        other.kill()
    assert study.holder() is None
    begin(tmp_path).release()
    assert not (study.path / ".lock").exists()


def test_a_lock_of_another_machine_counts_until_it_is_cold(tmp_path):
    lock = tmp_path / ".lock"
    lock.write_text("elsewhere 12")
    with pytest.raises(StudyError, match="elsewhere 12"):
        Lock(lock)
    os.utime(lock, (time.time() - COLD - 1,) * 2)
    Lock(lock).release()


@pytest.mark.parametrize("name", ["", "..", ".", "a/b", "/elsewhere/x", "a b", "x" * 65, "a\0b", "a\nb", "ü"])
def test_names_that_could_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(StudyError, match="a name has 1 to 64"):
        begin(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "demo").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="is no folder"):
        begin(tmp_path / "root")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("mine")
    with pytest.raises(StudyError, match="is no study"):
        begin(tmp_path)
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["thesis.txt"]


def test_no_study_is_a_clear_message(tmp_path):
    with pytest.raises(StudyError, match="is no study"):
        load_study(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(StudyError, match="is damaged"):
        load_study(tmp_path)


# -- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.quick
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@cmd", "'@cmd"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("0-4", "0-4"),
        (-1.5, "-1.5"),
        (np.float64(0.1), "0.1"),
        (float("nan"), ""),
        (float("inf"), ""),
        (None, ""),
        (np.int64(3), "3"),
    ],
)
def test_cells_of_a_csv_file(value, expected):
    assert cell(value) == expected


@pytest.mark.quick
def test_a_table_is_its_cells_one_by_one():
    """Columns are written as a whole, and must be what `cell` makes of each value."""
    import pandas as pd

    columns = {
        "words": ["=cmd()", "plain", "@x"],
        "again": pd.Categorical(["-1", "b", "-1"]),
        "known": [0.1, -0.0, 1e16],
        "unknown": [np.nan, np.inf, 2.0],
        "single": np.array([0.1, 2, 3], dtype=np.float32),
        "whole": [1, -2, 3],
        "flags": [True, False, True],
        "mixed": [1, True, 1.0],
        "gaps": pd.array([1, None, 3], dtype="Int64"),
        "nothing": [None, "a", "+b"],
    }
    frame = pd.DataFrame(columns)
    frame["mixed"] = pd.Series(columns["mixed"], dtype=object)
    expected = [
        list(columns),
        *([cell(value) for value in row] for row in zip(*(frame[c].tolist() for c in frame), strict=True)),
    ]
    assert list(csv.reader(io.StringIO(write_csv(frame).decode()))) == expected


@pytest.mark.quick
def test_numbers_come_back_exactly(seed):
    import pandas as pd

    values = np.random.default_rng(seed).normal(size=50) * 10.0 ** np.arange(-25, 25)
    frame = pd.DataFrame({"arm": "a", "contrast": "", "estimate": values})
    read = read_csv(write_csv(frame), ("arm", "contrast"))
    assert np.array_equal(read["estimate"], values)
    assert (read["contrast"] == "").all()


@pytest.mark.quick
def test_a_column_of_numbers_that_are_not_known_holds_no_words():
    """As the ends of intervals of a study with one seed."""
    import pandas as pd

    frame = pd.DataFrame({"who": ["state", ""], "unit": ["", ""], "low": [np.nan, np.nan], "high": [1.5, np.nan]})
    assert words_in(write_csv(frame)) == ("who", "unit")


@pytest.mark.quick
def test_a_stray_part_is_swept(tmp_path):
    (tmp_path / f".results.parquet.1{atomic_files.ASIDE}").write_bytes(b"half")
    (tmp_path / "results.parquet").write_bytes(b"whole")
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["results.parquet"]
