"""Sends what lies in the outbox: mails and webhooks about voicemails and the like.

Each notice is claimed for a while, sent once, and noted as sent. Whoever dies in between leaves a claim that lapses,
and somebody sends it again: at least once. All processes of the ivr share the work through the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from callcenter.care import Notice, NoticeKind
from callcenter.errors import StoreError
from callcenter.notices import NotDelivered, next_try

log = logging.getLogger("ivr.notices")

AUDIT: Final = "notice"


class Outbox(Protocol):
    """The store, as far as notices go. Every method raises StoreError when SQL fails."""

    async def now(self) -> datetime: ...

    async def claim_notices(self, now: datetime, limit: int, lease: timedelta) -> list[Notice]: ...

    async def notice_sent(self, notice: str, now: datetime) -> bool: ...

    async def notice_failed(self, notice: Notice, error: str, due_at: datetime | None) -> bool: ...

    async def forget_notices(self, before: datetime) -> int: ...

    async def audit(self, who: str, what: str, detail: str, now: datetime) -> None: ...


class Way(Protocol):
    """A way to the outside."""

    async def deliver(self, notice: Notice) -> None:
        """Send one notice; raise NotDelivered."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePolicy:
    """How patiently notices are sent.

    `at_once`: sent at a time; `send_s`: for one of them; `lease`: of a claim, longer than sending and noting may take;
    `look_every_s`: how soon what another process wrote, or what is due again, is seen; `note_s`: pauses between tries
    to note in the store what was sent; `drain_s`: for those on their way when the process ends; `keep`: of sent ones.
    """

    at_once: int = 8
    send_s: float = 45.0
    lease: timedelta = timedelta(minutes=2)
    look_every_s: float = 5.0
    note_s: Sequence[float] = (0.5, 2.0, 5.0, 10.0, 20.0)
    drain_s: float = 5.0
    keep: timedelta = timedelta(days=30)
    forget_every: timedelta = timedelta(hours=1)


class Notices:
    """Empties the outbox by `ways`. `rng` spreads what is tried again."""

    def __init__(
        self,
        outbox: Outbox,
        ways: Mapping[NoticeKind, Way],
        rng: random.Random,
        policy: NoticePolicy = NoticePolicy(),
    ) -> None:
        self._outbox, self._ways, self._rng, self._policy = outbox, ways, rng, policy
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._forgot_at: datetime | None = None

    def look(self) -> None:
        """Look at once: there is something new."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled; then what is on its way has a moment to arrive."""
        try:
            while True:
                self._wake.clear()
                await self._round()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._policy.look_every_s):
                        await self._wake.wait()
        finally:
            await self._drain()

    async def _round(self) -> None:
        """Claim as many as can be sent now, and begin to send them."""
        free = self._policy.at_once - len(self._sending)
        if free <= 0:
            return
        try:
            now = await self._outbox.now()
            claimed = await self._outbox.claim_notices(now, free, self._policy.lease)
            await self._forget(now)
        except StoreError as error:
            log.warning("the outbox cannot be read: %s", error)
            return
        for notice in claimed:
            task = asyncio.create_task(self._send(notice), name=f"notice {notice.id}")
            self._sending.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._wake.set()  # there is room for another

    async def _send(self, notice: Notice) -> None:
        try:
            async with asyncio.timeout(self._policy.send_s):
                await self._deliver(notice)
        except NotDelivered as error:
            await self._failed(notice, error)
        except TimeoutError:
            await self._failed(notice, NotDelivered(f"not sent within {self._policy.send_s:g} s"))
        except Exception as error:  # a fault of ours with one notice is no reason to stop sending the others
            log.exception("notice %s", notice.id)
            await self._failed(notice, NotDelivered(f"internal error: {error!r}"))
        else:
            log.info("notice %s -[%s]> sent, try %d", notice.id, notice.kind, notice.tries)
            await self._note(notice, self._sent(notice))

    async def _deliver(self, notice: Notice) -> None:
        way = self._ways.get(notice.kind)
        if way is None:
            raise NotDelivered(f"there is no way to send by {notice.kind}: see [mail] and [http] in centre.toml")
        await way.deliver(notice)

    def _sent(self, notice: Notice) -> Callable[[], Awaitable[object]]:
        async def note() -> None:
            await self._outbox.notice_sent(notice.id, await self._outbox.now())

        return note

    async def _failed(self, notice: Notice, error: NotDelivered) -> None:
        async def note() -> None:
            now = await self._outbox.now()
            due = None if error.final else next_try(notice.tries, now, self._rng)
            if due is not None:
                log.warning("notice %s -[%s]> again at %s: %s", notice.id, notice.kind, due.isoformat("T"), error)
            noted = await self._outbox.notice_failed(notice, str(error), due)
            if noted and due is None:
                log.error("notice %s -[%s]> given up after %d tries: %s", notice.id, notice.kind, notice.tries, error)
                detail = f"{notice.id} by {notice.kind} given up after {notice.tries} tries: {error}"
                await self._outbox.audit("ivr", AUDIT, detail, now)

        await self._note(notice, note)

    async def _note(self, notice: Notice, note: Callable[[], Awaitable[object]]) -> None:
        """Write down what became of a notice; if that cannot be done while the claim lasts, it will be sent again."""
        for pause in (*self._policy.note_s, None):
            try:
                await note()
                return
            except StoreError as error:
                log.warning("notice %s: what became of it is not noted yet: %s", notice.id, error)
            if pause is not None:
                await asyncio.sleep(pause)
        log.error("notice %s: what became of it could not be noted; it will be sent again", notice.id)

    async def _forget(self, now: datetime) -> None:
        if self._forgot_at is None or now - self._forgot_at >= self._policy.forget_every:
            self._forgot_at = now
            await self._outbox.forget_notices(now - self._policy.keep)

    async def _drain(self) -> None:
        if self._sending:
            await asyncio.wait(self._sending, timeout=self._policy.drain_s)
        left = list(self._sending)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
