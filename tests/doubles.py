"""Hand-written stand-ins for the world: a clock, a caller's channel in AGI, a store, a bus.

Each keeps what was done with it, in order; a `journal` shared by several shows the order between them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from callcenter.care import Callback, CallerFacts, Consent, Notice, Payment, Settlement, SurveyAnswer, Voicemail
from callcenter.errors import ActionRefused, ChannelGone, NotFound, StoreError
from callcenter.messages import Message
from callcenter.records import (
    BlockedCaller,
    Entrance,
    FlowTrial,
    IvrSession,
    Lease,
    Number,
    Queue,
    ServiceState,
    StoredFlow,
    Visit,
    Waiting,
)

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class Clock:
    """Time that passes only when somebody lets it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def __call__(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Gone:
    """The caller hangs up, or is redirected away."""


@dataclass(frozen=True)
class Missing:
    """Asterisk cannot play it."""


Act = str | Gone | Missing | Callable[[], object]


class FakeChannel:
    """A caller in AGI. `acts` say what happens at a prompt (by its key), while a digit is waited for ("wait"), while
    the caller is recorded ("record").

    Each act is used once, in order: a key is pressed, `Gone()` hangs up, `Missing()` is a prompt that does not exist, a
    callable runs and then nothing is pressed; "" presses nothing. Waiting for a digit lets the clock run.
    """

    def __init__(
        self, clock: Clock, acts: Mapping[str, list[Act]] | None = None, *, journal: list[str] | None = None, **env: str
    ) -> None:
        self.clock = clock
        self.env: Mapping[str, str] = {
            "agi_uniqueid": "1772463600.7",
            "agi_channel": "PJSIP/trunk-00000007",
            "agi_callerid": "+12025550143",
            "agi_extension": "+12025550100",
            **env,
        }
        self.variables: dict[str, str] = {}
        self.journal = journal if journal is not None else []
        self.music = False
        self.longest_s: dict[str, float] = {}  # prompt -> how long it was said to take at most
        self.paths: list[str] = []  # the files of prompts, in order
        self.missing: set[str] = set()  # files that do not exist
        self.gone = False
        self.verbs = 0
        self.gone_after: int | None = None  # hangs up at the verb after so many
        self._acts: dict[str, deque[Act]] = defaultdict(deque)
        for label, what in (acts or {}).items():
            self._acts[label].extend(what)

    @property
    def heard(self) -> list[str]:
        """The prompts played, by key."""
        return [entry.removeprefix("say ") for entry in self.journal if entry.startswith("say ")]

    async def answer(self) -> None:
        self._do("answer")

    async def hangup(self, cause: int | None = None) -> None:
        self._do(f"hangup {cause}")
        self.gone = True

    async def stream_file(
        self, path: str, escape_digits: str = "", *, max_s: float = 60.0, least_s: float = 0.0
    ) -> str:
        self._do(f"say {path.rpartition('/')[2]}")
        self.paths.append(path)
        if path in self.missing:
            raise ActionRefused(f"no file {path}")
        self.longest_s[path.rpartition("/")[2]] = max_s
        self.music = False  # as in Asterisk
        key = await self._act(path.rpartition("/")[2])
        self.clock.advance(1)
        return key if key in escape_digits else ""

    async def wait_for_digit(self, timeout_s: float) -> str:
        self._do(None)
        key = await self._act("wait")
        self.clock.advance(0 if key else timeout_s)
        return key

    async def record_voice(
        self, path: str, *, max_s: float, silence_s: float, escape_digits: str = "#", beep: bool = True
    ) -> str:
        self._do(f"record {path.split('/')[-3]}{' beep' if beep else ''}")
        self.music = False
        self.clock.advance(min(5.0, max_s))
        key = await self._act("record")
        return key if key in escape_digits else ""

    async def start_recording(self, path: str, *, append: bool = False) -> None:
        self._do(f"recording {'goes on' if append else 'begins'}")

    async def stop_recording(self) -> None:
        self._do("recording stops")

    async def set_music(self, on: bool, music_class: str = "default") -> None:
        self._do(f"music {music_class if on else 'off'}")
        self.music = on

    async def set_variable(self, name: str, value: object) -> None:
        self._do(f"{name}={value}")
        self.variables[name] = str(value)

    async def set_variables(self, values: Mapping[str, object]) -> None:
        self._do(" ".join(f"{name}={value}" for name, value in values.items()))
        self.variables |= {name: str(value) for name, value in values.items()}

    async def get_variable(self, name: str) -> str | None:
        self._do(None)
        return self.variables.get(name)

    async def get_variables(self, *names: str) -> tuple[str, ...]:
        self._do(None)
        return tuple(self.variables.get(name, "") for name in names)

    async def user_event(self, name: str, headers: Mapping[str, object]) -> None:
        self._do(" ".join([f"event {name}", *(f"{key}={value}" for key, value in headers.items())]))

    def _do(self, entry: str | None) -> None:
        self.gone = self.gone or self.verbs == self.gone_after
        self.verbs += 1
        if self.gone:
            raise ChannelGone("gone")
        if entry is not None:
            self.journal.append(entry)

    async def _act(self, label: str) -> str:
        await asyncio.sleep(0)  # others may run, as on a real channel
        acts = self._acts[label]
        act = acts.popleft() if acts else ""
        match act:
            case Gone():
                self.gone = True
                raise ChannelGone("gone")
            case Missing():
                raise ActionRefused(f"no prompt {label}")
            case str():
                return act
            case _:
                act()
                return ""


@dataclass
class FakeStore:
    """The store in memory. Methods named in `broken` raise StoreError; `journal` gets every write."""

    clock: Clock
    journal: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    numbers: dict[str, Number] = field(default_factory=dict)
    flows: dict[tuple[str, int], StoredFlow] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    blocked_numbers: dict[str, BlockedCaller] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    rows: dict[str, Waiting] = field(default_factory=dict)
    sessions: dict[str, IvrSession] = field(default_factory=dict)
    visits: dict[str, dict[int, Visit]] = field(default_factory=dict)  # by call and place
    states: dict[str, ServiceState] = field(default_factory=dict)
    facts: dict[str, CallerFacts] = field(default_factory=dict)
    callbacks: dict[str, Callback] = field(default_factory=dict)
    voicemails: dict[str, Voicemail] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    answers: list[SurveyAnswer] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    promises: dict[str, date] = field(default_factory=dict)
    owed: set[str] = field(default_factory=set)
    payments: dict[str, Payment] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    trials: dict[str, FlowTrial] = field(default_factory=dict)
    clock_ahead_s: float = 0.0  # of the database, against ours

    def _read(self, name: str) -> None:
        self.reads.append(name)
        if name in self.broken:
            raise StoreError(f"{name}: database is away")

    def _write(self, name: str, entry: str) -> None:
        self._read(name)
        self.journal.append(entry)

    async def now(self) -> datetime:
        self._read("now")
        return self.clock() + timedelta(seconds=self.clock_ahead_s)

    async def begin_trial(self, token: str, call_id: str, since: datetime) -> FlowTrial | None:
        self._read("begin_trial")
        found = self.trials.get(token)
        if found is None or found.made_at < since or found.call_id not in {None, call_id}:
            return None
        self.trials[token] = replace(found, call_id=call_id)
        return self.trials[token]

    async def trial(self, token: str) -> FlowTrial | None:
        self._read("trial")
        return self.trials.get(token)

    async def entrance(self, did: str, e164: str | None = None) -> Entrance | None:
        self._read("entrance")
        number = self.numbers.get(did) or self.numbers.get(e164 or did)
        if number is None or not number.active:
            return None
        return Entrance(number=number, versions=self._live())

    async def flow(self, name: str, version: int | None = None) -> StoredFlow | None:
        self._read("flow")
        return self.flows.get((name, version or 0))

    async def flow_versions(self) -> dict[str, int]:
        self._read("flow_versions")
        return self._live()

    def _live(self) -> dict[str, int]:
        live: dict[str, int] = {}
        for name, version in self.flows:
            live[name] = max(version, live.get(name, 0))
        return live

    async def blocked(self, number: str) -> BlockedCaller | None:
        self._read("blocked")
        return self.blocked_numbers.get(number)

    async def queue(self, name: str) -> Queue | None:
        self._read("queue")
        return self.queues.get(name)

    async def put_waiting(self, caller: Waiting) -> None:
        self._write("put_waiting", f"row {caller.queue}")
        kept = self.rows.get(caller.call_id)
        self.rows[caller.call_id] = replace(caller, since=kept.since) if kept else caller

    async def delete_waiting(self, call_id: str) -> bool:
        self._write("delete_waiting", "no row")
        return self.rows.pop(call_id, None) is not None

    async def save_session(self, session: IvrSession, visits: Sequence[Visit] = ()) -> None:
        place = f"{session.state['flow']}:{session.state['node']}"
        self._write("save_session", f"session {'ended' if session.ended_at else place}")
        before = self.sessions.get(session.call_id)
        ended_at = session.ended_at or (before.ended_at if before else None)
        self.sessions[session.call_id] = replace(session, ended_at=ended_at)
        kept = self.visits.setdefault(session.call_id, {})
        for visit in visits:
            if visit.seq not in kept or not kept[visit.seq].exit:
                kept[visit.seq] = visit

    async def end_session(self, call_id: str, now: datetime) -> None:
        self.sessions[call_id] = replace(self.sessions[call_id], ended_at=now)

    def way(self, call_id: str) -> list[str]:
        """The visits of a call, as `flow:node exit`."""
        return [f"{v.flow}:{v.node} {v.exit}".rstrip() for _, v in sorted(self.visits[call_id].items())]

    async def session(self, call_id: str) -> IvrSession | None:
        self._read("session")
        return self.sessions.get(call_id)

    async def lease(self, name: str) -> Lease | None:
        self._read("lease")
        return self.leases.get(name)

    async def put_service_state(self, state: ServiceState) -> None:
        self._read("put_service_state")
        self.states[state.name] = state

    async def caller_facts(self, number: str) -> CallerFacts:
        self._read("caller_facts")
        return self.facts.get(number, CallerFacts(number=number))

    async def callback(self, callback: str) -> Callback | None:
        self._read("callback")
        return self.callbacks.get(callback)

    async def book_callback(self, callback: Callback, notices: Sequence[Notice] = ()) -> bool:
        self._write("book_callback", f"callback {callback.number}")
        return self.callbacks.setdefault(callback.id, callback) is callback

    async def put_voicemail(self, voicemail: Voicemail, notices: Sequence[Notice] = ()) -> bool:
        self._write("put_voicemail", f"voicemail {voicemail.box}")
        new = self.voicemails.setdefault(voicemail.id, voicemail) is voicemail
        self.notices += notices if new else ()
        return new

    async def put_answer(self, answer: SurveyAnswer, notices: Sequence[Notice] = ()) -> None:
        self._write("put_answer", f"answer {answer.score}")
        self.answers.append(answer)

    async def put_consent(self, consent: Consent) -> bool:
        self._write("put_consent", f"consent {consent.given}")
        self.consents.append(consent)
        return True

    async def promise_debt(self, reference: str, on: date, now: datetime) -> bool:
        self._write("promise_debt", f"promise {on}")
        self.promises[reference] = on
        return reference in self.owed

    async def begin_payment(self, payment: Payment) -> Payment:
        self._write("begin_payment", f"payment {payment.state}")
        return self.payments.setdefault(payment.id, payment)

    async def settle_payment(self, settlement: Settlement) -> bool:
        self._write("settle_payment", f"payment {settlement.state}")
        if settlement.payment not in self.payments:
            raise NotFound(f"no payment {settlement.payment!r}")
        before = self.payments[settlement.payment]
        self.payments[settlement.payment] = replace(
            before,
            state=settlement.state,
            settled_at=settlement.at,
            provider_ref=settlement.provider_ref,
            last4=settlement.last4,
            reason=settlement.reason,
        )
        return True


class FakeBus:
    """Carries messages to whoever subscribed; `tell` sends one. `published`: what was said here."""

    def __init__(self) -> None:
        self.published: list[Message] = []
        self._subscribers: list[tuple[tuple[type[Message], ...], asyncio.Queue[Message]]] = []

    def publish(self, message: Message) -> None:
        self.published.append(message)
        self.tell(message)

    def tell(self, message: Message) -> None:
        for kinds, queue in self._subscribers:
            if not kinds or isinstance(message, kinds):
                queue.put_nowait(message)

    @asynccontextmanager
    async def subscribe(self, *kinds: type[Message]) -> AsyncIterator[AsyncIterator[Message]]:
        queue: asyncio.Queue[Message] = asyncio.Queue()
        self._subscribers.append((kinds, queue))

        async def messages() -> AsyncIterator[Message]:
            while True:
                yield await queue.get()

        yield messages()
