"""What flows want of the world outside: done, answered, and never there twice."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from callcenter.adapters.writer import OrderedWriter
from callcenter.care import CallbackState, CallerFacts, ConsentGiven, NoticeKind, PaymentState
from callcenter.care import Notice as Told
from callcenter.outgoing import BadStatus, TimedOut
from callcenter.payments import Charge, Charged, Declined, DeclineReason, PaymentUnavailable
from callcenter.records import Outcome
from ivr.commands import BookCallback, Command, Fetch, KeepVoicemail, LookUp, Pay, Promise, RecordCall, SaveAnswer
from ivr.happenings import Done, Failed, Fetched, Happening, Known, Paid
from ivr.service import errands as of
from ivr.service.errands import Errands, Kept, Outside, Place
from ivr.session import Session
from tests.doubles import START, Clock, FakeStore
from tests.ivr.service.office import CALL, FakeHttp, FakeProvider

CALLER = "+12025550143"
CARD = {"number": "4242424242424242", "expiry": "1230", "code": "123"}
PAY = Pay(amount=1250, currency="USD", reference="D-1", card=CARD)
SESSION = Session(
    call_id=CALL,
    caller="+12025550143",
    did="+12025550100",
    language="en",
    flow="main",
    node="pay",
    started_at=START,
    agent="7",
    variables={"account": "4711", "_step": 3},
    versions={"main": 4},
)


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.store = FakeStore(self.clock)
        self.http, self.provider = FakeHttp(), FakeProvider()
        self.outside = Outside(http=self.http, payments=self.provider)
        self.kept: list[Kept] = []
        self.errands = Errands(self.store, self.outside, self.clock, self.kept.append)

    async def run(self, command: Command, number: int = 0, session: Session = SESSION) -> Happening:
        return await self.errands.run(command, Place(session=session, number=number))


@pytest.fixture
def world() -> World:
    return World()


# --------------------------------------------------------------------------------------------- asking and writing


async def test_a_caller_is_looked_up_and_told_in_plain_values(world: World) -> None:
    world.store.facts[CALLER] = CallerFacts(number=CALLER, vip=True, last_call_at=START, last_outcome=Outcome.ABANDONED)
    known = await world.run(LookUp(number=CALLER))
    assert isinstance(known, Known)
    assert known.facts["vip"] is True
    assert known.facts["last_call_at"] == "2026-03-02T15:00:00+00:00"
    assert known.facts["last_outcome"] == "abandoned"


async def test_another_system_is_asked(world: World) -> None:
    world.http.answers["https://crm/x"] = {"balance": 12}
    asked = Fetch(method="POST", url="https://crm/x", body={"a": 1}, timeout_s=2, retries=0)
    assert await world.run(asked) == Fetched(status=200, body={"balance": 12})
    (request,) = world.http.asked
    assert (request.method, request.body, request.timeout_s, request.retries) == ("POST", {"a": 1}, 2, 0)


@pytest.mark.parametrize(
    ("answer", "happening"),
    [
        (TimedOut("no"), Failed(reason="timeout", detail="no")),
        (BadStatus("no", 404), Fetched(status=404)),
        (BadStatus("no", 500), Fetched(status=500)),
    ],
)
async def test_an_answer_that_is_none_is_told_by_its_cause(
    world: World, answer: Exception, happening: Happening
) -> None:
    world.http.answers["https://crm/x"] = answer
    assert await world.run(Fetch(method="GET", url="https://crm/x")) == happening


async def test_a_method_that_is_none_is_refused(world: World) -> None:
    failed = await world.run(Fetch(method="DELETE", url="https://crm/x"))
    assert isinstance(failed, Failed)
    assert failed.reason == "refused"
    assert world.http.asked == []


async def test_a_callback_is_booked_with_what_the_call_knows_and_only_once(world: World) -> None:
    book = BookCallback(number="+12025550143", queue="sales", since=START, intent="buy", priority=2, skills=("es",))
    assert await world.run(book) == Done()
    assert await world.run(book) == Done()
    (booked,) = world.store.callbacks.values()
    assert (booked.number, booked.queue, booked.since, booked.due_at) == ("+12025550143", "sales", START, START)
    assert (booked.call_id, booked.flow, booked.version) == (CALL, "main", 4)
    assert booked.data == {"account": "4711"}
    assert booked.state is CallbackState.OPEN


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("2025550143", "US", CALLER),
        ("12025550143", "", CALLER),
        ("02079460000", "GB", "+442079460000"),
        ("12", "US", None),
        ("911", "US", None),
        ("", "US", None),
    ],
)
async def test_a_number_is_called_back_in_full_or_not_at_all(
    world: World, typed: str, region: str, number: str | None
) -> None:
    world.errands = Errands(world.store, world.outside, world.clock, world.kept.append, region=region)
    answer = await world.run(BookCallback(number=typed, queue="sales", since=START))
    assert [booked.number for booked in world.store.callbacks.values()] == ([number] if number else [])
    assert answer == Done() if number else isinstance(answer, Failed) and answer.reason == "number"


async def test_the_next_errand_at_the_same_node_is_another(world: World) -> None:
    book = BookCallback(number="+12025550143", queue="sales", since=START)
    await world.run(book, 1)
    await world.run(book, 2)
    assert len(world.store.callbacks) == 2


async def test_a_voicemail_goes_with_its_notices(world: World) -> None:
    notice = Told(id="n", kind=NoticeKind.SMTP, target="x@example.com", due_at=START)
    looked: list[bool] = []
    world.outside.notices = lambda voicemail: (notice,)
    world.outside.look = lambda: looked.append(True)
    kept = KeepVoicemail(box="sales", file="voicemail/2026-03-02/1.wav", length_s=4.5, language="es")
    assert await world.run(kept) == Done()
    (voicemail,) = world.store.voicemails.values()
    assert (voicemail.box, voicemail.file, voicemail.length_s) == ("sales", "voicemail/2026-03-02/1.wav", 4.5)
    assert (voicemail.number, voicemail.language, voicemail.call_id) == ("+12025550143", "es", CALL)
    assert world.store.notices == [notice]
    assert looked == [True]


async def test_a_voicemail_the_store_does_not_take_is_kept_until_it_does(world: World) -> None:
    world.store.broken = {"put_voicemail"}
    failed = await world.run(KeepVoicemail(box="sales", file="voicemail/2026-03-02/1.wav", length_s=4.5))
    assert isinstance(failed, Failed)
    assert failed.reason == "unavailable"
    world.store.broken = set()
    for kept in world.kept:
        await of.write(world.store, kept)
    assert len(world.store.voicemails) == 1


async def test_a_promise_is_noted_if_there_is_a_debt(world: World) -> None:
    world.store.owed = {"D-1"}
    day = date(2026, 3, 9)
    assert await world.run(Promise(reference="D-1", on=day)) == Done()
    failed = await world.run(Promise(reference="D-2", on=day))
    assert isinstance(failed, Failed)
    assert failed.reason == "not-found"
    assert "D-2" not in failed.detail
    assert world.store.promises["D-1"] == day


@pytest.mark.parametrize(
    ("method", "command"),
    [
        ("caller_facts", LookUp(number=CALLER)),
        ("book_callback", BookCallback(number=CALLER, queue="sales", since=START)),
        ("promise_debt", Promise(reference="D-1", on=date(2026, 3, 9))),
        ("begin_payment", PAY),
    ],
)
async def test_a_store_that_is_away_is_a_word_for_the_flow(world: World, method: str, command: Command) -> None:
    world.store.broken = {method}
    failed = await world.run(command)
    assert isinstance(failed, Failed)
    assert failed.reason == "unavailable"
    assert world.provider.asked == []


# -------------------------------------------------------------------------------------------------------- payment


async def test_money_is_taken_once_the_row_is_there(world: World) -> None:
    assert await world.run(PAY) == Paid(reference="ref-1", last4="4242")
    assert world.store.journal == ["payment pending", "payment paid"]
    (payment,) = world.store.payments.values()
    assert (payment.state, payment.provider_ref, payment.last4) == (PaymentState.PAID, "ref-1", "4242")
    assert (payment.amount, payment.currency, payment.reference, payment.provider) == (1250, "USD", "D-1", "fake")
    assert "4242424242424242" not in repr(payment)


async def test_the_same_payment_run_again_is_not_charged_again(world: World) -> None:
    paid = await world.run(PAY)
    assert await world.run(PAY) == paid
    assert len(world.provider.asked) == 1


async def test_a_payment_begun_before_a_crash_is_asked_for_with_the_same_key(world: World) -> None:
    begun = World()
    begun.provider.answers = [PaymentUnavailable("dead")] * 2
    begun.store.broken = {"settle_payment"}
    await begun.run(PAY)
    world.store.payments = begun.store.payments
    assert [payment.state for payment in world.store.payments.values()] == [PaymentState.PENDING]
    assert await world.run(PAY) == Paid(reference="ref-1", last4="4242")
    assert {charge.key for charge in world.provider.asked} == {charge.key for charge in begun.provider.asked}


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(world: World) -> None:
    world.provider.answers = [PaymentUnavailable("lost")]
    assert await world.run(PAY) == Paid(reference="ref-1", last4="4242")
    assert len({charge.key for charge in world.provider.asked}) == 1
    assert len(world.provider.taken) == 1


async def test_a_card_that_is_declined(world: World) -> None:
    world.provider.answers = [Declined(DeclineReason.NO_FUNDS)]
    failed = await world.run(PAY)
    assert isinstance(failed, Failed)
    assert failed.reason == "declined"
    (payment,) = world.store.payments.values()
    assert (payment.state, payment.reason) == (PaymentState.DECLINED, "no-funds")
    again = await world.run(PAY)
    assert isinstance(again, Failed)
    assert again.reason == "declined"
    assert len(world.provider.asked) == 1


async def test_a_provider_that_does_not_answer_leaves_it_open(world: World) -> None:
    world.provider.answers = [PaymentUnavailable("away")] * 2
    failed = await world.run(PAY)
    assert isinstance(failed, Failed)
    assert failed.reason == "unknown"
    (payment,) = world.store.payments.values()
    assert payment.state is PaymentState.FAILED


async def test_a_provider_that_hangs_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(charge: Charge) -> Charged:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(of, "PAYMENT_S", 0.01)
    monkeypatch.setattr(world.provider, "charge", hang)
    failed = await world.run(PAY)
    assert isinstance(failed, Failed)
    assert failed.reason == "unknown"


async def test_without_a_provider_nothing_is_begun(world: World) -> None:
    world.outside.payments = type("Nobody", (FakeProvider,), {"name": "none"})()
    failed = await world.run(PAY)
    assert isinstance(failed, Failed)
    assert failed.reason == "unavailable"
    assert world.store.payments == {}


async def test_what_came_of_a_payment_is_kept_until_the_store_has_it(world: World) -> None:
    world.store.broken = {"settle_payment"}
    assert await world.run(PAY) == Paid(reference="ref-1", last4="4242")
    world.store.broken = set()
    for kept in world.kept:
        await of.write(world.store, kept)
    (payment,) = world.store.payments.values()
    assert payment.state is PaymentState.PAID


# ---------------------------------------------------------------------------------------------- kept until written


async def test_answers_and_consents_are_written_in_order_once_the_store_is_there(world: World) -> None:
    world.errands.keep_consent(RecordCall(on=True, given="accepted", jurisdiction="US-CA"), SESSION)
    world.errands.keep_answer(SaveAnswer(question="q", score=4), SESSION)
    world.errands.keep_answer(SaveAnswer(question="comment", file="x.wav"), replace(SESSION, agent=""))
    for kept in world.kept:
        await of.write(world.store, kept)
    assert world.store.journal == ["consent accepted", "answer 4", "answer None"]
    consent, (score, comment) = world.store.consents[0], world.store.answers
    assert (consent.given, consent.kind, consent.jurisdiction) == (ConsentGiven.ACCEPTED, "recording", "US-CA")
    assert (score.score, score.agent, score.flow, score.version) == (4, "7", "main", 4)
    assert (comment.score, comment.comment, comment.agent) == (None, "x.wav", None)


async def test_a_store_that_comes_back_gets_what_was_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the writer the ivr uses."""

    async def writes(kept: Sequence[Kept]) -> None:
        for one in kept:
            try:
                await of.write(world.store, one)
            finally:
                world.store.broken = set()  # back after the first failure

    monkeypatch.setattr("callcenter.adapters.writer.RETRY_S", (0.0,))
    writer: OrderedWriter[Kept] = OrderedWriter(writes, logging.getLogger("test"))
    world.errands = Errands(world.store, world.outside, world.clock, writer.put)
    world.store.broken = {"put_answer"}
    world.errands.keep_answer(SaveAnswer(question="q", score=4), SESSION)
    await writer.flush(5.0)
    assert [answer.score for answer in world.store.answers] == [4]
