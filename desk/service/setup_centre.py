"""The centre itself, secrets of other systems, and making Asterisk and the services do as centre.toml says."""

from __future__ import annotations

from typing import Any, Final

from callcenter.centre import Centre
from callcenter.errors import ConfigError, NotFound
from callcenter.integrations import secrets_wanted
from callcenter.messages import CentreChanged
from desk.access import ADMIN, SUPERVISORS
from desk.contract import Call, Reply, Route
from desk.models.common import Listing
from desk.models.setup import (
    AllowSet,
    AllowShown,
    Applied,
    CentreSet,
    CentreShown,
    IdentityShown,
    MailShown,
    NewWord,
    PendingShown,
    SecretShown,
)
from desk.models.telephony import SipShown
from desk.service.setup import SETUP, noted, values_of, written
from desk.setup import TAG, TableSet


async def centre(call: Call) -> Reply:
    file = await call.desk.setup.centre()
    return Reply(answer=_shown(file.centre), tag=file.tag)


async def set_centre(call: Call) -> Reply:
    said: CentreSet = call.body
    changes = [
        TableSet(table="centre", values=values_of(said.identity)),
        TableSet(table="http", values={"allow": [_allow(one) for one in said.allow]}),
        TableSet(table="payment", values={"provider": said.payment}),
        TableSet(table="mail", values=None if said.mail is None else values_of(said.mail)),
        *_telephony(said, _shown((await call.desk.setup.centre()).centre)),
    ]
    file = await written(call, changes, "centre changed")
    return Reply(answer=_shown(file.centre), tag=file.tag)


def _telephony(said: CentreSet, now: CentreShown) -> list[TableSet]:
    """What is said of [sip] and [emergency] and is not so already: nobody wants every default in the file."""
    sip = {} if said.sip is None else values_of(said.sip)
    before = now.sip.model_dump()
    values = {name: value for name, value in sip.items() if value != before[name]}
    changes = [TableSet(table="sip", values=values)] if values else []
    if said.emergency is not None and said.emergency != now.emergency:
        changes.append(
            TableSet(table="emergency", values={"numbers": list(said.emergency)} if said.emergency else None)
        )
    return changes


def _allow(one: AllowSet) -> Any:
    """An entry of the allow-list as short as it can be written."""
    more = {"allow_private": True} if one.allow_private else {}
    headers = {"headers": dict(one.headers)} if one.headers else {}
    return {"url": one.url, **more, **headers} if more or headers else one.url


def _shown(of: Centre) -> CentreShown:
    return CentreShown(
        identity=IdentityShown.model_validate(of.identity),
        allow=[AllowShown.model_validate(one) for one in of.http.allow],
        payment=of.payment.provider,
        mail=None if of.mail is None else MailShown.model_validate(of.mail),
        sip=SipShown.model_validate(of.sip),
        emergency=list(of.emergency.numbers),
        emergency_numbers=list(of.emergency_numbers),
        warnings=list(of.warnings()),
    )


async def secrets(call: Call) -> Reply:
    known = (await call.desk.setup.secrets()).services
    wanted = secrets_wanted((await call.desk.setup.centre()).centre)
    items = [
        SecretShown(name=name, is_set=name in known, needed_by=wanted.get(name, ""))
        for name in sorted({*known, *wanted})
    ]
    return Reply(answer=Listing[SecretShown](items=items))


async def set_secret(call: Call) -> Reply:
    said: NewWord = call.body
    name = call.path["secret"]
    await call.desk.setup.keep_secret(name, said.password)
    await noted(call, f"secret {name} set")
    return Reply()


async def remove_secret(call: Call) -> Reply:
    name = call.path["secret"]
    if name not in (await call.desk.setup.secrets()).services:
        raise NotFound(f'there is no secret "{name}"')
    await call.desk.setup.keep_secret(name, None)
    await noted(call, f"secret {name} removed")
    return Reply()


async def pending(call: Call) -> Reply:
    return Reply(answer=PendingShown.model_validate(await call.desk.setup.pending()))


async def apply(call: Call) -> Reply:
    blocked = (await call.desk.setup.pending()).blocked
    if blocked:
        raise ConfigError(blocked)
    text = await call.desk.setup.apply()
    call.desk.bus.publish(CentreChanged(what="centre"))
    await noted(call, f"applied: {text}")
    return Reply(answer=Applied(text=text))


CENTRE: Final = f"{SETUP}/centre"
SECRETS: Final = f"{SETUP}/secrets"
ROUTES: Final = (
    Route(
        method="GET",
        path=CENTRE,
        summary="The centre: who and where it is, where flows may go, payment, mail",
        tag="setup",
        handler=centre,
        roles=SUPERVISORS,
        answer=CentreShown,
        errors=(422,),
    ),
    Route(
        method="PUT",
        path=CENTRE,
        summary="Change the centre",
        tag="setup",
        handler=set_centre,
        roles=ADMIN,
        body=CentreSet,
        answer=CentreShown,
        errors=(412, 422),
        needs_tag=True,
        tag_form=TAG,
    ),
    Route(
        method="GET",
        path=SECRETS,
        summary="Names of the passwords and keys of other systems; never what they are",
        tag="setup",
        handler=secrets,
        roles=ADMIN,
        answer=Listing[SecretShown],
        errors=(422,),
    ),
    Route(
        method="PUT",
        path=SECRETS + "/{secret}",
        summary="Keep a password or key of another system",
        tag="setup",
        handler=set_secret,
        roles=ADMIN,
        body=NewWord,
        status=204,
        errors=(422,),
    ),
    Route(
        method="DELETE",
        path=SECRETS + "/{secret}",
        summary="Forget a password or key of another system",
        tag="setup",
        handler=remove_secret,
        roles=ADMIN,
        status=204,
        errors=(404,),
    ),
    Route(
        method="GET",
        path=f"{SETUP}/pending",
        summary="What Asterisk and the services do not do yet as centre.toml says",
        tag="setup",
        handler=pending,
        roles=SUPERVISORS,
        answer=PendingShown,
        errors=(422,),
    ),
    Route(
        method="POST",
        path=f"{SETUP}/apply",
        summary="Make Asterisk and the services do as centre.toml says",
        tag="setup",
        handler=apply,
        roles=ADMIN,
        answer=Applied,
        errors=(422,),
    ),
)
