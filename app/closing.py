"""Closing the whole centre and opening it again: in Asterisk, which callers meet, and in the store, which remembers.

Each is tried whatever becomes of the other: in an emergency half is better than nothing, and the operator is told
which half is missing.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from callcenter import dialplan
from callcenter.adapters.ami import Ami, AmiAddress
from callcenter.adapters.store import Store
from callcenter.errors import ActionRefused, AsteriskError, StoreError, Unreachable
from callcenter.records import Closure
from callcenter.settings import Settings

AMI_WAIT_S: Final = 5.0
TAKEN_OVER_S: Final = 2.0  # Asterisk writes AstDB a few milliseconds after it was asked
LOOK_AGAIN_S: Final = 0.02


async def put_closure(settings: Settings, prompt: str, by: str) -> tuple[str, ...]:
    """Make everybody hear `prompt` ("" opens again); return what did not work, one line each.

    `settings` must hold the secret of the AMI user `acd`.
    """
    asterisk, store = await asyncio.gather(_in_asterisk(settings, prompt), _in_store(settings, prompt, by))
    return tuple(trouble for trouble in (asterisk, store) if trouble)


async def _in_asterisk(settings: Settings, prompt: str) -> str:
    # With it comes all of the acd, which the desk does without until somebody closes the centre.
    from acd.service.pbx import Pbx  # noqa: PLC0415

    user = dialplan.AMI_ACD
    address = AmiAddress(host=settings.ami_host, port=settings.ami_port, user=user, secret=settings.ami_acd_secret)
    try:
        async with Ami(address, rng=random.Random()) as ami:
            await ami.wait_ready(AMI_WAIT_S)
            await Pbx(ami).set_closure(prompt)
            await _taken_over(ami, prompt)
            await ami.action("UserEvent", {"UserEvent": dialplan.EVENT_CENTRE})
    except AsteriskError as error:
        code = dialplan.CODE_CLOSE if prompt else dialplan.CODE_REOPEN
        return f"Asterisk was not told, callers notice nothing yet ({error}): a phone can do it with {code}"
    return ""


async def _taken_over(ami: Ami, prompt: str) -> None:
    """Wait until AstDB says what was asked for."""
    family, _, key = dialplan.DB_CLOSURE.partition("/")
    try:
        async with asyncio.timeout(TAKEN_OVER_S):
            while True:
                with suppress(ActionRefused):  # so DBGet says that there is no such entry
                    found = await ami.action_list("DBGet", {"Family": family, "Key": key})
                    if [event.text("Val") for event in found] == [prompt]:
                        return
                await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        raise Unreachable("AstDB did not change; is asterisk/conf/extensions.conf up to date?") from None


async def _in_store(settings: Settings, prompt: str, by: str) -> str:
    now = datetime.now(UTC)
    try:
        async with await Store.open(settings.sql_url) as store:
            await store.migrate()
            await store.set_closure(Closure(prompt=prompt, by=by, since=now) if prompt else None)
            await store.audit(by, "closure", prompt or "open", now)
    except StoreError as error:
        return f"it is not stored, a restart of the services undoes it ({error})"
    return ""
