"""Servers that help phones in browsers out from behind a router."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from callcenter.errors import ConfigError
from desk.ice import IceServers, read_ice_servers

UNTIL = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_nothing_is_told_where_nothing_is_set() -> None:
    assert read_ice_servers(" ", "").for_phone("ab12", UNTIL) == []


def test_a_relay_gets_a_name_that_says_until_when_and_a_password_that_only_the_secret_makes() -> None:
    servers = read_ice_servers(
        "stun:a.example.com, turn:b.example.com:3478?transport=tcp turns:[2001:db8::1]:5349", "shh"
    )
    direct, relay = servers.for_phone("ab12", UNTIL)
    assert (direct.urls, direct.username, direct.credential) == (("stun:a.example.com",), "", "")
    assert relay.urls == ("turn:b.example.com:3478?transport=tcp", "turns:[2001:db8::1]:5349")
    assert relay.username == f"{int(UNTIL.timestamp())}:ab12"
    signed = hmac.new(b"shh", relay.username.encode(), hashlib.sha1).digest()
    assert relay.credential == base64.b64encode(signed).decode()
    assert "shh" not in repr(servers)
    assert relay.credential not in repr(relay)


@pytest.mark.parametrize(
    "text", ["stun.example.com", "stun:", "http://a", "turn:a b:c", "stun:a?transport=sctp", "turn:a:port"]
)
def test_what_is_no_server_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match="CALLCENTER_ICE_SERVERS"):
        read_ice_servers(text, "secret")


def test_a_relay_without_its_secret_is_refused() -> None:
    with pytest.raises(ConfigError, match="CALLCENTER_TURN_SECRET"):
        read_ice_servers("turn:turn.example.com", "")


def test_none_is_what_there_is_by_default() -> None:
    assert IceServers().for_phone("ab12", UNTIL) == []
