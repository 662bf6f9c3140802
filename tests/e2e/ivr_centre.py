"""A centre for tests of flows on real calls: short sounds in the place of prompts, flows, and a caller who tells.

Each prompt is half a second of noise of its own, so that calls are short and what was heard can be told apart.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

from aiohttp import web

from app.ports import free_tcp_port
from callcenter import dialplan
from callcenter.records import IvrSession, Publication
from ivr.bundle import gather
from ivr.flow import read
from ivr.prompts import load_catalogue
from sim.phones import voices
from sim.phones.audio import RATE, Samples, write_wav
from sim.phones.heard import find
from sim.phones.phone import Leg
from sim.phones.plans import CallerPlan, PhoneCall
from tests.e2e.conftest import TestCentre, eventually, running_centre
from tests.e2e.ivr_flows import FLOWS

ROOT = Path(__file__).parents[2]
PROMPT_S = 0.5
LANGUAGES = ("en", "es")
DESTINATION = "+12025550177"


def sound_of(name: str) -> Samples:
    """What stands for the prompt `<language>/<key>`."""
    whole = voices.hello(PROMPT_S, crc32(name.encode()))
    return whole[round(voices.LEAD_S * RATE) - RATE // 50 :]


SHIPPED = sorted(path.stem for path in (ROOT / "ivr" / "flows").glob("*.json"))


DIDS = {
    name: f"+1202555{1100 + place}"
    for place, name in enumerate([*(name for name in FLOWS if name.endswith("-test")), *SHIPPED])
}


@dataclass(frozen=True)
class Told:
    """A call as the phone knows it, when it is over."""

    call: PhoneCall
    sound: Samples
    names: tuple[str, ...]  # prompts that the flow may say

    @cached_property
    def heard(self) -> tuple[str, ...]:
        """The prompts heard, in order. Looking for them takes a moment in which no phone can speak."""
        return tuple(place.name for place in find(self.sound, {name: sound_of(name) for name in self.names}))


@dataclass(slots=True, kw_only=True)
class FlowCentre:
    """The centre with the flows of this file."""

    centre: TestCentre
    sounds: Path
    web: Web
    flows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def place(self, flow: str, **plan: Any) -> Leg:
        """Let somebody call the number of a flow."""
        wanted = {"patience_s": 30.0, "record": True, **plan}
        return self.centre.callers.place(CallerPlan(did=DIDS[flow], caller=self.centre.caller(), **wanted))

    async def told(self, leg: Leg) -> Told:
        """Return a call when it is over."""
        call = await leg.ended()
        flow = next(name for name, did in DIDS.items() if did == call.number)
        return Told(call, leg.sound(), self._names(flow))

    def _names(self, flow: str) -> tuple[str, ...]:
        """The prompts that a flow and those it runs may say, in each language."""
        bundle = gather(read(self.flows[flow]), lambda name: read(self.flows[name]))
        nodes = [node for one in bundle.flows.values() for node in one.nodes.values()]
        keys = {key for node in nodes for _, key in node.prompts_used()}
        return tuple(sorted({key if "/" in key else f"{tongue}/{key}" for key in keys for tongue in LANGUAGES}))

    async def publish(self, name: str, body: Mapping[str, Any]) -> None:
        now = await self.centre.store.now()
        await self.centre.store.publish_flow(Publication(name=name, body=body, author="test"), now)

    async def session(self, call: PhoneCall) -> IvrSession:
        """Return the ended session of a call."""
        record = await self.centre.record(call)

        async def ended() -> IvrSession | None:
            session = await self.centre.store.session(record.id)
            return session if session is not None and session.ended_at is not None else None

        return await eventually(ended, 5, f"an ended session of {call.caller}")

    async def way(self, call: PhoneCall) -> list[str]:
        """The nodes a caller passed, as `node exit`."""
        record = await self.centre.record(call)
        return [f"{visit.node} {visit.exit}".rstrip() for visit in await self.centre.store.visits(record.id)]


class Web:
    """Another system: account 1 has 200, 2 has 5, 5 never answers, 6 answers with megabytes, 7 leads elsewhere."""

    def __init__(self) -> None:
        self.port = free_tcp_port()
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        account = request.match_info["account"]
        self.asked.append(account)
        match account:
            case "1" | "2":
                return web.json_response({"balance": {"1": 200, "2": 5}[account]})
            case "5":
                await asyncio.sleep(30)
            case "6":
                return web.Response(text=json.dumps({"balance": "x" * 2_000_000}), content_type="application/json")
            case "7":
                raise web.HTTPFound("http://127.0.0.1:22/")
        raise web.HTTPNotFound

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Web]:
        app = web.Application()
        app.router.add_get("/accounts/{account}", self.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield self
        finally:
            await runner.cleanup()


@asynccontextmanager
async def running_flow_centre(folder: Path, name: str, kind: str = "") -> AsyncIterator[FlowCentre]:
    other = Web()
    more = {
        "number": [{"did": did, "flow": flow, "fallback_queue": "support"} for flow, did in DIDS.items()],
        "destination": [{"name": "night-desk", "number": DESTINATION, "trunk": "demo"}],
        "mailbox": [{"name": "sales"}],
        "payment": {"provider": "sandbox"},
        "http": {"allow": [{"url": f"http://127.0.0.1:{other.port}/", "allow_private": True}]},
    }
    seen = f"{dialplan.RECORDINGS_DIR}/prompts"
    environ = {"CALLCENTER_SOUNDS_DIR": seen, "CALLCENTER_PROMPTS_DIR": str(folder / "none")}
    async with other.running(), running_centre(folder, name, kind, more, environ) as centre:
        sounds = centre.box.asterisk.instance.recordings / "prompts"
        await asyncio.to_thread(_put_sounds, sounds)
        flows = {flow: _body(flow, other.port) for flow in FLOWS}
        made = FlowCentre(centre=centre, sounds=sounds, web=other, flows=flows)
        for flow, body in flows.items():
            await made.publish(flow, body)
        await centre.services_up()
        yield made


def _body(name: str, port: int) -> dict[str, Any]:
    text = json.dumps({"name": name, **FLOWS[name]})
    body: dict[str, Any] = json.loads(text.replace("{PORT}", str(port)))
    return body


def _put_sounds(folder: Path) -> None:
    """Write a sound for every prompt there is, readable by Asterisk."""
    folder.mkdir(mode=0o755)
    for language in LANGUAGES:
        catalogue = load_catalogue((ROOT / "prompts" / f"{language}.yaml").read_text("utf-8"), language)
        (folder / language).mkdir(mode=0o755)
        for key in catalogue.keys:
            write_wav(folder / language / f"{key}.wav", sound_of(f"{language}/{key}"))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def in_order(heard: Sequence[str], *wanted: str) -> bool:
    """Whether these prompts were heard one after the other, with others between or not."""
    rest = iter(heard)
    return all(any(name == other for other in rest) for name in wanted)
