"""Sends notices as signed POSTs of JSON, under the allow-list and limits of `callcenter.adapters.fetch`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from callcenter.care import Notice
from callcenter.notices import NotDelivered, signature, webhook_body
from callcenter.outgoing import (
    BadRedirect,
    BadRequest,
    BadStatus,
    FetchFailed,
    HttpReply,
    HttpRequest,
    Method,
)

DELIVERY: Final = "Callcenter-Delivery"
SIGNATURE: Final = "Callcenter-Signature"
TIMEOUT_S: Final = 10.0
PASSING: Final = frozenset({408, 425, 429})  # and all from 500 on: it may be taken later


class Fetches(Protocol):
    async def fetch(self, request: HttpRequest) -> HttpReply: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Posts notices. `keys`: by mailbox; `now`: aware UTC."""

    fetcher: Fetches
    keys: Mapping[str, str] = field(repr=False)
    now: Callable[[], datetime]

    async def deliver(self, notice: Notice) -> None:
        """Send one notice; raise NotDelivered."""
        box = str(notice.body.get("box", ""))
        if box not in self.keys:
            raise NotDelivered(f'the key of mailbox "{box}" is not set: `callcenter secret list` says which')
        body = webhook_body(notice)
        headers = {
            "Content-Type": "application/json",
            DELIVERY: notice.id,
            SIGNATURE: signature(self.keys[box], int(self.now().timestamp()), body),
        }
        request = HttpRequest(
            url=notice.target,
            method=Method.POST,
            headers=headers,
            body=body,
            timeout_s=TIMEOUT_S,
            retries=0,
            wants_json=False,
        )
        try:
            await self.fetcher.fetch(request)
        except BadStatus as error:
            raise NotDelivered(str(error), final=error.status < 500 and error.status not in PASSING) from None
        except FetchFailed as error:
            raise NotDelivered(str(error), final=isinstance(error, BadRequest | BadRedirect)) from None
