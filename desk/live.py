"""What is shown live: pictures that change, told as a snapshot and then as what differs, each change with its number.

A topic's picture maps keys to values, all plain JSON. Whoever has missed changes gets those after the number they know,
or a new snapshot if that is too long ago. Whoever reads more slowly than things happen gets `resync` and snapshots:
nobody's slowness takes memory from the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from callcenter.accounts import Role
from callcenter.records import Closure, DraftHead, FlowAlias, FlowVersion
from desk.access import ADMIN, EVERYBODY, SUPERVISORS

KEPT: Final = 500  # changes of a topic that can be told again
WAITING: Final = 256  # messages for one client
# Kinds of entries of the audit log that pages show lists of; who signs in when is nobody's business.
FOLLOWED: Final = frozenset(
    {"block", "callback", "campaign", "debt", "dnc", "leads", "people", "person", "prompts", "setup", "voicemail"}
)
OVERLAP: Final = 100  # entries of the audit log that are looked at again
WALK_KEPT: Final = timedelta(hours=1)
WALK_SHOWN: Final = 500  # the last steps of a call that tries a draft


class TopicName(StrEnum):
    FLOWS = "flows"  # name → live, newest, aliases
    DRAFTS = "drafts"  # name → lock, author, updated_at, and who has it open
    CLOSURE = "closure"  # "closure" → prompt, by, since; or null
    LISTS = "lists"  # what was changed, as the audit log calls it → a number, another one after each change
    TRIALS = "trials"  # a call that tries a draft → its way so far: [flow, node, exit], …; exit "": it is there


MAY_SEE: Final[Mapping[TopicName, frozenset[Role]]] = {
    TopicName.FLOWS: SUPERVISORS,
    TopicName.DRAFTS: SUPERVISORS,
    TopicName.CLOSURE: EVERYBODY,
    TopicName.LISTS: SUPERVISORS,
    TopicName.TRIALS: ADMIN,
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


@dataclass(slots=True)
class Marks:
    """What was changed, as the audit log tells: pages that show it ask for it anew.

    An entry may be written a moment before what it tells of: what was noted in one look is marked again in the next.
    """

    _top: int | None = None
    _before: int = 0  # of the first look: what was changed until then is in whatever is shown
    _seen: set[int] = field(default_factory=set)
    _marks: dict[str, int] = field(default_factory=dict)
    _fresh: set[str] = field(default_factory=set)

    @property
    def after(self) -> int | None:
        """From which entry on to look; None: nothing is known yet. Numbers are given before entries can be seen."""
        return None if self._top is None else max(0, self._top - OVERLAP)

    def note(self, entries: Iterable[tuple[int, str]]) -> Picture:
        """Note entries of the audit log; return the marks."""
        if self._top is None:
            self._top = self._before = max((seq for seq, _ in entries), default=0)
        new = [(seq, what) for seq, what in entries if seq > self._before and seq not in self._seen]
        changed = {what for _, what in new if what in FOLLOWED}
        for what in changed | self._fresh:
            self._marks[what] = self._marks.get(what, 0) + 1
        self._fresh = changed
        self._top = max([self._top, *(seq for seq, _ in new)])
        self._seen = {seq for seq in self._seen | {seq for seq, _ in new} if seq > self._top - OVERLAP}
        return dict(self._marks)


@dataclass(slots=True)
class Walks:
    """The ways of the calls that try drafts, as the ivr tells them; forgotten some time after it told the last step."""

    _ways: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    _last: dict[str, datetime] = field(default_factory=dict)

    def went(self, trial: str, visits: Iterable[Sequence[Any]], now: datetime) -> None:
        """Note visits, each as [seq, flow, node, exit]; what is none of that is passed over."""
        way = self._ways.setdefault(trial, {})
        for visit in visits:
            if len(visit) == 4 and isinstance(visit[0], int):
                way[visit[0]] = [str(part) for part in visit[1:]]
        self._last[trial] = now

    def picture(self, now: datetime) -> Picture:
        for trial in [trial for trial, at in self._last.items() if now - at > WALK_KEPT]:
            del self._ways[trial], self._last[trial]
        return {trial: [way[seq] for seq in sorted(way)[-WALK_SHOWN:]] for trial, way in self._ways.items()}


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
