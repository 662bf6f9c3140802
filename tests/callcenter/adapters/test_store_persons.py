"""Who calls and what is known of them: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text

from callcenter.adapters.store import Store
from callcenter.adapters.store.campaigns import CHUNK
from callcenter.adapters.store.facts import FACTS
from callcenter.care import HISTORY, CallerFacts, Debt, DebtState
from callcenter.records import CallRecord, Direction, Outcome, Person

from .outbound_rows import Twice, number

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NUMBER = "+12025550143"
PERSON = Person(number=NUMBER, name="Caller 143", language="es", vip=True, note="prefers mornings")
CALL = CallRecord(id="1.1", direction=Direction.INBOUND, started_at=T0, caller=NUMBER)
DEBT = Debt(reference="4711", number=NUMBER, amount=12_050, currency="USD", due_on=date(2026, 2, 1), updated_at=T0)


async def ended(store: Store, call: CallRecord, outcome: Outcome = Outcome.REACHED_AGENT) -> None:
    await store.open_call(call)
    await store.close_call(call.id, call.started_at + HOUR, outcome, 16)


async def test_a_person_is_entered_and_changed(store: Store) -> None:
    assert await store.put_person(PERSON)
    kept = await store.person(NUMBER)
    assert kept is not None
    assert kept == replace(PERSON, id=kept.id)
    assert not await store.put_person(replace(PERSON, name="", vip=False, language=None))
    assert await store.person(NUMBER) == replace(kept, name="", vip=False, language=None)


async def test_persons_are_listed_by_number(store: Store) -> None:
    others = [replace(PERSON, number=number(place), vip=place == 2) for place in (3, 1, 2)]
    await store.put_persons(others)
    assert [person.number for person in await store.persons(2)] == [number(1), number(2)]
    assert [person.number for person in await store.persons(9, vip_only=True)] == [number(2)]


async def test_entering_a_person_leaves_their_calls_counted(store: Store) -> None:
    seen = await store.person_seen(NUMBER, T0, "en")
    assert not await store.put_person(replace(PERSON, calls=99, first_seen=T0 + HOUR))
    assert await store.person(NUMBER) == replace(PERSON, id=seen.id, first_seen=T0, last_seen=T0, calls=1)
    again = await store.person_seen(NUMBER, T0 + SECOND)
    assert again == replace(PERSON, id=seen.id, first_seen=T0, last_seen=T0 + SECOND, calls=2)


async def test_many_persons_are_entered_in_pieces(store: Store, other: Store) -> None:
    twice = Store(Twice(store._access))
    persons = [replace(PERSON, number=number(place)) for place in range(2 * CHUNK + 1)]
    assert await twice.put_persons(persons[:3]) == 3
    assert await twice.put_persons([persons[5], persons[5]]) == 1
    # Two lists at once, one from the front and one from the back, do not wait for each other in a circle.
    counts = await asyncio.gather(store.put_persons(persons), other.put_persons(persons[::-1]))
    assert sum(counts) == len(persons) - 4
    assert await store.put_persons([]) == 0


async def test_of_a_stranger_nothing_is_known(store: Store) -> None:
    assert await store.caller_facts(NUMBER) == CallerFacts(number=NUMBER)
    await ended(store, replace(CALL, caller=""))
    assert await store.caller_facts("") == CallerFacts(number="")


async def test_what_is_known_of_a_caller(store: Store) -> None:
    await store.put_person(PERSON)
    await ended(store, replace(CALL, agent="101", intent="buy"), Outcome.REACHED_AGENT)
    await ended(store, replace(CALL, id="1.2", started_at=T0 + HOUR, intent="pay"), Outcome.ABANDONED)
    await ended(store, replace(CALL, id="1.3", started_at=T0 + 2 * HOUR), Outcome.SELF_SERVICE)
    await ended(store, replace(CALL, id="other", caller=number(1), started_at=T0 + 3 * HOUR, agent="102"))
    # The present call is none of the past.
    await store.open_call(replace(CALL, id="1.4", started_at=T0 + 4 * HOUR, agent="103"))
    paid = replace(DEBT, reference="1", state=DebtState.PAID, due_on=date(2020, 1, 1))
    promised = replace(DEBT, reference="2", amount=950, state=DebtState.PROMISED, due_on=date(2026, 3, 1))
    abroad = replace(DEBT, reference="3", amount=1, currency="EUR", due_on=date(2026, 4, 1))
    await store.put_debts([paid, promised, abroad, DEBT, replace(DEBT, reference="4", number=number(1))])
    assert await store.caller_facts(NUMBER) == CallerFacts(
        number=NUMBER,
        name="Caller 143",
        language="es",
        vip=True,
        note="prefers mornings",
        calls=3,
        last_call_at=T0 + 2 * HOUR,
        last_outcome=Outcome.SELF_SERVICE,
        last_agent="101",
        last_intent="pay",
        debts=3,
        debt_total=13_000,
        debt_currency="USD",
        debt_reference="4711",
    )


async def test_a_caller_is_known_by_both_spellings_of_the_number(store: Store) -> None:
    await store.person_seen("2025550143", T0)
    await store.put_person(PERSON)
    await ended(store, replace(CALL, caller="2025550143", agent="101"))
    await ended(store, replace(CALL, id="1.2", started_at=T0 + HOUR))
    await store.put_debts([DEBT, replace(DEBT, reference="2", number="2025550143")])
    facts = await store.caller_facts("2025550143", NUMBER)
    assert (facts.name, facts.calls, facts.last_call_at, facts.last_agent) == ("Caller 143", 2, T0 + HOUR, "101")
    assert (facts.debts, facts.debt_total) == (2, 24_100)
    facts = await store.caller_facts("2025550143")
    assert (facts.name, facts.calls, facts.debts) == ("", 1, 1)
    assert (await store.caller_facts(NUMBER, NUMBER)).calls == 1


async def test_of_a_number_that_calls_all_day_only_the_last_calls_are_looked_at(store: Store) -> None:
    async def all_day(inside: Store) -> None:
        for place in range(HISTORY + 1):
            agent = "101" if place == 0 else None
            await ended(inside, replace(CALL, id=f"{place}", started_at=T0 + place * HOUR, agent=agent))

    await store.together(all_day)
    facts = await store.caller_facts(NUMBER)
    assert (facts.calls, facts.last_agent, facts.last_call_at) == (HISTORY, None, T0 + HISTORY * HOUR)


async def test_facts_are_looked_up_by_index(sqlite_url: str) -> None:
    async with await Store.open(sqlite_url) as store:

        def plan(db: Connection) -> list[str]:
            asked = FACTS.params(number=NUMBER, e164="2025550143").compile(
                db.engine, compile_kwargs={"literal_binds": True}
            )
            return [row.detail for row in db.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]

        steps = await store._access.read(plan)
    searched = [step for step in steps if any(table in step for table in ("calls", "debts", "persons"))]
    assert all(step.startswith("SEARCH") for step in searched)
    assert {step.split()[1] for step in searched} >= {"calls", "debts", "persons"}
    assert all("INDEX calls_caller_started_at_idx" in step for step in searched if "calls" in step)
