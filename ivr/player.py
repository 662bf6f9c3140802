"""Plays a flow in a terminal: the prompts as text, keys typed as if on a phone, on a clock that never waits.

Pure: input and output are callables, so that the same player serves `callcenter flow run`, recorded sessions and
tests. What is typed when the flow waits:

    1, 0, 4711#     keys, as many as the question takes; the rest is typed ahead
    (empty line)    silence until the question gives up
    agent           in a queue: an agent answers           leave     the agent hangs up first
    fail            the agent was gone, back to the queue  wait 90   90 seconds pass in the queue
    full, late      the queue cannot serve, or not in time
    hangup          the caller hangs up; so does the end of input
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ivr import company, engine, keys
from ivr.commands import Collect, Command, Enqueue, Fallback, Hangup, Play, as_json
from ivr.engine import Turn
from ivr.flow import Flow
from ivr.happenings import (
    AgentConnected,
    AgentLeft,
    ConnectFailed,
    Digits,
    Happening,
    HungUp,
    NoInput,
    QueueFailed,
)
from ivr.prompts import Catalogue
from ivr.session import CallInfo, Wait

Ask = Callable[[str], str | None]  # shows a question, returns the line typed; None: end of input
Say = Callable[[str], None]

HELP: Final = {
    Wait.KEYS: "keys, an empty line for silence, or hangup",
    Wait.AGENT: "agent, fail, wait <seconds>, full, late, or hangup",
    Wait.TALK: "leave, fail, or hangup",
}
WORDS: Final[Mapping[Wait, Mapping[str, Happening]]] = {
    Wait.KEYS: {"": NoInput(), "hangup": HungUp()},
    Wait.AGENT: {
        "agent": AgentConnected(),
        "fail": ConnectFailed(),
        "full": QueueFailed(reason=QueueFailed.UNAVAILABLE),
        "late": QueueFailed(reason=QueueFailed.TIMEOUT),
        "hangup": HungUp(),
    },
    Wait.TALK: {"leave": AgentLeft(), "fail": ConnectFailed(), "hangup": HungUp()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A session as it was played: what was typed, what was heard, what the engine decided."""

    flow: str
    call: CallInfo
    at: datetime
    typed: tuple[str, ...]
    heard: tuple[str, ...]
    turns: tuple[Turn, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the recording as plain JSON: the form of a golden session in tests/flows."""
        last = self.turns[-1].session
        return {
            "flow": self.flow,
            "caller": self.call.caller,
            "did": self.call.did,
            "at": self.at.isoformat(),
            "typed": list(self.typed),
            "heard": list(self.heard),
            "turns": [
                {
                    "path": [str(visit) for visit in turn.path],
                    "commands": [as_json(command) for command in turn.commands],
                    "waiting_for": turn.waiting_for.value,
                }
                for turn in self.turns
            ],
            "variables": dict(last.variables),
            "end": last.to_json()["end"],
        }


def play(flow: Flow, catalogue: Catalogue, call: CallInfo, at: datetime, ask: Ask, say: Say) -> Recording:
    """Play `flow` for `call` from `at` on until it ends; return what was played. Seconds pass only on its own clock."""
    return _Player(flow, catalogue, call, at, ask, say).run()


class _Player:
    def __init__(self, flow: Flow, catalogue: Catalogue, call: CallInfo, at: datetime, ask: Ask, say: Say) -> None:
        self._flow, self._catalogue, self._call, self._at = flow, catalogue, call, at
        self._ask, self._say = ask, say
        self._now = at
        self._ahead = ""  # keys typed before they were asked for
        self._told = company.Told()
        self._typed: list[str] = []
        self._heard: list[str] = []

    def run(self) -> Recording:
        turns = [engine.start(self._flow, self._call, self._now)]
        while True:
            turn = turns[-1]
            for command in turn.commands:
                self._perform(command)
            if turn.waiting_for is Wait.NOTHING:
                break
            happening = self._next(turn)
            turns.append(engine.resume(self._flow, turn.session, happening, self._now))
            if turns[-1].session.tries:
                self._ahead = ""  # after a wrong key what was typed ahead was meant for another question
        self._tell(_ending(turns[-1]))
        return Recording(
            flow=self._flow.name,
            call=self._call,
            at=self._at,
            typed=tuple(self._typed),
            heard=tuple(self._heard),
            turns=tuple(turns),
        )

    # ----------------------------------------------------------------------------------------- commands

    def _perform(self, command: Command) -> None:
        match command:
            case Play() | Collect():
                self._speak(command.prompts, cut=command.interruptible and bool(self._ahead))
            case Enqueue():
                about = f" for {command.intent}" if command.intent not in ("", command.queue) else ""
                self._tell(f"~ waiting in queue {command.queue}{about}")
                self._told = company.Told()
                self._speak(command.prompts, cut=False)
            case Hangup() | Fallback():
                pass  # told at the end

    def _speak(self, prompts: tuple[str, ...], *, cut: bool) -> None:
        for key in () if cut else prompts:
            self._tell(f'"{self._catalogue.text(key)}"')
            self._pass(self._catalogue.length_s(key))

    def _tell(self, line: str) -> None:
        told = f"{self._clock()}  {line}"
        self._heard.append(told)
        self._say(told)

    def _pass(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def _clock(self) -> str:
        minutes, seconds = divmod(int((self._now - self._at).total_seconds()), 60)
        return f"{minutes:02}:{seconds:02}"

    # -------------------------------------------------------------------------------------------- input

    def _next(self, turn: Turn) -> Happening:
        """Ask until something was typed that can happen now."""
        question = turn.commands[-1] if turn.commands else None
        while True:
            if isinstance(question, Collect) and self._ahead:
                return self._press(question)
            line = self._ask(f"{self._clock()}  {turn.waiting_for}> ")
            if line is None:
                return HungUp()
            line = line.strip()
            self._typed.append(line)
            happening = self._understand(turn, line, question)
            if happening is not None:
                return happening

    def _understand(self, turn: Turn, line: str, question: Command | None) -> Happening | None:
        happening = WORDS[turn.waiting_for].get(line)
        if happening is not None:
            if isinstance(happening, NoInput) and isinstance(question, Collect):
                self._pass(question.timeout_s)
            return happening
        if isinstance(question, Collect) and line and all(key in keys.ALL for key in line):
            self._ahead = line
            return None
        word, _, rest = line.partition(" ")
        if turn.waiting_for is Wait.AGENT and word == "wait" and rest.isdecimal() and turn.session.since:
            self._wait(int(rest), turn.session.since)
            return None
        self._say(f"  type {HELP[turn.waiting_for]}")
        return None

    def _press(self, question: Collect) -> Digits:
        """Take from the keys typed ahead what the question takes; too few mean that the caller then paused."""
        typed, self._ahead = self._ahead, ""
        complete = keys.answer(question, typed)
        if complete is None:
            self._pass(question.inter_digit_s)
            return Digits(keys=typed)
        given, rest = complete
        # The terminator that people press after a full number belongs to that number.
        if keys.may_still_end(question, given) and rest.startswith(question.terminator):
            rest = rest[1:]
        self._ahead = rest
        return given

    def _wait(self, seconds: int, since: datetime) -> None:
        """Let time pass in the queue, with what a caller hears meanwhile."""
        until = self._now + timedelta(seconds=seconds)
        while self._now < until:
            self._pass(1)
            said = company.announce(company.News(), self._told, since, self._now)
            self._told = said.told
            self._speak(said.prompts, cut=False)


def _ending(turn: Turn) -> str:
    end = turn.session.end
    if end is None or end.kind == "caller":
        return "x the caller hung up"
    if end.kind == "fallback":
        return f"x to the fallback queue: {end.reason}"
    return f"x hung up, cause {end.cause}"
