"""STUN and TURN servers for phones in browsers, so that they are heard from behind a router at home.

TURN passwords last as long as the session: made of a secret that the TURN server knows as well (`static-auth-secret`
of coturn; draft-uberti-behave-turn-rest-00), so that nobody can use the relay for long after signing out.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from callcenter.errors import ConfigError

_SERVER: Final = re.compile(
    r"(stuns?|turns?):([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?", re.IGNORECASE
)
_RELAYS: Final = ("turn:", "turns:")


@dataclass(frozen=True, slots=True)
class IceServer:
    """A server as browsers take it (RTCIceServer)."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class IceServers:
    """The servers of this installation: `direct` (STUN) needs no password, `relays` (TURN) one made of `secret`."""

    direct: tuple[str, ...] = ()
    relays: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)

    def for_phone(self, phone: str, until: datetime) -> Sequence[IceServer]:
        """Return what the phone with this id is told; the password holds until then."""
        found = [IceServer(self.direct)] if self.direct else []
        if self.relays:
            name = f"{int(until.timestamp())}:{phone}"
            signed = hmac.digest(self.secret.encode(), name.encode(), "sha1")
            found.append(IceServer(self.relays, name, base64.b64encode(signed).decode()))
        return found


def read_ice_servers(text: str, secret: str) -> IceServers:
    """Read addresses with spaces or commas between; raise ConfigError that names the setting.

    >>> read_ice_servers("stun:stun.example.com turn:turn.example.com:3478?transport=udp", "s").relays
    ('turn:turn.example.com:3478?transport=udp',)
    """
    servers = tuple(text.replace(",", " ").split())
    for server in servers:
        if not _SERVER.fullmatch(server):
            raise ConfigError(
                f"CALLCENTER_ICE_SERVERS: {server!r} is no STUN or TURN server, such as stun:stun.example.com:3478"
                " or turn:turn.example.com:3478?transport=udp"
            )
    relays = tuple(server for server in servers if server.lower().startswith(_RELAYS))
    if relays and not secret:
        raise ConfigError(
            f"CALLCENTER_ICE_SERVERS: {relays[0]} needs CALLCENTER_TURN_SECRET, the static-auth-secret of that server"
        )
    return IceServers(tuple(server for server in servers if server not in relays), relays, secret)
