"""Setting up who takes calls and what they come by: agents with PINs and phones, trunks with passwords."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from callcenter.centre import AgentEntry, Centre, TrunkKind
from callcenter.errors import ConfigError
from desk.access import ADMIN, SUPERVISORS
from desk.contract import Call, Reply, Route
from desk.models.common import Listing
from desk.models.setup import (
    AgentChange,
    AgentShown,
    MadeAgent,
    MadePin,
    NewAgent,
    NewPin,
    NewTrunk,
    NewWord,
    PhoneShown,
    TrunkChange,
    TrunkShown,
)
from desk.service.setup import (
    Section,
    changed,
    noted,
    plain,
    refuse_double,
    removed,
    route_change,
    route_list,
    route_remove,
    values_of,
    written,
)
from desk.setup import TAG, Added, Changed, Removed, entry


def _agent(_: Centre, one: AgentEntry) -> BaseModel:
    return AgentShown(
        id=one.id,
        name=one.name,
        phone=one.phone,
        queues=list(one.queues),
        skills=dict(one.skills),
        pin=one.pin_hash is not None,
    )


AGENTS: Final = Section(
    table="agent",
    plural="agents",
    called="agent",
    entries=lambda centre: centre.agents,
    shown=_agent,
    new=NewAgent,
    change=AgentChange,
    answer=AgentShown,
)
TRUNKS: Final = Section(
    table="trunk",
    plural="trunks",
    called="trunk",
    entries=lambda centre: centre.trunks,
    shown=plain(TrunkShown),
    new=NewTrunk,
    change=TrunkChange,
    answer=TrunkShown,
)


async def add_agent(call: Call) -> Reply:
    said: NewAgent = call.body
    await refuse_double(call, AGENTS, said.id)
    pin = said.pin or await call.desk.setup.new_pin()
    values = {**values_of(said, "pin"), "pin_hash": await call.desk.setup.hashed(pin)}
    file = await written(call, [Added(table="agent", values=values)], f"agent {said.id} added")
    made = MadeAgent(
        agent=AgentShown.model_validate(_agent(file.centre, entry(file.centre.agents, "agent", said.id))),
        pin=pin,
        phone=PhoneShown.model_validate(await call.desk.setup.phone(said.phone)),
    )
    return Reply(answer=made, tag=file.tag)


async def remove_agent(call: Call) -> Reply:
    name = call.path["agent"]
    phone = entry((await call.desk.setup.centre()).centre.agents, "agent", name).phone
    file = await written(call, [Removed(table="agent", name=name)], f"agent {name} removed")
    await call.desk.setup.forget_phone(phone)
    return Reply(tag=file.tag)


async def new_pin(call: Call) -> Reply:
    said: NewPin = call.body
    name = call.path["agent"]
    pin = said.pin or await call.desk.setup.new_pin()
    change = Changed(table="agent", name=name, values={"pin_hash": await call.desk.setup.hashed(pin)})
    file = await written(call, [change], f"agent {name}: new PIN")
    return Reply(answer=MadePin(pin=pin), tag=file.tag)


async def new_phone_password(call: Call) -> Reply:
    name = call.path["agent"]
    agent = entry((await call.desk.setup.centre()).centre.agents, "agent", name)
    phone = await call.desk.setup.phone(agent.phone, fresh=True)
    await noted(call, f"agent {name}: new password for phone {agent.phone}")
    return Reply(answer=PhoneShown.model_validate(phone))


async def trunks(call: Call) -> Reply:
    file, known = await call.desk.setup.centre(), await call.desk.setup.secrets()
    items = [_trunk(one, known.trunks) for one in file.centre.trunks]
    return Reply(answer=Listing[TrunkShown](items=items), tag=file.tag)


async def add_trunk(call: Call) -> Reply:
    said: NewTrunk = call.body
    await refuse_double(call, TRUNKS, said.name)
    if said.password is not None and said.kind is not TrunkKind.REGISTER:
        raise ConfigError("a trunk of kind ip has no password: the carrier knows our address")
    before = (await call.desk.setup.secrets()).trunks
    if said.password is not None:  # first: what registers without a password cannot be applied
        await call.desk.setup.keep_trunk_password(said.name, said.password)
    try:
        change = Added(table="trunk", values=values_of(said, "password"))
        file = await written(call, [change], f"trunk {said.name} added")
    except BaseException:
        if said.password is not None and said.name not in before:
            await call.desk.setup.keep_trunk_password(said.name, None)
        raise
    return await _shown_trunk(call, file.centre, said.name, file.tag)


async def change_trunk(call: Call) -> Reply:
    reply = await changed(TRUNKS)(call)
    file = await call.desk.setup.centre()
    return await _shown_trunk(call, file.centre, call.path["trunk"], str(reply.tag))


async def remove_trunk(call: Call) -> Reply:
    secret = entry((await call.desk.setup.centre()).centre.trunks, "trunk", call.path["trunk"]).secret_name
    reply: Reply = await removed(TRUNKS)(call)
    left = (await call.desk.setup.centre()).centre.trunks
    if all(trunk.secret_name != secret for trunk in left):
        await call.desk.setup.keep_trunk_password(secret, None)
    return reply


async def trunk_password(call: Call) -> Reply:
    said: NewWord = call.body
    name = call.path["trunk"]
    trunk = entry((await call.desk.setup.centre()).centre.trunks, "trunk", name)
    if trunk.kind is not TrunkKind.REGISTER:
        raise ConfigError(f"trunk {name} has no password: it is known by its addresses")
    await call.desk.setup.keep_trunk_password(trunk.secret_name, said.password)
    await noted(call, f"trunk {name}: new password")
    return Reply()


async def _shown_trunk(call: Call, centre: Centre, name: str, tag: str) -> Reply:
    known = await call.desk.setup.secrets()
    return Reply(answer=_trunk(entry(centre.trunks, "trunk", name), known.trunks), tag=tag)


def _trunk(one: Any, known: frozenset[str]) -> TrunkShown:
    return TrunkShown.model_validate(one).model_copy(update={"has_password": one.secret_name in known})


ROUTES: Final = (
    route_list(AGENTS),
    Route(
        method="POST",
        path=AGENTS.path,
        summary="Add an agent, with PIN and phone password to hand over",
        tag="setup",
        handler=add_agent,
        roles=ADMIN,
        body=NewAgent,
        answer=MadeAgent,
        status=201,
        errors=(409, 412, 422),
        needs_tag=True,
        tag_form=TAG,
    ),
    route_change(AGENTS),
    route_remove(AGENTS, remove_agent),
    Route(
        method="POST",
        path=f"{AGENTS.one}/pin",
        summary="Give an agent a new PIN",
        tag="setup",
        handler=new_pin,
        roles=ADMIN,
        body=NewPin,
        answer=MadePin,
        errors=(404, 422),
    ),
    Route(
        method="POST",
        path=f"{AGENTS.one}/phone-password",
        summary="Give an agent's phone a new password",
        tag="setup",
        handler=new_phone_password,
        roles=ADMIN,
        answer=PhoneShown,
        errors=(404, 422),
    ),
    Route(
        method="GET",
        path=TRUNKS.path,
        summary="The trunks; the ETag is of the whole centre.toml",
        tag="setup",
        handler=trunks,
        roles=SUPERVISORS,
        answer=Listing[TrunkShown],
        errors=(422,),
    ),
    Route(
        method="POST",
        path=TRUNKS.path,
        summary="Add a trunk",
        tag="setup",
        handler=add_trunk,
        roles=ADMIN,
        body=NewTrunk,
        answer=TrunkShown,
        status=201,
        errors=(409, 412, 422),
        needs_tag=True,
        tag_form=TAG,
    ),
    Route(
        method="PUT",
        path=TRUNKS.one,
        summary="Change a trunk",
        tag="setup",
        handler=change_trunk,
        roles=ADMIN,
        body=TrunkChange,
        answer=TrunkShown,
        errors=(404, 412, 422),
        needs_tag=True,
        tag_form=TAG,
    ),
    route_remove(TRUNKS, remove_trunk),
    Route(
        method="PUT",
        path=f"{TRUNKS.one}/password",
        summary="Set a trunk's password at the carrier",
        tag="setup",
        handler=trunk_password,
        roles=ADMIN,
        body=NewWord,
        status=204,
        errors=(404, 422),
    ),
)
