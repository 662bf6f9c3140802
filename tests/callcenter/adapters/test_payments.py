"""The sandbox provider: test cards do what they are documented to do, once, and leave no card number behind."""

from __future__ import annotations

import logging
import pickle
import re
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from callcenter.adapters.payments import PROVIDERS, Sandbox, open_provider
from callcenter.adapters.payments.sandbox import TEST_CARDS, Does
from callcenter.adapters.store import Store
from callcenter.cards import luhn_valid
from callcenter.care import Payment, PaymentState, Settlement
from callcenter.errors import Conflict
from callcenter.payments import Card, Charge, Charged, Declined, DeclineReason, PaymentFailed, PaymentUnavailable

TODAY = date(2026, 3, 2)
CARD = Card(number="4242424242424242", expiry="0928", code="737")
CHARGE = Charge(key="1772463600.7-1", amount=12_50, currency="USD", reference="A-77", card=CARD)


def sandbox() -> Sandbox:
    return Sandbox(lambda: TODAY)


def with_card(number: str = CARD.number, expiry: str = CARD.expiry, code: str = CARD.code) -> Charge:
    return replace(CHARGE, card=Card(number=number, expiry=expiry, code=code))


async def test_a_good_card_pays() -> None:
    charged = await sandbox().charge(CHARGE)
    assert (charged.provider, charged.last4) == ("sandbox", "4242")
    assert charged.provider_ref.startswith("sandbox-")


async def outcome(charge: Charge) -> str:
    try:
        await sandbox().charge(charge)
    except PaymentFailed as error:
        return str(error.reason)
    return "pays"


@pytest.mark.parametrize("number", TEST_CARDS)
async def test_every_test_card_does_what_its_line_says(number: str) -> None:
    does = TEST_CARDS[number]
    assert luhn_valid(number)
    assert await outcome(with_card(number)) == ("unavailable" if does is Does.ANSWER_LOST else does)


@pytest.mark.parametrize(
    ("charge", "reason"),
    [
        (with_card("4242424242424241"), "wrong-number"),
        (with_card("4012888888881881"), "wrong-number"),  # a card, but none of ours
        (with_card(""), "wrong-number"),
        (with_card(expiry="0226"), "expired"),
        (with_card(expiry="0326"), "pays"),
        (with_card(expiry="1328"), "expired"),
        (with_card(code="73"), "wrong-code"),
        (with_card(code=""), "wrong-code"),
        (with_card(code="7373"), "pays"),
    ],
)
async def test_what_was_typed_wrong_is_declined(charge: Charge, reason: str) -> None:
    assert await outcome(charge) == reason


async def test_the_same_key_is_one_charge_in_every_process() -> None:
    one = sandbox()
    assert await one.charge(CHARGE) == await one.charge(CHARGE) == await sandbox().charge(CHARGE)
    assert (await one.charge(replace(CHARGE, key="other"))).provider_ref != (await one.charge(CHARGE)).provider_ref


@pytest.mark.parametrize(
    "other",
    [
        replace(CHARGE, amount=1),
        replace(CHARGE, currency="EUR"),
        replace(CHARGE, reference="B"),
        with_card("378282246310005"),
    ],
)
async def test_a_key_is_not_used_for_two_charges(other: Charge) -> None:
    one = sandbox()
    await one.charge(CHARGE)
    with pytest.raises(Conflict):
        await one.charge(other)


async def test_a_charge_whose_answer_was_lost_is_told_when_asked_again() -> None:
    one, charge = sandbox(), with_card("4000000000000077")
    with pytest.raises(PaymentUnavailable):
        await one.charge(charge)
    first = await one.charge(charge)
    assert isinstance(first, Charged)
    assert await one.charge(charge) == first


async def test_a_declined_charge_stays_declined() -> None:
    one, charge = sandbox(), with_card("4000000000009995")
    for _ in range(2):
        with pytest.raises(Declined) as declined:
            await one.charge(charge)
        assert declined.value.reason is DeclineReason.NO_FUNDS


async def test_memory_of_charges_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.adapters.payments.sandbox.REMEMBERED", 3)
    one = sandbox()
    for number in range(10):
        await one.charge(replace(CHARGE, key=str(number)))
    assert len(one._known) == 3


@pytest.mark.parametrize(
    "change", [{"key": ""}, {"amount": 0}, {"amount": -1}, {"currency": "usd"}, {"currency": "US"}]
)
def test_a_charge_without_sense_is_none(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(CHARGE, **change)  # type: ignore[arg-type]


async def test_without_a_provider_nothing_is_charged() -> None:
    with pytest.raises(PaymentUnavailable, match=r"\[payment\]"):
        await open_provider("none", lambda: TODAY).charge(CHARGE)
    assert {name: open_provider(name, lambda: TODAY).name for name in PROVIDERS} == {name: name for name in PROVIDERS}


async def test_no_log_error_or_repr_has_card_data(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one, told = sandbox(), []
    for index, number in enumerate((*TEST_CARDS, "4012888888881881", "4242424242424241")):
        charge = replace(with_card(number, code="737"), key=f"key-{index}")
        told += [repr(charge), str(charge), f"{charge.card}"]
        try:
            told.append(repr(await one.charge(charge)))
        except PaymentFailed as error:
            told += [repr(error), str(error)]
    told += [record.getMessage() for record in caplog.records]
    told.append(repr(pickle.loads(pickle.dumps(one._known))))
    text = "\n".join(told)
    assert len(caplog.records) == len(TEST_CARDS) + 2
    for number in (*TEST_CARDS, "4012888888881881", "4242424242424241"):
        assert number not in text
        assert number[:6] not in text
    assert "0928" not in text
    assert "737" not in text
    assert asdict(with_card(code="737"))["card"]["code"] == "737"  # it is there, only never shown


async def test_what_the_store_keeps_of_payments_has_no_card_data(tmp_path: Path) -> None:
    """The whole file, and what SQLite has not yet folded into it, byte by byte."""
    now, one = datetime(2026, 3, 2, 15, 0, tzinfo=UTC), sandbox()
    async with await Store.open(f"sqlite:///{tmp_path / 'callcenter.db'}") as store:
        await store.migrate()
        for index, number in enumerate(TEST_CARDS):
            charge = replace(with_card(number, code="737"), key=f"key-{index}")
            begun = Payment(
                id=charge.key,
                call_id="1.7",
                reference=charge.reference,
                amount=charge.amount,
                currency=charge.currency,
                provider=one.name,
                at=now,
            )
            await store.begin_payment(begun)
            await store.settle_payment(await settled(one, charge, now))
        kept = [await store.payment(f"key-{index}") for index in range(len(TEST_CARDS))]
        raw = everything(tmp_path)
    assert [payment.last4 for payment in kept if payment] == ["4242", "4444", "0005", *[""] * 6]
    assert b"key-0" in raw
    for number in TEST_CARDS:
        assert number.encode() not in raw
        assert number[:12].encode() not in raw


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def settled(provider: Sandbox, charge: Charge, now: datetime) -> Settlement:
    try:
        charged = await provider.charge(charge)
    except Declined as error:
        return Settlement(payment=charge.key, state=PaymentState.DECLINED, at=now, reason=error.reason)
    except PaymentFailed as error:
        return Settlement(payment=charge.key, state=PaymentState.FAILED, at=now, reason=str(error))
    return Settlement(
        payment=charge.key,
        state=PaymentState.PAID,
        at=now,
        provider_ref=charged.provider_ref,
        last4=charged.last4,
    )


def test_the_documentation_tells_every_test_card() -> None:
    text = (Path(__file__).parents[3] / "docs" / "integrations.md").read_text()
    told = dict(re.findall(r"^\| `(\d{12,})` \| `([a-z-]+)` \| \S", text, re.MULTILINE))
    assert told == {number: str(does) for number, does in TEST_CARDS.items()}
