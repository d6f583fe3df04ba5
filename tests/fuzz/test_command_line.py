"""Random words, experiment files and damaged study folders: the command does what was asked or says what is wrong.

No traceback, no crash, nothing written outside the results root, an exit code of the four that there are; a refusal
names its key or its file. No case starts a simulation.
"""

import json
import os
import random
import shutil

import pytest

import experiments.output.session as session
import experiments.page.public as public
import experiments.page.server as server
import experiments.verbs.sweep as sweep
import sim.paths
import sim.runs.reproduction as reproduction
import sim.runs.study as sessions
from experiments.cli import BAD_INPUT, main
from experiments.output.outputs import Outputs
from experiments.page.export import page_of
from sim.paths import conf_folder, shipped_folder
from tests.support import analyzed_study
from tests.support import stub_runs as stubs

CODES = {0, 1, BAD_INPUT, 130}
KEYS = (
    *("months", "warm_up", "seeds", "threads", "title", "study", "results_root", "baseline", "keep", "outcomes"),
    *("arms", "arms.a", "levers", "levers.months", "uncertainties", "uncertainties.needs.food_onset", "structures"),
    *("design.kind", "design.draws", "design.seed", "stop.outcome", "stop.half_width", "stop.at_most", "experiment"),
    *("population", "population.sample", "population.members", "population.margins", "population.renewal", "payment"),
    *("payment.start", "payment.starts", "payment.scope", "payment.contracts", "upstream", "upstream.packages"),
    *("providers", "governance", "compute", "compute.address", "compute.workers", "compute.trust_scheduler"),
    *("parameters.needs.food_onset", "parameters.payment.growth_cap", "parameters.economics.discount_rate"),
    *("parameters.nothing.here", "organizations", "capacity", "parameters.payment", "monhts", "population.x.y", ""),
)
VALUES = (
    *("1", "0", "-1", "2.5", "1e999", ".nan", "9" * 400, "null", "~", "''", "true", "[]", "{}", "[1,2]", "{a: 1}"),
    *(
        "{a: {b: {c: 1}}}",
        "[" * 3000,
        "{" * 3000,
        "]",
        "!!bool x",
        "!!int ''",
        "!!timestamp x",
        "!!python/name:os.system",
    ),
    *("*a", "&a 1", "${oc.env:HOME}", "_target_", "2020-01-01", "1:2:3", "0x1f", "\0", "\x1b[31m", "é", "\u202e", "🙂"),
    *("global_budget", "fee_for_service", "classroom", "chw", "portfolio", "cluster", "sobol", "pmpm_state", "effort"),
    *("[recession]", "{recession: 24}", "{recession: .nan}", "{recession: -1}", "{recession: 2014-13}", "[{}]"),
    *("../..", "/etc/passwd", "~/x", "~nobody-of-this-name/x", "a b", "tcp://h:1", "tls://h:1", "[upstream=none]"),
    *("{low: 0.01, high: 0.02}", "{low: 2, high: 1}", "declared", "all", "[payment=global_budget,upstream=chw]"),
)
VERBS = (
    "run",
    "compare",
    "sweep",
    "describe",
    "parameters",
    "status",
    "report",
    "reproduce",
    "cite",
    "contrast",
    "dashboard",
    "xyz",
)
OF_STUDIES = ("status", "reproduce", "cite", "sensitivity", "contrast", "dashboard")
READ_FROM = {
    "event": ["events=[mine]"],
    "packages": ["upstream=chw", "upstream.packages=[mine]"],
    "metrics": ["payment=oregon_2012", "payment.metrics=mine"],
    "payment": ["payment=mine"],
    "upstream": ["upstream=mine"],
    "population": ["population=mine"],
    "providers": ["providers=mine"],
    "parameters": [],
    "margins": ["population.margins=mine"],
}
REPORTED = 0.05  # of the damaged folders: a report takes seconds even without its pictures


class Planned(Exception):  # noqa: N818, it is no error
    """Something would be simulated now."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small finished study of no model."""
    root = tmp_path_factory.mktemp("finished")
    scenario = stubs.study(root, draws=2, seeds=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "crew_of", lambda engine, workers, address, work: stubs.Inline(work))
        folder = sessions.open_sweep(scenario)
        sessions.run_sweep(folder, scenario, work=stubs.quick)
    return folder.path


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory):
    """A small finished study that has all that a report asks for."""
    with pytest.MonkeyPatch.context() as patch:
        return analyzed_study.sweep(tmp_path_factory.mktemp("analyzed"), patch, "design.draws=6")


def shown(port, study, say):
    """What a browser would ask for first; nobody serves."""
    if study is not None:
        arms = [one["name"] for one in study.described()["arms"]]
        page_of([{"label": "", **study.shown(*arms[:2])}])


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A working folder, a results root in it, a copy of the configuration; where runs would begin, it ends."""

    def planned(*_, **__):
        raise Planned

    shutil.copytree(conf_folder(), tmp_path / "home" / "conf")
    monkeypatch.setattr(sim.paths, "__file__", str(tmp_path / "home" / "sim" / "paths.py"))
    shipped_folder.cache_clear()
    for module, name in ((session, "open_comparison"), (sweep, "open_sweep"), (reproduction, "reproduce")):
        monkeypatch.setattr(module, name, planned)
    monkeypatch.setattr(server, "serve", shown)
    monkeypatch.setattr(public, "write_public", planned)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("user", "desk", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside" / "kept.txt").write_text("kept")
    monkeypatch.chdir(tmp_path / "desk")
    yield tmp_path
    monkeypatch.undo()
    shipped_folder.cache_clear()


def outside(desk):
    """All that no case may change: all files but the configuration, results and libraries' caches."""
    places = [file for file in desk.rglob("*") if not {"results", "conf", ".cache"} & set(file.relative_to(desk).parts)]
    return {str(file): file.read_bytes() if file.is_file() else None for file in places}


def changed(before, after):
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return f"written outside: {paths[:3]}" if paths else ""


def fault_of(words, names, desk, capsys):
    """Give the command these words; return what is wrong with its answer, or nothing."""
    before = outside(desk)
    try:
        code = main(words)
    except Planned:
        code = 0
    except (Exception, SystemExit, RecursionError) as fault:  # what a user would see as a traceback
        return f"{type(fault).__name__}: {str(fault)[:200]} at {place_of(fault)}"
    said = capsys.readouterr()
    wrong = [
        code not in CODES and f"exit code {code}",
        "Traceback" in said.err and "a traceback",
        changed(before, outside(desk)),
        code == BAD_INPUT and not any(name in said.err for name in names) and f"names nothing: {said.err[:300]!r}",
        "\x1b[31m" in said.out + said.err and "an escape sequence was printed",
    ]
    return next((one for one in wrong if one), "")


def place_of(fault):
    last = fault.__traceback__
    while last.tb_next:
        last = last.tb_next
    return f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}"


def overrides(luck):
    keys = [luck.choice(KEYS) for _ in range(luck.randint(1, 4))]
    return [f"{key}={luck.choice(VALUES)}" for key in keys], [key for key in keys if key]


def on_the_command_line(luck, desk, study_for):
    verb = luck.choice(VERBS)
    words, names = overrides(luck)
    if luck.random() < 0.2:
        words.insert(0, luck.choice(VALUES))
    asked = [verb, "key=value", "name of a study", "''", *names, *(repr(word)[1:20] for word in words)]
    return [verb, *words], [*asked, *(word[:20] for word in words)]


def in_an_experiment(luck, desk, study_for):
    """An experiment that ships, with lines changed, removed, doubled or pushed; or bytes of it."""
    files = sorted((desk / "home" / "conf" / "experiment").glob("*.yaml"))
    keys = rewritten(luck, luck.choice([file for file in files if file.name != "mine.yaml"]), "mine")
    return [luck.choice(("sweep", "compare", "run")), "experiment=mine"], ["mine", *keys, *KEYS[:-1]]


def in_a_file_that_runs_read(luck, desk, study_for):
    """An event, package, contract form, population, margins, metric set or file of numbers, with lines changed."""
    folder = desk / "home" / "conf" / luck.choice(tuple(READ_FROM))
    folder = folder.parent / "population" / "margins" if folder.name == "margins" else folder
    keys = rewritten(luck, luck.choice(sorted(file for file in folder.iterdir() if file.is_file())), "mine")
    verb = luck.choice((["run"], ["describe", "scenario"]))
    return [*verb, *READ_FROM[folder.name]], ["mine", *keys]


def rewritten(luck, file, name):
    """Write a file as NAME beside it with some lines changed; return the keys in it."""
    lines = file.read_bytes().split(b"\n")
    before = tuple(lines)  # a key that the file has lost may be what is missing
    for _ in range(luck.randint(1, 4)):
        at = luck.randrange(len(lines))
        key, _, value = lines[at].partition(b": ")
        lines[at] = luck.choice(
            [
                key + b": " + luck.choice(VALUES).encode(),
                b"  " + lines[at],
                lines[at] * 2,
                luck.choice(KEYS).encode() + b": " + value,
                bytes(luck.randrange(256) for _ in range(8)),
                b"",
                b"defaults: [override /" + luck.choice(KEYS).encode() + b": " + luck.choice(VALUES).encode() + b"]",
            ]
        )
    file = file.with_stem(name)
    file.write_bytes(b"\n".join(lines))
    stamp = luck.randrange(2**40)  # a file changed within one tick of the clock is another file
    os.utime(file, ns=(stamp, stamp))
    keys = {line.strip().partition(b":")[0].decode(errors="replace") for line in (*before, *lines)}
    return list(filter(None, keys))


def with_a_damaged_folder(luck, desk, study_for):
    """A finished study of which one to three files are cut, changed, emptied, removed or made links."""
    verb = "report" if luck.random() < REPORTED else luck.choice(OF_STUDIES)
    folder = desk / "desk" / "results" / "demo"
    shutil.rmtree(folder.parent, ignore_errors=True)
    shutil.copytree(study_for(verb), folder)
    for _ in range(luck.randint(1, 3)):
        files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
        damage(luck, luck.choice(files), desk / "outside" / "kept.txt")
    return [verb, "demo"], ["demo", "manifest", "study"]


def damage(luck, file, elsewhere):
    held = file.read_bytes()
    at = luck.randrange(max(1, len(held)))
    kind = luck.randrange(7)
    if kind == 0:
        file.write_bytes(held[:at])
    elif kind == 1:
        file.write_bytes(held[:at] + bytes(luck.randrange(256) for _ in range(6)) + held[at + 6 :])
    elif kind == 2:
        file.write_bytes(luck.choice([b"", b"{}", b"[]", b"null", b"\0" * 50, b"[" * 50_000, b"\x1b[31m", b"a,b\n1\n"]))
    elif kind == 3:
        file.unlink()
    elif kind == 4:
        file.unlink()
        file.symlink_to(elsewhere)
    elif kind == 5:
        file.unlink()
        file.mkdir()
    elif file.suffix == ".json":
        change_json(luck, file)


def change_json(luck, file):
    try:
        tree = json.loads(file.read_text())
    except (ValueError, RecursionError):
        return
    if isinstance(tree, dict) and tree:
        key = luck.choice(sorted(tree))
        if luck.random() < 0.4:
            del tree[key]
        else:
            tree[key] = luck.choice([None, -1, "\x1b[31m", [], {}, [[]], 1e300, "../..", True])
        file.write_text(json.dumps(tree))


KINDS = (on_the_command_line, in_an_experiment, in_a_file_that_runs_read, with_a_damaged_folder)
SLICES = [pytest.param(range(first, first + 500), marks=pytest.mark.slow) for first in range(0, 3000, 500)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cases", [range(36), *SLICES], ids=str)
def test_random_words_files_and_folders(cases, seed, desk, finished, request, monkeypatch, capsys):
    def study_for(verb):
        return request.getfixturevalue("analyzed") if verb == "report" else finished

    monkeypatch.setattr(Outputs, "draw", lambda *_, **__: b"a picture")
    faults = []
    for case in cases:
        luck = random.Random(f"{seed} {case}")  # noqa: S311, it guards no secret
        kind = KINDS[case % len(KINDS)]
        for mine in (desk / "home" / "conf").rglob("mine.*"):
            mine.unlink()
        words, names = kind(luck, desk, study_for)
        if fault := fault_of(words, names, desk, capsys):
            faults.append(f"case {case}, {kind.__name__}, {[word[:60] for word in words]}: {fault}")
    shown = "\n".join(dict.fromkeys(faults))
    assert not faults, f"{len(faults)} of {len(cases)}:\n{shown}"
