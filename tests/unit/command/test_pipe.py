"""What happens on standard output decides nothing: files and exit codes stay, and every verb ends alike."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "experiments.cli"]
TALKATIVE = """
import sys
from rich.console import Console
from experiments.terminal.process import prepare_process

prepare_process()
for _ in range(2000):
    Console().print("x" * 70)
print("worked on", file=sys.stderr)
"""
BOXED = """
import sys
import warnings
from rich.console import Console
from rich.table import Table
from experiments.terminal.process import prepare_process

prepare_process()
table = Table("\\u2264 \\u00b1\\u00a0", title="\\u4e2d \\u2013")
table.add_row("\\u00b11")
Console().print(table)
print("data\\udce9")
warnings.warn("Mean of empty slice", RuntimeWarning)
"""
FULL = Path("/dev/full")


def test_a_reader_who_leaves_does_not_end_the_work() -> None:
    with subprocess.Popen([sys.executable, "-c", TALKATIVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as talker:
        assert talker.stdout is not None
        assert talker.stderr is not None
        talker.stdout.readline()
        talker.stdout.close()
        said = talker.stderr.read().decode()
        assert talker.wait(timeout=60) == 0, said
    assert said.strip() == "worked on"


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp437", "latin-1", "utf-8"])
def test_any_encoding_prints_a_table_and_no_library_warns(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BOXED], capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, check=True
    )
    assert done.stderr == b""
    assert done.stdout.endswith(b"data\xe9\n")  # the bytes of a path come out as they went in


STUDY = """
import sys
from functools import partial
import experiments.cli as cli
import experiments.figures
import experiments.output.session as session
from sim.runs.comparison import compare
from tests.support.synthetic_runs import FakeScenario, FakeSystem

def run(words):
    alone = {"fee_for_service": []}
    return session.run_study(FakeScenario(alone, months=2, seed_list=(0,), threads=1, results_root=folder))

session.compare = partial(compare, build=FakeSystem, populations=lambda scenario, seed: seed)
session.check_inputs = lambda _: None
session.notes_of = lambda _: ()
experiments.figures.draw_figures = lambda *_: {}
cli.import_module = lambda name: type("", (), {"run": staticmethod(run)})
folder, sys.argv = sys.argv[1], ["ccosim", "compare"]
sys.exit(cli.main())
"""


def run_study(folder: Path, redirect: str) -> subprocess.CompletedProcess[bytes]:
    code = [sys.executable, "-c", STUDY, str(folder)]
    shell = ["sh", "-c", f'exec "$@" {redirect}', "sh", *code]
    return subprocess.run(shell, stderr=subprocess.PIPE, check=False, timeout=300)


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("redirect", [">/dev/full", ">&- 2>/dev/full"])
def test_a_full_or_closed_output_fails_no_study(tmp_path: Path, redirect: str) -> None:
    done = run_study(tmp_path, redirect)
    assert done.returncode == 0, done.stderr
    assert (b"the files are complete" in done.stderr) == (redirect == ">/dev/full")
    assert (tmp_path / "demo" / "summary.csv").is_file()
    assert json.loads((tmp_path / "demo" / "manifest.json").read_text())["status"] == "done"


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
def test_a_list_that_was_not_printed_is_no_success() -> None:
    with FULL.open("w") as full:
        done = subprocess.run([*COMMAND, "parameters", "--csv"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert b"standard output: No space left" in done.stderr


WAITING = """
import sys, time
import experiments.cli as cli

def wait(words, **flags):
    print("waiting", flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt as end:
        {then}

cli.import_module = lambda name: type("", (), {{"run": staticmethod(wait)}})
sys.argv = ["ccosim", sys.argv[1]]
sys.exit(cli.main())
"""
DEAF = """
import signal
from experiments.terminal.process import requests_to_end

class Deaf:  # what is raised in a destructor is ignored
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

try:
    with requests_to_end():
        Deaf()
        for _ in range(10_000_000):
            pass
        print("ignored")
except KeyboardInterrupt:
    print("heard")
"""


def test_a_request_to_end_that_falls_into_a_destructor_is_heard() -> None:
    done = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("heard\n", "")


VERBS = ("run", "report", "reproduce", "benchmark", "validate", "describe")


SIGNALS = [signal.SIGTERM, signal.SIGINT] * (len(VERBS) // 2)  # the verb decides nothing about the signal


@pytest.mark.parametrize(("verb", "sent"), list(zip(VERBS, SIGNALS, strict=True)))
def test_every_verb_answers_a_request_to_end_alike(verb: str, sent: signal.Signals) -> None:
    then = "raise" if sent == signal.SIGTERM else "raise ImportError('a library made this of it') from end"
    code = [sys.executable, "-c", WAITING.format(then=then), verb]
    with subprocess.Popen(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(sent)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "ccosim: interrupted\n")
