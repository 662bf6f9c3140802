"""What a flow wants of the world outside the telephone: looked up, fetched, kept, promised, paid.

Each errand is answered by a happening; what cannot be done is `Failed` with a word for the flow, never an error. What
is written has an id made of the call and the place in the flow, so that nothing is there twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final, Protocol

from callcenter.care import (
    Callback,
    CallerFacts,
    Consent,
    ConsentGiven,
    Notice,
    Payment,
    PaymentState,
    Settlement,
    SurveyAnswer,
    Voicemail,
)
from callcenter.errors import Conflict, StoreError
from callcenter.numbers import is_emergency, mask, to_e164
from callcenter.outgoing import BadStatus, FetchFailed, HttpReply, HttpRequest, Method
from callcenter.payments import PAYMENT_S, Card, Charge, Charged, Declined, PaymentFailed, PaymentProvider
from ivr.commands import BookCallback, Command, Fetch, KeepVoicemail, LookUp, Pay, Promise, RecordCall, SaveAnswer
from ivr.happenings import Done, Failed, Fetched, Happening, Known, Paid
from ivr.service.ports import CareStore
from ivr.session import Session

log = logging.getLogger("ivr.errands")

STORE_S: Final = 4.0
UNAVAILABLE: Final = "unavailable"
UNKNOWN: Final = "unknown"  # it was asked for, and nobody here knows what came of it
NOBODY: Final = "none"  # name of the payment provider that is none
RECORDING: Final = "recording"  # kind of consent


class Http(Protocol):
    """Other systems. Raises FetchFailed."""

    async def fetch(self, request: HttpRequest) -> HttpReply: ...


NoticesOf = Callable[[Voicemail], tuple[Notice, ...]]


@dataclass(slots=True, kw_only=True)
class Outside:
    """The systems beyond our store. May be replaced while calls are up."""

    http: Http
    payments: PaymentProvider
    notices: NoticesOf = lambda voicemail: ()  # of a voicemail
    look: Callable[[], None] = lambda: None  # there are new notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in which call an errand is run; `number` counts what has happened to the caller so far."""

    session: Session
    number: int

    @property
    def key(self) -> str:
        """The same for the same errand, whoever runs it again; no other errand has it."""
        s = self.session
        return sha256(f"{s.call_id}/{s.flow}/{s.node}/{s.turns}/{self.number}".encode()).hexdigest()[:32]


ERRANDS: Final = (LookUp, Fetch, KeepVoicemail, BookCallback, Pay, Promise)
ACTS: Final = (KeepVoicemail, BookCallback, Pay, Promise)  # to be finished even if the caller hangs up meanwhile


class Errands:
    """Runs errands. `keep` takes what must be written some time, in order: it tries again while the store is away.

    `region`: country that numbers without + are read in.
    """

    def __init__(
        self,
        store: CareStore,
        outside: Outside,
        now: Callable[[], datetime],
        keep: Callable[[Kept], None],
        *,
        region: str = "",
    ) -> None:
        self._store, self._outside, self._now, self._keep, self._region = store, outside, now, keep, region

    async def run(self, command: Command, place: Place) -> Happening:
        try:
            return await self._run(command, place)
        except (StoreError, TimeoutError) as error:
            return Failed(reason=UNAVAILABLE, detail=str(error) or "no answer in time")
        except (Conflict, ValueError) as error:
            return Failed(reason="refused", detail=str(error))

    async def _run(self, command: Command, place: Place) -> Happening:
        match command:
            case LookUp():
                async with asyncio.timeout(STORE_S):
                    number = self._e164(command.number) or command.number
                    return Known(facts=plain(await self._store.caller_facts(number)))
            case Fetch():
                return await self._fetch(command)
            case KeepVoicemail():
                return await self._keep_voicemail(command, place)
            case BookCallback():
                return await self._book(command, place)
            case Promise():
                async with asyncio.timeout(STORE_S):
                    found = await self._store.promise_debt(command.reference, command.on, self._now())
                return Done() if found else Failed(reason="not-found", detail="nothing is owed under this reference")
            case Pay():
                return await self._pay(command, place)
        raise TypeError(f"no errand: {command.kind}")

    def keep_answer(self, command: SaveAnswer, session: Session) -> None:
        answer = SurveyAnswer(
            call_id=session.call_id,
            question=command.question,
            score=command.score,
            comment=command.file or None,
            agent=session.agent or None,
            flow=session.flow,
            version=session.versions.get(session.flow, 0),
            at=self._now(),
        )
        self._keep(answer)

    def keep_consent(self, command: RecordCall, session: Session) -> None:
        consent = Consent(
            call_id=session.call_id,
            number=session.caller,
            kind=RECORDING,
            given=ConsentGiven(command.given),
            jurisdiction=command.jurisdiction,
            at=self._now(),
        )
        self._keep(consent)

    async def _fetch(self, command: Fetch) -> Happening:
        try:
            request = HttpRequest(
                url=command.url,
                method=Method(command.method),
                headers=command.headers,
                body=command.body,
                timeout_s=command.timeout_s,
                retries=command.retries,
            )
            reply = await self._outside.http.fetch(request)
        except BadStatus as error:
            return Fetched(status=error.status)  # an answer too: a flow may know what 404 means
        except FetchFailed as error:
            return Failed(reason=error.cause, detail=str(error))
        return Fetched(status=reply.status, body=reply.body)

    async def _keep_voicemail(self, command: KeepVoicemail, place: Place) -> Happening:
        session = place.session
        voicemail = Voicemail(
            id=place.key,
            call_id=session.call_id,
            box=command.box,
            number=session.caller,
            language=command.language,
            file=command.file,
            length_s=command.length_s,
            recorded_at=self._now(),
        )
        notices = self._outside.notices(voicemail)
        try:
            async with asyncio.timeout(STORE_S):
                await self._store.put_voicemail(voicemail, notices)
        except (StoreError, TimeoutError):
            self._keep((voicemail, notices))  # what somebody has said is not thrown away
            raise
        self._outside.look()
        return Done()

    async def _book(self, command: BookCallback, place: Place) -> Happening:
        session, now = place.session, self._now()
        number = self._e164(command.number)
        if number is None or is_emergency(number, self._region):
            return Failed(reason="number", detail=f"{mask(command.number)} cannot be called")
        callback = Callback(
            id=place.key,
            number=number,
            queue=command.queue,
            since=command.since,
            due_at=command.due_at or now,
            intent=command.intent,
            language=command.language,
            skills=command.skills,
            priority=command.priority,
            data=public(session),
            call_id=session.call_id,
            flow=session.flow,
            version=session.versions.get(session.flow, 0),
            updated_at=now,
        )
        async with asyncio.timeout(STORE_S):
            await self._store.book_callback(callback)
        return Done()

    def _e164(self, number: str) -> str | None:
        """Return the number in full, None if it can be none. Without a region, trunks are taken to give full ones."""
        return to_e164(number if self._region else f"+{number.removeprefix('+')}", self._region)

    # -------------------------------------------------------------------------------------------------- payment

    async def _pay(self, command: Pay, place: Place) -> Happening:
        """The row first, so that a charge we never hear of is known to have been asked for."""
        if self._outside.payments.name == NOBODY:
            return Failed(reason=UNAVAILABLE, detail="no payment provider is set")
        payment = Payment(
            id=place.key,
            call_id=place.session.call_id,
            reference=command.reference,
            amount=command.amount,
            currency=command.currency,
            provider=self._outside.payments.name,
            at=self._now(),
        )
        async with asyncio.timeout(STORE_S):
            begun = await self._store.begin_payment(payment)
        if begun.state is not PaymentState.PENDING:
            return _as_before(begun)
        settled, happening = await self._charged(command, payment)
        await self._settle(settled)
        return happening

    async def _charged(self, command: Pay, payment: Payment) -> tuple[Settlement, Happening]:
        card = Card(**{name: command.card.get(name, "") for name in ("number", "expiry", "code")})
        charge = Charge(
            key=payment.id,
            amount=command.amount,
            currency=command.currency,
            reference=command.reference,
            card=card,
        )
        failed = Settlement(payment=payment.id, state=PaymentState.FAILED, at=self._now(), reason=UNAVAILABLE)
        try:
            async with asyncio.timeout(PAYMENT_S):
                charged = await self._asked(charge)
        except Declined as error:
            declined = replace(failed, state=PaymentState.DECLINED, at=self._now(), reason=error.reason)
            return declined, Failed(reason="declined", detail=str(error))
        except (PaymentFailed, TimeoutError) as error:
            return replace(failed, at=self._now()), Failed(reason=UNKNOWN, detail=str(error) or "no answer in time")
        paid = replace(
            failed,
            state=PaymentState.PAID,
            at=self._now(),
            reason="",
            provider_ref=charged.provider_ref,
            last4=charged.last4,
        )
        return paid, Paid(reference=charged.provider_ref, last4=charged.last4)

    async def _asked(self, charge: Charge) -> Charged:
        """Charge, and ask once more with the same key where the answer was lost: that charges nobody twice."""
        try:
            return await self._outside.payments.charge(charge)
        except Declined:
            raise
        except PaymentFailed as error:
            log.warning("payment %s: asked again: %s", charge.key, error)
            return await self._outside.payments.charge(charge)

    async def _settle(self, settled: Settlement) -> None:
        """Keep what came of a payment; if the store is away, as soon as it is back."""
        try:
            async with asyncio.timeout(STORE_S):
                await self._store.settle_payment(settled)
        except (StoreError, TimeoutError) as error:
            log.error("payment %s is %s, to be noted later: %s", settled.payment, settled.state, error)
            self._keep(settled)


def _as_before(payment: Payment) -> Happening:
    if payment.state is PaymentState.PAID:
        return Paid(reference=payment.provider_ref, last4=payment.last4)
    return Failed(reason="declined" if payment.state is PaymentState.DECLINED else UNKNOWN, detail=payment.reason)


def plain(facts: CallerFacts) -> dict[str, Any]:
    """Return what is known of a caller as JSON's scalars, times as ISO 8601."""
    return {name: _scalar(value) for name, value in asdict(facts).items()}


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def public(session: Session) -> Mapping[str, Any]:
    """Return the variables that travel with a call; names that begin with _ are the flow's own."""
    return {name: value for name, value in session.variables.items() if not name.startswith("_")}


# ---------------------------------------------------------------------------------------------- kept until written

Kept = SurveyAnswer | Consent | Settlement | tuple[Voicemail, tuple[Notice, ...]]


async def write(store: CareStore, kept: Kept) -> None:
    """Write one thing that was kept; safe to run again."""
    done: Awaitable[object]
    match kept:
        case SurveyAnswer():
            done = store.put_answer(kept)
        case Consent():
            done = store.put_consent(kept)
        case Settlement():
            done = store.settle_payment(kept)
        case (voicemail, notices):
            done = store.put_voicemail(voicemail, notices)
    await done
