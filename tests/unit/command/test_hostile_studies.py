"""Thousands of random and hostile studies: each is planned or refused with a message, and nothing else happens.

No traceback, no hang, no file, no code run, nothing read from the environment. Both ways in are tried: the command
line, and a file in ``conf/experiment``.
"""

import os
import random
import shutil
import time
from pathlib import Path

import pytest

import experiments.verbs.sweep
import sim.paths
from experiments.cli import BAD_INPUT, main
from sim.engine.parameter_files import DISTRIBUTIONS
from sim.paths import conf_folder, shipped_folder

SECRET = "kept-by-the-environment-only"  # noqa: S105
SECONDS = 5.0  # of processor time: what else the machine does counts for nothing
LONG = "x" * 10_000_000
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

# Text that a careless program runs, reads, follows or chokes on.
PAYLOADS = (
    "${oc.env:SECRET}",
    "${oc.env:HOME,x}",
    "${hydra:runtime.cwd}",
    "${now:%Y}",
    "${oc.decode:${oc.env:SECRET}}",
    "!!python/object/apply:os.system ['touch canary']",
    "!!python/object/new:subprocess.Popen [[touch, canary]]",
    "!!python/name:os.system",
    "!!python/module:os",
    "{_target_: os.system, _args_: ['touch canary']}",
    "{_target_: logging.os.system, command: 'touch canary'}",
    "{_partial_: true, _target_: builtins.eval}",
    "{class: logging.FileHandler, filename: canary}",
    "[{_target_: os.mkdir, path: canary}]",
    "../../../etc/passwd",
    "..",
    "/etc/passwd",
    "canary/../..",
    "C:\\\\canary",
    "a\0b",
    "a\nb: c",
    "\x1b]0;x\x07",
    "\u202egnp.exe",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "&a [1]",
    "*a",
    "{a: &a [1], b: *a}",
    "{<<: {a: 1}}",
    "{a: 1, a: 2}",
    "[" * 2000,
    "{" * 2000,
    "9" * 4000,
    "1e999",
    "-.inf",
    ".nan",
    "0x7fffffffffffffffffff",
    "1:2:3",
    "2020-01-01",
    "yes",
    "~",
    "null",
    "''",
    "[]",
    "{}",
    "''; touch canary",
    "$(touch canary)",
    "`touch canary`",
    "%s%s%n",
    "<script>",
    "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "ﬁle",
    "__class__",
    "__import__('os').system('touch canary')",
    "lambda: 1",
    "x" * 3900,
)
KEYS = (
    *("months", "warm_up", "seeds", "threads", "title", "study", "results_root", "baseline", "keep", "outcomes"),
    *("arms", "levers", "uncertainties", "design", "design.kind", "design.draws", "design.seed", "parameters"),
    *("stop", "stop.outcome", "stop.half_width", "stop.at_most", "structures"),
    *("population", "payment", "upstream", "providers", "governance", "compute", "compute.address", "compute.workers"),
    *("population.sample", "population.members", "population.margins", "payment.scope", "payment.contracts"),
    *("payment.start", "upstream.packages", "upstream.funding", "organizations", "capacity", "experiment"),
    *("hydra.run.dir", "hydra/launcher", "hydra.job_logging.handlers.file.class", "hydra.searchpath", "hydra"),
    *("_target_", "__class__", "defaults", "arms.a", "arms.../x", "levers.x", "levers.parameters.payment.growth_cap"),
    *("levers.months", "levers.payment", "uncertainties.needs.food_onset", "uncertainties.*", "uncertainties.x.y.z"),
    *("parameters.needs.food_onset", "parameters.needs", "parameters.x", "parameters.payment.growth_cap.x", "+months"),
    *("~payment", "payment@x", "++x", "a b", "", ".", "..", "=", "months.x", "design.kind.x", "packages.chw.cost"),
)
VALID = (
    *("1", "2", "24", "0.5", "declared", "all", "annual", "global_budget", "fee_for_service", "portfolio", "chw"),
    *("[0.02,0.03]", "[annual]", "[upstream=none]", "[payment=global_budget]", "[needs.food_onset]", "sobol", "grid"),
    *("{low: 0.01, high: 0.02}", "{low: 0.02, high: 0.01}", "{low: a}", "{distribution: beta}", "['needs.*']"),
    *("{a: [upstream=none], b: [upstream=chw]}", "{a: {b: [upstream=none]}}", "{kind: grid, draws: 3, seed: 0}"),
    *("tcp://127.0.0.1:1", "file:///etc/passwd", "dask", "cluster", "[pmpm_total]", "[pmpm_totl]", "totals", "months"),
    *(f"{{low: 0.012, high: 0.03, distribution: {name}}}" for name in DISTRIBUTIONS),
)


class Planned(Exception):  # noqa: N818, it is no error
    """The study would be run now."""


@pytest.fixture(scope="module")
def conf(tmp_path_factory):
    """A copy of the configuration, where experiments can be written."""
    root = tmp_path_factory.mktemp("home")
    shutil.copytree(conf_folder(), root / "conf")
    return root / "conf"


@pytest.fixture
def desk(conf, tmp_path, monkeypatch):
    """An empty working folder, the copied configuration, and a sweep that stops where it would begin to write."""

    def stop(scenario):
        raise Planned

    monkeypatch.setattr(sim.paths, "__file__", str(conf.parent / "sim" / "paths.py"))
    shipped_folder.cache_clear()
    monkeypatch.setattr(experiments.verbs.sweep, "open_sweep", stop)
    monkeypatch.setenv("SECRET", SECRET)
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    yield tmp_path
    monkeypatch.undo()
    shipped_folder.cache_clear()


def attempt(words, capsys, desk):
    """Try one study; return what is wrong with how it was received, and whether it was planned."""
    began = time.process_time()
    planned = False
    try:
        code = main(["sweep", *words])
    except Planned:
        code, planned = BAD_INPUT, True
    except SystemExit as stop:
        code = stop.code
    except Exception as fault:  # what a user would see as a traceback
        return f"{type(fault).__name__}: {fault}", False
    said = capsys.readouterr()
    spent = time.process_time() - began
    wrong = [
        code != BAD_INPUT and f"exit code {code}",
        not planned and not said.err.strip() and "no message",
        "Traceback" in said.err and "a traceback",
        SECRET in said.out + said.err and "the environment was read",
        len(said.err) > 100_000 and f"a message of {len(said.err)} characters",
        spent > SECONDS and f"took {spent:.1f} s",
        [*desk.rglob("*")] != [desk / "desk"] and "something was written",
        any(Path(place, "canary").exists() for place in (".", conf_folder(), "/tmp")) and "something was run",  # noqa: S108
    ]
    return next((str(one) for one in wrong if one), ""), planned


def random_value(luck):
    return luck.choice(PAYLOADS) if luck.random() < 0.5 else luck.choice(VALID)


def on_the_command_line(luck):
    words = [f"{luck.choice(KEYS)}={random_value(luck)}" for _ in range(luck.randint(1, 5))]
    if luck.random() < 0.1:
        words.append(random_value(luck))
    return words


def in_a_file(luck):
    """The text of an experiment: mappings with hostile keys and values, or hostile text as it is."""
    if luck.random() < 0.2:
        return luck.choice(
            [BOMB, *PAYLOADS, "- a\n- b", "3", "", "\0", "a: b: c", "? [a]\n: b", "%YAML 9.9\n---\na: 1"]
        )
    lines = ["# @package _global_"] if luck.random() < 0.9 else []
    for _ in range(luck.randint(1, 6)):
        key, value = luck.choice(KEYS), random_value(luck)
        if luck.random() < 0.3:
            lines.append(f"{key}:\n  {luck.choice(KEYS)}: {value}")
        elif luck.random() < 0.1:
            lines.append(f"defaults:\n  - override /{key}: {value}")
        else:
            lines.append(f"{key}: {value}")
    return "\n".join(lines)


SENSIBLE = 10  # each so many cases there is a study that makes sense


@pytest.mark.parametrize("cases", [40, pytest.param(3000, marks=pytest.mark.slow)])
def test_random_and_hostile_studies(cases, seed, conf, desk, capsys):
    luck = random.Random(seed)  # noqa: S311, it guards no secret
    file = conf / "experiment" / "hostile.yaml"
    faults, planned = [], 0
    for case in range(cases):
        words = ["months=1"] if case % SENSIBLE == 0 else on_the_command_line(luck)
        if case % 2:
            file.write_text(text := in_a_file(luck), encoding="utf-8", errors="replace")
            os.utime(file, ns=(case, case))  # a file changed within one tick of the clock is another file
            words = ["experiment=hostile", *(words if luck.random() < 0.3 else [])]
        else:
            text = ""
        fault, ran = attempt(words, capsys, desk)
        planned += ran
        if fault:
            faults.append((fault, [word[:200] for word in words], text[:300]))
    file.unlink(missing_ok=True)
    assert not faults, f"{len(faults)} of {cases}: {faults[:5]}"
    assert planned >= cases / SENSIBLE  # what makes sense still runs between the rest


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload[:20].encode("unicode_escape").decode())
def test_each_payload_in_each_place_of_a_file(payload, conf, desk, capsys):
    file = conf / "experiment" / "hostile.yaml"
    shapes = (
        "# @package _global_\ntitle: {}",
        "# @package _global_\nlevers: {{x: {{a: [{}]}}}}",
        "# @package _global_\nuncertainties: {{{}: declared}}",
        "# @package _global_\narms: {{a: [{}]}}",
        "{}",
    )
    faults = []
    for i, shape in enumerate(shapes):
        file.write_text(shape.format(payload), encoding="utf-8", errors="replace")
        os.utime(file, ns=(i, i))
        fault, _ = attempt(["experiment=hostile"], capsys, desk)
        faults += [(fault, shape)] if fault else []
    file.unlink()
    assert not faults


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "aliases"),
        (f"title: {LONG}", "larger than"),
        ("hydra: {job_logging: {handlers: {file: {class: logging.FileHandler, filename: canary}}}}", "Hydra's own"),
        ("defaults: [override /hydra/launcher: joblib]", "Hydra's own"),
        ("defaults: [override /payment: []]", "defaults: override /payment: must be one option"),
        ("hydra: {searchpath: [file:///tmp]}", "Hydra's own"),
        ("title: {_target_: os.system}", "never names code"),
        ("title: ${oc.env:SECRET}", "interpolations"),
        ("title: !!python/name:os.system", "tags (!, !!) are not allowed"),
        ("- a", "must map keys"),
    ],
    ids=lambda text: " ".join(text.split())[:20],
)
def test_a_hostile_file_is_refused_by_name(text, said, conf, desk, capsys):
    file = conf / "experiment" / "hostile.yaml"
    file.write_text(f"# @package _global_\n{text}")
    code = main(["sweep", "experiment=hostile"])
    file.unlink()
    error = capsys.readouterr().err
    assert code == BAD_INPUT
    assert said in error
    assert "hostile.yaml" in error
    assert len(error) < 5000


def test_a_key_of_ten_megabytes_is_refused(desk, capsys):
    assert main(["sweep", f"{LONG}=1"]) == BAD_INPUT
    assert len(capsys.readouterr().err) < 5000


def test_a_link_is_no_study_folder(tmp_path, capsys):
    """Nothing is written through a link that stands where the study's folder would be."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "x").symlink_to(outside)
    words = ["population=classroom", "months=1", "seeds=1", "study=x", f"results_root={tmp_path / 'results'}"]
    assert main(["sweep", *words]) == BAD_INPUT
    assert "is no folder" in capsys.readouterr().err
    assert not list(outside.iterdir())
