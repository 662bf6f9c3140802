"""Whom we do not answer, whom we do not call, and closing the centre: what is done here is so at once."""

from __future__ import annotations

from typing import Final

from callcenter.errors import ConfigError, NotFound, StoreError
from callcenter.messages import CentreChanged
from callcenter.numbers import to_e164
from callcenter.outbound import DncEntry
from callcenter.records import BlockedCaller
from desk.access import ADMIN, PEOPLE, SUPERVISORS
from desk.contract import API, Call, Reply, Route
from desk.models.closing import (
    BlockShown,
    ClosureShown,
    DncAsked,
    DncRemoval,
    DncShown,
    NewBlock,
    NewClosure,
    NewDnc,
)
from desk.models.common import Listing
from desk.recordings import Source

BLOCKS: Final = f"{API}/blocks"
CLOSURE: Final = f"{API}/closure"
DNC: Final = f"{API}/dnc"
HALF: Final = 2  # places where the closure is put: Asterisk and the store


async def blocks(call: Call) -> Reply:
    found = await call.desk.store.blocked_callers()
    return Reply(answer=Listing[BlockShown](items=[BlockShown.model_validate(one) for one in found]))


async def block(call: Call) -> Reply:
    said: NewBlock = call.body
    caller = BlockedCaller(number=await number_of(call, said.number), reason=said.reason.strip(), since=call.now)
    await call.desk.store.block(caller)
    await call.desk.store.audit(call.known.name, "block", f"add {caller.number}", call.now)
    call.desk.bus.publish(CentreChanged(what="blocked"))
    return Reply(answer=BlockShown.model_validate(caller))


async def unblock(call: Call) -> Reply:
    number = call.path["number"]
    if not await call.desk.store.unblock(number):
        raise NotFound(f"{number} is not blocked")
    await call.desk.store.audit(call.known.name, "block", f"remove {number}", call.now)
    call.desk.bus.publish(CentreChanged(what="blocked"))
    return Reply()


async def closure(call: Call) -> Reply:
    return Reply(answer=await _closure(call))


async def close(call: Call) -> Reply:
    said: NewClosure = call.body
    await _check_prompt(call, said.prompt)
    return await _put(call, said.prompt)


async def reopen(call: Call) -> Reply:
    return await _put(call, "")


async def _put(call: Call, prompt: str) -> Reply:
    """Close or open: half of it is better than nothing, and whoever asked is told which half is missing."""
    troubles = await call.desk.setup.put_closure(prompt, call.known.name)
    call.desk.bus.publish(CentreChanged(what="closure"))
    if len(troubles) >= HALF:
        raise StoreError("; ".join(troubles))
    shown = await _closure(call)
    return Reply(answer=shown.model_copy(update={"troubles": list(troubles)}))


async def _closure(call: Call) -> ClosureShown:
    found = await call.desk.store.closure()
    if found is None:
        return ClosureShown(closed=False)
    return ClosureShown(closed=True, prompt=found.prompt, by=found.by, since=found.since)


async def _check_prompt(call: Call, prompt: str) -> None:
    """Refuse a prompt that nobody has spoken: callers would hear nothing."""
    language = await _language(call)
    found = next((one for one in await call.desk.prompts.all(language) if one.key == prompt), None)
    if found is None or found.source is Source.MISSING:
        raise ConfigError(f'there is no prompt "{prompt}" that callers could hear in {language!r}')


async def _language(call: Call) -> str:
    centre = (await call.desk.installation.premises()).centre
    return "en" if centre is None else centre.identity.language


async def dnc(call: Call) -> Reply:
    asked: DncAsked = call.query
    found = await call.desk.store.dnc(await number_of(call, asked.number))
    return Reply(answer=Listing[DncShown](items=[DncShown.model_validate(one) for one in found]))


async def add_dnc(call: Call) -> Reply:
    said: NewDnc = call.body
    if said.campaign is not None and await call.desk.store.campaign(said.campaign) is None:
        raise NotFound(f'there is no campaign "{said.campaign}"')
    number = await number_of(call, said.number)
    made = DncEntry(number=number, reason=said.reason.strip(), since=call.now, campaign=said.campaign)
    await call.desk.store.add_dnc([made])
    await call.desk.store.audit(call.known.name, "dnc", f"add {number}{_scope(said.campaign)}", call.now)
    there = next(one for one in await call.desk.store.dnc(number) if one.campaign == said.campaign)
    return Reply(answer=DncShown.model_validate(there))


async def remove_dnc(call: Call) -> Reply:
    asked: DncRemoval = call.query
    number = call.path["number"]
    if not await call.desk.store.remove_dnc(number, asked.campaign):
        raise NotFound(f"{number} is not on the do-not-call list{_scope(asked.campaign)}")
    await call.desk.store.audit(call.known.name, "dnc", f"remove {number}{_scope(asked.campaign)}", call.now)
    return Reply()


def _scope(campaign: str | None) -> str:
    return f" of campaign {campaign}" if campaign else ""


async def number_of(call: Call, written: str) -> str:
    """Return a number as E.164, read in the centre's country; raise ConfigError."""
    number = to_e164(written, await region_of(call))
    if number is None:
        raise ConfigError(f"{written!r} is no telephone number: write it as +12025550100")
    return number


async def region_of(call: Call) -> str:
    """Return the centre's country; "ZZ", in which only numbers with + are any, where nobody has said."""
    centre = (await call.desk.installation.premises()).centre
    return "ZZ" if centre is None else centre.identity.region


ROUTES: Final = (
    Route(
        method="GET",
        path=BLOCKS,
        summary="Callers who are not answered",
        tag="closing",
        handler=blocks,
        roles=SUPERVISORS,
        answer=Listing[BlockShown],
    ),
    Route(
        method="POST",
        path=BLOCKS,
        summary="Answer no calls from a number any more",
        tag="closing",
        handler=block,
        roles=SUPERVISORS,
        body=NewBlock,
        answer=BlockShown,
        status=201,
        errors=(422,),
    ),
    Route(
        method="DELETE",
        path=BLOCKS + "/{number}",
        summary="Answer a number again",
        tag="closing",
        handler=unblock,
        roles=SUPERVISORS,
        status=204,
        errors=(404,),
    ),
    Route(
        method="GET",
        path=CLOSURE,
        summary="Whether the centre is closed",
        tag="closing",
        handler=closure,
        roles=PEOPLE,
        answer=ClosureShown,
    ),
    Route(
        method="POST",
        path=CLOSURE,
        summary="Close at once: every caller hears a message, until the centre is opened again",
        tag="closing",
        handler=close,
        roles=SUPERVISORS,
        body=NewClosure,
        answer=ClosureShown,
        errors=(404, 422),
    ),
    Route(
        method="DELETE",
        path=CLOSURE,
        summary="Open again",
        tag="closing",
        handler=reopen,
        roles=SUPERVISORS,
        answer=ClosureShown,
        errors=(422,),
    ),
    Route(
        method="GET",
        path=DNC,
        summary="Whether a number may be called: its entries of the do-not-call list",
        tag="closing",
        handler=dnc,
        roles=SUPERVISORS,
        query=DncAsked,
        answer=Listing[DncShown],
        errors=(422,),
    ),
    Route(
        method="POST",
        path=DNC,
        summary="Never call a number again",
        tag="closing",
        handler=add_dnc,
        roles=SUPERVISORS,
        body=NewDnc,
        answer=DncShown,
        status=201,
        errors=(404, 422),
    ),
    Route(
        method="DELETE",
        path=DNC + "/{number}",
        summary="Let a number be called again: only if the person asked, or it was a mistake",
        tag="closing",
        handler=remove_dnc,
        roles=ADMIN,
        query=DncRemoval,
        status=204,
        errors=(404,),
    ),
)
