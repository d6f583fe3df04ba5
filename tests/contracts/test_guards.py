"""The guards that every test runs under do guard."""

import socket

import numpy as np
import pytest

pytestmark = pytest.mark.quick


def test_the_network_is_shut():
    address = ("192.0.2.1", 80)  # reserved for documentation: never anybody's machine
    with socket.socket() as sock, pytest.raises(AssertionError, match="tried to connect"):
        sock.connect(address)


def test_floating_point_faults_raise():
    with pytest.raises(FloatingPointError):
        np.array([1.0]) / np.array([0.0])


def test_warnings_are_errors():
    with pytest.raises(UserWarning):
        __import__("warnings").warn("planted", stacklevel=1)
