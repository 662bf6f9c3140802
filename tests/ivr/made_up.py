"""A small centre's flows, and how tests play them: the happenings of one call, a second apart."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.bundle import Bundle
from ivr.commands import Command
from ivr.engine import Turn, resume, start
from ivr.flow import Flow, read
from ivr.happenings import Happening
from ivr.session import CallInfo

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday
CALL = CallInfo(call_id="1772463600.7", caller="+12025550143", did="+12025550100")
END = {"kind": "hangup"}
ALWAYS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def a_flow(nodes: dict[str, Any], **more: Any) -> Flow:
    """A flow that starts at node `a`."""
    return read({"name": "test", "start": "a", "nodes": nodes, **more})


def a_node(node: dict[str, Any], *exits: str) -> Bundle:
    """A flow of one node `a`, whose `exits` lead to a hangup each, named after the exit."""
    ends = {f"to-{name}": END for name in exits}
    return Bundle.of(a_flow({"a": {**node, "exits": {name: f"to-{name}" for name in exits}}, **ends}))


def played(bundle: Bundle | Flow, *happenings: Happening, call: CallInfo = CALL, now: datetime = NOW) -> Turn:
    """The last turn after `happenings`, a second apart."""
    bundle = bundle if isinstance(bundle, Bundle) else Bundle.of(bundle)
    turn = start(bundle, call, now)
    for number, happening in enumerate(happenings, 1):
        turn = resume(bundle, turn.session, happening, now + timedelta(seconds=number))
    return turn


def path(turn: Turn) -> list[str]:
    return [str(visit) for visit in turn.path]


def said(turn: Turn) -> tuple[str, ...]:
    """Every prompt of a turn's commands, in order."""
    return tuple(key for command in turn.commands for key in getattr(command, "prompts", ()))


def last(turn: Turn) -> Command:
    return turn.commands[-1]


def queue(name: str, **exits: str) -> dict[str, Any]:
    return {"kind": "queue", "queue": name, "exits": {"done": "say-goodbye", "unavailable": "say-busy", **exits}}


def say(*prompts: str, then: str) -> dict[str, Any]:
    return {"kind": "play", "prompts": list(prompts), "exits": {"next": then}}


WAIT = read(
    {
        "name": "wait",
        "start": "music",
        "nodes": {
            "music": {"kind": "music", "keys": {"1": "call-me"}, "exits": {"next": "music", "call-me": "callback"}},
            "callback": {"kind": "return", "by": "callback"},
        },
    }
)


def office(name: str, **nodes: dict[str, Any]) -> dict[str, Any]:
    """A flow that welcomes, asks whether it is sales, support or collections, and puts callers through.

    `nodes` are more of them, or others in the place of its own.
    """
    return {
        "name": name,
        "start": "welcome",
        "nodes": {
            "welcome": say("welcome", then="opening-hours"),
            "opening-hours": {
                "kind": "hours",
                "hours": {"timezone": "America/New_York", "weekly": ALWAYS},
                "exits": {"open": "choose", "closed": "say-closed"},
            },
            "choose": {
                "kind": "menu",
                "prompts": ["main-menu"],
                "choices": {
                    "sales": {"keys": ["1"], "intent": "sales"},
                    "support": {"keys": ["2"], "intent": "support"},
                    "collections": {"keys": ["3"], "intent": "collections"},
                    "agent": {"keys": ["0"], "intent": "agent"},
                },
                "exits": {
                    "sales": "sales",
                    "support": "support",
                    "collections": "ask-account",
                    "agent": "support",
                    "failed": "no-choice",
                },
            },
            "no-choice": say("connect-anyway", then="support"),
            "ask-account": {
                "kind": "collect",
                "prompts": ["enter-account"],
                "tries": 2,
                "into": "account",
                "min_digits": 4,
                "max_digits": 10,
                "exits": {"done": "collections", "failed": "no-account"},
            },
            "no-account": say("connect-anyway", then="collections"),
            "sales": queue("sales"),
            "support": queue("support"),
            "collections": queue("collections"),
            "say-busy": say("all-busy", then="end"),
            "say-closed": say("closed", "goodbye", then="end-closed"),
            "say-goodbye": say("goodbye", then="end"),
            "end": END,
            "end-closed": {"kind": "hangup", "outcome": "closed"},
            **nodes,
        },
    }


OFFICE = read(office("office"))
