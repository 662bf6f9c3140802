"""What keys mean to a question: when is an answer complete, and which keys were typed ahead."""

from __future__ import annotations

from ivr.commands import Collect
from ivr.happenings import Digits

ALL: str = "0123456789*#"


def answer(question: Collect, typed: str) -> tuple[Digits, str] | None:
    """Return the answer in the keys `typed` so far and the keys left over; None: more may come.

    >>> ask = Collect(prompts=("x",), max_digits=4, timeout_s=5, inter_digit_s=3, terminator="#")
    >>> answer(ask, "12"), answer(ask, "12#9")[1], answer(ask, "1234#")[1]
    (None, '9', '')
    """
    end = typed.find(question.terminator) if question.terminator else -1
    if 0 <= end <= question.max_digits:
        return Digits(keys=typed[:end], terminated=True), typed[end + 1 :]
    if len(typed) >= question.max_digits:
        return Digits(keys=typed[: question.max_digits]), typed[question.max_digits :]
    return None


def may_still_end(question: Collect, given: Digits) -> bool:
    """Return whether the caller was told to press the terminator and has not yet: it must not reach the next menu."""
    return bool(question.terminator) and not given.terminated
