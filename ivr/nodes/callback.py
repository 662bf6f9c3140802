"""callback: promise the caller a call back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from ivr.commands import BookCallback, Collect, Command, Play
from ivr.happenings import Digits, Done, Failed, Happening
from ivr.hours import Hours, state_at
from ivr.nodes.node import Node, Step
from ivr.nodes.words import Intent, QueueName, Skill, Tries
from ivr.promise import Promise, promise_of
from ivr.saying import spell
from ivr.session import Session, Wait

OUTCOME: Final = "call-back"
SOONEST: Final = timedelta(minutes=10)  # a chosen time is at least this far ahead: it takes that long to be useful
NUMBER_DIGITS: Final = (7, 15)  # ITU-T E.164 has at most 15; no full number is shorter than 7
DECLINE: Final = "*"
TIMEOUT_S: Final = 6.0
BAD_NUMBER: Final = "number"  # reason of Failed: another number may do

# Noted between the questions, as variables that no author can name.
NUMBER: Final = "_callback_number"
LATER: Final = "_callback_later"
DAY: Final = "_callback_day"
DUE: Final = "_callback_due"
NOTES: Final = frozenset({NUMBER, LATER, DAY, DUE})

# The questions, in the order they are asked: what is said, and how many keys answer at most.
QUESTIONS: Final[Mapping[str, tuple[str, int]]] = {
    "when": ("callback-when", 1),
    "entry": ("callback-enter-number", NUMBER_DIGITS[1]),
    "number": ("callback-number", 1),
    "day": ("callback-day", 1),
    "time": ("callback-enter-time", 4),
}
BOOKING: Final = "booking"
RIGHT_NUMBER: Final = ("callback-number-confirm", "callback-none")
INVALID: Final = "invalid-entry"
SILENCE: Final = "did-not-hear"
CLOSED_THEN: Final = "callback-closed-then"
NOT_POSSIBLE: Final = "callback-not-possible"
BOOKED: Final = "callback-booked"
BOOKED_AT: Final = "callback-booked-at"


class CallbackNode(Node):
    """Promise a call back by an agent of `queue` and leave by `booked`.

    `when`: now keeps the caller's place in the queue; later lets them choose a time within `hours`, today or tomorrow;
    ask lets them choose between the two. The number they call from is said back, and they may give another; who
    withholds it is asked for one. `declined`: the caller pressed *, or answered wrongly or not at all `tries` times.
    `failed`: it could not be noted. A waiting caller has to leave the queue before: let the wait flow return an exit.
    In a call back, with `called_back`, queue, priority and skills are those that were promised.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.KEYS, Wait.RESULT})

    kind: Literal["callback"] = "callback"
    v: Literal[1] = 1
    queue: Annotated[QueueName, Field(description="Whose agents call back.")]
    when: Annotated[Literal["now", "later", "ask"], Field(description="When the call comes.")] = "now"
    hours: Annotated[Hours | None, Field(description="When a call may be asked for; needed unless it is now.")] = None
    intent: Annotated[Intent | None, Field(description="What the caller wants; none: as a menu found out.")] = None
    priority: Annotated[int, Field(ge=-100, le=100, description="Larger is served first.")] = 0
    skills: Annotated[
        tuple[Skill, ...], Field(max_length=20, description="What the agent must be able to do; none: any agent.")
    ] = ()
    called_back: Annotated[
        bool, Field(description="In a call back: by whom it was promised; `queue` only if none was.")
    ] = False
    tries: Annotated[Tries, Field(description="Wrong answers, of all questions together.")] = 4

    @model_validator(mode="after")
    def _later_needs_hours(self) -> Self:
        if self.when != "now" and self.hours is None:
            raise ValueError(f"when {self.when!r} needs hours: when a call may be asked for")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return ("booked", "failed", "declined")

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        own = [QUESTIONS[name][0] for name in ("entry", "number")]
        yield from (("kind", key) for key in (*own, *RIGHT_NUMBER, INVALID, SILENCE, NOT_POSSIBLE))
        if self.when != "later":
            yield "when", BOOKED
        if self.when == "ask":
            yield "when", QUESTIONS["when"][0]
        if self.when != "now":
            later = (QUESTIONS["day"][0], QUESTIONS["time"][0], CLOSED_THEN, BOOKED_AT)
            yield from (("when", key) for key in later)

    def queues_used(self) -> Iterator[tuple[str, str]]:
        if not self.called_back:
            yield "queue", self.queue

    def enter(self, session: Session, now: datetime) -> Step:
        if session.queued:
            return Step(session=session, exit="failed", why="waits in a queue")
        noted = session.with_variables({NUMBER: session.caller, LATER: self.when == "later"})
        first = "when" if self.when == "ask" else _number_step(noted)
        return self._ask(replace(noted, stage=first), now, ())

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        if session.stage == BOOKING:
            return self._booked(session, happening, now)
        if not isinstance(happening, Digits):
            return self._again(session, SILENCE, now)
        if happening.keys[:1] == DECLINE:
            return Step(session=_forgotten(session), exit="declined", why=f"at {session.stage}")
        answered = self._answered(session, happening.keys, now)
        if answered is not None:
            return self._ask(answered, now, ())
        if session.stage == "time" and _wall(happening.keys) is not None:  # they may want another day
            return self._again(replace(session, stage="day"), CLOSED_THEN, now)
        return self._again(session, INVALID, now)

    def _answered(self, session: Session, keys: str, now: datetime) -> Session | None:
        """Return the session at the next question, None if `keys` are no answer to this one."""
        found: Session | None = None
        match session.stage, keys:
            case "when", ("1" | "2"):
                found = replace(session.with_variable(LATER, keys == "2"), stage=_number_step(session))
            case "entry", _ if NUMBER_DIGITS[0] <= len(keys) <= NUMBER_DIGITS[1] and _all_digits(keys):
                found = replace(session.with_variable(NUMBER, keys), stage="number")
            case "number", "1":
                found = replace(session, stage="day" if session.variables.get(LATER) else BOOKING)
            case "number", "2":
                found = replace(session, stage="entry")
            case "day", ("1" | "2"):
                day = now.astimezone(self._zone).date() + timedelta(days=int(keys) - 1)
                found = replace(session.with_variable(DAY, day.isoformat()), stage="time")
            case "time", _ if (due := self._due(session, keys, now)) is not None:
                found = replace(session.with_variable(DUE, due.isoformat()), stage=BOOKING)
        return found

    def _again(self, session: Session, apology: str, now: datetime) -> Step:
        tried = replace(session, tries=session.tries + 1)
        why = f"{apology}, try {tried.tries} of {self.tries}"
        if tried.tries >= self.tries:
            return Step(session=_forgotten(tried), exit="declined", why=why)
        return replace(self._ask(tried, now, (apology,)), why=why)

    def _ask(self, session: Session, now: datetime, before: tuple[str, ...]) -> Step:
        if session.stage == BOOKING:
            return Step(session=replace(session, wait=Wait.RESULT), commands=(self._booking(session, now),))
        prompt, most = QUESTIONS[session.stage]
        number = _spelled("digits", _text(session, NUMBER), session)
        behind = (*number, *RIGHT_NUMBER) if session.stage == "number" else ()
        question = Collect(
            prompts=(*before, prompt, *behind),
            language=session.language,
            max_digits=most,
            timeout_s=TIMEOUT_S,
            inter_digit_s=TIMEOUT_S,
            terminator="#" if most > 1 else "",
        )
        return Step(session=replace(session, wait=Wait.KEYS), commands=(question,))

    def _booking(self, session: Session, now: datetime) -> BookCallback:
        due = _text(session, DUE)
        promised = promise_of(session) if self.called_back else None
        here = promised or Promise(queue=self.queue, priority=self.priority, skills=self.skills)
        return BookCallback(
            number=_text(session, NUMBER),
            queue=here.queue,
            since=session.kept_since or now,
            due_at=datetime.fromisoformat(due) if due else None,
            intent=session.intent if self.intent is None else self.intent,
            priority=here.priority,
            skills=here.skills,
            language=session.language,
        )

    def _booked(self, session: Session, happening: Happening, now: datetime) -> Step:
        match happening:
            case Done():
                promised = replace(_forgotten(session), outcome=OUTCOME, kept_since=None)
                return Step(session=promised, commands=(self._promise(session, now),), exit="booked")
            case Failed(reason="number"):
                return self._again(replace(session, stage="entry"), NOT_POSSIBLE, now)
            case Failed(reason=reason):
                return Step(session=_forgotten(session), exit="failed", why=reason)
        return Step(session=_forgotten(session), exit="failed", why=happening.kind)

    def _promise(self, session: Session, now: datetime) -> Command:
        due = _text(session, DUE)
        prompts: tuple[str, ...] = (BOOKED,)
        if due:
            at = datetime.fromisoformat(due).astimezone(self._zone)
            today = now.astimezone(self._zone).date()
            day = _spelled("date", at.date().isoformat(), session, today)
            prompts = (BOOKED_AT, *day, *_spelled("time", f"{at:%H:%M}", session))
        return Play(prompts=prompts, language=session.language)

    def _due(self, session: Session, keys: str, now: datetime) -> datetime | None:
        """Return the instant that four keys mean on the chosen day, None if no call can come then."""
        wall, day = _wall(keys), _text(session, DAY)
        if wall is None or not day or self.hours is None:
            return None
        due = datetime.combine(date.fromisoformat(day), wall, tzinfo=self._zone).astimezone(UTC)
        return due if due >= now + SOONEST and state_at(self.hours, due).state == "open" else None

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.hours.timezone if self.hours else "UTC")


def _number_step(session: Session) -> str:
    return "number" if session.has_number else "entry"


def _all_digits(keys: str) -> bool:
    return keys.isascii() and keys.isdecimal()


def _wall(keys: str) -> time | None:
    """Return the time that four keys mean, None if it is none."""
    try:
        return time(int(keys[:2]), int(keys[2:])) if len(keys) == 4 and _all_digits(keys) else None
    except ValueError:
        return None


def _forgotten(session: Session) -> Session:
    return replace(session, variables={name: kept for name, kept in session.variables.items() if name not in NOTES})


def _text(session: Session, name: str) -> str:
    return str(session.variables.get(name) or "")


def _spelled(kind: str, value: str, session: Session, today: date | None = None) -> tuple[str, ...]:
    try:
        return spell(kind, value, session.language, today=today)
    except ValueError:  # a language without words for it hears the rest
        return ()
