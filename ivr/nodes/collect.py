"""collect: ask for digits, an amount, a date or a card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from callcenter.cards import masked
from ivr.commands import Collect
from ivr.expressions import Expression, ExpressionError, Value, evaluate
from ivr.happenings import Digits, Happening, Heard
from ivr.hours import TimeZone
from ivr.nodes.asking import FAILED, AskingNode, Miss
from ivr.nodes.confirming import ENTRY_QUESTION, answer_to, ask_back
from ivr.nodes.entries import ENTRIES, Dates, Entry, NoEntryError, Order, Rules, Takes, order_in
from ivr.nodes.node import Step
from ivr.nodes.words import Currency, PromptKey, Seconds, Variable
from ivr.saying import spell
from ivr.saying.currencies import CURRENCIES
from ivr.session import Session

MAX_DIGITS: Final = 32  # nobody enters more by key
CONFIRM: Final = "confirm"  # stage: the value was said back
ENTERED: Final = "_entered"  # what waits for the caller's yes; as a variable or a secret
# How a value is said back: the prompt before it, and as what it is said.
SAID_BACK: Final[Mapping[Takes, tuple[str, str]]] = {
    "digits": ("you-entered", "digits"),
    "number": ("number-is", "number"),
    "amount": ("amount-is", "money"),
    "date": ("date-is", "date"),
    "card": ("card-is", "digits"),
}


class CollectNode(AskingNode):
    """Ask for digits, keep what they mean as `into` and leave by `done`.

    `takes` says what it is: digits as they are (an account), a whole number, an amount of `currency` in cents (the
    caller presses * for the decimal point), a date (kept as 2026-03-02), or number, expiry (MMYY) or code of a payment
    card. The caller may end with `terminator` ("" for none). With `confirm` the value is said back, and counts when the
    caller says it is right. A *secure* value is in no log, on no recording and in no variable: only a payment node can
    use it. What belongs to a card always is. After too many tries the caller leaves by `failed`.
    """

    kind: Literal["collect"] = "collect"
    v: Literal[1] = 1
    into: Annotated[Variable, Field(description="The variable it is kept as; of a secure value, the secret's name.")]
    takes: Annotated[Takes, Field(description="What it is.")] = "digits"
    min_digits: Annotated[
        int | None, Field(ge=1, le=MAX_DIGITS, description="Fewest keys; none: as usual for what it takes.")
    ] = None
    max_digits: Annotated[int | None, Field(ge=1, le=MAX_DIGITS, description="Most keys; required for digits.")] = None
    terminator: Annotated[Literal["#", "*", ""], Field(description="The key that ends it.")] = "#"
    timeout_s: Annotated[Seconds, Field(description="How long after the question nothing may come.")] = (
        8.0  # people look the number up
    )
    inter_digit_s: Annotated[Seconds, Field(description="How long after a key the next one may take.")] = 4.0
    invalid_prompt: Annotated[
        PromptKey | None, Field(description="Said after a wrong entry; none: as usual for what it takes.")
    ] = None
    luhn: Annotated[bool, Field(description="Digits: the last one is a check digit (Luhn).")] = False
    minimum: Annotated[Expression | None, Field(description="Smallest number, or amount in cents.")] = None
    maximum: Annotated[Expression | None, Field(description="Largest number, or amount in cents.")] = None
    too_small_prompt: Annotated[PromptKey | None, Field(description="Said of less; none: as of a wrong entry.")] = None
    too_large_prompt: Annotated[PromptKey | None, Field(description="Said of more; none: as of a wrong entry.")] = None
    currency: Annotated[Currency | None, Field(description="Of an amount.")] = None
    dates: Annotated[Dates, Field(description="Which dates are right; today always is.")] = "any"
    within_days: Annotated[
        int | None, Field(ge=1, le=36_500, description="How many days from today a date may be at most.")
    ] = None
    date_order: Annotated[
        Order | None, Field(description="Order of day, month and year; none: as the caller's language has it.")
    ] = None
    timezone: Annotated[TimeZone, Field(description="Whose today counts, for dates and cards.")] = "UTC"
    confirm: Annotated[bool, Field(description="Whether it is said back; of a secure value only a card can be.")] = (
        False
    )
    confirm_prompt: Annotated[
        PromptKey | None, Field(description="Said before the value; none: as usual for what it takes.")
    ] = None
    secure: Annotated[bool, Field(description="Whether it is kept out of logs, recordings and variables.")] = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        faults = {
            "max_digits is required when digits are collected": self.takes == "digits" and self.max_digits is None,
            "max_digits must be from {0.least} to {0.most} for this": not self._fits(self.max_digits),
            "min_digits must be from {0.least} to {0.most} for this": not self._fits(self.min_digits),
            f"min_digits {self._least} is more than max_digits {self._most}": self._least > self._most,
            "luhn is for digits": self.luhn and self.takes != "digits",
            "minimum and maximum are for numbers and amounts": bool(self.minimum or self.maximum)
            and self.takes not in {"number", "amount"},
            "* is the decimal point of an amount; end it by #": self.takes == "amount" and self.terminator == "*",
            f"an amount needs a currency that can be said; there are {', '.join(CURRENCIES)}": self.takes == "amount"
            and self.currency not in CURRENCIES,
            "too_small_prompt is for what has a minimum": bool(self.too_small_prompt and not self.minimum),
            "too_large_prompt is for what has a maximum, or within_days": bool(
                self.too_large_prompt and not (self.maximum or self.within_days)
            ),
            "within_days is for dates": self.within_days is not None and self.takes != "date",
            "confirm would say aloud what is secure; only of a card the last four digits can be said": self.confirm
            and self.is_secure
            and self.takes != "card",
        }
        for fault, there in faults.items():
            if there:
                raise ValueError(fault.format(self._entry))
        return self

    @property
    def is_secure(self) -> bool:
        """Whether the value is kept as a secret: what belongs to a card is, whatever the author says."""
        return self.secure or self._entry.secret

    @property
    def apology(self) -> str:
        return self.invalid_prompt or self._entry.apology

    @property
    def _entry(self) -> Entry:
        return ENTRIES[self.takes]

    @property
    def _least(self) -> int:
        return self.min_digits or self._entry.least

    @property
    def _most(self) -> int:
        return self.max_digits or self._entry.most

    def _fits(self, digits: int | None) -> bool:
        return digits is None or self._entry.least <= digits <= self._entry.most

    def required_exits(self) -> tuple[str, ...]:
        return ("done", FAILED)

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from super().prompts_used()
        for field in ("too_small_prompt", "too_large_prompt"):
            if (prompt := getattr(self, field)) is not None:
                yield field, prompt
        if self.confirm:
            yield "confirm_prompt", self.confirm_prompt or SAID_BACK[self.takes][0]
            yield "confirm", ENTRY_QUESTION

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions_used()
        for field in ("minimum", "maximum"):
            if (text := getattr(self, field)) is not None:
                yield field, text

    def variables_set(self) -> Iterator[tuple[str, str]]:
        if not self.is_secure:
            yield "into", self.into

    def secrets_set(self) -> Iterator[tuple[str, str]]:
        if self.is_secure:
            yield "into", self.into

    def question(self, session: Session, prompts: tuple[str, ...]) -> Collect:
        return Collect(
            prompts=prompts,
            language=session.language,
            max_digits=self._most,
            timeout_s=self.timeout_s,
            inter_digit_s=self.inter_digit_s,
            terminator=self.terminator,
            secure=self.is_secure,
        )

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        if session.stage != CONFIRM:
            return super().hear(session, happening, now)
        right, value = answer_to(happening), self._entered(session)
        if value is None:  # secrets do not outlive the process
            return self.ask_again(self._without(session), Miss(apology="", why="lost"), now)
        if right:
            return Step(session=self._keep(self._without(session), value), exit="done", why="said to be right")
        if right is None:
            return self._confirm_again(session, value)
        return self.ask_again(self._without(session), Miss(apology="", why="said to be wrong"), now)

    def understand(self, session: Session, answer: Digits | Heard, now: datetime) -> Step | Miss:
        if isinstance(answer, Heard) or not self._least <= len(answer.keys) <= self._most:
            return Miss(apology=self.apology)
        try:
            value = self._entry.mean(answer.keys, self._rules(session, now))
            out = self._out_of_bounds(value, session, now)
        except NoEntryError as wrong:
            return Miss(apology=self.apology, why=f"invalid: {wrong}")
        except ExpressionError as error:
            return Step(session=session, exit=FAILED, why=str(error))
        if out is not None:
            return out
        said = self._said_back(session, value) if self.confirm else ()
        if not said:
            return Step(session=self._keep(session, value), exit="done")
        return Step(session=self._noted(session, value), commands=(ask_back(session, said),), why="asked back")

    def _rules(self, session: Session, now: datetime) -> Rules:
        return Rules(
            today=now.astimezone(ZoneInfo(self.timezone)).date(),
            currency=self.currency or "",
            order=self.date_order or order_in(session.language),
            dates=self.dates,
            luhn=self.luhn,
        )

    def _out_of_bounds(self, value: Value, session: Session, now: datetime) -> Miss | None:
        """Return in what way the value is out of bounds; raise ExpressionError if a bound is no number."""
        too_large = Miss(apology=self.too_large_prompt or self.apology, why="invalid: too large")
        if self.within_days is not None:
            away = abs(date.fromisoformat(str(value)) - self._rules(session, now).today)
            return replace(too_large, why="invalid: too far away") if away.days > self.within_days else None
        if not isinstance(value, int):
            return None
        if self.minimum is not None and value < _limit(self.minimum, session):
            return Miss(apology=self.too_small_prompt or self.apology, why="invalid: too small")
        if self.maximum is not None and value > _limit(self.maximum, session):
            return too_large
        return None

    # A value that waits for the caller's yes.

    def _said_back(self, session: Session, value: Value) -> tuple[str, ...]:
        """Return the prompts that say `value` back; none if this language has no words for it."""
        lead, kind = SAID_BACK[self.takes]
        shown = masked(str(value)) if self.is_secure else value
        try:
            spelled = spell(kind, shown, session.language, currency=self.currency or "")
        except ValueError:
            return ()
        return (self.confirm_prompt or lead, *spelled, ENTRY_QUESTION)

    def _confirm_again(self, session: Session, value: Value) -> Step:
        tried = replace(session, tries=session.tries + 1)
        why = f"not confirmed, try {tried.tries} of {self.tries}"
        if tried.tries >= self.tries:
            return Step(session=self._without(tried), exit=FAILED, why=why)
        question = ask_back(tried, (self.silence_prompt, *self._said_back(tried, value)))
        return Step(session=tried, commands=(question,), why=why)

    def _noted(self, session: Session, value: Value) -> Session:
        waiting = replace(session, stage=CONFIRM)
        return waiting.with_secret(ENTERED, str(value)) if self.is_secure else waiting.with_variable(ENTERED, value)

    def _entered(self, session: Session) -> Value:
        return session.secrets.get(ENTERED) if self.is_secure else session.variables.get(ENTERED)

    def _without(self, session: Session) -> Session:
        plain: Mapping[str, Value] = {name: kept for name, kept in session.variables.items() if name != ENTERED}
        secrets = {name: kept for name, kept in session.secrets.items() if name != ENTERED}
        return replace(session, stage="", variables=plain, secrets=secrets)

    def _keep(self, session: Session, value: Value) -> Session:
        return session.with_secret(self.into, str(value)) if self.is_secure else session.with_variable(self.into, value)


def _limit(bound: str, session: Session) -> int | float:
    limit = evaluate(bound, session.scope)
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        raise ExpressionError(f"{bound}: {limit!r} is no number to compare with")
    return limit
