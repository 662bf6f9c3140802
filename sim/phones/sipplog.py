"""SIPp's own log, line by line, folded into `PhoneCall`s. Pure.

Two kinds of lines share one file, both flushed by SIPp as they happen and stamped with its clock (µs):

    2026-11-22	01:13:32.505866	1795310012.505866	S	c1@x	CSeq:1 INVITE	INVITE sip:200@127.0.0.1:17060 SIP/2.0
    2026-11-22	01:13:35.006133	1795310015.006133 L c1@x keys 9#

S and R come from `-trace_shortmsg` (sent, received), L from <log> actions of our scenario and, for keys, from us.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sim.phones.plans import EndedBy, KeysPressed, PhoneCall

SIP_LINE: Final = re.compile(r"\S+\s+\S+\s+(\d+\.\d+)\s+([SRL])\s+(\S+)\s+(.*)")
CSEQ: Final = re.compile(r"CSeq:\s*\d+ (\w+)\s+(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line: `way` is S (sent), R (received) or L (a note of the scenario's or ours).

    For S and R `method` is the CSeq's method and `text` the first line of the message; for L the note's first word
    and the rest.
    """

    at: datetime
    way: str
    call_id: str
    method: str
    text: str

    @property
    def status(self) -> int | None:
        """SIP status if this is a response."""
        return int(self.text.split()[1]) if self.text.startswith("SIP/2.0 ") else None


def parse_line(text: str) -> LogLine | None:
    """Return the line, or None if it is none of ours."""
    match = SIP_LINE.fullmatch(text.strip())
    if match is None:
        return None
    epoch, way, call_id, rest = match.groups()
    cseq = CSEQ.fullmatch(rest)
    if way != "L" and cseq is None:
        return None
    method, content = cseq.groups() if cseq else (rest.partition(" ")[0], rest.partition(" ")[2])
    return LogLine(
        at=datetime.fromtimestamp(float(epoch), UTC), way=way, call_id=call_id, method=method, text=content.strip()
    )


def render_note(at: datetime, call_id: str, text: str) -> str:
    """Return a note of ours as a line like the others.

    >>> parse_line(render_note(datetime(2026, 11, 22, tzinfo=UTC), "c1", "keys 9#")).text
    '9#'
    """
    return f"{at:%Y-%m-%d\t%H:%M:%S.%f}\t{at.timestamp():.6f} L {call_id} {text}\n"


def advance(call: PhoneCall, line: LogLine) -> PhoneCall:
    """Return `call` after `line`; lines that say nothing about the call leave it as it is."""
    if line.way == "L":
        step = NOTES.get(line.method)
    elif line.status is not None:
        step = _response if line.method == "INVITE" else None
    else:
        step = REQUESTS.get((line.way, line.text.partition(" ")[0]))
    return step(call, line) if step else call


def _invited(call: PhoneCall, line: LogLine) -> PhoneCall:
    return call if call.invited_at else replace(call, invited_at=line.at)


def _response(call: PhoneCall, line: LogLine) -> PhoneCall:
    status = line.status or 0
    if call.status is not None or status in (100, 401, 407):
        return call  # a challenge is no end: the phone tries again with credentials
    if status < 200:
        return replace(call, ringing_at=call.ringing_at or line.at)
    if status < 300:
        return replace(call, status=status, answered_at=line.at)
    by = call.ended_by or (EndedBy.PHONE if line.way == "S" else EndedBy.SERVER)
    return replace(call, status=status, ended_at=call.ended_at or line.at, ended_by=by)


def _ended(call: PhoneCall, line: LogLine) -> PhoneCall:
    if call.ended_at:
        return call
    return replace(call, ended_at=line.at, ended_by=EndedBy.SERVER if line.way == "R" else EndedBy.PHONE)


def _cancelled(call: PhoneCall, line: LogLine) -> PhoneCall:
    call = replace(call, cancelled_at=call.cancelled_at or line.at)
    if call.incoming and call.answered_at:
        return call  # our 200 crossed it: the call is up until their BYE
    return _ended(call, line)


def _expired(call: PhoneCall, line: LogLine) -> PhoneCall:
    return call if call.ended_at else replace(call, ended_at=line.at, ended_by=EndedBy.SERVER)


def _keys(call: PhoneCall, line: LogLine) -> PhoneCall:
    return replace(call, keys=(*call.keys, KeysPressed(digits=line.text, at=line.at)))


def _caller(call: PhoneCall, line: LogLine) -> PhoneCall:
    return replace(call, caller=line.text)


Step = Callable[[PhoneCall, LogLine], PhoneCall]

REQUESTS: Final[Mapping[tuple[str, str], Step]] = {
    ("S", "INVITE"): _invited,
    ("R", "INVITE"): _invited,
    ("S", "CANCEL"): _cancelled,
    ("R", "CANCEL"): _cancelled,
    ("S", "BYE"): _ended,
    ("R", "BYE"): _ended,
}
NOTES: Final[Mapping[str, Step]] = {
    "keys": _keys,
    "caller": _caller,
    "vanished": _ended,
    "expired": _expired,
    "end": _ended,  # no answer at all, or a registration: nothing else said that it is over
}
