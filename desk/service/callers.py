"""Persons and debts: who calls from which number, and what they owe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from callcenter.adapters.store import Store
from callcenter.care import Debt
from callcenter.errors import ConfigError, Conflict, NotFound
from callcenter.money import currency_in, decimal
from callcenter.records import Person
from desk.access import ADMIN, SUPERVISORS
from desk.care_lists import NOTE_LENGTH
from desk.contract import API, Call, Reply, Route
from desk.failures import Refused
from desk.models.callers import (
    DebtsAsked,
    DebtShown,
    DebtsTaken,
    ListTaken,
    PersonChange,
    PersonSaid,
    PersonsAsked,
    PersonShown,
    PersonsTaken,
)
from desk.models.common import Listing
from desk.persons import TAG, is_entered, person_tag
from desk.service.campaign_leads import given_of, told
from desk.service.campaigns import ANY
from desk.service.closing import number_of, region_of
from desk.service.lists import Entered, take_debts, take_persons
from dialer.cells import NAME_LENGTH, language_in, line_in

T = TypeVar("T")

PERSONS: Final = f"{API}/persons"
PERSON: Final = PERSONS + "/{number}"
DEBTS: Final = f"{API}/debts"


async def persons(call: Call) -> Reply:
    asked: PersonsAsked = call.query
    if asked.number is None:
        found = await call.desk.store.persons(asked.limit, vip_only=asked.vip)
    else:
        one = await call.desk.store.person(await number_of(call, asked.number))
        found = [one] if one is not None and (one.vip or not asked.vip) else []
    return Reply(answer=Listing[PersonShown](items=[PersonShown.model_validate(one) for one in found]))


async def person(call: Call) -> Reply:
    return _shown(await _existing(call.desk.store, call.path["number"]))


async def add_person(call: Call) -> Reply:
    """Who is only known from their calls may still be entered."""
    said: PersonSaid = call.body
    number, given = await number_of(call, said.number), _given(said)

    async def steps(store: Store) -> Person:
        found = await store.person(number) or Person(number=number)
        if is_entered(found):
            raise Conflict(f"somebody is entered with {number} already: change them")
        return await _keep(store, call, replace(found, **given))

    return _shown(await call.desk.store.together(steps))


async def change_person(call: Call) -> Reply:
    said: PersonChange = call.body
    number, given = call.path["number"], _given(said)

    async def steps(store: Store) -> Person:
        found = await _existing(store, number)
        if call.if_match != person_tag(found):
            raise Refused(412, "conflict", f"what is said of {number} was changed meanwhile: look at it again")
        return await _keep(store, call, replace(found, **given))

    return _shown(await call.desk.store.together(steps))


async def _existing(store: Store, number: str) -> Person:
    found = await store.person(number)
    if found is None:
        raise NotFound(f"nobody is known with {number}")
    return found


def _given(said: PersonChange) -> dict[str, Any]:
    """Return what was said of a person, as it is kept; what was left out is left out."""
    read: dict[str, Any] = {
        "name": _read("name", partial(line_in, length=NAME_LENGTH), said.name),
        "language": _read("language", language_in, said.language),
        "note": _read("note", partial(line_in, length=NOTE_LENGTH), said.note),
        "vip": said.vip if "vip" in said.model_fields_set else None,
    }
    given = {field: value for field, value in read.items() if value is not None}
    return given | ({"language": given["language"] or None} if "language" in given else {})


async def _keep(store: Store, call: Call, person: Person) -> Person:
    await store.audit(call.known.name, "person", f"add {person.number}", call.now)
    await store.put_person(person)
    return person


def _shown(found: Person) -> Reply:
    return Reply(answer=PersonShown.model_validate(found), tag=person_tag(found))


def _read(field: str, read: Callable[[str], T], written: str | None) -> T | None:
    try:
        return None if written is None else read(written.strip())
    except ValueError as error:
        raise ConfigError(f"{field}: {error}") from None


async def import_persons(call: Call) -> Reply:
    asked: PersonsTaken = call.query
    region = asked.region or await region_of(call)
    return Reply(answer=list_taken(await take_persons(call.desk.store, region, given_of(call, asked))))


async def debts(call: Call) -> Reply:
    asked: DebtsAsked = call.query
    if asked.number is None:
        found = await call.desk.store.owed(asked.limit)
    else:
        found = await call.desk.store.debts(await number_of(call, asked.number))
    return Reply(answer=Listing[DebtShown](items=[_debt(one) for one in found[: asked.limit]]))


async def import_debts(call: Call) -> Reply:
    asked: DebtsTaken = call.query
    region = asked.region or await region_of(call)
    currency = currency_of(asked)
    return Reply(answer=list_taken(await take_debts(call.desk.store, region, currency, given_of(call, asked))))


def currency_of(asked: DebtsTaken) -> str:
    """Return the currency of amounts where the list does not say, "" for none; raise ConfigError."""
    return _read("currency", currency_in, asked.currency) or ""


def _debt(one: Debt) -> DebtShown:
    return DebtShown(
        reference=one.reference,
        number=one.number,
        amount=decimal(one.amount, one.currency),
        currency=one.currency,
        due_on=one.due_on,
        state=one.state,
        promised_on=one.promised_on,
    )


def list_taken(done: Entered[Any]) -> ListTaken:
    """Return what became of a list of persons or debts."""
    read = done.read
    return ListTaken(good=len(read.rows), new=done.new, bad=len(read.faults), faults=told(read.faults))


ROUTES: Final = (
    Route(
        method="GET",
        path=PERSONS,
        summary="Who calls, by number",
        tag="callers",
        handler=persons,
        roles=SUPERVISORS,
        query=PersonsAsked,
        answer=Listing[PersonShown],
        errors=(422,),
    ),
    Route(
        method="POST",
        path=PERSONS,
        summary="Say who calls from a number, unless somebody has said so already",
        tag="callers",
        handler=add_person,
        roles=ADMIN,
        body=PersonSaid,
        answer=PersonShown,
        status=201,
        errors=(409, 422),
    ),
    Route(
        method="GET",
        path=PERSON,
        summary="Who calls from a number",
        tag="callers",
        handler=person,
        roles=SUPERVISORS,
        answer=PersonShown,
    ),
    Route(
        method="PUT",
        path=PERSON,
        summary="Change what is given of whoever calls from a number",
        tag="callers",
        handler=change_person,
        roles=ADMIN,
        body=PersonChange,
        answer=PersonShown,
        errors=(412, 422),
        needs_tag=True,
        tag_form=TAG,
    ),
    Route(
        method="POST",
        path=f"{PERSONS}/import",
        summary="Enter the persons of a list (CSV: number, name, language, vip, note)",
        tag="callers",
        handler=import_persons,
        roles=ADMIN,
        query=PersonsTaken,
        takes=ANY,
        answer=ListTaken,
        errors=(422,),
    ),
    Route(
        method="GET",
        path=DEBTS,
        summary="What callers owe",
        tag="callers",
        handler=debts,
        roles=SUPERVISORS,
        query=DebtsAsked,
        answer=Listing[DebtShown],
        errors=(422,),
    ),
    Route(
        method="POST",
        path=f"{DEBTS}/import",
        summary="Take over a list of debts as of now (CSV: number, reference, amount, currency, due)",
        tag="callers",
        handler=import_debts,
        roles=ADMIN,
        query=DebtsTaken,
        takes=ANY,
        answer=ListTaken,
        errors=(422,),
    ),
)
