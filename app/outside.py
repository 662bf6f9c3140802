"""The systems beyond ours that flows speak with, as centre.toml says, and said anew whenever that file changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from app import secrets_file
from app.centre_file import load
from callcenter.adapters.fetch import Fetcher, FetchWorld
from callcenter.adapters.payments import open_provider
from callcenter.adapters.smtp import Mailer
from callcenter.adapters.store import Store
from callcenter.adapters.webhook import Webhooks
from callcenter.allowlist import AllowList
from callcenter.care import Notice, NoticeKind, Voicemail
from callcenter.centre import Centre
from callcenter.errors import ConfigError
from callcenter.integrations import Mailbox
from callcenter.notices import voicemail_notices
from callcenter.settings import Settings
from ivr.service.errands import Outside
from ivr.service.notices import Notices, Way

log = logging.getLogger("app.outside")

LOOK_EVERY_S: Final = 5.0


class World:
    """`outside` is what flows speak with, `notices` what sends messages; `follow` keeps both as centre.toml is."""

    def __init__(self, settings: Settings, store: Store, http: Fetcher, secrets: Mapping[str, str]) -> None:
        self._settings, self._http, self._secrets = settings, http, secrets
        self._ways: dict[NoticeKind, Way] = {}
        self._boxes: dict[str, Mailbox] = {}
        self._zone = ZoneInfo("UTC")
        self._stamp: tuple[int, int] | None = None
        self.notices = Notices(store, self._ways, random.Random())
        self.outside = Outside(
            http=http,
            payments=open_provider("none", self._today),
            notices=self._notices_of,
            look=self.notices.look,
        )

    def take_over(self) -> None:
        """Read centre.toml, if it is there and has changed. Raise ConfigError."""
        stamp = _stamp(self._settings.centre_file)
        if stamp is None or stamp == self._stamp:
            return
        self._stamp = stamp
        centre = load(self._settings.centre_file)
        self._zone = ZoneInfo(centre.identity.time_zone)
        self._http.allow = centre.http.allow_list()
        if self.outside.payments.name != centre.payment.provider:
            self.outside.payments = open_provider(centre.payment.provider, self._today)
        self._boxes = {box.name: box for box in centre.mailboxes}
        self._take_ways(centre)

    async def follow(self) -> None:
        """Take the file over whenever it changes, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                self.take_over()
            except ConfigError as error:
                log.error("other systems stay as they were: %s", error)

    def _take_ways(self, centre: Centre) -> None:
        keys = {
            box.name: self._secrets[box.secret_name] for box in centre.mailboxes if box.secret_name in self._secrets
        }
        self._ways[NoticeKind.WEBHOOK] = Webhooks(fetcher=self._http, keys=keys, now=_now)
        self._ways.pop(NoticeKind.SMTP, None)
        if centre.mail is not None:
            self._ways[NoticeKind.SMTP] = Mailer(
                server=centre.mail,
                password=self._secrets.get(centre.mail.secret, ""),
                folder=Path(self._settings.recordings_dir or "."),
                now=_now,
            )

    def _notices_of(self, voicemail: Voicemail) -> tuple[Notice, ...]:
        box = self._boxes.get(voicemail.box)
        if box is None:
            log.error("voicemail %s: there is no mailbox %r: it is kept, nobody is told", voicemail.id, voicemail.box)
            return ()
        return tuple(voicemail_notices(voicemail, box, self._zone))

    def _today(self) -> date:
        return datetime.now(self._zone).date()


@contextlib.asynccontextmanager
async def open_world(settings: Settings, store: Store) -> AsyncIterator[World]:
    """Yield what is beyond ours; nothing at all while there is no centre.toml here. Raise ConfigError."""
    secrets = secrets_file.services(settings.data_dir, os.environ)
    async with Fetcher(AllowList(), secrets, FetchWorld(rng=random.Random())) as http:
        world = World(settings, store, http, secrets)
        world.take_over()
        yield world


def _now() -> datetime:
    return datetime.now(UTC)


def _stamp(file: Path) -> tuple[int, int] | None:
    """What changes when the file does; None without it."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino
