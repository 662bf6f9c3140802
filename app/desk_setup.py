"""Setting this installation up from the desk: what the commands do, without a terminal."""

from __future__ import annotations

import asyncio
import os
import secrets as random_source
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app import process_settings, secrets_file, taking_over
from app.centre_file import STARTER, edit
from app.closing import put_closure
from app.files import read_text
from app.installation import sip_server
from app.render import RenderOptions, render
from app.secrets_file import Secrets
from app.toml_edit import add_entry, change_entry, change_table, read, remove_entry, remove_table
from callcenter.adapters.store import Store
from callcenter.centre import Centre, parse
from callcenter.errors import ConfigError, NotFound
from callcenter.numbers import to_e164
from callcenter.pins import SALT_BYTES, check_pin, hash_pin
from callcenter.records import CentreRecords
from callcenter.settings import Settings
from desk.setup import (
    Added,
    CentreFile,
    Change,
    Changed,
    KnownSecrets,
    Pending,
    PhoneLogin,
    Removed,
    TableSet,
    differences,
    due,
    key_of,
    stale,
    tag_of,
)

PIN_DIGITS: Final = 6
# What services read when they start, and only then.
AT_START: Final = ("http", "payment", "mail", "mailboxes")


@dataclass(slots=True)
class SetupFiles:
    """centre.toml and secrets.toml of an installation, its store and its Asterisk."""

    settings: Settings
    store: Store
    _began_with: Centre | None = field(default=None)

    def __post_init__(self) -> None:
        try:
            self._began_with = _read(self.settings.centre_file).centre
        except ConfigError:
            self._began_with = None

    async def centre(self) -> CentreFile:
        return await asyncio.to_thread(_read, self.settings.centre_file)

    async def change(
        self, changes: Sequence[Change], tag: str | None = None, flows: Collection[str] | None = None
    ) -> CentreFile:
        return await asyncio.to_thread(_change, self.settings.centre_file, changes, tag, flows)

    async def pending(self) -> Pending:
        file = await self.centre()
        known = CentreRecords(
            agents=await self.store.agents(),
            queues=await self.store.queues(),
            numbers=await self.store.numbers(),
            trunks=await self.store.trunks(),
        )
        files, blocked = await asyncio.to_thread(self._files, file.centre)
        return Pending(
            entries=differences(file.centre.records(), known),
            files=files,
            restart=self._for_a_restart(file.centre),
            warnings=file.centre.warnings(),
            blocked=blocked,
        )

    async def apply(self) -> str:
        return await taking_over.reload(self.settings)

    async def secrets(self) -> KnownSecrets:
        known = await asyncio.to_thread(secrets_file.change, self.settings.data_dir, lambda known: known)
        services = await asyncio.to_thread(secrets_file.services, self.settings.data_dir, os.environ)
        return KnownSecrets(trunks=frozenset(known.trunks), services=frozenset(services))

    async def keep_trunk_password(self, name: str, password: str | None) -> None:
        keep = secrets_file.without_trunk(name) if password is None else secrets_file.set_trunk(name, password)
        await self._keep(keep)

    async def keep_secret(self, name: str, word: str | None) -> None:
        await self._keep(secrets_file.without_service(name) if word is None else secrets_file.set_service(name, word))

    async def phone(self, user: str, *, fresh: bool = False) -> PhoneLogin:
        if fresh:
            await self.forget_phone(user)
        centre = (await self.centre()).centre
        password = await asyncio.to_thread(secrets_file.phone_password, self.settings.data_dir, user)
        server = await asyncio.to_thread(sip_server, centre)
        return PhoneLogin(
            user=user, password=password, server=server, port=centre.sip.port, tls_port=centre.sip.tls_port
        )

    async def forget_phone(self, user: str) -> None:
        await self._keep(secrets_file.without_phone(user))

    async def new_pin(self) -> str:
        return made_pin()

    async def hashed(self, pin: str) -> str:
        check_pin(pin)
        return await asyncio.to_thread(hash_pin, pin, random_source.token_bytes(SALT_BYTES))

    async def put_closure(self, prompt: str, by: str) -> tuple[str, ...]:
        return await put_closure(await asyncio.to_thread(process_settings.complete, self.settings), prompt, by)

    async def _keep(self, keep: Callable[[Secrets], Secrets]) -> None:
        await asyncio.to_thread(secrets_file.change, self.settings.data_dir, keep)

    def _files(self, centre: Centre) -> tuple[Sequence[str] | None, str]:
        """The files of Asterisk that are not as `centre` says, and why they cannot be written."""
        if not self.settings.rendered_dir:
            return None, "this desk does not see the folder of Asterisk's configuration (CALLCENTER_RENDERED_DIR)"
        try:
            secrets = process_settings.secrets_of(self.settings, centre)
            files = render(centre, secrets, RenderOptions.from_settings(self.settings))
            there = {name: read_text(Path(self.settings.rendered_dir) / name) for name in files}
        except ConfigError as error:
            return (), str(error)
        return tuple(name for name, text in files.items() if there[name] != text), ""

    def _for_a_restart(self, centre: Centre) -> tuple[str, ...]:
        if self._began_with is None:
            return ()
        return tuple(name for name in AT_START if getattr(centre, name) != getattr(self._began_with, name))


def made_pin() -> str:
    """Return a PIN that nobody would try first."""
    while True:
        pin = secrets_file.new_digits(PIN_DIGITS)
        try:
            check_pin(pin)
        except ConfigError:
            continue
        return pin


def _read(path: Path) -> CentreFile:
    text = read_text(path)
    text = STARTER if text is None else text
    return CentreFile(tag=tag_of(text), centre=parse(read(text, str(path)), None, str(path)))


def _change(path: Path, changes: Sequence[Change], tag: str | None, flows: Collection[str] | None) -> CentreFile:
    def make(text: str) -> str:
        if tag is not None and tag_of(text) != tag:
            raise stale()
        for change in changes:
            text = _changed(text, change)
        return text

    edit(path, make, flows)
    return _read(path)


def _changed(text: str, change: Change) -> str:
    match change:
        case Added(table=table, values=values):
            return add_entry(text, table, due(table, {}, values))
        case Changed(table=table, name=name, values=values):
            where = _where(text, table, name)
            return change_entry(text, table, where, due(table, _entry(text, table, where), values))
        case Removed(table=table, name=name):
            return remove_entry(text, table, _where(text, table, name))
        case TableSet(table=table, values=None):
            return remove_table(text, table)
        case TableSet(table=table, values=values):
            return change_table(text, table, due(table, read(text, "centre.toml").get(table, {}), values or {}))


def _where(text: str, table: str, name: str) -> tuple[str, str]:
    """How the entry `name` is written: numbers may be written in another way."""
    key = key_of(table)
    document = read(text, "centre.toml")
    region = str(document.get("centre", {}).get("region", "ZZ"))
    for one in document.get(table, []):
        written = str(one.get(key, ""))
        if written == name or (table == "number" and to_e164(written, region) == name):
            return key, written
    raise NotFound(f'there is no {table} "{name}"')


def _entry(text: str, table: str, where: tuple[str, str]) -> Mapping[str, Any]:
    key, written = where
    entries: list[dict[str, Any]] = read(text, "centre.toml").get(table, [])
    return next(one for one in entries if str(one.get(key)) == written)
