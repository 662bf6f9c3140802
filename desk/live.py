"""What is shown live: pictures that change, told as a snapshot and then as what differs, each change with its number.

A topic's picture maps keys to values, all plain JSON. Whoever has missed changes gets those after the number they know,
or a new snapshot if that is too long ago. Whoever reads more slowly than things happen gets `resync` and snapshots:
nobody's slowness takes memory from the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from callcenter.accounts import Role
from callcenter.records import Closure, DraftHead, FlowAlias, FlowVersion
from desk.access import EVERYBODY, SUPERVISORS

KEPT: Final = 500  # changes of a topic that can be told again
WAITING: Final = 256  # messages for one client


class TopicName(StrEnum):
    FLOWS = "flows"  # name → live, newest, aliases
    DRAFTS = "drafts"  # name → lock, author, updated_at, and who has it open
    CLOSURE = "closure"  # "closure" → prompt, by, since; or null


MAY_SEE: Final[Mapping[TopicName, frozenset[Role]]] = {
    TopicName.FLOWS: SUPERVISORS,
    TopicName.DRAFTS: SUPERVISORS,
    TopicName.CLOSURE: EVERYBODY,
}

Picture = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One message to clients. `kind`: snapshot (`data` is the picture), or delta (`data`: {set, gone})."""

    topic: TopicName
    seq: int
    kind: str
    at: datetime
    data: Mapping[str, Any]

    def to_plain(self) -> dict[str, Any]:
        return {"topic": self.topic, "seq": self.seq, "type": self.kind, "at": _time(self.at), "data": self.data}


@dataclass(slots=True)
class Topic:
    """One picture and its latest changes. `seq` counts the changes."""

    name: TopicName
    seq: int = 0
    picture: Picture = field(default_factory=dict)
    _kept: deque[News] = field(default_factory=lambda: deque(maxlen=KEPT))

    def show(self, picture: Picture, now: datetime) -> News | None:
        """Take over a picture; return what differs, None if nothing does."""
        before = self.picture
        changed = {key: value for key, value in picture.items() if key not in before or before[key] != value}
        gone = sorted(before.keys() - picture.keys())
        self.picture = dict(picture)
        if not changed and not gone:
            return None
        self.seq += 1
        news = News(topic=self.name, seq=self.seq, kind="delta", at=now, data={"set": changed, "gone": gone})
        self._kept.append(news)
        return news

    def snapshot(self, now: datetime) -> News:
        return News(topic=self.name, seq=self.seq, kind="snapshot", at=now, data=self.picture)

    def since(self, seq: int | None, now: datetime) -> list[News]:
        """Return what somebody who knows all up to change `seq` has missed; None: they know nothing."""
        missed = [news for news in self._kept if seq is not None and news.seq > seq]
        if seq is None or seq > self.seq or len(missed) != self.seq - seq:
            return [self.snapshot(now)]
        return missed


@dataclass(slots=True)
class Outbox:
    """What is still to be sent to one client. When it is full it is emptied, and the client begins anew."""

    most: int = WAITING
    _waiting: deque[Mapping[str, Any]] = field(default_factory=deque)
    _lost: bool = False

    def put(self, message: Mapping[str, Any]) -> None:
        if self._lost:
            return
        self._waiting.append(message)
        if len(self._waiting) > self.most:
            self._waiting.clear()
            self._lost = True

    def take(self) -> Mapping[str, Any] | None:
        """Return the oldest message; None: there is none."""
        return self._waiting.popleft() if self._waiting else None

    def lost(self) -> bool:
        """Return whether messages were thrown away, once."""
        lost, self._lost = self._lost, False
        return lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Somebody has a flow open in an editor."""

    flow: str
    name: str
    since: datetime


def flows_picture(aliases: Iterable[FlowAlias], newest: Iterable[FlowVersion]) -> Picture:
    """Return what is known of each flow that was published."""
    found: dict[str, dict[str, Any]] = {
        one.name: {
            "live": None,
            "newest": one.version,
            "author": one.author,
            "message": one.message,
            "created_at": _time(one.created_at),
            "aliases": {},
        }
        for one in newest
    }
    for alias in aliases:
        if alias.flow in found:
            found[alias.flow]["aliases"][alias.alias] = {
                "version": alias.version,
                "by": alias.by,
                "at": _time(alias.at),
            }
            if alias.alias == "live":
                found[alias.flow]["live"] = alias.version
    return found


def drafts_picture(drafts: Iterable[DraftHead], opened: Iterable[Opened]) -> Picture:
    """Return who saved each draft, and who has which flow open; flows that are only open have no lock."""
    found: dict[str, dict[str, Any]] = {
        draft.name: {
            "lock": draft.lock,
            "author": draft.author,
            "updated_at": _time(draft.updated_at),
            "open": [],
        }
        for draft in drafts
    }
    for one in sorted(opened, key=lambda one: (one.flow, one.since, one.name)):
        nothing: dict[str, Any] = {"lock": None, "author": None, "updated_at": None, "open": []}
        there = found.setdefault(one.flow, nothing)["open"]
        known = next((person for person in there if person["name"] == one.name), None)
        if known is None:
            there.append({"name": one.name, "since": _time(one.since), "tabs": 1})
        else:
            known["tabs"] += 1
    return found


def closure_picture(closure: Closure | None) -> Picture:
    said = None if closure is None else {"prompt": closure.prompt, "by": closure.by, "since": _time(closure.since)}
    return {"closure": said}


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
