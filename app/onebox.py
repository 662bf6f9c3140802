"""Everything on one machine, in one folder: Asterisk, Redis, and our services in this process or beside it.

The demo, `callcenter up`, the end-to-end tests and the benches all stand on this.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from acd.service import Acd
from app import render
from app.ports import free_tcp_port
from app.prompts_update import update
from app.runtime import asterisk, choice
from app.runtime.asterisk import AsteriskRuntime, Instance
from app.runtime.content import ROOT
from app.runtime.redis import LocalRedis
from app.secrets_file import Secrets
from app.serve.everything import serve_all
from app.serve.parts import Parts, open_parts
from app.shipped import publish_shipped_flows
from callcenter import dialplan
from callcenter.centre import Centre
from callcenter.errors import ConfigError
from callcenter.settings import PREFIX, Settings
from dialer.service import Dialer

log = logging.getLogger("app.onebox")

READY_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxPorts:
    """TCP ports on loopback: AMI, the FastAGI servers, HTTP, Redis, SIP over WebSocket (these two 0: do without)."""

    ami: int
    ivr: int
    gate: int
    acd: int
    desk: int
    redis: int
    ws: int = 0

    @classmethod
    def free(cls) -> BoxPorts:
        """Return ports that nobody listens on now, without SIP over WebSocket."""
        return cls(**{name: free_tcp_port() for name in ("ami", "ivr", "gate", "acd", "desk", "redis")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """What a box is made of. `name` is unique on the machine; `kind` of Asterisk: "", docker or chroot.

    `own_prompts`: callers hear what is recorded at the desk, which costs a copy of all prompts; else Asterisk plays the
    shipped ones.
    """

    name: str
    folder: Path
    centre: Centre
    secrets: Secrets
    ports: BoxPorts
    kind: str = ""
    cell: str = "main"
    database_url: str = ""
    own_prompts: bool = False


class OneBox:
    """`async with OneBox(blueprint) as box`: Asterisk and Redis run; `box.services()` runs ours in this process."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        instance = Instance(name=blueprint.name, folder=blueprint.folder / "asterisk")
        self.asterisk: AsteriskRuntime = choice.pick(instance, kind=blueprint.kind)
        ports = blueprint.ports
        self.redis = LocalRedis(blueprint.folder / "redis", ports.redis) if ports.redis else None
        self.settings = Settings(
            data_dir=blueprint.folder,
            database_url=blueprint.database_url,
            redis_url=self.redis.url if self.redis else "",
            ami_port=ports.ami,
            ws_port=ports.ws,
            ami_acd_secret=blueprint.secrets.ami["acd"],
            ami_dialer_secret=blueprint.secrets.ami["dialer"],
            ami_check_secret=blueprint.secrets.ami["check"],
            ivr_port=ports.ivr,
            gate_port=ports.gate,
            acd_port=ports.acd,
            desk_port=ports.desk,
            cdr_dir=str(instance.cdr_dir),
            rendered_dir=str(instance.rendered),
            recordings_dir=str(instance.recordings),
            cell=blueprint.cell,
        )
        if blueprint.own_prompts:
            self.settings = replace(
                self.settings,
                prompts_dir=instance.prompts,
                sounds_dir=dialplan.OWN_PROMPTS_DIR,
                shipped_prompts_dir=str(ROOT / "prompts"),
            )
        self.acd: Acd | None = None
        self.dialer: Dialer | None = None

    async def __aenter__(self) -> OneBox:
        try:
            await asyncio.gather(asyncio.to_thread(self._start_asterisk), asyncio.to_thread(self._start_redis))
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stop()

    @contextlib.asynccontextmanager
    async def parts(self) -> AsyncIterator[Parts]:
        """Store and bus, with the centre and the shipped flows taken over."""
        async with open_parts(self.settings) as parts:
            await parts.store.apply_centre(self.blueprint.centre.records())
            await publish_shipped_flows(parts.store, await parts.store.now())
            yield parts

    @contextlib.asynccontextmanager
    async def services(self) -> AsyncIterator[Parts]:
        """Run all of ours in this process; entered when acd and dialer have their pictures."""
        async with self.parts() as parts:
            started: asyncio.Queue[asyncio.Event] = asyncio.Queue()

            def remember(acd: Acd) -> None:
                self.acd = acd
                started.put_nowait(acd.ready)

            def remember_dialer(dialer: Dialer) -> None:
                self.dialer = dialer
                started.put_nowait(dialer.ready)

            running = asyncio.create_task(serve_all(parts, remember, remember_dialer), name="services")
            try:
                await self._ready(running, started)
                yield parts
            finally:
                running.cancel()
                await asyncio.wait([running])
                if not running.cancelled() and (error := running.exception()) is not None:
                    log.error("services ended: %s", error)

    async def _ready(self, running: asyncio.Task[None], started: asyncio.Queue[asyncio.Event]) -> None:
        async def ready() -> None:
            for _ in ("acd", "dialer"):
                await (await started.get()).wait()

        waiting = asyncio.create_task(ready())
        await asyncio.wait([waiting, running], timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            waiting.cancel()
            running.result()
        if not waiting.done():
            waiting.cancel()
            raise TimeoutError(f"acd or dialer have no picture of Asterisk after {READY_S:g} s")

    def environment(self) -> Mapping[str, str]:
        """The settings as environment variables, for services in processes of their own."""
        return environment_of(self.settings)

    def _start_asterisk(self) -> None:
        self.asterisk.prepare()
        if self.blueprint.own_prompts:
            self._update_prompts()
        ports = self.blueprint.ports
        options = render.RenderOptions(
            system_name=self.blueprint.cell,
            ami_port=ports.ami,
            ws_port=ports.ws,
            ivr=f"127.0.0.1:{ports.ivr}",
            acd=f"127.0.0.1:{ports.acd}",
            gate=f"127.0.0.1:{ports.gate}",
            sounds_dir=self.settings.sounds_dir,
        )
        files = render.render(self.blueprint.centre, self.blueprint.secrets, options)
        render.write(files, self.asterisk.instance.rendered, group=asterisk.owner()[1])
        self.asterisk.start()

    def _update_prompts(self) -> None:
        for outcome in update(self.settings):
            if outcome.trouble:
                raise ConfigError(f"{outcome.language}: {outcome.trouble}")

    def _start_redis(self) -> None:
        if self.redis is not None:
            self.redis.start()

    async def _stop(self) -> None:
        await asyncio.to_thread(self.asterisk.stop)
        if self.redis is not None:
            await asyncio.to_thread(self.redis.stop)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return `settings` as environment variables that `Settings.from_env` reads back."""
    return {PREFIX + name.upper(): str(getattr(settings, name)) for name in settings.__slots__}
