"""What is known of a caller, in one statement: a caller waits for one way to the database and back.

Neither the calls of a number that calls all day nor a number written in two ways make it slow: each spelling is looked
up by index, its newest calls alone.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Connection, bindparam, case, cast, func, literal, select, union_all

from callcenter.adapters.store.schema import calls, debts, persons
from callcenter.care import HISTORY, OWED, CallerFacts

_SPELLINGS: Final = tuple(bindparam(name, type_=calls.c.caller.type) for name in ("number", "e164"))

_CALLS = union_all(
    *(
        select(
            select(calls.c.started_at, calls.c.agent, calls.c.intent, calls.c.outcome)
            .where(calls.c.caller == spelling, calls.c.ended_at.is_not(None))
            .order_by(calls.c.started_at.desc())
            .limit(HISTORY)
            .subquery()
        )
        for spelling in _SPELLINGS
    )
).subquery()
_PAST = select(_CALLS).order_by(_CALLS.c.started_at.desc()).limit(HISTORY).cte("past")
_LAST = select(_PAST.c.started_at).order_by(_PAST.c.started_at.desc()).limit(1)

_OWED = (
    select(debts.c.reference, debts.c.amount, debts.c.currency, debts.c.due_on)
    .where(debts.c.number.in_(_SPELLINGS), debts.c.state.in_(sorted(OWED)))
    .cte("owed")
)
_OLDEST = select(_OWED.c.reference).order_by(_OWED.c.due_on, _OWED.c.reference).limit(1)
_CURRENCY = _OLDEST.with_only_columns(_OWED.c.currency).scalar_subquery()

# Under E.164 is what operators enter; the other spelling is what calls came with.
_PERSON = (
    select(persons.c.name, persons.c.language, persons.c.vip, persons.c.note)
    .where(persons.c.number.in_(_SPELLINGS))
    .order_by(case((persons.c.number == _SPELLINGS[1], 0), else_=1))
    .limit(1)
    .subquery()
)

FACTS: Final = (
    select(
        _PERSON,
        select(func.count()).select_from(_PAST).scalar_subquery().label("calls"),
        _LAST.scalar_subquery().label("last_call_at"),
        _LAST.with_only_columns(_PAST.c.outcome).scalar_subquery().label("last_outcome"),
        *(
            _LAST.with_only_columns(_PAST.c[name]).where(_PAST.c[name].is_not(None)).scalar_subquery().label(as_)
            for name, as_ in (("agent", "last_agent"), ("intent", "last_intent"))
        ),
        select(func.count()).select_from(_OWED).scalar_subquery().label("debts"),
        # PostgreSQL adds up to numeric.
        select(cast(func.sum(_OWED.c.amount), BigInteger))
        .where(_OWED.c.currency == _CURRENCY)
        .scalar_subquery()
        .label("debt_total"),
        _CURRENCY.label("debt_currency"),
        _OLDEST.scalar_subquery().label("debt_reference"),
    )
    .select_from(select(literal(1).label("one")).subquery())
    .outerjoin(_PERSON, literal(1) == 1)
)


def facts_of(db: Connection, number: str, e164: str | None) -> CallerFacts:
    """Return what is known of whoever calls from `number`, also written `e164`."""
    found = db.execute(FACTS, {"number": number, "e164": None if e164 == number else e164}).one()._mapping
    return CallerFacts(number=number, **{name: value for name, value in found.items() if value is not None})
