"""What a carrier saw of our calls, judged. Pure.

The log is the truth: whether a number was called twice too soon is answered by the INVITEs that came, not by what a
dialer believes it sent. Each judge returns what is wrong; an empty list is a pass. Calls that never got as far as an
INVITE are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from callcenter.outbound import MIN_RING
from sim.phones.people import Outcome
from sim.phones.plans import PhoneCall

Pair = tuple[PhoneCall, PhoneCall]


def too_soon(calls: Iterable[PhoneCall], interval: timedelta) -> list[Pair]:
    """Return each two successive calls to one number that began less than `interval` apart."""
    return [
        (first, second)
        for to_one in _by_number(calls)
        for first, second in pairwise(to_one)
        if _began(second) - _began(first) < interval
    ]


def twice_at_once(calls: Iterable[PhoneCall]) -> list[Pair]:
    """Return each call together with one to the same number, begun earlier, that had not ended."""
    found = []
    for to_one in _by_number(calls):
        last = to_one[0]  # of those so far, the one that ended last
        for call in to_one[1:]:
            if last.ended_at is None or _began(call) < last.ended_at:
                found.append((last, call))
            if last.ended_at and (call.ended_at is None or call.ended_at > last.ended_at):
                last = call
    return found


def out_of_hours(calls: Iterable[PhoneCall], allowed: Callable[[str, datetime], bool]) -> list[PhoneCall]:
    """Return the calls that began when `allowed(number, at)` said no."""
    return [call for to_one in _by_number(calls) for call in to_one if not allowed(call.number, _began(call))]


def gave_up_early(calls: Iterable[PhoneCall], least_s: float = MIN_RING.total_seconds()) -> list[PhoneCall]:
    """Return the calls cancelled after less than `least_s` of ringing; 16 CFR 310.4(b)(4)(ii) says 15, or four rings.

    A call that is cancelled before it rings disturbs nobody. One that was answered while the CANCEL came was answered.
    """
    least = timedelta(seconds=least_s)
    return [
        call
        for to_one in _by_number(calls)
        for call in to_one
        if call.ringing_at and call.cancelled_at and not call.answered_at
        if call.cancelled_at - call.ringing_at < least
    ]


def without_agent(calls: Iterable[PhoneCall]) -> list[PhoneCall]:
    """Return the calls that a person answered and that ended without an agent having been heard."""
    return [
        call
        for to_one in _by_number(calls)
        for call in to_one
        if call.expected == Outcome.ANSWERS and call.answered_at and call.ended_at and not call.agents_heard
    ]


def _by_number(calls: Iterable[PhoneCall]) -> Iterable[list[PhoneCall]]:
    """Group calls by number, each group in order of the INVITE. Numbers with and without + are one."""
    begun = [call for call in calls if call.invited_at]
    begun.sort(key=lambda call: (call.number.removeprefix("+"), _began(call)))
    return [list(group) for _, group in groupby(begun, key=lambda call: call.number.removeprefix("+"))]


def _began(call: PhoneCall) -> datetime:
    if call.invited_at is None:
        raise ValueError(f"call {call.id} to {call.number} has not begun")
    return call.invited_at
