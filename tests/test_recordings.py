"""Recorded reality: what a real Asterisk sent, replayed through tracker and floor, against all that they made of it.

tests/recordings/<scenario>.jsonl is the recording, <scenario>.txt the full ordered list of happenings (what was seen)
and effects (what the acd did about it). `pytest --update` writes the list anew; read the difference before committing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acd.effects import AgentMoved, Effect, Publish
from acd.floor import Floor
from app.demo import centre as demo
from callcenter.happenings import CallWaits
from callcenter.records import Agent, Queue, Waiting
from callcenter.tracker import Tracker

RECORDINGS = sorted((Path(__file__).parent / "recordings").glob("*.jsonl"))
WRAP_UP = Queue(name="any", title="any").wrap_up


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recording_gives_the_expected_events(path: Path, pytestconfig: pytest.Config) -> None:
    head, *events = (json.loads(line) for line in path.read_text().splitlines())
    story = "\n".join([f"# {head['done']}", f"# Asterisk {head['asterisk']}", *tell(head["agents"], events)]) + "\n"
    golden = path.with_suffix(".txt")
    if pytestconfig.getoption("--update"):
        golden.write_text(story)
    assert story == golden.read_text()


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) >= 8


def tell(agents: Mapping[str, str], events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each happening and each effect, with legs and times made readable."""
    tracker, floor = Tracker(), Floor()
    names = {leg: f"agent{agent}" for agent, leg in agents.items()}
    events = [event for event in events if "Timestamp" in event]
    first = events[0]
    start = datetime.fromtimestamp(float(first["Timestamp"]), UTC)
    people = [
        Agent(id=agent, name=agent, phone=demo.phone_of(agent), queues=queues) for agent, queues in demo.AGENTS.items()
    ]
    floor.configure(people, [Queue(name=name, title=name) for name in demo.QUEUES], start)
    for agent, leg in agents.items():
        person = next(one for one in people if one.id == agent)
        floor.log_in(person, leg, f"PJSIP/{person.phone}-parked", start)
    for event in events:
        for happening in tracker.observe(event):
            yield f"{_seconds(happening.at, start):6.1f}  {_line(happening, names)}"
            yield from (f"          {_effect(effect, names)}" for effect in _effects(floor, happening))


def _effects(floor: Floor, happening: Any) -> list[Effect]:
    if isinstance(happening, CallWaits):
        row = Waiting(call_id=happening.call, channel=happening.channel, queue=happening.queue, since=happening.at)
        return floor.waits(row, happening.at)
    return floor.observe(happening)


def _line(value: Any, names: dict[str, str]) -> str:
    known = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in {"at", "kind"}}
    shown = [f"{name}={_plain(one, names)}" for name, one in known.items() if one not in (None, "", ())]
    return f"{type(value).__name__} {' '.join(shown)}".rstrip()


def _effect(effect: Effect, names: dict[str, str]) -> str:
    if isinstance(effect, AgentMoved):
        before, after = effect.before, effect.after
        return f"-> agent {after.agent.id}: {before.state} -[{effect.event}]> {after.state}"
    if isinstance(effect, Publish):
        return f"-> publish {_line(effect.message, names)}"
    return f"-> {_line(effect, names)}"


def _plain(value: Any, names: dict[str, str]) -> str:
    """Uniqueids become leg1, leg2, …, channels lose their counter, times and reasons are left out."""
    if hasattr(value, "__dataclass_fields__"):
        return f"({_line(value, names)})"
    if isinstance(value, datetime):
        return "…"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_plain(one, names)}" for key, one in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(_plain(one, names) for one in value if not re.search(r"\d s", str(one))) + ")"
    text = str(value)
    if re.fullmatch(r"[a-z]+-\d+\.\d+", text):
        return names.setdefault(text, f"leg{len([n for n in names.values() if n.startswith('leg')]) + 1}")
    for leg, name in names.items():
        text = text.replace(leg, name)
    return re.sub(r"-[0-9a-f]{8}\b", "-…", text)


def _seconds(at: datetime, start: datetime) -> float:
    return (at - start).total_seconds()
