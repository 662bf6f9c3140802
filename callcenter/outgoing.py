"""What we ask of other systems over HTTP, what they answer, and why there may be no answer.

    FetchFailed               `cause`, stable: flows branch on it
    ├── BadRequest            bad-request    our own fault: an address, header or body that HTTP cannot carry
    ├── NotAllowed            not-allowed    not on the allow-list, or the name leads to an address we never go to
    ├── BreakerOpen           breaker-open   this host failed so often that it is left alone for a while
    ├── TimedOut              timeout
    ├── NotReached            refused        no connection: refused, no such name, no valid certificate
    ├── BrokenOff             broken-off     the connection ended before the answer did, or it is no HTTP
    ├── BadRedirect           redirect       to somewhere we may not go, too often, or in answer to a POST
    ├── BadStatus             bad-status     any but 2xx; `status` says which
    ├── TooLarge              too-large
    └── BadJson               bad-json

After BadRequest, NotAllowed, BreakerOpen and NotReached nothing was asked; after the others it may have been.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final

from callcenter.errors import CallCenterError

# A caller hears nothing or music meanwhile; nobody should for longer.
MAX_TIMEOUT_S: Final = 10.0
DEFAULT_TIMEOUT_S: Final = 5.0
MAX_RETRIES: Final = 3
# What a flow takes from an answer fits a screen. A larger one is a list somebody forgot to filter.
DEFAULT_REPLY_BYTES: Final = 256 * 1024
MAX_REPLY_BYTES: Final = 1024 * 1024


class Method(StrEnum):
    GET = "GET"
    POST = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What to ask. Address, headers and body may hold what callers typed: they are in no log.

    - `body`: JSON, or bytes that are sent as they are (with a Content-Type among `headers`); None: no body.
    - `timeout_s`: for all of it, retries and redirects included; at most MAX_TIMEOUT_S.
    - `retries`: of a GET that failed for whatever may pass, of a POST only if there was no connection.
    - `max_bytes`: of the answer once unpacked, at most MAX_REPLY_BYTES.
    - `wants_json`: False takes any answer and reads none of it.
    """

    url: str = field(repr=False)
    method: Method = Method.GET
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    timeout_s: float = DEFAULT_TIMEOUT_S
    retries: int = 1
    max_bytes: int = DEFAULT_REPLY_BYTES
    wants_json: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """A 2xx answer. `body`: its JSON; None without one. `tries`: 1 if the first worked."""

    status: int
    body: Any = field(default=None, repr=False)
    tries: int = 1


class FetchFailed(CallCenterError):
    """No answer to use. `str()` names the host and no more of the address: the rest may hold what a caller typed."""

    code = "http"
    cause: ClassVar[str] = "failed"


class BadRequest(FetchFailed):
    cause = "bad-request"


class NotAllowed(FetchFailed):
    cause = "not-allowed"


class BreakerOpen(FetchFailed):
    cause = "breaker-open"


class TimedOut(FetchFailed):
    cause = "timeout"


class NotReached(FetchFailed):
    cause = "refused"


class BrokenOff(FetchFailed):
    cause = "broken-off"


class BadRedirect(FetchFailed):
    cause = "redirect"


class TooLarge(FetchFailed):
    cause = "too-large"


class BadJson(FetchFailed):
    cause = "bad-json"


class BadStatus(FetchFailed):
    cause = "bad-status"

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


CAUSES: Final = tuple(
    error.cause
    for error in (
        BadRequest, NotAllowed, BreakerOpen, TimedOut, NotReached, BrokenOff, BadRedirect, BadStatus, TooLarge, BadJson
    )
)  # fmt: skip
