"""One lock per telephone number, for what must see a number's past and add to it as one step.

On PostgreSQL it is a row of `dial_numbers`, held until the transaction ends. What is read after `lock_numbers`
includes whatever the last holder committed (READ COMMITTED looks anew with each statement). SQLite's BEGIN IMMEDIATE
lets one writer in at a time, so there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Connection, Insert, bindparam, select

from callcenter.adapters.store.rows import insert_into
from callcenter.adapters.store.schema import attempts, dial_numbers

_LOCK = (
    select(dial_numbers.c.number)
    .where(dial_numbers.c.number.in_(bindparam("numbers", expanding=True)))
    .order_by(dial_numbers.c.number)
    .with_for_update()
)

_LOCK_OF = (
    select(dial_numbers.c.number)
    .join(attempts, attempts.c.number == dial_numbers.c.number)
    .where(attempts.c.id == bindparam("key"))
    .with_for_update(of=dial_numbers)
)


@cache
def _make() -> Insert:
    statement: Insert = insert_into("postgresql", dial_numbers).on_conflict_do_nothing()
    return statement


def lock_numbers(db: Connection, numbers: Iterable[str]) -> None:
    """Wait for all `numbers` and hold them until the transaction of `db` ends.

    Everybody makes the missing rows first and locks then, each in order of the numbers, so nobody waits in a circle.
    """
    if db.dialect.name == "sqlite":
        return
    wanted = sorted(set(numbers))
    if wanted:
        db.execute(_make(), [{"number": number} for number in wanted])
        db.execute(_LOCK, {"numbers": wanted})


def lock_number_of(db: Connection, attempt: str) -> None:
    """Wait for the number of an attempt and hold it; its row was made when the attempt was reserved."""
    if db.dialect.name != "sqlite":
        db.execute(_LOCK_OF, {"key": attempt}).all()
