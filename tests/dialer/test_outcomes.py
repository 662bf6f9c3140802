"""How a call that nobody answered is recorded. Causes and statuses are those Asterisk 22.10 gave for each response."""

import pytest

from callcenter.outbound import NOT_DIALLED, AttemptOutcome
from dialer.outcomes import BY_CAUSE, BY_STATUS, BY_WHOM, RANG_OUT, unanswered

NO_ANSWER, BUSY, INVALID, FAILED, CANCELLED = (
    AttemptOutcome.NO_ANSWER,
    AttemptOutcome.BUSY,
    AttemptOutcome.INVALID,
    AttemptOutcome.FAILED,
    AttemptOutcome.CANCELLED,
)


@pytest.mark.parametrize(
    ("response", "status", "cause", "at_once", "after_ringing"),
    [
        ("302", "BUSY", 23, FAILED, FAILED),  # Dial() with option i
        ("302", "CONGESTION", 23, FAILED, FAILED),  # without, and nobody at the other number
        ("400", "NOANSWER", 127, FAILED, NO_ANSWER),
        ("401", "NOANSWER", 21, FAILED, NO_ANSWER),
        ("403", "NOANSWER", 21, FAILED, NO_ANSWER),
        ("404", "NOANSWER", 1, INVALID, INVALID),
        ("408", "NOANSWER", 18, FAILED, NO_ANSWER),
        ("410", "NOANSWER", 22, INVALID, INVALID),
        ("480", "NOANSWER", 19, NO_ANSWER, NO_ANSWER),
        ("484", "NOANSWER", 28, INVALID, INVALID),
        ("486", "BUSY", 17, BUSY, BUSY),
        ("487", "NOANSWER", 127, FAILED, NO_ANSWER),
        ("488", "NOANSWER", 58, FAILED, FAILED),
        ("500", "NOANSWER", 38, FAILED, FAILED),
        ("501", "NOANSWER", 29, FAILED, FAILED),
        ("502", "NOANSWER", 27, FAILED, FAILED),
        ("503", "CONGESTION", 34, FAILED, FAILED),
        ("504", "NOANSWER", 102, FAILED, FAILED),
        ("580", "CONGESTION", 34, FAILED, FAILED),
        ("600", "BUSY", 17, BUSY, BUSY),
        ("603", "NOANSWER", 21, FAILED, NO_ANSWER),
        ("604", "NOANSWER", 1, INVALID, INVALID),
        ("606", "NOANSWER", 58, FAILED, FAILED),
        ("607", "NOANSWER", 127, FAILED, NO_ANSWER),
        ("none in time", "NOANSWER", 0, FAILED, NO_ANSWER),
        ("none in 32 s", "NOANSWER", 18, FAILED, NO_ANSWER),
        ("we hung up", "NOANSWER", 16, FAILED, NO_ANSWER),
    ],
)
def test_what_the_carrier_said(
    response: str, status: str, cause: int, at_once: AttemptOutcome, after_ringing: AttemptOutcome
) -> None:
    assert unanswered(status, cause, reached=False) is at_once
    assert unanswered(status, cause, reached=True) is after_ringing


@pytest.mark.parametrize("cause", [None, 0, 16, 99])
def test_a_cause_that_says_nothing_leaves_it_to_the_status(cause: int | None) -> None:
    assert unanswered("BUSY", cause, reached=True) is BUSY
    assert unanswered("CONGESTION", cause, reached=True) is FAILED
    assert unanswered("CHANUNAVAIL", cause, reached=False) is FAILED
    assert unanswered("NOANSWER", cause, reached=True) is NO_ANSWER
    assert unanswered("CANCEL", cause, reached=True) is NO_ANSWER
    assert unanswered("", cause, reached=True) is FAILED
    assert unanswered("", 21, reached=True) is NO_ANSWER
    assert unanswered("A WORD OF THE FUTURE", cause, reached=True) is FAILED


def test_a_call_we_cancel_is_cancelled_unless_its_cause_tells_of_the_number() -> None:
    assert unanswered("NOANSWER", 16, reached=True, cancelled=True) is CANCELLED
    assert unanswered("NOANSWER", 0, reached=True, cancelled=True) is CANCELLED
    assert unanswered("", None, reached=True, cancelled=True) is CANCELLED
    assert unanswered("BUSY", 17, reached=True, cancelled=True) is BUSY


def test_no_cause_is_in_two_tables_and_none_means_that_the_call_was_not_dialled() -> None:
    assert BY_CAUSE.keys().isdisjoint(BY_WHOM)
    assert BY_STATUS.keys().isdisjoint(RANG_OUT)
    assert NOT_DIALLED.isdisjoint([*BY_CAUSE.values(), *BY_STATUS.values()])
