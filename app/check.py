"""`callcenter check`: what is wrong with an installation, line by line, and how to mend it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from app import render, secrets_file
from app.centre_file import load
from app.prompts_update import both_told, outlook, shipped_folder
from app.recordings import recordings
from callcenter import dialplan
from callcenter.adapters import prompts_kept
from callcenter.adapters.ami import Ami, AmiAddress, AmiPolicy
from callcenter.adapters.bus import open_bus
from callcenter.adapters.speech import capabilities
from callcenter.adapters.store import Store
from callcenter.errors import CallCenterError, ConfigError, MachineError, NotFound, Unreachable
from callcenter.integrations import secrets_wanted
from callcenter.settings import Settings

ASTERISK: Final = "22."
MAX_SKEW_S: Final = 2.0  # leases and timers of several machines stay right within this
AMI_WAIT_S: Final = 5.0
MOST_NAMED: Final = 3  # of what is wrong with many
LOW_DISK: Final = 500 * 1024 * 1024
CONTEXTS: Final = tuple(
    sorted(value for name, value in vars(dialplan).items() if name.startswith("CONTEXT_") and isinstance(value, str))
)
# What the dialplan and our actions need; the whole list is asterisk/conf/modules.conf.
MODULES: Final = (
    "app_audiosocket",
    "app_bridgewait",
    "app_mixmonitor",
    "app_queue",
    "app_userevent",
    "cdr_custom",
    "chan_pjsip",
    "format_pcm",
    "func_cut",
    "func_db",
    "func_devstate",
    "func_groupcount",
    "func_sha1",
    "func_strings",
    "res_agi",
    "res_http_websocket",
    "res_musiconhold",
    "res_pjsip_transport_websocket",
    "res_srtp",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: a part, whether it is well, and what was seen or how to mend it."""

    part: str
    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'}  {self.part:<14} {self.text}"


Look = Callable[[], Awaitable[str]]


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Yield a finding for each part, whatever the others say."""
    looks: list[tuple[str, Look]] = [
        ("centre", lambda: _centre(settings)),
        ("disk", lambda: _disk(settings)),
        ("sql", lambda: _sql(settings)),
        ("redis", lambda: _redis(settings)),
        ("prompts", lambda: _prompts(settings)),
        ("prompts heard", lambda: _heard(settings)),
        ("recordings", lambda: _recordings(settings)),
        ("speech", lambda: _speech(settings)),
        ("ivr FastAGI", lambda: _fastagi(settings.ivr_host or settings.agi_host, settings.ivr_port, "ivr")),
        ("acd FastAGI", lambda: _fastagi(settings.acd_host or settings.agi_host, settings.acd_port, "acd")),
        ("gate FastAGI", lambda: _fastagi(settings.gate_host or settings.agi_host, settings.gate_port, "dialer")),
        ("acd active", lambda: _active(settings)),
    ]
    for part, look in looks:
        yield await _finding(part, look)
    async with _ami(settings) as ami:
        yield await _finding("AMI", lambda: _ready(ami))
        if not ami.ready:
            return
        for part, look in _asterisk_looks(ami, settings):
            yield await _finding(part, look)


async def _finding(part: str, look: Look) -> Finding:
    try:
        return Finding(part=part, ok=True, text=await look())
    except CallCenterError as error:
        return Finding(part=part, ok=False, text=str(error))


def _asterisk_looks(ami: Ami, settings: Settings) -> Sequence[tuple[str, Look]]:
    return (
        ("version", lambda: _version(ami)),
        ("clock", lambda: _clock(ami)),
        ("dialplan", lambda: _dialplan(ami)),
        ("destinations", lambda: _destinations(ami, settings)),
        ("modules", lambda: _modules(ami)),
        ("phones", lambda: _phones(settings)),
        ("browsers", lambda: _browsers(settings)),
    )


async def _centre(settings: Settings) -> str:
    centre = load(settings.centre_file)
    known = secrets_file.services(settings.data_dir, os.environ)
    unset = [
        f'secret "{name}" is not set ({what}): `callcenter secret set {name}`'
        for name, what in secrets_wanted(centre).items()
        if name not in known
    ]
    warnings = (*centre.warnings(), *unset)
    counts = f"{len(centre.numbers)} numbers, {len(centre.agents)} agents, {len(centre.queues)} queues"
    return "; ".join((counts, *(f"note: {warning}" for warning in warnings)))


async def _disk(settings: Settings) -> str:
    folder = next(path for path in (settings.data_dir, *settings.data_dir.resolve().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK:
        raise ConfigError(f"only {free // 2**20} MiB free at {folder}: make room, records need it")
    return f"{free // 2**20} MiB free at {folder}"


async def _sql(settings: Settings) -> str:
    async with await Store.open(settings.sql_url) as store:
        return await store.check()


async def _redis(settings: Settings) -> str:
    async with open_bus(settings.redis_url) as bus:
        return await bus.check()


async def _prompts(settings: Settings) -> str:
    folders = [path for path in sorted(settings.prompts_dir.glob("*")) if path.is_dir()]
    missing = [
        f"{folder.name}/{dialplan.CLOSURE_PROMPT}"
        for folder in folders
        if not prompts_kept.file_of(folder, dialplan.CLOSURE_PROMPT).is_file()
    ]
    if not folders or missing:
        raise ConfigError(f"no prompts in {settings.prompts_dir} ({', '.join(missing)}): callcenter prompts build")
    broken = [f"{folder.name}/{key}" for folder in folders for key in prompts_kept.altered(folder)]
    if broken:
        more = ", …" if len(broken) > MOST_NAMED else ""
        named = ", ".join(broken[:MOST_NAMED]) + more
        mend = "callcenter prompts build"
        if shipped_folder(settings) is not None:
            mend = f"callcenter prompts update, and for your own {mend}"
        raise ConfigError(f"prompts missing or damaged in {settings.prompts_dir} ({named}): {mend}")
    counts = ", ".join(f"{folder.name}: {sum(prompts_kept.voices(folder).values())}" for folder in folders)
    return "; ".join((f"{counts} in {settings.prompts_dir}", *_shipped(settings)))


def _shipped(settings: Settings) -> list[str]:
    """Return what is to be said of the shipped prompts; raise ConfigError if they were not taken over."""
    found = outlook(settings)
    due = [outcome.language for outcome in found if outcome.is_due]
    troubles = [f"{outcome.language}: {outcome.trouble}" for outcome in found if outcome.trouble]
    if due or troubles:
        parts = [f"prompts of {', '.join(due)} were not brought up to date"] if due else []
        raise ConfigError(f"{'; '.join([*parts, *troubles])}: callcenter prompts update")
    both = [(outcome.language, key) for outcome in found for key in outcome.both]
    told = [f"note: {language}/{both_told(language, key)}" for language, key in both[:MOST_NAMED]]
    more = len(both) - len(told)
    return [*told, f"{more} more: callcenter prompts update"] if more else told


async def _heard(settings: Settings) -> str:
    async with await Store.open(settings.sql_url) as store:
        state = await store.service_state(f"ivr:{settings.cell}")
    if state is None:
        return "no ivr has run yet"
    if state.text:
        raise ConfigError(f"{state.text} (since {state.since:%Y-%m-%d %H:%M} UTC): see the ivr's log, restart it after")
    return f"all that were to be heard since {state.since:%Y-%m-%d %H:%M} UTC could be played"


async def _speech(settings: Settings) -> str:
    """Start a worker and let it understand a recording: some seconds, where speech is installed."""
    if not settings.speech_workers:
        return "keys only: no workers are wanted"
    found = await capabilities.capabilities(settings.stt_model_dir)
    if found.trouble and found.installed:
        raise MachineError("; ".join(found.trouble))
    return str(found)


async def _recordings(settings: Settings) -> str:
    folder = recordings(settings)
    return "none: CALLCENTER_RECORDINGS_DIR is not set" if folder is None else folder.check()


async def _fastagi(host: str, port: int, service: str) -> str:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 2)
    except (OSError, TimeoutError):
        raise Unreachable(f"nothing listens on {host}:{port}: start it with `callcenter {service} serve`") from None
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return f"listens on {host}:{port}"


async def _active(settings: Settings) -> str:
    async with await Store.open(settings.sql_url) as store:
        held = await store.lease(f"acd:{settings.cell}")
        if held is None or held.until <= await store.now():
            raise NotFound(f"no acd is active for cell {settings.cell}: start `callcenter acd serve`, see its log")
        return f"{held.holder}, cell {settings.cell}"


@contextlib.asynccontextmanager
async def _ami(settings: Settings) -> AsyncIterator[Ami]:
    address = AmiAddress(
        host=settings.ami_host, port=settings.ami_port, user=dialplan.AMI_CHECK, secret=settings.ami_check_secret
    )
    # This user may read no events, so FullyBooted never comes.
    async with Ami(address, AmiPolicy(events=False), random.Random()) as ami:
        yield ami


async def _ready(ami: Ami) -> str:
    await ami.wait_ready(AMI_WAIT_S)
    return f"logged in at {ami.address}"


async def _version(ami: Ami) -> str:
    version = (await ami.core_settings()).text("AsteriskVersion")
    if not version.startswith(ASTERISK):
        raise ConfigError(f"this is Asterisk {version}; only Asterisk 22 is supported: install asterisk=1:22.*")
    return f"Asterisk {version}"


async def _clock(ami: Ami) -> str:
    told = (await ami.ping()).text("Timestamp")
    skew = abs(datetime.now(UTC) - datetime.fromtimestamp(float(told or 0), UTC))
    if skew > timedelta(seconds=MAX_SKEW_S):
        raise ConfigError(f"Asterisk's clock differs by {skew.total_seconds():.1f} s: run NTP on both machines")
    return f"{skew.total_seconds() * 1000:.0f} ms apart"


async def _dialplan(ami: Ami) -> str:
    rows = await ami.action_list("ShowDialPlan")
    present = {row.text("Context") for row in rows}
    missing = [context for context in CONTEXTS if context not in present]
    if missing:
        raise ConfigError(f"contexts missing: {', '.join(missing)}: install asterisk/conf and reload Asterisk")
    return f"{len(CONTEXTS)} contexts as expected"


async def _destinations(ami: Ami, settings: Settings) -> str:
    wanted = {render.destination_extension(one.name): one.name for one in load(settings.centre_file).destinations}
    rows = await ami.action_list("ShowDialPlan", {"Context": dialplan.CONTEXT_DESTINATIONS})
    known = {row.text("Extension") for row in rows}
    missing = [name for extension, name in wanted.items() if extension not in known]
    if missing:
        raise ConfigError(f"Asterisk does not know {', '.join(missing)}: `callcenter reload`")
    return f"{len(wanted)} that flows may transfer to"


async def _modules(ami: Ami) -> str:
    loaded = {module: await ami.getvar(None, f"IFMODULE({module}.so)") for module in MODULES}
    missing = [module for module, answer in loaded.items() if answer != "1"]
    if missing:
        raise ConfigError(f"not loaded: {', '.join(missing)}: compare with asterisk/conf/modules.conf")
    return f"{len(MODULES)} of {len(MODULES)} asked for are loaded"


async def _phones(settings: Settings) -> str:
    """By TCP, which our conf listens on beside UDP: that can be seen from another machine or container too."""
    sip = load(settings.centre_file).sip
    host = settings.ami_host if sip.bind == "0.0.0.0" else sip.bind
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, sip.port), 2)
    except (OSError, TimeoutError):
        raise Unreachable(f"nothing listens on SIP port {host}:{sip.port}: see Asterisk's log") from None
    writer.close()
    return f"SIP port {host}:{sip.port} is open"


async def _browsers(settings: Settings) -> str:
    """Whether browsers' phones can be brought to Asterisk: SIP over WebSocket, without signing in."""
    if not settings.ws_port:
        return "none: CALLCENTER_WS_PORT is 0"
    import aiohttp  # noqa: PLC0415 - the commands beside this one do without it

    url = f"ws://{settings.ami_host}:{settings.ws_port}/ws"
    try:
        async with (
            asyncio.timeout(2),
            aiohttp.ClientSession() as session,
            session.ws_connect(url, protocols=("sip",)) as socket,
        ):
            if socket.protocol != "sip":
                raise ConfigError(f"{url} speaks no SIP: compare with asterisk/conf/http.conf and modules.conf")
    except (OSError, aiohttp.ClientError, TimeoutError):
        raise Unreachable(f"no SIP over WebSocket at {url}: `callcenter render`, then restart Asterisk") from None
    return f"SIP over WebSocket at {url}"
