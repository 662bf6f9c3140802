"""The desk on this machine: what it has around it, and the files of the installation as it sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app.desk_campaigns import CampaignFiles
from app.desk_prompts import PromptFiles
from app.desk_setup import SetupFiles
from app.premises import premises
from app.recordings import voicemail_sound
from callcenter.adapters.bus import Bus
from callcenter.adapters.passwords import Passwords
from callcenter.adapters.store import Store
from callcenter.care import Voicemail
from callcenter.settings import Settings
from desk.ice import read_ice_servers
from desk.ports import Check, Desk
from desk.premises import Premises

SCREENS: Final = Path(__file__).parent.parent / "desk" / "screens"


def open_desk(settings: Settings, store: Store, bus: Bus, checks: Mapping[str, Check]) -> Desk:
    """Return what the desk of this installation has around it."""
    return Desk(
        store=store,
        bus=bus,
        installation=Files(settings),
        setup=SetupFiles(settings, store),
        prompts=PromptFiles(settings),
        campaigns=CampaignFiles(settings, store),
        voicemails=VoicemailFiles(settings),
        passwords=Passwords(),
        checks=checks,
        url=settings.desk_url,
        ice=read_ice_servers(settings.ice_servers, settings.turn_secret),
        sip_url=f"ws://{settings.ami_host}:{settings.ws_port}/ws" if settings.ws_port else "",
        screens=SCREENS,
    )


@dataclass(frozen=True, slots=True)
class VoicemailFiles:
    """The recordings of messages."""

    settings: Settings

    async def audio(self, voicemail: Voicemail) -> bytes:
        return await asyncio.to_thread(voicemail_sound, self.settings, voicemail)


@dataclass(slots=True)
class Files:
    """The files of an installation, read again when they change."""

    settings: Settings
    _stamp: tuple[Any, ...] = ()
    _premises: Premises | None = field(default=None)

    async def premises(self) -> Premises:
        return await asyncio.to_thread(self.look)

    def look(self) -> Premises:
        """Return what flows may name here; raise ConfigError."""
        stamp = _stamp(self.settings)
        if self._premises is None or stamp != self._stamp:
            self._premises, self._stamp = premises(self.settings), stamp
        return self._premises


def _stamp(settings: Settings) -> tuple[Any, ...]:
    """Return what changes when one of the files does."""
    found: list[Any] = []
    for path in (settings.centre_file, *sorted(settings.prompts_dir.glob("*.yaml"))):
        try:
            about = path.stat()
        except OSError:
            found.append((path, 0))
        else:
            found.append((path, about.st_mtime_ns, about.st_size, about.st_ino))
    return tuple(found)
