"""Debts and payments. A payment that is settled as paid lowers its debt in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, bindparam, case, func, select, type_coerce, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.campaigns import chunks
from callcenter.adapters.store.rows import every, insert_into, insert_once, one, row_of, select_of
from callcenter.adapters.store.schema import debts, payments
from callcenter.care import OWED, SETTLED_FROM, Debt, DebtState, Payment, PaymentState, Settlement
from callcenter.errors import Conflict, NotFound

_THIS = debts.c.reference == bindparam("key")
_DEBT = select_of(Debt, debts).where(_THIS)
_DEBTS_OF = select_of(Debt, debts).where(debts.c.number == bindparam("of")).order_by(debts.c.due_on, debts.c.reference)
_IS_OWED = debts.c.state.in_(sorted(OWED))
_ALL_OWED = select_of(Debt, debts).where(_IS_OWED).order_by(debts.c.due_on, debts.c.reference).limit(bindparam("most"))
_PROMISE = (
    update(debts)
    .where(_THIS, _IS_OWED)
    .values(state=DebtState.PROMISED, promised_on=bindparam("on"), updated_at=bindparam("now"))
)
_LEFT = debts.c.amount - bindparam("paid", type_=debts.c.amount.type)
_LOWER = (
    update(debts)
    .where(_THIS, _IS_OWED)
    .values(
        amount=case((_LEFT > 0, _LEFT), else_=0),
        state=case((_LEFT > 0, debts.c.state), else_=type_coerce(DebtState.PAID, debts.c.state.type)),
        updated_at=case(
            (debts.c.updated_at < bindparam("now", type_=debts.c.updated_at.type), bindparam("now")),
            else_=debts.c.updated_at,
        ),
        step_id=bindparam("step"),
    )
)
_LOWER_SEEN = _LOWER.where(debts.c.amount == bindparam("seen"), debts.c.updated_at == bindparam("seen_at"))
_LOWER_PAID = _LOWER.where(debts.c.currency == bindparam("of"))
_STEP = select(debts.c.step_id).where(_THIS)

_PAYMENT = select_of(Payment, payments).where(payments.c.id == bindparam("key"))
_OF_REFERENCE = (
    select_of(Payment, payments)
    .where(payments.c.reference == bindparam("of"))
    .order_by(payments.c.at.desc(), payments.c.id)
)
_BETWEEN = (
    select_of(Payment, payments)
    .where(payments.c.at >= bindparam("since"), payments.c.at < bindparam("until"))
    .order_by(payments.c.at.desc(), payments.c.id)
    .limit(bindparam("most"))
)
_PENDING = (
    select_of(Payment, payments)
    .where(payments.c.state == type_coerce(PaymentState.PENDING, payments.c.state.type))
    .where(payments.c.at < bindparam("before"))
    .order_by(payments.c.at, payments.c.id)
)
# What a payment is of; the same id with another of these is another payment.
_SAME: Final = ("call_id", "reference", "amount", "currency", "provider")


@cache
def _put(dialect: str) -> Any:
    insert = insert_into(dialect, debts)
    new = insert.excluded
    said = {name: new[name] for name in ("number", "amount", "currency", "due_on", "updated_at")}
    # What was promised on the phone no creditor's list knows.
    promised = (new.state == DebtState.OPEN) & (debts.c.state == DebtState.PROMISED)
    said["state"] = case((promised, debts.c.state), else_=new.state)
    said["promised_on"] = func.coalesce(new.promised_on, debts.c.promised_on)
    return (
        insert.on_conflict_do_update(index_elements=["reference"], set_=said, where=debts.c.updated_at < new.updated_at)
    ).returning(debts.c.reference)


@cache
def _settle(state: PaymentState) -> Any:
    return update(payments).where(payments.c.id == bindparam("key"), payments.c.state.in_(sorted(SETTLED_FROM[state])))


class Debts(Section):
    """What callers owe and pay."""

    async def put_debts(self, debts: Sequence[Debt]) -> int:
        """Keep debts as they are as of their `updated_at`; return how many are new or changed.

        What the store knows as of the same time or later stays, and what was PROMISED is so still if it is OPEN.
        Written in pieces: after a StoreError some may be kept.
        """
        # Of one reference the latest alone: PostgreSQL refuses to change a row twice in a statement. In one order, so
        # that two who put many do not wait for each other.
        latest = {debt.reference: debt for debt in sorted(debts, key=attrgetter("reference", "updated_at"))}
        put: set[str] = set()
        for chunk in chunks(list(latest.values())):
            rows = [row_of(debt) for debt in chunk]

            def work(db: Connection, rows: Sequence[dict[str, Any]] = rows) -> None:
                put.update(db.execute(_put(db.dialect.name), rows).scalars())

            await self._access.write(work)
        return len(put)

    async def debt(self, reference: str) -> Debt | None:
        return await self._access.read(lambda db: one(db, Debt, _DEBT, {"key": reference}))

    async def debts(self, number: str) -> list[Debt]:
        """Return the debts of whoever has `number`, paid ones too, the longest due first."""
        return await self._access.read(lambda db: every(db, Debt, _DEBTS_OF, {"of": number}))

    async def owed(self, limit: int = 1000) -> list[Debt]:
        """Return at most `limit` debts that are not paid, the longest due first."""
        return await self._access.read(lambda db: every(db, Debt, _ALL_OWED, {"most": limit}))

    async def promise_debt(self, reference: str, on: date, now: datetime) -> bool:
        """Note that somebody will pay on a day, a new one if they said one before.

        Returns False if there is nothing to be paid.
        """
        values = {"key": reference, "on": on, "now": now}
        return await self._happened(lambda db: db.execute(_PROMISE, values).rowcount == 1)

    async def pay_debt(self, seen: Debt, amount: int, now: datetime) -> bool:
        """Lower a debt that still is as it was `seen` by what was paid beside `settle_payment`; return whether it was.

        At nothing left it is PAID. Raises NotFound, and ValueError for an amount that is none.
        """
        _refuse_nothing(amount)
        step = uuid4().hex
        values = {"key": seen.reference, "paid": amount, "now": now, "step": step}

        def work(db: Connection) -> bool:
            if db.execute(_LOWER_SEEN, {**values, "seen": seen.amount, "seen_at": seen.updated_at}).rowcount == 1:
                return True
            found = db.execute(_STEP, values).one_or_none()
            if found is None:
                raise NotFound(f"no debt {seen.reference!r}")
            # Ours already: the first run was committed and its answer lost.
            return bool(found.step_id == step)

        return await self._access.write(work)

    async def begin_payment(self, payment: Payment) -> Payment:
        """Note a payment before its provider is asked, and return it; one with the same id is returned as it is now.

        Raises Conflict if that one is of something else, and ValueError for an amount that is none.
        """
        _refuse_nothing(payment.amount)

        def work(db: Connection) -> Payment:
            if insert_once(db, payments, row_of(payment)):
                return payment
            first = Payment(**db.execute(_PAYMENT, {"key": payment.id}).one()._mapping)
            if any(getattr(first, name) != getattr(payment, name) for name in _SAME):
                raise Conflict(f"payment {payment.id!r} was begun for something else; a payment needs an id of its own")
            return first

        return await self._access.write(work)

    async def settle_payment(self, settlement: Settlement) -> bool:
        """Say how a payment came out; return whether that is new. Raises NotFound.

        Paid stays paid and declined declined; FAILED may yet become either. What is PAID lowers its debt.
        """
        if not SETTLED_FROM[settlement.state]:
            raise ValueError(f"payment {settlement.payment!r}: nothing becomes {settlement.state}")
        row = row_of(settlement)
        row = {"key": row.pop("payment"), "settled_at": row.pop("at"), **row}

        def work(db: Connection) -> bool:
            changed = db.execute(_settle(settlement.state), row).rowcount == 1
            if changed and settlement.state is PaymentState.PAID:
                _lower(db, settlement)
            elif not changed and one(db, Payment, _PAYMENT, {"key": settlement.payment}) is None:
                raise NotFound(f"no payment {settlement.payment!r}")
            return changed

        return await self._happened(work)

    async def payment(self, payment: str) -> Payment | None:
        return await self._access.read(lambda db: one(db, Payment, _PAYMENT, {"key": payment}))

    async def payments_of(self, reference: str) -> list[Payment]:
        """Return the payments for a reference, newest first."""
        return await self._access.read(lambda db: every(db, Payment, _OF_REFERENCE, {"of": reference}))

    async def payments(self, since: datetime, until: datetime, limit: int) -> list[Payment]:
        """Return at most `limit` payments begun from `since` to before `until`, newest first."""
        values = {"since": since, "until": until, "most": limit}
        return await self._access.read(lambda db: every(db, Payment, _BETWEEN, values))

    async def pending_payments(self, before: datetime) -> list[Payment]:
        """Return the payments begun before a time of which nobody knows how they came out, oldest first."""
        return await self._access.read(lambda db: every(db, Payment, _PENDING, {"before": before}))


def _refuse_nothing(amount: int) -> None:
    if amount <= 0:
        raise ValueError(f"nobody pays {amount}")


def _lower(db: Connection, settlement: Settlement) -> None:
    """Lower the debt a payment was for, if there is one in its currency."""
    paid = Payment(**db.execute(_PAYMENT, {"key": settlement.payment}).one()._mapping)
    values = {"key": paid.reference, "paid": paid.amount, "of": paid.currency, "now": settlement.at, "step": paid.id}
    db.execute(_LOWER_PAID, values)
