"""Compares what a case expects with what was seen, and says what differs so that it can be mended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from ivr.commands import (
    BookCallback,
    Command,
    Enqueue,
    Fetch,
    KeepVoicemail,
    Pay,
    Promise,
    RecordCall,
    SaveAnswer,
    Transfer,
    as_json,
)
from ivr.expressions import Value
from ivr.session import EndKind, Session, Wait
from ivr.testing.call import VirtualCall
from ivr.testing.cases import ANY, NONE, EndOfCase, Expect
from ivr.testing.voice import Said
from ivr.testing.words import instant_in

# What is expected of the last command of a kind, by the field of `Expect`.
COMMANDS: Final[Mapping[str, type[Command]]] = {
    "queue": Enqueue,
    "callback": BookCallback,
    "voicemail": KeepVoicemail,
    "payment": Pay,
    "promise": Promise,
    "transfer": Transfer,
    "recording": RecordCall,
}
_ENDS: Final[Mapping[EndKind, EndOfCase]] = {
    EndKind.HANGUP: "hung up",
    EndKind.CALLER: "caller hung up",
    EndKind.FALLBACK: "fallback",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of a call, as far as it may be expected."""

    path: tuple[str, ...]
    said: tuple[Said, ...]  # to the end
    session: Session
    performed: tuple[Command, ...]
    secret: tuple[str, ...]
    first_language: str

    @classmethod
    def of(cls, call: VirtualCall) -> Seen:
        main = call.turns[0].path[0].flow
        return cls(
            path=tuple(_visit(row.flow if row.flow != main else "", row.node, row.exit) for row in call.trail.rows()),
            said=tuple(said for said in call.heard if said.key and not said.cut),
            session=call.turn.session,
            performed=tuple(call.performed),
            secret=tuple(dict.fromkeys(call.secret)),
            first_language=call.turns[0].session.language,
        )

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts heard; with their language if it is another than the call began in."""
        return tuple(s.key if s.language == self.first_language else f"{s.language}/{s.key}" for s in self.said)

    @property
    def variables(self) -> Mapping[str, Value]:
        """What the flows have learned, those within others last."""
        found: dict[str, Value] = {}
        for frame in self.session.outer:
            found |= frame.variables
        return found | dict(self.session.variables)

    @property
    def end(self) -> EndOfCase:
        session = self.session
        if session.end is not None:
            return _ENDS[session.end.kind]
        if session.wait is Wait.TALK:
            return "talking"
        return "queued" if session.queued else "waiting"

    def last(self, kind: type[Command]) -> Command | None:
        return next((command for command in reversed(self.performed) if isinstance(command, kind)), None)


def _visit(flow: str, node: str, exit: str) -> str:
    place = f"{flow}:{node}" if flow else node
    return f"{place} -> {exit}" if exit else place


def unmet(expect: Expect, seen: Seen) -> Iterator[str]:
    """Yield what is expected and is not so, each as a text of one or more lines."""
    for field in type(expect).model_fields:
        wanted = getattr(expect, field)
        if field in expect.model_fields_set and wanted is not None:
            yield from CHECKS[field](field, wanted, seen)


Check = Callable[[str, Any, Seen], Iterator[str]]


def _path(field: str, wanted: Sequence[str], seen: Seen) -> Iterator[str]:
    yield from _in_order(field, wanted, seen.path, lambda item, one: item == one or one.startswith(f"{item} -> "))


def _prompts(field: str, wanted: Sequence[str], seen: Seen) -> Iterator[str]:
    yield from _in_order(field, wanted, seen.prompts, lambda item, one: item == one)


def _not_heard(field: str, wanted: Sequence[str], seen: Seen) -> Iterator[str]:
    for item in wanted:
        for said in seen.said:
            if item in (said.key, f"{said.language}/{said.key}") or item.casefold() in said.text.casefold():
                yield f"{field}: {item!r} was said: {said}"
                break


def _variables(field: str, wanted: Mapping[str, Value], seen: Seen) -> Iterator[str]:
    found = {**seen.variables, **{name: seen.session.scope[name] for name in ("intent", "language", "agent")}}
    for name, value in wanted.items():
        if value is None and name not in found:
            continue  # null: not set
        if name not in found:
            yield f"{field}: {name} is not set, should be {_shown(value)}; set are {', '.join(sorted(found))}"
        elif not _equal(value, found[name]):
            yield f"{field}: {name} is {_shown(found[name])}, should be {_shown(value)}"


def _command(field: str, wanted: Mapping[str, Any] | str, seen: Seen) -> Iterator[str]:
    command = seen.last(COMMANDS[field])
    if wanted == NONE:
        if command is not None:
            yield f"{field}: should not be, but is {_shown(as_json(command))}"
        return
    if command is None:
        yield f"{field}: there is none, should be {_shown(wanted)}"
        return
    plain = as_json(command)
    for name, value in wanted.items() if isinstance(wanted, Mapping) else ():
        if not _equal(value, plain.get(name)):
            yield f"{field}: {name} is {_shown(plain.get(name))}, should be {_shown(value)}"


def _survey(field: str, wanted: Mapping[str, Any] | str, seen: Seen) -> Iterator[str]:
    answers = [command for command in seen.performed if isinstance(command, SaveAnswer)]
    found = {one.question: one.score if one.score is not None else "spoken" for one in answers}
    if found != ({} if wanted == NONE else wanted):
        yield f"{field}: answers are {_shown(found)}, should be {_shown(wanted)}"


def _http(field: str, wanted: Sequence[Mapping[str, Any]], seen: Seen) -> Iterator[str]:
    asked = [as_json(command) for command in seen.performed if isinstance(command, Fetch)]
    if len(asked) != len(wanted):
        told = ", ".join(f"{one['method']} {one['url']}" for one in asked) or "none"
        yield f"{field}: {len(asked)} requests, should be {len(wanted)}: {told}"
    for number, (one, plain) in enumerate(zip(wanted, asked, strict=False), 1):
        for name, value in one.items():
            if not _equal(value, plain.get(name)):
                yield f"{field}: {name} of request {number} is {_shown(plain.get(name))}, should be {_shown(value)}"


def _secret(field: str, wanted: Sequence[str], seen: Seen) -> Iterator[str]:
    if sorted(wanted) != sorted(seen.secret):
        yield f"{field}: keys were taken in secret at {_shown(seen.secret)}, should be at {_shown(wanted)}"


def _end(field: str, wanted: str, seen: Seen) -> Iterator[str]:
    if seen.end != wanted:
        reason = seen.session.end.reason if seen.session.end else ""
        yield f"{field}: is {seen.end!r}{f' ({reason})' * bool(reason)}, should be {wanted!r}"


def _of_end(field: str, wanted: Any, seen: Seen) -> Iterator[str]:
    found = getattr(seen.session.end, field, None)
    if found != wanted:
        yield f"{field}: is {_shown(found)}, should be {_shown(wanted)}"


def _of_session(field: str, wanted: Any, seen: Seen) -> Iterator[str]:
    found = getattr(seen.session, field)
    if found != wanted:
        yield f"{field}: is {_shown(found)}, should be {_shown(wanted)}"


CHECKS: Final[Mapping[str, Check]] = {
    "path": _path,
    "prompts": _prompts,
    "not_heard": _not_heard,
    "variables": _variables,
    "language": _of_session,
    "intent": _of_session,
    **dict.fromkeys(COMMANDS, _command),
    "survey": _survey,
    "http": _http,
    "secret": _secret,
    "end": _end,
    "cause": _of_end,
    "outcome": _of_end,
}


# --------------------------------------------------------------------------------------------------- lists in order


def _in_order(
    field: str, wanted: Sequence[str], found: Sequence[str], same: Callable[[str, str], bool]
) -> Iterator[str]:
    """Yield how `found` differs from `wanted`, where `...` stands for anything."""
    at = _fits(wanted, found, same)
    if at is None:
        return
    item = wanted[at] if at < len(wanted) else "nothing more"
    lines = [
        f"{field}: does not go as expected; {item!r} is missing in its place"
        if at < len(wanted)
        else f"{field}: goes on after what is expected"
    ]
    lines.append(f"  expected: {_list(wanted)}")
    lines.append(f"  was:      {_list(found)}")
    yield "\n".join(lines)


def _fits(wanted: Sequence[str], found: Sequence[str], same: Callable[[str, str], bool]) -> int | None:
    """Return None if `found` is as `wanted`, else the number of the first item of `wanted` that no way reaches past."""
    places = {0}  # how many of `found` the items so far may take
    for number, item in enumerate(wanted):
        if item == ANY:
            places = set(range(min(places), len(found) + 1))
            continue
        places = {place + 1 for place in places if place < len(found) and same(item, found[place])}
        if not places:
            return number
    return None if len(found) in places else len(wanted)


def _list(items: Sequence[str]) -> str:
    return f"[{', '.join(items)}]"


# ------------------------------------------------------------------------------------------------------------ values


def _equal(wanted: Any, found: Any) -> bool:
    """Return whether `found`, plain JSON, is what an author wrote; a time may be written in any way."""
    if isinstance(wanted, datetime) or (isinstance(found, str) and isinstance(wanted, str) and wanted != found):
        return _same_instant(wanted, found)
    if isinstance(wanted, date):
        return bool(wanted.isoformat() == found)
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(_equal(value, found.get(name)) for name, value in wanted.items())
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    return bool(wanted == (list(found) if isinstance(found, tuple) else found))


def _same_instant(wanted: Any, found: Any) -> bool:
    try:
        return instant_in(wanted) == instant_in(found)
    except ValueError:
        return False


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        value = list(value)
    return json.dumps(value, ensure_ascii=False, default=str)
