"""A browser's phone: its name and password, and which SIP messages its page may send.

Both are made of the session's secret, which is nowhere but in the browser's cookie: the desk keeps nothing, and a phone
is worth nothing once its user has signed out.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from callcenter import dialplan
from callcenter.accounts import digest

REALM_HOST: Final = "callcenter.invalid"  # of SIP addresses; nobody looks it up
MAX_MESSAGE: Final = 65_536  # bytes; an INVITE of a browser has some 3 kB

_USER: Final = re.compile(r"<?\s*sips?:([^@;>\s]*)@", re.IGNORECASE)
_DIGEST_USER: Final = re.compile(r'(?:^|[\s,])username\s*=\s*"?([^",\s]*)"?', re.IGNORECASE)
_WHOSE: Final = {"from": "from", "f": "from", "to": "to", "t": "to"}
_METHODS: Final = frozenset({"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "PRACK"})


@dataclass(frozen=True, slots=True)
class BrowserPhone:
    """`id`: hex digits, by which the acd and Asterisk's AstDB know it."""

    id: str
    password: str = field(repr=False)

    @property
    def user(self) -> str:
        """The SIP user."""
        return dialplan.PHONE_PREFIX + self.id

    @property
    def uri(self) -> str:
        return f"sip:{self.user}@{REALM_HOST}"


def phone_of(secret: str) -> BrowserPhone:
    """Return the phone of a session, by its secret.

    >>> phone_of("a") == phone_of("a"), phone_of("a").id == phone_of("b").id, len(phone_of("a").password)
    (True, False, 32)
    """
    password = hmac.digest(secret.encode("utf-8", "replace"), b"sip", "sha256").hex()[:32]
    return BrowserPhone(digest(f"phone {secret}")[:16], password)


def trouble_with(message: str, user: str) -> str:
    """Return why a page may not send this SIP message with the phone `user`, "" if it may.

    Whom Asterisk takes it for is said by From and by the user that signs it (Authorization), whom it registers by To;
    each of them must be this phone's. Answers to what Asterisk asked are passed on as they are.

    >>> trouble_with("REGISTER sip:x SIP/2.0\\r\\nFrom: <sip:web1@x>;tag=a\\r\\nTo: <sip:web1@x>\\r\\n\\r\\n", "web1")
    ''
    >>> trouble_with("INVITE sip:911@x SIP/2.0\\r\\nFrom: <sip:1011@x>\\r\\n\\r\\n", "web1")
    'From is not its own phone'
    """
    head = re.split(r"\r?\n\r?\n", message, maxsplit=1)[0]
    first, *lines = re.split(r"\r?\n", head)
    if not first.strip():
        return ""  # a keep-alive (RFC 5626, 3.5.1)
    if first.startswith("SIP/2.0 "):
        return ""
    method, _, rest = first.partition(" ")
    if not rest.endswith("SIP/2.0") or method not in _METHODS:
        return "a phone does not send this"
    own = {"from": [user], "to": [user]} if method == "REGISTER" else {"from": [user]}
    # Within a call that Asterisk has begun, From is still the phone's own side.
    found: dict[str, list[str]] = {"from": [], "to": []}
    for name, value in _headers(lines):
        if name in _WHOSE:
            address = _USER.search(value)
            found[_WHOSE[name]].append(address[1] if address else "")
        elif name in {"authorization", "proxy-authorization"}:
            signed = _DIGEST_USER.search(value)
            if signed is None or signed[1] != user:
                return "signed by somebody else"
    wrong = [name for name, wanted in own.items() if found[name] != wanted]
    return f"{wrong[0].capitalize()} is not its own phone" if wrong else ""


def _headers(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the headers, names in lower case; a line that begins with a space belongs to the one before it."""
    name, value = "", ""
    for line in lines:
        if line[:1] in {" ", "\t"}:
            value += " " + line.strip()
            continue
        if name:
            yield name, value
        name, _, value = line.partition(":")
        name, value = name.strip().casefold(), value.strip()
    if name:
        yield name, value
