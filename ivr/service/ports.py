"""What the IVR needs of the world: a channel, a store, a bus. The real ones are in callcenter/adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from callcenter.messages import Message
from callcenter.records import BlockedCaller, IvrSession, Lease, Number, Queue, StoredFlow, Waiting


class Channel(Protocol):
    """The caller's leg inside AGI. Every verb raises ChannelGone once the caller hung up or was redirected away,
    ActionRefused where Asterisk cannot do it (a missing prompt), Unreachable where it does not answer.
    """

    @property
    def env(self) -> Mapping[str, str]:
        """Asterisk's agi_… headers."""
        ...

    async def answer(self) -> None: ...

    async def hangup(self, cause: int | None = None) -> None: ...

    async def stream_file(self, path: str, escape_digits: str = "", *, max_s: float = 30.0) -> str:
        """Play a prompt no longer than `max_s`; return the key that ended it, or ""."""
        ...

    async def wait_for_digit(self, timeout_s: float) -> str:
        """Return the next key, or "" after `timeout_s`."""
        ...

    async def set_music(self, on: bool, music_class: str = "default") -> None: ...

    async def set_variable(self, name: str, value: object) -> None: ...

    async def get_variable(self, name: str) -> str | None: ...

    async def user_event(self, name: str, headers: Mapping[str, object]) -> None: ...


class CallStore(Protocol):
    """What a call reads and writes. Every method raises StoreError when SQL fails; what it wrote is committed."""

    async def now(self) -> datetime: ...

    async def number(self, did: str) -> Number | None: ...

    async def flow(self, name: str, version: int | None = None) -> StoredFlow | None: ...

    async def blocked(self, number: str) -> BlockedCaller | None: ...

    async def queue(self, name: str) -> Queue | None: ...

    async def put_waiting(self, caller: Waiting) -> None: ...

    async def delete_waiting(self, call_id: str) -> bool: ...

    async def save_session(self, session: IvrSession) -> None: ...

    async def session(self, call_id: str) -> IvrSession | None: ...

    async def lease(self, name: str) -> Lease | None: ...


class Bus(Protocol):
    """Brings messages of the acd."""

    def subscribe(self, *kinds: type[Message]) -> AbstractAsyncContextManager[AsyncIterator[Message]]: ...
