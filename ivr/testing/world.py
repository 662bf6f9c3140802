"""The world around a call that nobody makes: what other systems, the acd and the store answer to a flow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

from callcenter.errors import CallCenterError
from ivr.commands import (
    AskPlace,
    BookCallback,
    Command,
    Enqueue,
    Fetch,
    KeepVoicemail,
    LookUp,
    Pay,
    Promise,
    Transfer,
)
from ivr.happenings import Done, Failed, Fetched, Happening, Known, Paid, Placed, Transferred
from ivr.testing.cases import DEFAULT_LIMIT_S, Given, HttpGiven, QueueGiven

ASKED: Final = (AskPlace, LookUp, Fetch, KeepVoicemail, BookCallback, Pay, Promise, Transfer)
OK: Final = "ok"


class NotGiven(CallCenterError):
    """Something was asked of the world that nobody has said the answer to."""

    code = "not-given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the world, and how long it takes."""

    happening: Happening
    takes_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How a wait in a queue goes on by itself. `agent_after_s`, `talk_s` None: when somebody says so."""

    agent_after_s: float | None = None
    agent: str = ""
    talk_s: float | None = None
    unavailable: bool = False
    limit_s: float = DEFAULT_LIMIT_S


class World(Protocol):
    """Answers what a flow asks besides of the caller. Raises NotGiven."""

    def answer(self, command: Command, now: datetime) -> Reply: ...

    def stay(self, command: Enqueue, now: datetime) -> Stay: ...


@dataclass(slots=True)
class GivenWorld:
    """The world as a test case gives it. It is used up by one call."""

    given: Given
    _used: set[int] = field(default_factory=set)  # requests that are answered once
    _asked: dict[str, int] = field(default_factory=dict)  # how often, by what
    _queue: str = ""

    def stay(self, command: Enqueue, now: datetime) -> Stay:
        self._queue = command.queue
        queue = self._queue_given()
        return Stay(
            agent_after_s=queue.agent_after,
            agent=queue.agent,
            talk_s=queue.talk,
            unavailable=queue.unavailable,
            limit_s=queue.limit,
        )

    def answer(self, command: Command, now: datetime) -> Reply:
        given = self.given
        match command:
            case Fetch():
                return self._fetch(command)
            case LookUp() if given.facts == "failed":
                happening: Happening = Failed(reason="unavailable")
            case LookUp():
                happening = Known(facts=given.facts if isinstance(given.facts, Mapping) else {})
            case AskPlace():
                happening = self._place()
            case Pay():
                happening = self._paid(command)
            case Transfer():
                happening = Transferred(status=self._next("transfer", given.transfer))
            case KeepVoicemail():
                happening = _done(self._next("voicemail", given.voicemail))
            case BookCallback():
                happening = _done(self._next("callback", given.callback))
            case Promise():
                happening = _done(self._next("promise", given.promise))
            case _:
                raise NotGiven(f"nobody answers {command.kind}")
        return Reply(happening=happening)

    def _fetch(self, request: Fetch) -> Reply:
        for index, answer in enumerate(self.given.http):
            if index in self._used or not _matches(answer, request):
                continue
            if answer.once:
                self._used.add(index)
            if answer.takes >= request.timeout_s:
                return Reply(happening=Failed(reason="timeout"), takes_s=request.timeout_s)
            failed = Failed(reason=answer.fails) if answer.fails else None
            return Reply(
                happening=failed or Fetched(status=answer.status, body=answer.body),
                takes_s=request.timeout_s if answer.fails == "timeout" else answer.takes,
            )
        text = f"the flow asks {request.method} {request.url}, and `given.http` has no answer to it; add one"
        raise NotGiven(text)

    def _paid(self, command: Pay) -> Happening:
        result = self._next("payment", self.given.payment)
        if result != "paid":
            return Failed(reason=result)
        return Paid(reference=f"paid-{self._asked['payment']}", last4=command.card.get("number", "")[-4:])

    def _place(self) -> Happening:
        queue = self._queue_given()
        places = queue.position if isinstance(queue.position, tuple) else (queue.position,)
        turn = self._count("place")
        place = places[min(turn, len(places) - 1)] if places else None
        return Placed(position=place, p50_s=queue.p50, p90_s=queue.p90)

    def _queue_given(self) -> QueueGiven:
        return self.given.queues.get(self._queue, self.given.queue)

    def _next(self, what: str, answers: str | Sequence[str]) -> str:
        """Return the answer for this time; the last one stays."""
        times = self._count(what)
        return answers if isinstance(answers, str) else answers[min(times, len(answers) - 1)]

    def _count(self, what: str) -> int:
        before = self._asked.get(what, 0)
        self._asked[what] = before + 1
        return before


def _matches(answer: HttpGiven, request: Fetch) -> bool:
    return answer.method in (None, request.method) and _pattern(answer.url).fullmatch(request.url) is not None


@lru_cache(maxsize=1024)
def _pattern(url: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, url.split("*"))))


def _done(given: str) -> Happening:
    return Done() if given == OK else Failed(reason="unavailable" if given == "failed" else given)
