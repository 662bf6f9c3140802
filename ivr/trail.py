"""The trail of one call: what was put in, and where it went. Kept with the session, for replay and for counting.

    trail = Trail.begun(call, turn, now)          after engine.start
    trail.went_on(happening, turn, now)           after each engine.resume
    trail.to_json()                               → IvrSession.inputs; `Trail.from_json` goes on with them
    trail.rows(), trail.stored()                  → visits to be stored, and that they are

Keys and words of a secure question are kept as their number only: the trail knows what was asked, nobody can forget it.

The JSON is a list. Its first entry is the call: {"kind": "call", "call_id", "at", "caller", "did", …, "visits": how
many there were, "open": [[seq, flow, node], …] where the caller still is, outermost first}. Then one per happening:
{"after_s": 12.5, "flow": "main", "node": "choose", "kind": "digits", "keys": "3"}; with "secure": 16 in the place of 16
keys, and "cut": true where a body was too long to be kept. What has its default is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, get_args

from callcenter.errors import StoreError
from callcenter.records import Visit as VisitRow
from ivr.commands import Collect
from ivr.engine import Turn, Visit
from ivr.happenings import Digits, Fetched, Happening, Heard
from ivr.session import CallInfo

MAX_INPUTS: Final = 1_000  # of one call; who waits for hours does not need more to be understood
MAX_VISITS: Final = 2_000  # of one call
MAX_BODY: Final = 4_000  # characters of another system's answer
TAKEN: Final = "taken"  # exit of a node of a wait flow where an agent, or the end of the wait, took the caller away

_KINDS: Final[Mapping[str, type[Happening]]] = {sort.kind: sort for sort in get_args(Happening)}
# The fields of each, with their defaults; MISSING: must be given.
_FIELDS: Final = {kind: {f.name: f.default for f in fields(sort)} for kind, sort in _KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What happened `after_s` seconds after the call began, at a node.

    `secure`: so many keys or characters were given in secret, `happening` is without them. `cut`: `happening` is
    without its body.
    """

    after_s: float
    flow: str
    node: str
    happening: Happening
    secure: int = 0
    cut: bool = False


@dataclass(slots=True, kw_only=True)
class _Arrival:
    """One node come to, and how it was left: not yet, if `exit` is empty."""

    flow: str
    node: str
    at: datetime
    exit: str = ""


@dataclass(slots=True)
class Trail:
    """Grows with the call it belongs to."""

    call: CallInfo
    began_at: datetime
    inputs: list[Input] = field(default_factory=list)
    versions: Mapping[str, int] = field(default_factory=dict)
    _seen: int = 0  # visits of this call so far, stored or not
    _open: list[int] = field(default_factory=list)  # seq of nodes not left yet, outermost first
    _visits: dict[int, _Arrival] = field(default_factory=dict)  # open, or not stored yet
    _due: set[int] = field(default_factory=set)  # to be stored
    _place: tuple[str, str] = ("", "")
    # What is not known to be harmless is not kept: so for a trail that was read from the store.
    _secure: bool = True

    @classmethod
    def begun(cls, call: CallInfo, turn: Turn, now: datetime) -> Trail:
        """Return the trail of a call after its first turn."""
        trail = cls(call, now)
        trail._follow(turn, now)
        return trail

    def went_on(self, happening: Happening, turn: Turn, now: datetime) -> None:
        """Note what happened, and the turn that followed from it."""
        if len(self.inputs) < MAX_INPUTS:
            flow, node = self._place
            after_s = round((now - self.began_at).total_seconds(), 3)
            kept, secure, cut = _kept(happening, self._secure)
            given = Input(after_s=after_s, flow=flow, node=node, happening=kept, secure=secure, cut=cut)
            self.inputs.append(given)
        self._follow(turn, now)

    # ------------------------------------------------------------------------------------------------ visits

    def rows(self) -> tuple[VisitRow, ...]:
        """Return the visits that the store does not have yet, or not as they are now."""
        return tuple(
            VisitRow(
                call_id=self.call.call_id,
                seq=seq,
                flow=visit.flow,
                version=self.versions.get(visit.flow, 0),
                node=visit.node,
                exit=visit.exit,
                at=visit.at,
            )
            for seq in sorted(self._due)
            if (visit := self._visits[seq])
        )

    def stored(self) -> None:
        """Note that what `rows` returned is in the store."""
        self._due.clear()
        self._visits = {seq: self._visits[seq] for seq in self._open}

    def _follow(self, turn: Turn, now: datetime) -> None:
        self.versions = turn.session.versions
        for visit in turn.path:
            self._pass(visit, now)
        self._place = (turn.session.flow, turn.session.node)
        last = turn.commands[-1] if turn.commands else None
        self._secure = isinstance(last, Collect) and last.secure

    def _pass(self, visit: Visit, now: datetime) -> None:
        seq = self._here(visit)
        if seq is None:
            if self._seen >= MAX_VISITS:
                return
            seq, self._seen = self._seen, self._seen + 1
            self._visits[seq] = _Arrival(flow=visit.flow, node=visit.node, at=now)
            self._open.append(seq)
            self._due.add(seq)
        if visit.exit:
            self._leave(seq, visit.exit)

    def _here(self, visit: Visit) -> int | None:
        """Return the visit that goes on; what was open within it was cut off."""
        for depth in reversed(range(len(self._open))):
            seq = self._open[depth]
            if (self._visits[seq].flow, self._visits[seq].node) == (visit.flow, visit.node):
                for inner in self._open[depth + 1 :]:
                    self._leave(inner, TAKEN)
                return seq
        return None

    def _leave(self, seq: int, exit: str) -> None:
        self._open.remove(seq)
        self._visits[seq].exit = exit
        self._due.add(seq)

    # -------------------------------------------------------------------------------------------------- JSON

    def to_json(self) -> tuple[dict[str, Any], ...]:
        """Return the trail as plain JSON, for `IvrSession.inputs`."""
        call = {
            "kind": "call",
            "at": self.began_at.isoformat(),
            **{f.name: value for f in fields(CallInfo) if (value := getattr(self.call, f.name))},
            "visits": self._seen,
            "open": [[seq, self._visits[seq].flow, self._visits[seq].node] for seq in self._open],
        }
        if self.call.since is not None:
            call["since"] = self.call.since.isoformat()
        return (call, *(_as_json(given) for given in self.inputs))

    @classmethod
    def from_json(cls, entries: Sequence[Mapping[str, Any]]) -> Trail:
        """Return the trail that `to_json` wrote, its visits up to then stored; raise StoreError if it is damaged.

        Inputs of a kind this program does not know are left out.
        """
        try:
            head, *rest = entries
            since = head.get("since")
            call = CallInfo(
                call_id=head["call_id"],
                **{name: head[name] for name in ("caller", "did", "language", "variables", "intent") if name in head},
                since=datetime.fromisoformat(since) if since else None,
            )
            trail = cls(call, datetime.fromisoformat(head["at"]), list(_read(rest)))
            trail._seen = head["visits"]
            trail._open = [seq for seq, _, _ in head["open"]]
            # When they came there the store knows: it keeps the time of a visit it has.
            trail._visits = {s: _Arrival(flow=f, node=n, at=trail.began_at) for s, f, n in head["open"]}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreError(f"stored trail is damaged: {type(error).__name__}: {error}") from None
        trail._place = tuple(head["open"][-1][1:]) if head["open"] else ("", "")
        return trail


def _kept(happening: Happening, secure: bool) -> tuple[Happening, int, bool]:
    """Return `happening` as it may be kept, how many characters of it were secret, and whether something was cut."""
    match happening:
        case Digits() if secure:
            return Digits(keys="", terminated=happening.terminated), len(happening.keys), False
        case Heard() if secure:
            return Heard(choice=happening.choice, score=happening.score), len(happening.text), False
        case Fetched(body=body) if body is not None and len(json.dumps(body, default=str)) > MAX_BODY:
            return Fetched(status=happening.status), 0, True
    return happening, 0, False


def _as_json(given: Input) -> dict[str, Any]:
    happening = given.happening
    values = {name: getattr(happening, name) for name in _FIELDS[happening.kind]}
    said = {name: value for name, value in values.items() if value != _FIELDS[happening.kind][name]}
    marks: dict[str, Any] = {"secure": given.secure} if given.secure else {}
    if given.cut:
        marks["cut"] = True
    place = {"after_s": given.after_s, "flow": given.flow, "node": given.node, "kind": happening.kind}
    return {**place, **said, **marks}


def _read(entries: Iterable[Mapping[str, Any]]) -> Iterable[Input]:
    for entry in entries:
        sort = _KINDS.get(entry["kind"])
        if sort is None:
            continue
        values = {name: entry[name] for name in _FIELDS[sort.kind] if name in entry}
        yield Input(
            after_s=float(entry["after_s"]),
            flow=entry["flow"],
            node=entry["node"],
            happening=sort(**values),
            secure=entry.get("secure", 0),
            cut=entry.get("cut", False),
        )
