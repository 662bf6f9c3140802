"""Asterisk's own call records."""

from datetime import UTC, datetime

from acd.cdr import parse, unseen
from callcenter.records import Outcome

LINE = (
    '"main-1.1","main-1.1","+12025550143","s","{context}","PJSIP/t-1","{start}","0.000000","{end}","ANSWERED","{did}"'
)


def line(start: float = 100.5, end: float = 160.25, did: str = "+12025550100", context: str = "inbound") -> str:
    return LINE.format(start=f"{start:.6f}", end=f"{end:.6f}", did=did, context=context)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_a_record_of_a_caller() -> None:
    (cdr,) = parse([line()])
    assert (cdr.id, cdr.caller, cdr.did) == ("main-1.1", "+12025550143", "+12025550100")
    assert (cdr.started_at, cdr.answered_at, cdr.ended_at) == (at(100.5), None, at(160.25))


def test_legs_of_agents_cut_lines_and_garbage_are_passed_over() -> None:
    assert list(parse([line(did=""), line(context="agent-park"), line()[:40], "", "a,b", '"unbalanced'])) == []


def test_a_call_we_did_not_see_gets_one_closed_record() -> None:
    records = parse([line(100, 130), line(130, 160, context="fallback")])
    (call,) = unseen(records, known=())
    assert (call.started_at, call.ended_at, call.outcome) == (at(100), at(160), Outcome.NOT_SEEN)


def test_a_call_we_know_is_left_alone() -> None:
    assert unseen(parse([line()]), known={"main-1.1"}) == []
