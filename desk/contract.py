"""What the API is made of: a table of routes, what a handler is called with, and what it answers.

A route says everything about itself in its row: who may use it, what it takes, what it answers. The service checks all
of that before a handler runs; `desk.openapi` tells it to clients; the tests walk the same table.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from callcenter.accounts import Role, User
from desk.failures import Refused
from desk.ports import Desk

API: Final = "/api/v1"
BODY_LIMIT: Final = 1_000_000  # bytes of a request
UPLOAD_LIMIT: Final = 20_000_000
JSON_TYPE: Final = "application/json"
ZIP_TYPE: Final = "application/zip"

NAME: Final = r"[a-z][a-z0-9-]{0,31}"
# What a part of a path may be. Names are checked again by those who look them up.
PARTS: Final[Mapping[str, str]] = {
    "flow": r"[a-z0-9][a-z0-9_-]{0,63}",
    "alias": r"[a-z0-9][a-z0-9_-]{0,63}",
    "version": r"[1-9][0-9]{0,8}",
    "user": r"[a-z0-9][a-z0-9_.@-]{0,63}",
    "token": r"[a-z0-9]{1,32}",
    "call": r"[A-Za-z0-9_.-]{1,100}",
    "queue": NAME,
    "number": r"\+[1-9][0-9]{2,14}",
    "agent": r"[0-9]{1,10}",
    "trunk": NAME,
    "destination": NAME,
    "mailbox": NAME,
    "secret": NAME,
    "language": r"[a-z]{2}([_-][A-Z]{2})?",
    "campaign": r"(callback:)?[a-z][a-z0-9-]{0,31}",
    "import": r"[0-9a-f]{32}",
    "lead": r"[1-9][0-9]{0,17}",
    "callback": r"[A-Za-z0-9_.:-]{1,100}",
    "voicemail": r"[A-Za-z0-9_.:-]{1,100}",
    "prompt": r"[a-z0-9][a-z0-9-]{0,63}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whoever asks. `name` is for the audit log; `session`: the secret of a browser's session, "" for a token."""

    name: str
    role: Role
    session: str = field(default="", repr=False)
    user: User | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that was read and checked. `if_match`: the tag its sender has seen; `raw`: a body that is no JSON."""

    desk: Desk
    now: datetime
    who: Who | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    query: Any = None
    raw: bytes = b""
    if_match: str | None = None
    address: str = ""
    secure: bool = False  # came by https

    @property
    def known(self) -> Who:
        """Whoever asks, on routes that are not public."""
        if self.who is None:
            raise Refused(401, "unauthenticated", "sign in first")
        return self.who


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """The session's cookie; empty `value`: it is to be forgotten."""

    value: str = field(default="", repr=False)
    max_age_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. `tag`: its ETag, which a change must have seen. `content`: one that is no JSON, of `content_type`."""

    answer: BaseModel | None = None
    tag: str | None = None
    content: bytes | None = None
    content_type: str = JSON_TYPE
    file: str = ""  # the name a browser saves it under
    cookie: Cookie | None = None


Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A row of the table.

    `answer` None: there is no body (204), or it is a file of `sends`. `takes`: the content type of a body that is no
    JSON. `errors`: statuses besides those that any route may answer. `tag_form`: what its ETags look like.
    `by_token` False: for people in a browser only. `before_change`: open to somebody whose password is not their own
    yet.
    """

    method: str
    path: str
    summary: str
    tag: str
    handler: Handler
    roles: frozenset[Role] = frozenset()
    public: bool = False
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    errors: tuple[int, ...] = ()
    takes: str = ""
    sends: str = ""
    needs_tag: bool = False
    tag_form: str = r"[0-9]+"
    by_token: bool = True
    before_change: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The parts of the path that are filled in."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def limit(self) -> int:
        """Most bytes of a body."""
        return UPLOAD_LIMIT if self.takes else BODY_LIMIT


def tag_in(header: str | None, *, needed: bool) -> str | None:
    """Return the tag in an If-Match header, `"7"` or `W/"7"`; None if there is none. Raise Refused.

    >>> tag_in('"7"', needed=True)
    '7'
    """
    if header is None:
        if needed:
            raise Refused(428, "no-if-match", "say which version you change: send its ETag as If-Match")
        return None
    found = re.fullmatch(r'\s*(?:W/)?"([!#-~]{1,100})"\s*', header)
    if found is None:
        raise Refused(400, "invalid", 'If-Match must be one ETag in quotes, such as "7"')
    return found[1]
