"""What every test runs under: floating point faults are errors, the network is shut, `--seed` moves all the luck."""

import gc
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no fault of the model
settings.load_profile("unhurried")
os.environ["CCOSIM_STARTS"] = "0"  # tests replace parts of the model in memory: no start of theirs may be kept
LONGEST = (
    "test_perverse.py",
    "test_analysis.py",
    "tests/verification/",
    "tests/page/",
    "tests/extending/",
    "test_gallery.py",
    "tests/unit/upstream/",
    "test_cluster.py",
    "test_books_and_heads.py",
    "test_stop_and_resume.py",
    "test_fresh_processes.py",
    "test_payment_alone.py",
    "test_kept_starts.py",
    "test_timeline_runs.py",
    "test_kills.py",
    "test_working_folder.py",
)
TOGETHER = ("extending/", "page/", "unit/population/", "unit/upstream/", "verification/")
"""Folders whose files share what is made once for a worker: with `--dist loadfile` one worker takes them all."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=0, help="seed of the tests that draw (a nightly run tries others)")


def pytest_configure(config: pytest.Config) -> None:
    """With ``-m quick`` interpret the rules: after an edit the compiler would take longer than all quick tests."""
    if config.option.markexpr == "quick":
        os.environ.setdefault("NUMBA_DISABLE_JIT", "1")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``-m quick`` load only files that have quick tests: loading all takes as long as those tests."""
    if config.option.markexpr != "quick" or collection_path.suffix != ".py":
        return None
    return None if "mark.quick" in collection_path.read_text("utf-8") else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files and folders first, so that no worker ends with one while the others have nothing to do."""
    items.sort(key=lambda item: next((i for i, name in enumerate(LONGEST) if name in item.nodeid), len(LONGEST)))


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, which may not be loaded
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole files, and some whole folders."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return next((folder for folder in TOGETHER if file.startswith(f"tests/{folder}")), file)

    return Scheduling(config, log)


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the collector of garbage need not go through them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--seed"))


@pytest.fixture(autouse=True)
def floating_point_faults_are_errors() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


@pytest.fixture(autouse=True)
def terminal_of_120_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are laid out by the width of the terminal, which differs between machines."""
    monkeypatch.setenv("COLUMNS", "120")


class NetworkUseError(AssertionError):
    """A test tried to reach another machine."""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only sockets on this machine may connect (executors and pipes use them)."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(real: Any) -> Any:
        def call(sock: socket.socket, address: Any) -> Any:
            here = sock.family == getattr(socket, "AF_UNIX", None) or str(address[0]) in {
                "127.0.0.1",
                "::1",
                "localhost",
            }
            if not here:
                raise NetworkUseError(f"a test tried to connect to {address}")
            return real(sock, address)

        return call

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
