"""A call back that was promised: what the flow of that call is given, and where its person waits. Pure.

The flow `callback` runs when they have answered. Its queue node, with `called_back`, waits in the queue they were
promised, with the place, priority and skills of the first call; what that call had learned is known again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from callcenter.care import Callback
from ivr.expressions import Value
from ivr.session import CallInfo, Session

FLOW: Final = "callback"  # the shipped one, or the operator's under this name
# Variables of that flow; a queue cannot be named by an expression anywhere else.
QUEUE: Final = "callback_queue"
PRIORITY: Final = "callback_priority"
SKILLS: Final = "callback_skills"  # with blanks between


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Where they wait."""

    queue: str
    priority: int = 0
    skills: tuple[str, ...] = ()


def call_of(callback: Callback, *, call_id: str, did: str) -> CallInfo:
    """Return what is known of the call by which `callback` is kept. `did`: our number as shown to them."""
    given: dict[str, Value] = {QUEUE: callback.queue, PRIORITY: callback.priority, SKILLS: " ".join(callback.skills)}
    return CallInfo(
        call_id=call_id,
        caller=callback.number,
        did=did,
        language=callback.language,
        variables={**callback.data, **given},
        intent=callback.intent,
        since=callback.since,
    )


def call_without(queue: str, *, call_id: str, caller: str, did: str, language: str = "") -> CallInfo:
    """Return the same where the callback itself is not known any more: they still want an agent of `queue`."""
    return CallInfo(call_id=call_id, caller=caller, did=did, language=language, variables={QUEUE: queue})


def promise_of(session: Session) -> Promise | None:
    """Return where the person of this call was promised to wait, None if it is no call back."""
    queue = session.variables.get(QUEUE)
    if not queue:
        return None
    priority = session.variables.get(PRIORITY)
    return Promise(
        queue=str(queue),
        priority=priority if isinstance(priority, int) else 0,
        skills=tuple(str(session.variables.get(SKILLS) or "").split()),
    )
