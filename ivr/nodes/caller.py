"""caller: who is calling, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from ivr.commands import LookUp
from ivr.expressions import MAX_TEXT, Value
from ivr.happenings import Failed, Happening, Known
from ivr.nodes.confirming import in_language
from ivr.nodes.node import Node, Step
from ivr.nodes.words import Language
from ivr.session import Session, Wait

NEVER_DAYS: Final = 36_500  # of somebody who never called: `caller_days_since < 30` is then false

# What is taken of the caller's facts, each with what it is for a stranger. A variable bears the name with "caller_".
FACTS: Final[Mapping[str, Value]] = {
    "name": "",
    "vip": False,
    "language": "",
    "calls": 0,
    "last_agent": "",
    "last_intent": "",
    "last_outcome": "",
    "debts": 0,
    "debt_total": 0,
    "debt_currency": "",
    "debt_reference": "",
}
KNOWN: Final = "caller_known"
DAYS_SINCE: Final = "caller_days_since"
VARIABLES: Final = (KNOWN, DAYS_SINCE, *(f"caller_{name}" for name in FACTS))


class CallerNode(Node):
    """Look the caller up by their number and leave by `known` or `unknown`.

    Sets `caller_known` (yes or no), `caller_name`, `caller_vip`, `caller_language`, `caller_calls` (how many before),
    `caller_days_since` (the last), `caller_last_agent`, `caller_last_intent`, `caller_last_outcome`, `caller_debts`
    (how many), `caller_debt_total` (in cents), `caller_debt_currency` and `caller_debt_reference` (of the one longest
    due); of a stranger they are empty, 0 or false. If the caller prefers one of `languages`, the call goes on in it.
    `vip`, if connected, is taken in the place of `known` by those marked so; `failed`, if connected, in the place of
    `unknown` when nobody could be looked up.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.RESULT})

    kind: Literal["caller"] = "caller"
    v: Literal[1] = 1
    languages: Annotated[
        tuple[Language, ...],
        Field(max_length=20, description="Taken if the caller prefers one of them."),
    ] = ()

    def required_exits(self) -> tuple[str, ...]:
        return ("known", "unknown")

    def optional_exits(self) -> Mapping[str, str]:
        return {"vip": "known", "failed": "unknown"}

    def variables_set(self) -> Iterator[tuple[str, str]]:
        yield from (("kind", name) for name in VARIABLES)

    def enter(self, session: Session, now: datetime) -> Step:
        if not session.has_number:
            return Step(session=_with_facts(session, {}, now), exit="unknown", why="number withheld")
        return Step(session=replace(session, wait=Wait.RESULT), commands=(LookUp(number=session.caller),))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        if not isinstance(happening, Known):
            why = happening.reason if isinstance(happening, Failed) else happening.kind
            return Step(session=_with_facts(session, {}, now), exit="failed", why=why)
        found = _with_facts(session, happening.facts, now)
        if not found.variables[KNOWN]:
            return Step(session=found, exit="unknown")
        return Step(session=self._in_their_language(found), exit="vip" if found.variables["caller_vip"] else "known")

    def _in_their_language(self, session: Session) -> Session:
        wanted = str(session.variables["caller_language"])
        spoken = in_language({language: language for language in self.languages}, wanted) if wanted else None
        return replace(session, language=spoken) if spoken else session


def _with_facts(session: Session, facts: Mapping[str, Any], now: datetime) -> Session:
    taken = {f"caller_{name}": _fit(facts.get(name), default) for name, default in FACTS.items()}
    known = any(taken[f"caller_{name}"] for name in ("name", "calls", "debts", "vip"))
    days = _days_since(facts.get("last_call_at"), now)
    return session.with_variables({KNOWN: known, DAYS_SINCE: days, **taken})


def _fit(value: Any, default: Value) -> Value:
    """Return `value` if it is of the sort that is expected."""
    if type(value) is not type(default) and not (isinstance(value, str) and isinstance(default, str)):
        return default
    return str(value)[:MAX_TEXT] if isinstance(value, str) else value


def _days_since(at: Any, now: datetime) -> int:
    try:
        then = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
        return max(0, (now - then).days)
    except (ValueError, TypeError, OverflowError):  # none, no date, or one without a time zone
        return NEVER_DAYS
