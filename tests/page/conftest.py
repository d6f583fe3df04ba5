"""One server of the page, in a process of its own, as a user starts it."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.page.browser import Client


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[int, str]]:
    """The process and the address of a server that ends with the tests."""
    command = [sys.executable, "-m", "experiments.cli", "dashboard", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        yield process.pid, said.split()[1]
        process.terminate()


@pytest.fixture(scope="session")
def address(server: tuple[int, str]) -> str:
    """The address of the server."""
    return server[1]


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """A browser's requests without a browser, in a tab of its own."""
    with Client(address) as one:
        yield one
