"""What happens on standard output decides nothing: files and exit codes stay, and every verb ends alike."""

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
print("caf\\udce9")
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
    assert done.stdout.endswith(b"caf\xe9\n")  # the bytes of a path come out as they went in


def run_classroom(folder: Path, **where: object) -> subprocess.CompletedProcess[bytes]:
    words = ["run", "population=classroom", "months=2", "warm_up=1", "seeds=1", "study=s", f"results_root={folder}"]
    return subprocess.run([*COMMAND, *words], stderr=subprocess.PIPE, check=False, timeout=300, **where)  # type: ignore[call-overload,no-any-return]


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
def test_a_full_or_closed_output_fails_no_study(tmp_path: Path) -> None:
    with FULL.open("w") as full:
        done = run_classroom(tmp_path / "full", stdout=full)
    assert done.returncode == 0, done.stderr
    assert b"the files are complete" in done.stderr
    closed = run_classroom(tmp_path / "closed", stdout=None, preexec_fn=lambda: os.close(1))
    assert closed.returncode == 0, closed.stderr
    for one in ("full", "closed"):
        assert (tmp_path / one / "s" / "summary.csv").is_file()
        assert '"status": "done"' in (tmp_path / one / "s" / "manifest.json").read_text()


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
VERBS = ("run", "compare", "sweep", "report", "reproduce", "benchmark", "validate", "contrast", "describe")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
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
