"""Asterisk and the store take over what centre.toml says: `callcenter reload`."""

from __future__ import annotations

import os
import random
from pathlib import Path

from app import render
from app.centre_file import load
from app.process_settings import secrets_of
from app.runtime import asterisk
from callcenter import dialplan
from callcenter.adapters.ami import Ami, AmiAddress, AmiPolicy
from callcenter.adapters.store import Store
from callcenter.centre import Centre
from callcenter.errors import AsteriskError, ConfigError
from callcenter.settings import Settings

AMI_WAIT_S = 5.0


async def reload(settings: Settings) -> str:
    """Render, tell Asterisk to read what changed, take the centre over into the store, tell the services."""
    centre = load(settings.centre_file)
    changed = write_conf(settings, centre, rendered_dir(settings))
    async with await Store.open(settings.sql_url) as store:
        await store.apply_centre(centre.records())
    todo = render.take_over(changed)
    secrets = secrets_of(settings, centre).ami
    for module in todo.modules:
        await _act(settings, dialplan.AMI_RELOAD, secrets[dialplan.AMI_RELOAD], "Reload", {"Module": module})
    await _act(settings, dialplan.AMI_ACD, secrets[dialplan.AMI_ACD], "UserEvent", {"UserEvent": dialplan.EVENT_CENTRE})
    restart = "; restart Asterisk for the rest" if todo.restart else ""
    return f"{len(changed)} files changed, {len(todo.modules)} modules reloaded{restart}"


def rendered_dir(settings: Settings) -> Path:
    if not settings.rendered_dir:
        raise ConfigError("CALLCENTER_RENDERED_DIR is not set: the folder that Asterisk includes as `rendered`")
    return Path(settings.rendered_dir)


def write_conf(settings: Settings, centre: Centre, to: Path) -> tuple[str, ...]:
    files = render.render(centre, secrets_of(settings, centre), render.RenderOptions.from_settings(settings))
    group = asterisk.GID if os.geteuid() == 0 or asterisk.GID in os.getgroups() else None
    return render.write(files, to, group=group)


async def _act(settings: Settings, user: str, secret: str, action: str, headers: dict[str, str]) -> None:
    address = AmiAddress(host=settings.ami_host, port=settings.ami_port, user=user, secret=secret)
    async with Ami(address, AmiPolicy(events=user == dialplan.AMI_ACD), random.Random()) as ami:
        try:
            await ami.wait_ready(AMI_WAIT_S)
            await ami.action(action, headers)
        except AsteriskError as error:
            raise ConfigError(f"the files are written, but Asterisk did not take them over: {error}") from None
