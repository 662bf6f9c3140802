"""A SIP server of a few lines for tests of agents' phones: it checks passwords, answers calls, hangs up.

It speaks just enough of RFC 3261 for one well-behaved phone; real calls are tested against the real Asterisk.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import defaultdict
from typing import Self

REALM = "test"
NONCE = "0a1b2c"


class Registrar(asyncio.DatagramProtocol):
    """`async with Registrar({"user": "password"}) as server`: on loopback, `server.port`.

    `twice`: as a server so busy that a request came to it twice: it asks for the password again, with a nonce of its
    own, while the answer to the first challenge is on its way.
    `stale`: the first proof of each user comes too late and is not taken.
    """

    def __init__(
        self, passwords: dict[str, str], *, refuse_calls: int = 0, twice: bool = False, stale: bool = False
    ) -> None:
        self.passwords, self.refuse_calls, self.twice = passwords, refuse_calls, twice
        self._late = set(passwords) if stale else set()
        self._challenged: dict[str, str] = {}
        self.port = 0
        self.registered: set[str] = set()
        self.dialled: list[str] = []
        self.ended: list[str] = []
        self.dialogs: dict[str, tuple[str, tuple[str, int]]] = {}
        self.connected: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)  # by number: ACK has come
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._transport
        self._transport.close()

    def hang_up(self, number: str) -> None:
        """Send BYE in the call to `number`."""
        text, addr = self.dialogs[number]
        contact = re.search(r"Contact: <(.*)>", text)
        assert contact
        lines = [
            f"BYE {contact[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bKbye",
            header(text, "To").replace("To:", "From:") + ";tag=server",
            header(text, "From").replace("From:", "To:"),
            header(text, "Call-ID"),
            "CSeq: 77 BYE",
        ]
        self._send(lines, addr)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        method = text.partition(" ")[0]
        if method in {"REGISTER", "INVITE"}:
            user = self._user(text, method)
            if user is None:
                self._refuse(text, addr)
                return
            if user in self._late:
                self._late.remove(user)
                self._reply(text, addr, "401 Unauthorized", challenge("anew"))
                return
            if self.twice:
                self._reply(self._challenged[header(text, "Call-ID")], addr, "401 Unauthorized", challenge("again"))
            if method == "REGISTER":
                self.registered.add(user)
                self._reply(text, addr, "200 OK")
            else:
                self._answer(text, addr)
        elif method == "ACK":
            if called(text) in self.dialogs:  # not the ACK of a challenge
                self.connected[called(text)].set()
        elif method == "BYE":
            self.ended.append(header(text, "Call-ID"))
            self._reply(text, addr, "200 OK")

    def _refuse(self, text: str, addr: tuple[str, int]) -> None:
        if "Authorization:" in text:
            self._reply(text, addr, "403 Forbidden")
        else:
            self._challenged[header(text, "Call-ID")] = text
            self._reply(text, addr, "401 Unauthorized", challenge(NONCE))

    def _answer(self, text: str, addr: tuple[str, int]) -> None:
        number = called(text)
        self.dialled.append(number)
        self._reply(text, addr, "100 Trying")
        if self.refuse_calls:
            self._reply(text, addr, f"{self.refuse_calls} No")
            return
        self.dialogs[number] = (text, addr)
        sdp = "v=0\r\no=s 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
        self._reply(
            text, addr, "200 OK", f"Contact: <sip:127.0.0.1:{self.port}>", "Content-Type: application/sdp", body=sdp
        )

    def _user(self, text: str, method: str) -> str | None:
        """Return who proved to know a password (RFC 2617, without qop)."""
        proof = dict(re.findall(r'(\w+)="([^"]*)"', header(text, "Authorization")))
        user = proof.get("username", "")
        if user not in self.passwords:
            return None
        first = md5(f"{user}:{REALM}:{self.passwords[user]}")
        second = md5(f"{method}:{proof['uri']}")
        return user if proof["response"] == md5(f"{first}:{NONCE}:{second}") else None

    def _reply(self, text: str, addr: tuple[str, int], status: str, *more: str, body: str = "") -> None:
        to = header(text, "To")
        to += "" if "tag=" in to else ";tag=server"
        lines = [f"SIP/2.0 {status}", header(text, "Via"), header(text, "From"), to]
        self._send([*lines, header(text, "Call-ID"), header(text, "CSeq"), *more], addr, body)

    def _send(self, lines: list[str], addr: tuple[str, int], body: str = "") -> None:
        assert self._transport
        self._transport.sendto("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode(), addr)


def challenge(nonce: str) -> str:
    return f'WWW-Authenticate: Digest realm="{REALM}",nonce="{nonce}",algorithm=MD5'


def header(text: str, name: str) -> str:
    """Return the whole header line, empty if there is none."""
    found = re.search(rf"^{name}:.*$", text.replace("\r", ""), re.MULTILINE)
    return found[0] if found else ""


def called(text: str) -> str:
    """Return the number in the To header."""
    return header(text, "To").partition("sip:")[2].partition("@")[0]


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
