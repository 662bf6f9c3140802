"""Ports: free ones, and who has one."""

import errno
import os
import socket
from collections.abc import Iterator

import pytest

from app import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_not_offered(taken: int) -> None:
    assert ports.free_tcp_port(taken) != taken
    assert ports.free_sip_port(taken) != taken


def test_who_has_a_port_is_named(taken: int) -> None:
    assert ports.port_owner(taken).endswith(f"(pid {os.getpid()})")


def test_the_error_names_port_and_owner(taken: int) -> None:
    error = ports.cannot_listen("127.0.0.1", taken, OSError(errno.EADDRINUSE, "Address already in use"))
    assert str(error).startswith(f"port {taken} is in use by ")
    assert f"(pid {os.getpid()})" in str(error)


def test_another_reason_is_given_as_it_is() -> None:
    error = ports.cannot_listen("127.0.0.1", 80, OSError(errno.EACCES, "Permission denied"))
    assert str(error) == "cannot listen on 127.0.0.1:80: Permission denied"
