"""Debts and payments: what is paid lowers its debt once. The same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.adapters.store import Store
from callcenter.adapters.store.campaigns import CHUNK
from callcenter.care import Debt, DebtState, Payment, PaymentState, Settlement
from callcenter.errors import Conflict, NotFound

from .outbound_rows import Slow, Twice, meanwhile

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NUMBER = "+12025550143"
FRIDAY = date(2026, 4, 3)
DEBT = Debt(reference="4711", number=NUMBER, amount=10_000, currency="USD", due_on=date(2026, 2, 1), updated_at=T0)
PAYMENT = Payment(
    id="p1", call_id="1.1", reference="4711", amount=4_000, currency="USD", provider="sandbox", at=T0 + SECOND
)
PAID = Settlement(payment="p1", state=PaymentState.PAID, at=T0 + HOUR, provider_ref="x-1", last4="4242")


async def owed(store: Store, reference: str = "4711") -> tuple[int, DebtState]:
    debt = await store.debt(reference)
    assert debt is not None
    return debt.amount, debt.state


async def test_a_debt_is_kept_with_all_its_fields(store: Store) -> None:
    promised = replace(DEBT, reference="2", state=DebtState.PROMISED, promised_on=FRIDAY, due_on=date(2026, 1, 1))
    assert await store.put_debts([DEBT, promised]) == 2
    assert await store.debt("4711") == DEBT
    assert await store.debts(NUMBER) == [promised, DEBT]
    assert await store.debts("nobody") == []
    assert await store.debt("nothing") is None


async def test_only_what_is_newer_replaces_what_is_known(store: Store) -> None:
    newer = replace(DEBT, number="+12025550199", amount=1, due_on=FRIDAY, updated_at=T0 + SECOND)
    assert await store.put_debts([DEBT]) == 1
    assert await store.put_debts([replace(newer, updated_at=T0)]) == 0
    assert await store.put_debts([newer, DEBT]) == 1
    assert await store.put_debts([DEBT]) == 0
    assert await store.debt("4711") == newer


async def test_a_creditors_list_from_before_does_not_take_back_a_payment(store: Store) -> None:
    await store.put_debts([DEBT])
    await store.begin_payment(replace(PAYMENT, amount=10_000))
    await store.settle_payment(PAID)
    assert await store.put_debts([replace(DEBT, updated_at=PAID.at - SECOND)]) == 0
    assert await owed(store) == (0, DebtState.PAID)
    # One made later knows better: it was charged back.
    assert await store.put_debts([replace(DEBT, updated_at=PAID.at + SECOND)]) == 1
    assert await owed(store) == (10_000, DebtState.OPEN)


async def test_what_was_promised_on_the_phone_outlives_a_list_that_does_not_know_it(store: Store) -> None:
    await store.put_debts([DEBT])
    assert await store.promise_debt("4711", FRIDAY, T0 + SECOND)
    await store.put_debts([replace(DEBT, amount=9_000, updated_at=T0 + HOUR)])
    assert await store.debt("4711") == replace(
        DEBT, amount=9_000, state=DebtState.PROMISED, promised_on=FRIDAY, updated_at=T0 + HOUR
    )
    await store.put_debts([replace(DEBT, amount=0, state=DebtState.PAID, updated_at=T0 + 2 * HOUR)])
    assert await owed(store) == (0, DebtState.PAID)


async def test_long_lists_are_put_in_pieces_and_side_by_side(store: Store, other: Store) -> None:
    lists = [[replace(DEBT, reference=f"{place:04}") for place in range(2 * CHUNK + 1)] for _ in range(2)]
    counts = await asyncio.gather(store.put_debts(lists[0]), other.put_debts(lists[1][::-1]))
    assert sum(counts) == 2 * CHUNK + 1
    assert len(await store.owed(3)) == 3
    # Of one debt named twice the latest counts.
    assert await store.put_debts([replace(DEBT, updated_at=T0 + SECOND, amount=1), DEBT]) == 1
    assert await owed(store) == (1, DebtState.OPEN)


async def test_a_promise_is_made_as_long_as_something_is_owed(store: Store) -> None:
    await store.put_debts([DEBT, replace(DEBT, reference="paid", state=DebtState.PAID)])
    assert await store.promise_debt("4711", FRIDAY, T0 + SECOND)
    later = FRIDAY + timedelta(days=7)
    assert await store.promise_debt("4711", later, T0 + 2 * SECOND)
    assert await store.debt("4711") == replace(
        DEBT, state=DebtState.PROMISED, promised_on=later, updated_at=T0 + 2 * SECOND
    )
    assert not await store.promise_debt("paid", FRIDAY, T0)
    assert not await store.promise_debt("nothing", FRIDAY, T0)


async def test_what_is_paid_elsewhere_lowers_a_debt_that_is_as_it_was_seen(store: Store) -> None:
    await store.put_debts([DEBT])
    assert await store.pay_debt(DEBT, 4_000, T0 + SECOND)
    assert not await store.pay_debt(DEBT, 4_000, T0 + SECOND)
    seen = await store.debt("4711")
    assert seen == replace(DEBT, amount=6_000, updated_at=T0 + SECOND)
    assert await Store(Twice(store._access)).pay_debt(seen, 7_000, T0 + HOUR)
    assert await store.debt("4711") == replace(DEBT, amount=0, state=DebtState.PAID, updated_at=T0 + HOUR)
    assert await store.owed() == []
    with pytest.raises(NotFound, match="no debt 'nothing'"):
        await store.pay_debt(replace(DEBT, reference="nothing"), 1, T0)
    with pytest.raises(ValueError, match="nobody pays 0"):
        await store.pay_debt(DEBT, 0, T0)


async def test_of_two_who_lower_a_debt_as_both_saw_it_one_does(store: Store, other: Store) -> None:
    await store.put_debts([DEBT])
    slow = Store(Slow(other._access))
    assert not await meanwhile(slow, slow.pay_debt(DEBT, 4_000, T0 + SECOND), store.pay_debt(DEBT, 10_000, T0 + SECOND))
    assert await owed(store) == (6_000, DebtState.OPEN)


async def test_a_payment_is_begun_once(store: Store) -> None:
    assert await store.begin_payment(PAYMENT) == PAYMENT
    assert await store.begin_payment(replace(PAYMENT, at=T0 + HOUR)) == PAYMENT
    await store.settle_payment(PAID)
    settled = replace(PAYMENT, state=PaymentState.PAID, settled_at=PAID.at, provider_ref="x-1", last4="4242")
    assert await store.begin_payment(PAYMENT) == settled
    assert await store.payment("p1") == settled
    assert await store.payment("p2") is None


@pytest.mark.parametrize(
    "change", [{"amount": 1}, {"currency": "EUR"}, {"reference": "1"}, {"call_id": "1.2"}, {"provider": "other"}]
)
async def test_an_id_that_was_used_for_another_payment_is_refused(store: Store, change: dict[str, object]) -> None:
    await store.begin_payment(PAYMENT)
    with pytest.raises(Conflict, match="'p1' was begun for something else"):
        await store.begin_payment(replace(PAYMENT, **change))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nobody pays -1"):
        await store.begin_payment(replace(PAYMENT, id="p2", amount=-1))


SETTLED = [
    # how it came out, one after the other: which of these are news, and what it is at last
    ([PaymentState.PAID, PaymentState.PAID], [True, False], PaymentState.PAID),
    ([PaymentState.PAID, PaymentState.DECLINED], [True, False], PaymentState.PAID),
    ([PaymentState.PAID, PaymentState.FAILED], [True, False], PaymentState.PAID),
    ([PaymentState.DECLINED, PaymentState.PAID], [True, False], PaymentState.DECLINED),
    ([PaymentState.FAILED, PaymentState.PAID, PaymentState.PAID], [True, True, False], PaymentState.PAID),
    ([PaymentState.FAILED, PaymentState.DECLINED], [True, True], PaymentState.DECLINED),
    ([PaymentState.FAILED, PaymentState.FAILED], [True, False], PaymentState.FAILED),
]


@pytest.mark.parametrize(("outcomes", "news", "at_last"), SETTLED)
async def test_a_payment_lowers_its_debt_once_whatever_is_said_of_it(
    store: Store, outcomes: list[PaymentState], news: list[bool], at_last: PaymentState
) -> None:
    twice = Store(Twice(store._access))
    await store.put_debts([DEBT])
    await store.begin_payment(PAYMENT)
    assert [await twice.settle_payment(replace(PAID, state=outcome)) for outcome in outcomes] == news
    payment = await store.payment("p1")
    assert payment is not None
    assert payment.state is at_last
    assert await owed(store) == (6_000 if at_last is PaymentState.PAID else 10_000, DebtState.OPEN)


async def test_of_many_who_settle_a_payment_at_once_one_does(store: Store, other: Store) -> None:
    await store.put_debts([DEBT])
    await store.begin_payment(PAYMENT)
    settled = await asyncio.gather(*(process.settle_payment(PAID) for process in [store, other] * 5))
    assert sum(settled) == 1
    assert await owed(store) == (6_000, DebtState.OPEN)


async def test_two_payments_for_one_debt_at_once_are_both_counted(store: Store, other: Store) -> None:
    await store.put_debts([DEBT])
    for process, payment in ((store, PAYMENT), (other, replace(PAYMENT, id="p2"))):
        await process.begin_payment(payment)
    slow = Store(Slow(other._access))
    assert await meanwhile(slow, slow.settle_payment(replace(PAID, payment="p2")), store.settle_payment(PAID))
    assert await owed(store) == (2_000, DebtState.OPEN)


async def test_a_debt_that_is_paid_off_is_paid(store: Store) -> None:
    await store.put_debts([replace(DEBT, state=DebtState.PROMISED, promised_on=FRIDAY)])
    await store.begin_payment(replace(PAYMENT, amount=12_000))
    await store.settle_payment(PAID)
    assert await store.debt("4711") == replace(
        DEBT, amount=0, state=DebtState.PAID, promised_on=FRIDAY, updated_at=PAID.at
    )


@pytest.mark.parametrize("payment", [replace(PAYMENT, currency="EUR"), replace(PAYMENT, reference="another")])
async def test_a_payment_for_something_else_leaves_a_debt_alone(store: Store, payment: Payment) -> None:
    await store.put_debts([DEBT])
    await store.begin_payment(payment)
    assert await store.settle_payment(PAID)
    assert await store.debt("4711") == DEBT


async def test_nothing_is_settled_that_was_not_begun_or_as_what_is_no_end(store: Store) -> None:
    with pytest.raises(NotFound, match="no payment 'p1'"):
        await store.settle_payment(PAID)
    await store.begin_payment(PAYMENT)
    with pytest.raises(ValueError, match="becomes pending"):
        await store.settle_payment(replace(PAID, state=PaymentState.PENDING))


async def test_payments_are_listed(store: Store) -> None:
    payments = [replace(PAYMENT, id=f"p{place}", at=T0 + place * HOUR) for place in range(4)]
    for payment in (*payments, replace(PAYMENT, id="other", reference="1", at=T0 - HOUR)):
        await store.begin_payment(payment)
    await store.settle_payment(replace(PAID, payment="other"))
    assert await store.payments_of("4711") == payments[::-1]
    assert await store.payments(T0 + HOUR, T0 + 3 * HOUR, 9) == [payments[2], payments[1]]
    assert await store.payments(T0, T0 + 9 * HOUR, 1) == [payments[3]]
    assert await store.pending_payments(T0 + 2 * HOUR) == payments[:2]


_references = count()
amounts = st.integers(1, 5_000)
events = st.lists(st.tuples(amounts, st.lists(st.sampled_from(list(PaymentState)[1:]), max_size=3)), max_size=5)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(debt=amounts, payments=events)
async def test_what_is_left_of_a_debt_is_what_was_not_paid(
    store: Store, debt: int, payments: list[tuple[int, list[PaymentState]]]
) -> None:
    reference = f"r{next(_references)}"
    await store.put_debts([replace(DEBT, reference=reference, amount=debt)])
    paid = 0
    for place, (amount, outcomes) in enumerate(payments):
        payment = replace(PAYMENT, id=f"{reference}-{place}", reference=reference, amount=amount)
        await store.begin_payment(payment)
        for outcome in outcomes:
            await store.settle_payment(Settlement(payment=payment.id, state=outcome, at=T0))
        kept = await store.payment(payment.id)
        assert kept is not None
        paid += amount if kept.state is PaymentState.PAID else 0
    left = max(debt - paid, 0)
    assert await owed(store, reference) == (left, DebtState.OPEN if left else DebtState.PAID)
