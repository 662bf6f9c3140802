"""payment and promise: take money by card, or note when the caller will pay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ivr.commands import Pay, Promise
from ivr.expressions import Expression, ExpressionError, Value, evaluate
from ivr.happenings import Done, Failed, Happening, Paid
from ivr.nodes.node import Node, Step, play
from ivr.nodes.words import Currency, SomePrompts, Variable
from ivr.session import Session, Wait

REFERENCE: Final = "payment_reference"
LAST4: Final = "card_last4"
MAX_REFERENCE: Final = 64  # characters that providers take


class PaymentNode(Node):
    """Charge `amount` (in cents) to the card whose number, expiry and code were collected before; leave by `paid`.

    Sets `payment_reference` (the provider's) and `card_last4`. `declined`: the bank said no. `unknown`, if connected,
    else `failed`: the provider was asked and did not answer, so it may have been charged; do not ask for another card.
    `failed`: nothing was charged. What was collected of the card is forgotten, whatever came of it.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.RESULT})
    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts",)

    kind: Literal["payment"] = "payment"
    v: Literal[1] = 1
    amount: Annotated[Expression, Field(description="How much, in cents: a variable or an expression.")]
    currency: Annotated[Currency, Field(description="Of the amount, such as USD.")]
    reference: Annotated[Expression, Field(description="What is paid: a variable or an expression.")]
    card_number: Annotated[Variable, Field(description="The secret that was collected as number.")] = "card_number"
    card_expiry: Annotated[Variable, Field(description="The secret that was collected as expiry.")] = "card_expiry"
    card_code: Annotated[Variable, Field(description="The secret that was collected as code.")] = "card_code"
    prompts: Annotated[SomePrompts, Field(description="Said while the money is taken.")] = ("pay-processing",)

    def required_exits(self) -> tuple[str, ...]:
        return ("paid", "declined", "failed")

    def optional_exits(self) -> Mapping[str, str]:
        return {"unknown": "failed"}

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions_used()
        yield "amount", self.amount
        yield "reference", self.reference

    def variables_set(self) -> Iterator[tuple[str, str]]:
        yield from (("kind", name) for name in (REFERENCE, LAST4))

    def secrets_used(self) -> Iterator[tuple[str, str]]:
        yield from ((field, getattr(self, field)) for field in ("card_number", "card_expiry", "card_code"))

    def enter(self, session: Session, now: datetime) -> Step:
        names = [name for _, name in self.secrets_used()]
        forgetful = session.without_secrets(*names)
        missing = [name for name in names if name not in session.secrets]
        if missing:
            return Step(session=forgetful, exit="failed", why=f"not collected: {', '.join(missing)}")
        try:
            amount, reference = _amount(self.amount, session), _text(self.reference, session)
        except ExpressionError as error:
            return Step(session=forgetful, exit="failed", why=str(error))
        card = dict(zip(("number", "expiry", "code"), (session.secrets[name] for name in names), strict=True))
        command = Pay(amount=amount, currency=self.currency, reference=reference, card=card)
        waiting = replace(forgetful, wait=Wait.RESULT)
        return Step(session=waiting, commands=(*play(self.prompts, session, now), command))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        match happening:
            case Paid(reference=reference, last4=last4):
                values: dict[str, Value] = {REFERENCE: reference, LAST4: last4}
                return Step(session=session.with_variables(values), exit="paid")
            case Failed(reason=("declined" | "unknown") as reason):
                return Step(session=session, exit=reason)
            case Failed(reason=reason):
                return Step(session=session, exit="failed", why=reason)
        # Asked, and something else came: whether it was charged nobody here knows.
        return Step(session=session, exit="unknown", why=happening.kind)


class PromiseNode(Node):
    """Note that the caller will pay debt `reference` on a day, and leave by `saved`; by `failed` if that cannot be."""

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.RESULT})

    kind: Literal["promise"] = "promise"
    v: Literal[1] = 1
    reference: Annotated[Expression, Field(description="Which debt: a variable or an expression.")]
    day: Annotated[Expression, Field(description="The day, as a collect node keeps a date: a variable.")]

    def required_exits(self) -> tuple[str, ...]:
        return ("saved", "failed")

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield "reference", self.reference
        yield "day", self.day

    def enter(self, session: Session, now: datetime) -> Step:
        try:
            command = Promise(reference=_text(self.reference, session), on=_day(self.day, session))
        except ExpressionError as error:
            return Step(session=session, exit="failed", why=str(error))
        return Step(session=replace(session, wait=Wait.RESULT), commands=(command,))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        if isinstance(happening, Done):
            return Step(session=session, exit="saved")
        why = happening.reason if isinstance(happening, Failed) else happening.kind
        return Step(session=session, exit="failed", why=why)


def _amount(text: str, session: Session) -> int:
    amount = evaluate(text, session.scope)
    if type(amount) is not int or amount <= 0:
        raise ExpressionError(f"{text}: {amount!r} is no amount in cents above nothing")
    return amount


def _text(text: str, session: Session) -> str:
    reference = evaluate(text, session.scope)
    if reference is None or isinstance(reference, bool) or not 0 < len(str(reference)) <= MAX_REFERENCE:
        raise ExpressionError(f"{text}: {reference!r} is no reference of up to {MAX_REFERENCE} characters")
    return str(reference)


def _day(text: str, session: Session) -> date:
    day = evaluate(text, session.scope)
    try:
        return date.fromisoformat(str(day))
    except ValueError:
        raise ExpressionError(f"{text}: {day!r} is no date such as 2026-03-02") from None
