"""The IVR: an engine turn on a large flow, a thousand callers in one process, from a key to the next prompt.

- *Turn*: `engine.resume` on a flow of 200 nodes, a quarter of which ask, with random keys; the CPU time of each turn,
  so that whatever else the machine does is not in it.
- *Memory*: `callcenter ivr serve` as a process of its own, with SQLite; another process plays Asterisk over the
  loopback as res_agi does, and 1,000 callers sit in a menu. Resident memory as the kernel counts it.
- *Key to prompt*: real Asterisk and simulated phones, 20 new calls/s. Between the end of the key (its last RFC 4733
  packet) and the first packet of the next prompt, a tone, as the phone sees them; both sides' 20 ms frames are in it.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import tomlkit
import uvloop

from app.demo import centre as demo
from app.demo.result import percentile
from app.onebox import OneBox, environment_of
from app.ports import free_tcp_port
from app.processes import ServiceProcess
from bench.centre import blueprint_of, document_of, serving
from bench.figures import Figure, least, most, plain, told
from callcenter import dialplan
from callcenter.adapters.store import Store
from callcenter.records import CentreRecords, Number, Publication
from callcenter.settings import Settings
from ivr import engine
from ivr.bundle import Bundle
from ivr.flow import Flow, read
from ivr.happenings import Digits, Happening, NoInput
from ivr.session import CallInfo, Wait
from sim.phones.audio import tone, write_wav
from sim.phones.callers import Callers
from sim.phones.plans import CallerPlan, Keys, Line, PhoneCall

NODES: Final = 200
TURNS: Final = 20_000
TARGET_TURN_MS: Final = 0.2
CALLERS: Final = 1_000
TARGET_MB: Final = 250.0
CALLS_PER_S: Final = 20.0
CALLS: Final = 300
TARGET_KEY_MS: Final = 60.0
TONE_HZ: Final = 2_000
PRESSED_S: Final = 0.14  # from the first to the last packet of a key; the first goes out up to 20 ms after the order
DID: Final = demo.DID
NOW: Final = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

MENU: Final = {
    "name": "main",
    "start": "ask",
    "nodes": {
        "ask": {
            "kind": "menu",
            "prompts": ["main-menu"],
            "timeout_s": 60,
            "choices": {"on": {"keys": ["1"]}},
            "exits": {"on": "say", "failed": "end"},
        },
        "say": {"kind": "play", "prompts": ["connecting"], "exits": {"next": "ask"}},
        "end": {"kind": "hangup"},
    },
}


def run() -> list[Figure]:
    return [*turns(), *memory(), *uvloop.run(keys())]


# ------------------------------------------------------------------------------------------------------- the engine


def large_flow() -> Flow:
    """NODES nodes in a circle: menus, and between them what decides without asking."""
    kinds = [_menu, _branch, _set, _say]
    nodes = {f"n{place}": kinds[place % 4](place) for place in range(NODES - 1)}
    return read({"name": "main", "start": "n0", "nodes": {**nodes, "end": {"kind": "hangup"}}})


def _to(place: int) -> str:
    return f"n{place % (NODES - 1)}"


def _menu(place: int) -> dict[str, Any]:
    choices = {f"c{key}": {"keys": [str(key)], "intent": f"intent-{key}"} for key in range(10)}
    exits = {f"c{key}": _to(place + 1 + 4 * key) for key in range(10)}
    return {"kind": "menu", "prompts": ["main-menu"], "choices": choices, "exits": {**exits, "failed": _to(place + 1)}}


def _branch(place: int) -> dict[str, Any]:
    cases = [{"when": "visits > 3 and intent == 'intent-3'", "exit": "often"}, {"when": "visits > 9", "exit": "much"}]
    exits = {"often": _to(place + 2), "much": _to(place + 3), "else": _to(place + 1)}
    return {"kind": "branch", "cases": cases, "exits": exits}


def _set(place: int) -> dict[str, Any]:
    return {"kind": "set", "variables": {"visits": "visits + 1"}, "exits": {"next": _to(place + 1)}}


def _say(place: int) -> dict[str, Any]:
    item = {"say": "money", "value": "visits * 117", "currency": "USD"}
    return {"kind": "play", "prompts": ["welcome", item, "goodbye"], "exits": {"next": _to(place + 1)}}


def turns() -> list[Figure]:
    """Time each turn of callers who press keys at random."""
    rng, bundle = random.Random(4), Bundle.of(large_flow())
    call = CallInfo(call_id="1772463600.7", caller="+12025550143", did=DID, variables={"visits": 0})
    session = engine.start(bundle, call, NOW).session
    took: list[float] = []
    gc.collect()
    for _ in range(TURNS):
        happening: Happening = Digits(keys=rng.choice("0123456789*")) if rng.random() < 0.9 else NoInput()
        began = time.thread_time()
        turn = engine.resume(bundle, session, happening, NOW)
        took.append(1000 * (time.thread_time() - began))
        session = turn.session
        if session.wait is Wait.NOTHING:
            session = engine.start(bundle, call, NOW).session
    took.sort()
    return [
        plain(f"engine turn on a flow of {NODES} nodes, p50", round(took[TURNS // 2], 3), "ms"),
        most(f"engine turn on a flow of {NODES} nodes, p99", round(took[TURNS * 99 // 100], 3), "ms", TARGET_TURN_MS),
    ]


# ----------------------------------------------------------------------------------------------------------- memory


def memory() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        idle, full = uvloop.run(_filled(Path(folder)))
    return [
        plain("resident memory of an ivr without callers", round(idle, 1), "MB"),
        most(f"resident memory of an ivr with {CALLERS:,} callers in a menu", round(full, 1), "MB", TARGET_MB),
    ]


async def _filled(folder: Path) -> tuple[float, float]:
    """Return resident MB of an ivr before and while CALLERS callers are in it."""
    settings = Settings(data_dir=folder, ivr_port=free_tcp_port())
    async with await Store.open(settings.sql_url) as store:
        await store.migrate()
        await store.publish_flow(Publication(name="main", body=MENU, author="bench"), NOW)
        number = Number(did=DID, flow="main", fallback_queue="sales")
        await store.apply_centre(CentreRecords(agents=[], queues=[], numbers=[number]))
    ivr = ServiceProcess("ivr", environment_of(settings), settings.ivr_port, folder / "ivr.log")
    ivr.start()
    try:
        await ivr.listening()
        await asyncio.sleep(1.0)
        idle = _resident_mb(ivr.pid or 0)
        arguments = ["-m", "bench.ivr", "asterisk", str(settings.ivr_port)]
        asterisk = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        assert asterisk.stdout is not None
        said = await asterisk.stdout.readline()
        full = _resident_mb(ivr.pid or 0)
        asterisk.kill()
        await asterisk.wait()
    finally:
        ivr.kill()
    if said.split() != [b"waiting", str(CALLERS).encode()]:
        raise RuntimeError(f"not every caller came to the menu: {said!r}")
    return idle, full


def _resident_mb(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


class CallerLeg(asyncio.Protocol):
    """One caller from Asterisk's side: hears the menu, then waits for ever."""

    def __init__(self, number: int, waiting: asyncio.Queue[int]) -> None:
        self._number, self._waiting, self._rest = number, waiting, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit it
        lines = {
            "agi_network_script": dialplan.AGI_CALL,
            "agi_request": f"agi://127.0.0.1/{dialplan.AGI_CALL}",
            "agi_channel": f"PJSIP/trunk-{self._number:08}",
            "agi_uniqueid": f"1772463600.{self._number}",
            "agi_callerid": f"+1202555{self._number:04}",
            "agi_extension": DID,
        }
        self._transport.write("".join(f"{name}: {value}\n" for name, value in lines.items()).encode() + b"\n")

    def data_received(self, data: bytes) -> None:
        *commands, self._rest = (self._rest + data).split(b"\n")
        for command in commands:
            if command.startswith(b"WAIT FOR DIGIT") and b'"250"' not in command:
                self._waiting.put_nowait(self._number)  # in the menu; the first one is the pause after answering
                continue
            self._transport.write(b"200 result=0\n" if command.startswith(b"GET") else b"200 result=0 endpos=800000\n")


async def _play_asterisk(port: int) -> None:
    """Let CALLERS call, say when all are in the menu, and keep them there."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue[int]()
    for number in range(CALLERS):
        await loop.create_connection(lambda number=number: CallerLeg(number, waiting), "127.0.0.1", port)
    there = {await waiting.get() for _ in range(CALLERS)}
    print(f"waiting {len(there)}", flush=True)
    await asyncio.Event().wait()


# ----------------------------------------------------------------------------------------------------- key to prompt


async def keys() -> list[Figure]:
    """CALLS callers press a key in a menu, CALLS_PER_S of them a second."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with _centre(Path(folder)) as box:
            trunk = Line(name="trunk", server_port=box.blueprint.centre.sip.port, local_ip=demo.TRUNK_ADDRESS)
            async with Callers(trunk, agents={TONE_HZ: "prompt"}) as callers:
                await callers.run(_plans())
                delays = [delay for call in callers.calls if (delay := _delay_ms(call)) is not None]
    p50, p99 = percentile(delays, 0.50), percentile(delays, 0.99)
    rate = f"at {CALLS_PER_S:g} new calls/s"
    return [
        least(f"prompts after a key {rate}", len(delays), "calls", CALLS),
        plain(f"key to prompt {rate}, p50", round(p50 or 0.0, 1), "ms"),
        most(f"key to prompt {rate}, p99", round(p99 or 9_999.0, 1), "ms", TARGET_KEY_MS),
    ]


def _plans() -> Iterator[CallerPlan]:
    for index in range(CALLS):
        yield CallerPlan(
            did=DID,
            caller=f"+1202555{index:04}",
            at_s=index / CALLS_PER_S,
            keys=(Keys(after_s=1.5, digits="1"),),
            talk_s=0.2,
            patience_s=5.0,
        )


def _delay_ms(call: PhoneCall) -> float | None:
    if call.agent_heard_at is None or not call.keys:
        return None
    return 1000 * ((call.agent_heard_at - call.keys[0].at).total_seconds() - PRESSED_S)


@asynccontextmanager
async def _centre(folder: Path) -> AsyncIterator[OneBox]:
    """A centre with one flow, whose prompts are a moment of silence and a tone."""
    document = document_of(demo.AGENTS, rtp_first=17_000, wrap_up_s=demo.WRAP_UP_S)
    (folder / "centre.toml").write_text(tomlkit.dumps(document))
    async with OneBox(blueprint_of("bench-ivr", folder, document)) as box, box.parts() as parts:
        _put_sounds(box.asterisk.instance.recordings / "prompts" / "en")
        environ = {
            "CALLCENTER_SOUNDS_DIR": f"{dialplan.RECORDINGS_DIR}/prompts",
            "CALLCENTER_PROMPTS_DIR": str(folder / "none"),  # nothing is known of these sounds
        }
        await parts.store.publish_flow(Publication(name="main", body=MENU, author="bench"), datetime.now(UTC))
        async with serving(box, "ivr", "acd", environ=environ):
            yield box


def _put_sounds(folder: Path) -> None:
    folder.mkdir(parents=True)
    write_wav(folder / "main-menu.wav", 0 * tone(TONE_HZ, 0.1))
    write_wav(folder / "connecting.wav", tone(TONE_HZ, 2.0))
    for path in (folder.parent, folder, *folder.iterdir()):
        path.chmod(0o755)


def main() -> int:
    match sys.argv[1:]:
        case ["asterisk", port]:
            uvloop.run(_play_asterisk(int(port)))
            return 0
        case _:
            return told(run())


if __name__ == "__main__":
    sys.exit(main())
