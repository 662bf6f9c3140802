"""A call that somebody played becomes a test case: everything that came of it is expected from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ivr.commands import SaveAnswer, as_json
from ivr.testing.cases import (
    Agent,
    Case,
    Expect,
    Given,
    HangUp,
    Hear,
    Interrupt,
    Press,
    Queue,
    Say,
    Silence,
    Speak,
    Step,
    Wait,
)
from ivr.testing.expecting import COMMANDS, Seen
from ivr.testing.words import length

# What is worth expecting of each command; the rest hangs on the clock, or follows from the path.
TELLING: Final[Mapping[str, tuple[str, ...]]] = {
    "queue": ("queue", "intent", "priority", "skills", "language", "agent"),
    "callback": ("number", "queue", "intent", "due_at", "language"),
    "voicemail": ("box", "language"),
    "payment": ("amount", "currency", "reference"),
    "promise": ("reference", "on"),
    "transfer": ("destination",),
    "recording": ("on", "given", "jurisdiction"),
}


def recorded(steps: Sequence[Step], given: Given, seen: Seen, name: str = "") -> Case:
    """Return the case in which the same happens again. Without `name` it is called by what the caller did."""
    return Case(name=name or told(steps), given=given, steps=tuple(steps), expect=as_expected(seen))


def as_expected(seen: Seen) -> Expect:
    """Return what `seen` was, as something to be expected."""
    plain: dict[str, Any] = {"path": seen.path, "prompts": seen.prompts}
    # What a look-up sets is given, and so no news.
    variables = {name: value for name, value in seen.variables.items() if not name.startswith("caller_")}
    plain |= {"variables": variables} if variables else {}
    for name, value in (("intent", seen.session.intent), ("language", seen.session.language)):
        plain |= {name: value} if value and value != seen.first_language else {}
    for name, kind in COMMANDS.items():
        command = seen.last(kind)
        if command is not None:
            plain[name] = _telling(as_json(command), TELLING[name], seen.first_language)
    answers = [command for command in seen.performed if isinstance(command, SaveAnswer)]
    if answers:
        plain["survey"] = {a.question: "spoken" if a.score is None else a.score for a in answers}
    if seen.secret:
        plain["secret"] = seen.secret
    end = seen.session.end
    plain |= {"end": seen.end} | ({"outcome": end.outcome} if end is not None and end.outcome else {})
    return Expect.model_validate(plain)


def _telling(fields: Mapping[str, Any], names: Sequence[str], first_language: str) -> dict[str, Any]:
    said = {name: fields[name] for name in names if fields[name] not in ("", None) and fields[name] != []}
    return said if said.get("language") != first_language else {n: v for n, v in said.items() if n != "language"}


def told(steps: Sequence[Step]) -> str:
    """Return what the caller did as a sentence of at most a line."""
    words = ", ".join(_told(step) for step in steps if not isinstance(step, Hear)) or "listens"
    sentence = f"A caller {words}"
    return sentence if len(sentence) <= 110 else f"{sentence[:109]}…"


def _told(step: Step) -> str:  # noqa: PLR0911 - a table of sentences
    match step:
        case Press(press=keys) | Interrupt(interrupt=keys):
            return f"presses {keys}"
        case Say(say=text):
            return f'says "{text}"'
        case Speak(speak=seconds):
            return f"speaks for {length(seconds)}"
        case Silence(silence=times):
            return "is silent" if times == 1 else f"is silent {times} times"
        case Wait(wait=seconds):
            return f"waits {length(seconds)}"
        case Agent(agent=what):
            return {"answers": "an agent answers", "leaves": "the agent leaves", "gone": "the agent is gone"}[what]
        case Queue(queue=what):
            return {"full": "the queue is full", "late": "has waited too long"}[what]
        case HangUp():
            return "hangs up"
        case _:
            return "listens"
