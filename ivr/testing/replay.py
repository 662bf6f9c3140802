"""Calls of the past through another flow: where would these callers have gone instead?

What callers did is given to the nodes it was given to before, in order; what other systems said, to the same questions.
Both flows, the one that the call ran on and the other, are played by the same rules, so that what differs is due to the
flow alone. Where the other flow asks something that these callers were never asked, nobody knows what they would have
said: the replay of that call ends there, and says so. Keys that were given in secret were not kept; right ones take
their place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from callcenter.cards import luhn_valid
from ivr import engine
from ivr.bundle import Bundle
from ivr.commands import (
    AskPlace,
    BookCallback,
    Collect,
    Command,
    Enqueue,
    KeepVoicemail,
    LookUp,
    Music,
    Pay,
    Promise,
    Record,
    Transfer,
)
from ivr.diff import Sort, diff
from ivr.engine import Turn
from ivr.happenings import (
    Digits,
    Done,
    Failed,
    Happening,
    HungUp,
    Known,
    NoInput,
    Paid,
    Placed,
    Recorded,
    Transferred,
)
from ivr.nodes import CollectNode
from ivr.session import ACCEPTS, OF_THE_QUEUE, EndKind
from ivr.trail import TAKEN, Input, Trail

MAX_TURNS: Final = 5_000  # of one replay
PASSIVE: Final = (NoInput, Placed)  # comes by itself: may be passed over
# What answers a question wherever it was asked, as it is about the caller and not about the node.
BY_KIND: Final[Mapping[type, tuple[type[Happening], ...]]] = {
    LookUp: (Known,),
    Pay: (Paid, Failed),
    Record: (Recorded,),
    Transfer: (Transferred,),
}
DONE: Final = (BookCallback, KeepVoicemail, Promise)  # is taken to succeed
ASKED_AGAIN: Final = "not known: asked again"
ENDS_HERE: Final = "(ends here)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where a call went. `left`: for each place (node, or flow:node), how it was left each time: `exit → target`.

    `queues`: those waited in. `end`: how it ended. `unknown`: what nobody knows the answer to, "" if there is nothing.
    """

    left: Mapping[str, tuple[str, ...]]
    queues: tuple[str, ...]
    end: str
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What differs at one place."""

    place: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One call, before and now. `moves` empty: it goes the same way."""

    call_id: str
    at: datetime
    moves: tuple[Move, ...]
    before: Way
    now: Way


def replay(trail: Trail, before: Bundle, now: Bundle) -> Replayed:
    """Play a recorded call on the flows it ran on and on others; return what differs."""
    renamed = _renamed(before, now)
    then = _Playing(trail, before, {}).run()
    instead = _Playing(trail, now, renamed).run()
    return Replayed(
        call_id=trail.call.call_id,
        at=trail.began_at,
        moves=tuple(_moves(then, instead, renamed)),
        before=then,
        now=instead,
    )


def counted(replays: Iterable[Replayed]) -> list[tuple[Move, int]]:
    """Return every move with the number of calls that it would have had, most first."""
    counts = Counter(move for one in replays for move in set(one.moves))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0].place, item[0].before, item[0].now))


# ------------------------------------------------------------------------------------------------- what differs


def _moves(before: Way, now: Way, renamed: Mapping[str, str]) -> Iterator[Move]:
    """Yield what differs, at places that both came to; how often they came there does not count."""
    for place, ways in now.left.items():
        was = before.left.get(renamed.get(place, place), ())
        for one, other in zip(was, ways, strict=False):
            if one != other and TAKEN not in (one, other):
                yield Move(place=place, before=one or ENDS_HERE, now=other or ENDS_HERE)
                break
    if before.queues != now.queues and not now.unknown:
        yield Move(place="(queue)", before=", ".join(before.queues) or "none", now=", ".join(now.queues) or "none")
    if before.end != now.end:
        yield Move(place="(end)", before=before.end, now=now.end)


def _renamed(before: Bundle, now: Bundle) -> dict[str, str]:
    """Return now → before for places that only bear another name."""
    found: dict[str, str] = {}
    for name, flow in now.flows.items():
        old = before.flows.get(name)
        prefix = "" if name == now.main else f"{name}:"
        for change in diff(old, flow) if old is not None and old != flow else ():
            if change.sort is Sort.RENAMED:
                found[f"{prefix}{change.after}"] = f"{prefix}{change.before}"
    return found


# ------------------------------------------------------------------------------------------------------ playing


@dataclass(slots=True)
class _Playing:
    """One recorded call on one set of flows."""

    recorded: Trail
    bundle: Bundle
    renamed: Mapping[str, str]
    now_s: float = 0.0
    used: set[int] = field(default_factory=set)  # of the inputs
    queues: list[str] = field(default_factory=list)

    def run(self) -> Way:
        call = self.recorded.call
        turn = engine.start(self.bundle, call, self.recorded.began_at)
        trail = Trail.begun(call, turn, self.recorded.began_at)
        unknown = ""
        for _ in range(MAX_TURNS):
            self.queues += [command.queue for command in turn.commands if isinstance(command, Enqueue)]
            if turn.session.end is not None:
                break
            happening = self._next(turn)
            if happening is None:
                unknown = self._unanswered(turn)
                break
            now = self.recorded.began_at + timedelta(seconds=self.now_s)
            turn = engine.resume(self.bundle, turn.session, happening, now)
            trail.went_on(happening, turn, now)
        return Way(
            left=self._left(trail, self._place(turn) if unknown else ""),
            queues=tuple(dict.fromkeys(self.queues)),
            end=unknown or self._end(turn),
            unknown=unknown,
        )

    def _next(self, turn: Turn) -> Happening | None:
        """Return what happened next, None if nobody knows."""
        asked = turn.commands[-1] if turn.commands else None
        passive = True  # whether only what comes by itself is passed over
        for index, given in self._unused():
            if self._fits(turn, given, passive):
                elsewhere = self._elsewhere(turn, given)
                if isinstance(asked, Music) and elsewhere and given.after_s > self.now_s + asked.seconds:
                    return self._silence(asked)  # it has not come yet
                self.used.add(index)
                self.now_s = max(self.now_s, given.after_s)
                return self._in_full(turn, given)
            passive = passive and isinstance(given.happening, PASSIVE)
        return self._assumed(asked)

    def _unused(self) -> list[tuple[int, Input]]:
        return [(index, given) for index, given in enumerate(self.recorded.inputs) if index not in self.used]

    def _fits(self, turn: Turn, given: Input, passive: bool) -> bool:
        """Return whether it is the answer to what is asked now. `passive`: nothing that the caller did is before it."""
        session, sort = turn.session, type(given.happening)
        if given.cut:
            return False
        if sort in OF_THE_QUEUE:
            return session.queued
        if sort not in ACCEPTS[session.wait]:
            return False
        if sort is HungUp and passive and session.queued:
            return True  # they had waited long enough, whatever they were played
        return not self._elsewhere(turn, given)

    def _elsewhere(self, turn: Turn, given: Input) -> bool:
        """Return whether it happened at another node than the caller is at now."""
        was = given.node if given.flow == self.bundle.main else f"{given.flow}:{given.node}"
        place = self._place(turn)
        return was != self.renamed.get(place, place)

    def _place(self, turn: Turn) -> str:
        session = turn.session
        return session.node if session.flow == self.bundle.main else f"{session.flow}:{session.node}"

    def _assumed(self, asked: Command | None) -> Happening | None:
        """Return what can be taken for the answer though it was not given to this node."""
        inputs = self.recorded.inputs
        match asked:
            case Music() if any(given.after_s > self.now_s for _, given in self._unused()):
                return self._silence(asked)
            case AskPlace():
                placed = [given.happening for given in inputs if isinstance(given.happening, Placed)]
                return placed[-1] if placed else Placed()
            case _ if isinstance(asked, DONE):
                return Done()
        for given in inputs if asked is not None else ():
            if isinstance(given.happening, BY_KIND.get(type(asked), ())):
                return given.happening
        return None

    def _silence(self, asked: Music) -> Happening:
        self.now_s += asked.seconds
        return NoInput()

    def _in_full(self, turn: Turn, given: Input) -> Happening:
        """Return what happened, with right keys in the place of those that were not kept."""
        happening = given.happening
        if not given.secure or not isinstance(happening, Digits):
            return happening
        node = self.bundle.flows[turn.session.flow].nodes.get(turn.session.node)
        now = self.recorded.began_at
        right = right_keys(node.takes if isinstance(node, CollectNode) else "digits", given.secure, now)
        return Digits(keys=right, terminated=happening.terminated)

    def _unanswered(self, turn: Turn) -> str:
        asked = turn.commands[-1] if turn.commands else None
        if turn.session.queued:
            return f"waits on in {self.queues[-1] if self.queues else 'a queue'}"
        what = "asked" if isinstance(asked, Collect | Record) else f"answer to {asked.kind}" if asked else "waits"
        return f"not known: {what} at {self._place(turn)}"

    def _end(self, turn: Turn) -> str:
        end, place = turn.session.end, self._place(turn)
        if end is None:
            return f"at {place}"
        ends = {EndKind.HANGUP: "hung up", EndKind.CALLER: "caller hung up", EndKind.FALLBACK: "fallback"}
        return f"{ends[end.kind]} at {place}"

    def _left(self, trail: Trail, stopped: str) -> dict[str, tuple[str, ...]]:
        """Return how each place was left, each time; the one the replay stopped at by nobody knows what."""
        left: dict[str, list[str]] = {}
        for row in trail.rows():
            place = row.node if row.flow == self.bundle.main else f"{row.flow}:{row.node}"
            way = row.exit
            if way and way != TAKEN:
                node = self.bundle.flows[row.flow].nodes.get(row.node)
                target = node.leads_to(way) if node is not None else None
                prefix = "" if row.flow == self.bundle.main else f"{row.flow}:"
                was = self.renamed.get(f"{prefix}{target}", f"{prefix}{target}").removeprefix(prefix)
                way = f"{way} → {was}" if target else way
            left.setdefault(place, []).append(way or (ASKED_AGAIN if place == stopped else ""))
        return {place: tuple(ways) for place, ways in left.items()}


def right_keys(takes: str, count: int, now: datetime) -> str:
    """Return keys that a question for a card, its expiry, its code or just digits takes.

    >>> right_keys("card", 16, datetime(2026, 3, 2)), right_keys("expiry", 4, datetime(2026, 3, 2))
    ('4000000000000002', '1227')
    """
    if takes == "expiry":
        return f"12{(now.year + 1) % 100:02}"
    # With a check digit that is right, whether or not there must be one.
    stem = "4".ljust(count - 1, "0")[: count - 1]
    return next((f"{stem}{digit}" for digit in range(10) if luhn_valid(f"{stem}{digit}")), "1" * count)
