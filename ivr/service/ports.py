"""What the IVR needs of the world: a channel, a store, a bus. The real ones are in callcenter/adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol

from callcenter.care import Callback, CallerFacts, Consent, Notice, Payment, Settlement, SurveyAnswer, Voicemail
from callcenter.messages import Message
from callcenter.records import (
    BlockedCaller,
    Entrance,
    FlowTrial,
    IvrSession,
    Lease,
    Queue,
    ServiceState,
    StoredFlow,
    Visit,
    Waiting,
)


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

    async def stream_file(
        self, path: str, escape_digits: str = "", *, max_s: float = 30.0, least_s: float = 0.0
    ) -> str:
        """Play a prompt no longer than `max_s`; return the key that ended it, or "".

        ActionRefused also if it ends by itself before `least_s`.
        """
        ...

    async def wait_for_digit(self, timeout_s: float) -> str:
        """Return the next key, or "" after `timeout_s`."""
        ...

    async def record_voice(
        self, path: str, *, max_s: float, silence_s: float, escape_digits: str = "#", beep: bool = True
    ) -> str:
        """Record what the caller says into a WAV file; return the key that ended it, "" for time or silence."""
        ...

    async def start_recording(self, path: str, *, append: bool = False) -> None:
        """Record the call, both sides, into a WAV file from now on, also after this session."""
        ...

    async def stop_recording(self) -> None: ...

    async def audio_socket(self, ident: str, port: int, *, max_s: float) -> None:
        """Pass the call's sound, both ways, over AudioSocket to `port` of ours; return when we end it."""
        ...

    async def set_music(self, on: bool, music_class: str = "default") -> None: ...

    async def set_variable(self, name: str, value: object) -> None: ...

    async def set_variables(self, values: Mapping[str, object]) -> None: ...

    async def get_variable(self, name: str) -> str | None: ...

    async def get_variables(self, *names: str) -> Sequence[str]:
        """Return several variables by one command, "" for one that is not set."""
        ...

    async def user_event(self, name: str, headers: Mapping[str, object]) -> None: ...


class CareStore(Protocol):
    """What flows look up and keep beyond their calls; see `CallStore`."""

    async def callback(self, callback: str) -> Callback | None: ...

    async def caller_facts(self, number: str) -> CallerFacts: ...

    async def book_callback(self, callback: Callback, notices: Sequence[Notice] = ()) -> bool: ...

    async def put_voicemail(self, voicemail: Voicemail, notices: Sequence[Notice] = ()) -> bool: ...

    async def put_answer(self, answer: SurveyAnswer, notices: Sequence[Notice] = ()) -> None: ...

    async def put_consent(self, consent: Consent) -> bool: ...

    async def promise_debt(self, reference: str, on: date, now: datetime) -> bool: ...

    async def begin_payment(self, payment: Payment) -> Payment: ...

    async def settle_payment(self, settlement: Settlement) -> bool: ...


class CallStore(CareStore, Protocol):
    """What a call reads and writes. Every method raises StoreError when SQL fails; what it wrote is committed."""

    async def now(self) -> datetime: ...

    async def entrance(self, did: str, e164: str | None = None) -> Entrance | None: ...

    async def begin_trial(self, token: str, call_id: str, since: datetime) -> FlowTrial | None: ...

    async def trial(self, token: str) -> FlowTrial | None: ...

    async def flow(self, name: str, version: int | None = None) -> StoredFlow | None: ...

    async def flow_versions(self) -> Mapping[str, int]: ...

    async def blocked(self, number: str) -> BlockedCaller | None: ...

    async def queue(self, name: str) -> Queue | None: ...

    async def put_waiting(self, caller: Waiting) -> None: ...

    async def delete_waiting(self, call_id: str) -> bool: ...

    async def save_session(self, session: IvrSession, visits: Sequence[Visit] = ()) -> None: ...

    async def session(self, call_id: str) -> IvrSession | None: ...

    async def lease(self, name: str) -> Lease | None: ...

    async def put_service_state(self, state: ServiceState) -> None: ...


class Bus(Protocol):
    """Brings messages of the acd, and takes ours."""

    def publish(self, message: Message) -> None: ...

    def subscribe(self, *kinds: type[Message]) -> AbstractAsyncContextManager[AsyncIterator[Message]]: ...
