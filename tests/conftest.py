"""What every test runs under: floating point faults are errors, the network is shut, `--seed` moves all the luck."""

import socket
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=0, help="seed of the tests that draw (a nightly run tries others)")


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
