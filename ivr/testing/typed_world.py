"""The world as somebody at a terminal says it is, asked as the flow asks it, and kept as what a test case gives."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

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
from ivr.testing.cases import FACTS, Given, QueueGiven, fact_of
from ivr.testing.world import GivenWorld, NotGiven, Reply, Stay

Ask = Callable[[str], str | None]

GOOD: Final[Mapping[type[Command], tuple[str, str, tuple[str, ...]]]] = {
    # field of Given, the good answer, what may be typed
    Pay: ("payment", "paid", ("paid", "declined", "unavailable", "unknown")),
    Transfer: ("transfer", "answered", ("answered", "busy", "no-answer", "failed")),
    BookCallback: ("callback", "ok", ("booked", "failed", "number")),
    KeepVoicemail: ("voicemail", "ok", ("kept", "failed")),
    Promise: ("promise", "ok", ("noted", "failed")),
}


class TypedWorld:
    """Asks by `ask` what the world answers. `given` is what a test case must give to get the same answers."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._given: dict[str, Any] = {}
        self._places: set[str] = set()  # queues whose place was asked
        self._queue = ""

    def given(self) -> dict[str, Any]:
        return {
            name: value[0] if isinstance(value, list) and name != "http" and len(set(value)) == 1 else value
            for name, value in self._given.items()
        }

    def stay(self, command: Enqueue, now: datetime) -> Stay:
        self._queue = command.queue
        return Stay()

    def answer(self, command: Command, now: datetime) -> Reply:
        """Return what is typed as an answer, in the very words of the world that tests give."""
        match command:
            case Fetch():
                one = self._http(command)
                self._given.setdefault("http", []).append(one)
                said: dict[str, Any] = {"http": [one]}
            case LookUp():
                said = {"facts": self._facts()}
                self._given |= said
            case AskPlace():
                said = {"queue": self._place()}
            case _ if type(command) in GOOD:
                field, good, words = GOOD[type(command)]
                typed = self._typed(f"{_about(command)} ({', '.join(words)})", words)
                word = {words[0]: good}.get(typed, typed)
                self._given.setdefault(field, []).append(word)
                said = {field: word}
            case _:
                raise NotGiven(f"nobody answers {command.kind}")
        before = {name: len(kept) - 1 for name, kept in self._given.items() if isinstance(kept, list)}
        return GivenWorld(Given.model_validate(said), _asked=before).answer(command, now)

    def _typed(self, question: str, words: tuple[str, ...]) -> str:
        while True:
            line = (self._ask(f"       {question}> ") or "").strip() or words[0]
            if line in words:
                return line

    def _http(self, command: Fetch) -> dict[str, Any]:
        """Return an answer to a request, as `given.http` has it: `200 {"balance": 1250}`, or a word for why not."""
        while True:
            line = (
                self._ask(f'       {command.method} {command.url} (200 {{"some": "JSON"}}, timeout)> ') or ""
            ).strip()
            status, _, body = (line or "200").partition(" ")
            one: dict[str, Any] = {"url": command.url, "method": command.method, "once": True}
            if status.isdecimal() and 100 <= int(status) <= 599:
                try:
                    return one | {"status": int(status)} | ({"body": json.loads(body)} if body.strip() else {})
                except ValueError:
                    continue
            if not status.isdecimal() and not body:
                return one | {"fails": status}

    def _facts(self) -> Any:
        """Return what is known of the caller: `name="Ann Lee" vip=true debts=2`."""
        question = "       who calls? (name=… vip=true …, nothing: a stranger, failed)> "
        while True:
            line = (self._ask(question) or "").strip()
            if line == "failed":
                return line
            try:
                pairs = [pair.partition("=") for pair in shlex.split(line)]
                return {name: fact_of(name, _value(name, value)) for name, _, value in pairs}
            except ValueError as error:
                question = f"       {error}> "

    def _place(self) -> dict[str, Any]:
        """Return the caller's place as `given.queue` has it, asked once for each queue."""
        kept = self._given.setdefault("queues", {})
        if self._queue not in self._places:
            self._places.add(self._queue)
            said = self._typed_place()
            if said:
                kept[self._queue] = said
        if not kept:
            del self._given["queues"]
        return dict(kept.get(self._queue, {}))

    def _typed_place(self) -> dict[str, Any]:
        question = "       place in the queue? (3, or 3 60s 180s with the wait, nothing: not known)> "
        while True:
            words = (self._ask(question) or "").split()
            said = dict(zip(("position", "p50", "p90"), words, strict=False))
            try:
                return QueueGiven.model_validate(said).model_dump(mode="json", exclude_defaults=True)
            except ValidationError:
                continue


def _value(name: str, text: str) -> Any:
    """Return a fact as it was typed: numbers and truth where such are known, else text."""
    return json.loads(text) if FACTS.get(name) in {"int", "bool"} and text else text


def _about(command: Command) -> str:
    match command:
        case Pay(amount=amount, currency=currency, reference=reference):
            return f"charge {amount / 100:.2f} {currency} for {reference or 'nothing named'}?"
        case Transfer(destination=destination):
            return f"transfer to {destination}?"
        case BookCallback(number=number, queue=queue):
            return f"call back {number} from queue {queue}?"
        case KeepVoicemail(box=box):
            return f"message for {box}?"
        case Promise(reference=reference, on=on):
            return f"promise to pay {reference} on {on}?"
    return command.kind
