"""An IVR on made-up channels: a store that knows a small centre's flows, an acd that holds its lease, callers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from callcenter.dialplan import VAR_AGENT, VAR_AGENT_LOST, VAR_BRIDGE_RESULT, VAR_DID, VAR_TRANSFERRED
from callcenter.outgoing import HttpReply, HttpRequest, NotReached
from callcenter.payments import Charge, Charged, PaymentFailed
from callcenter.records import Lease, Number, Queue, StoredFlow
from ivr.service import Ivr
from ivr.service.errands import Outside
from ivr.service.ivr import Surroundings
from ivr.service.sounds import Sounds
from tests.doubles import START, Act, Clock, FakeBus, FakeChannel, FakeStore
from tests.ivr.made_up import office, queue, say

CALL = "1772463600.7"
DID = "+12025550100"
MAIN = office(
    "main",
    **{"sales": queue("sales", **{"call-me": "say-later"}), "say-later": say("goodbye", then="end")},
)
WAIT: dict[str, Any] = {
    "name": "wait",
    "start": "music",
    "nodes": {
        "music": {"kind": "music", "seconds": 20, "keys": {"1": "leave"}, "exits": {"next": "word", "leave": "leave"}},
        "word": say("still-waiting", then="music"),
        "leave": {"kind": "return", "by": "call-me"},
    },
}


class FakeHttp:
    """Answers by URL; an answer may be an exception. Others are not reached."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[HttpRequest] = []
        self._held: asyncio.Event | None = None

    def hold(self) -> asyncio.Event:
        """Answer only when the event that is returned is set."""
        self._held = asyncio.Event()
        return self._held

    async def fetch(self, request: HttpRequest) -> HttpReply:
        self.asked.append(request)
        if self._held is not None:
            await self._held.wait()
        answer = self.answers.get(request.url, NotReached("nobody there"))
        if isinstance(answer, Exception):
            raise answer
        return HttpReply(status=200, body=answer)


class FakeProvider:
    """Takes money once per key; `answers` are exceptions to raise first, None: charge."""

    name = "fake"

    def __init__(self) -> None:
        self.answers: list[PaymentFailed | None] = []
        self.asked: list[Charge] = []
        self.taken: dict[str, int] = {}
        self._held: asyncio.Event | None = None

    def hold(self) -> asyncio.Event:
        """Answer only when the event that is returned is set."""
        self._held = asyncio.Event()
        return self._held

    async def charge(self, charge: Charge) -> Charged:
        self.asked.append(charge)
        if self._held is not None:
            await self._held.wait()
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken[charge.key] = charge.amount
        return Charged(provider=self.name, provider_ref="ref-1", last4=charge.card.number[-4:])


class FakeTapes:
    """Recordings that hold `voice_s` seconds of speech."""

    def __init__(self, voice_s: float = 3.0) -> None:
        self.voice_s = voice_s
        self.made: list[str] = []
        self.removed: list[str] = []

    def new(self, kind: str, call_id: str = "") -> str:
        self.made.append(f"{kind}/2026-03-02/{len(self.made)}.wav")
        return self.made[-1]

    def path(self, name: str) -> str:
        return f"/tapes/{name.removesuffix('.wav')}"

    async def voiced(self, name: str) -> tuple[float, float]:
        return self.voice_s + 1.0 if self.voice_s else 0.0, self.voice_s

    async def remove(self, name: str) -> None:
        self.removed.append(name)


class Office:
    """An IVR with one caller after the other."""

    def __init__(self, *flows: Mapping[str, Any]) -> None:
        self.clock = Clock()
        self.journal: list[str] = []
        self.store = FakeStore(self.clock, self.journal)
        self.store.numbers[DID] = Number(did=DID, flow="main", fallback_queue="support")
        for flow in flows or (MAIN, WAIT):
            self.publish(flow)
        for name in ("sales", "support", "collections"):
            self.store.queues[name] = Queue(name=name, title=name.title(), max_wait=timedelta(minutes=15))
        self.store.leases["acd:main"] = Lease(name="acd:main", holder="test", until=START + timedelta(days=1))
        self.bus = FakeBus()
        self.http, self.provider, self.tapes = FakeHttp(), FakeProvider(), FakeTapes()
        self.outside = Outside(http=self.http, payments=self.provider)
        self.ivr = self.made()

    def made(self, **more: Any) -> Ivr:
        """An IVR process on this store."""
        around: dict[str, Any] = {
            "store": self.store,
            "bus": self.bus,
            "cell": "main",
            "sounds": Sounds(folder="/sounds", lengths_s={"en/welcome": 1.4}),
            "outside": self.outside,
            "tapes": self.tapes,
            "now": self.clock,
        }
        return Ivr(Surroundings(**{**around, **more}))

    def publish(self, body: Mapping[str, Any], name: str = "") -> None:
        name = name or body["name"]
        version = 1 + max((number for known, number in self.store.flows if known == name), default=0)
        stored = StoredFlow(name=name, version=version, body=body, author="test", message="", created_at=START)
        self.store.flows[name, version] = stored

    def channel(self, acts: Mapping[str, list[Act]] | None = None, **env: str) -> FakeChannel:
        channel = FakeChannel(self.clock, acts, journal=self.journal, **env)
        channel.variables[VAR_DID] = DID
        return channel

    async def call(self, acts: Mapping[str, list[Act]] | None = None, **env: str) -> FakeChannel:
        """A call that comes in; returns its channel when the IVR has no more to do with it."""
        channel = self.channel(acts, **env)
        await self.ivr.routes["call"](channel)
        return channel

    async def back(
        self, result: str, acts: Mapping[str, list[Act]] | None = None, *, lost: bool = False
    ) -> FakeChannel:
        """The caller comes back from `connect`; BRIDGERESULT is `result`; `lost`: the agent vanished."""
        variables = {VAR_BRIDGE_RESULT: result, VAR_AGENT: "7"} | ({VAR_AGENT_LOST: "1"} if lost else {})
        return await self.resumed(variables, acts)

    async def transferred(self, status: str, acts: Mapping[str, list[Act]] | None = None) -> FakeChannel:
        """The caller comes back from a destination; Dial said `status`."""
        return await self.resumed({VAR_TRANSFERRED: status}, acts)

    async def resumed(self, variables: Mapping[str, str], acts: Mapping[str, list[Act]] | None = None) -> FakeChannel:
        channel = FakeChannel(self.clock, acts, journal=self.journal)
        channel.variables |= variables
        await self.ivr.routes["resume"](channel)
        return channel


def changed(flow: Mapping[str, Any], **nodes: Any) -> dict[str, Any]:
    """A copy of `flow` with other nodes."""
    copy: dict[str, Any] = json.loads(json.dumps(flow))
    copy["nodes"] |= nodes
    return copy
