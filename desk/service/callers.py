"""Persons and debts: who calls from which number, and what they owe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from callcenter.care import Debt
from callcenter.errors import ConfigError
from callcenter.money import currency_in, decimal
from callcenter.records import Person
from desk.access import ADMIN, SUPERVISORS
from desk.care_lists import NOTE_LENGTH
from desk.contract import API, Call, Reply, Route
from desk.models.callers import (
    DebtsAsked,
    DebtShown,
    DebtsTaken,
    ListTaken,
    PersonSaid,
    PersonsAsked,
    PersonShown,
    PersonsTaken,
)
from desk.models.common import Listing
from desk.service.campaign_leads import given_of, told
from desk.service.campaigns import ANY
from desk.service.closing import number_of, region_of
from desk.service.lists import Entered, take_debts, take_persons
from dialer.cells import NAME_LENGTH, language_in, line_in

T = TypeVar("T")

PERSONS: Final = f"{API}/persons"
DEBTS: Final = f"{API}/debts"


async def persons(call: Call) -> Reply:
    asked: PersonsAsked = call.query
    if asked.number is None:
        found = await call.desk.store.persons(asked.limit, vip_only=asked.vip)
    else:
        one = await call.desk.store.person(await number_of(call, asked.number))
        found = [one] if one is not None and (one.vip or not asked.vip) else []
    return Reply(answer=Listing[PersonShown](items=[PersonShown.model_validate(one) for one in found]))


async def put_person(call: Call) -> Reply:
    said: PersonSaid = call.body
    number = await number_of(call, said.number)
    person = await call.desk.store.person(number) or Person(number=number)
    changes: dict[str, Any] = {
        "name": _read("name", partial(line_in, length=NAME_LENGTH), said.name),
        "language": _read("language", language_in, said.language),
        "note": _read("note", partial(line_in, length=NOTE_LENGTH), said.note),
        "vip": said.vip if "vip" in said.model_fields_set else None,
    }
    given = {field: value for field, value in changes.items() if value is not None}
    given["language"] = given.get("language", person.language) or None
    made = replace(person, **given)
    await call.desk.store.audit(call.known.name, "person", f"add {number}", call.now)
    await call.desk.store.put_person(made)
    return Reply(answer=PersonShown.model_validate(made))


def _read(field: str, read: Callable[[str], T], written: str | None) -> T | None:
    try:
        return None if written is None else read(written.strip())
    except ValueError as error:
        raise ConfigError(f"{field}: {error}") from None


async def import_persons(call: Call) -> Reply:
    asked: PersonsTaken = call.query
    region = asked.region or await region_of(call)
    return Reply(answer=_taken(await take_persons(call.desk.store, region, given_of(call, asked))))


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
    currency = _read("currency", currency_in, asked.currency) or ""
    return Reply(answer=_taken(await take_debts(call.desk.store, region, currency, given_of(call, asked))))


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


def _taken(done: Entered[Any]) -> ListTaken:
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
        summary="Say who calls from a number, or change what is given",
        tag="callers",
        handler=put_person,
        roles=ADMIN,
        body=PersonSaid,
        answer=PersonShown,
        errors=(422,),
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
