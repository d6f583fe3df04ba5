"""One server of the page, in a process of its own, as a user starts it."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.page.browser import Client


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a server that ends with the tests."""
    command = [sys.executable, "-m", "experiments.cli", "dashboard", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        yield said.split()[1]
        server.terminate()


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """A browser's requests without a browser, in a tab of its own."""
    with Client(address) as one:
        yield one
