"""SIPp's log becomes PhoneCalls: each scenario is a log as SIPp 3.6.1 wrote it on calls to Asterisk 22."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sim.phones.plans import EndedBy, KeysPressed, PhoneCall
from sim.phones.sipplog import advance, parse_line

START = PhoneCall(id="c1", phone="trunk", number="200")


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(1795310012 + seconds, UTC)


def sip(seconds: float, way: str, method: str, text: str) -> str:
    return f"2026-11-22\t01:13:32.505866\t{1795310012 + seconds:.6f}\t{way}\tc1\tCSeq:1 {method}\t{text}"


def note(seconds: float, text: str) -> str:
    return f"2026-11-22\t01:13:35.006133\t{1795310012 + seconds:.6f} L c1 {text}"


def fold(*lines: str, start: PhoneCall = START) -> PhoneCall:
    call = start
    for text in lines:
        line = parse_line(text)
        assert line is not None
        call = advance(call, line)
    return call


INVITE = sip(0, "S", "INVITE", "INVITE sip:200@127.0.0.1:17060 SIP/2.0")
TRYING = sip(0.25, "R", "INVITE", "SIP/2.0 100 Trying")
ANSWER = sip(0.5, "R", "INVITE", "SIP/2.0 200 OK")
ACK = sip(0.5, "S", "ACK", "ACK sip:127.0.0.1:17060 SIP/2.0")
END = note(9, "end")


def test_an_answered_call_that_the_caller_ends() -> None:
    call = fold(INVITE, TRYING, ANSWER, ACK, sip(3, "S", "BYE", "BYE sip:127.0.0.1:17060 SIP/2.0"), END)
    assert (call.invited_at, call.answered_at, call.ended_at) == (at(0), at(0.5), at(3))
    assert (call.status, call.ended_by, call.ringing_at) == (200, EndedBy.PHONE, None)


def test_an_answered_call_that_the_server_ends() -> None:
    call = fold(INVITE, TRYING, ANSWER, ACK, sip(3, "R", "BYE", "BYE sip:c1@127.0.0.2 SIP/2.0"), END)
    assert (call.ended_at, call.ended_by) == (at(3), EndedBy.SERVER)


def test_a_busy_number() -> None:
    call = fold(INVITE, TRYING, sip(1, "R", "INVITE", "SIP/2.0 486 Busy Here"), END)
    assert (call.status, call.ended_at, call.ended_by, call.answered_at) == (486, at(1), EndedBy.SERVER, None)


def test_a_caller_who_hangs_up_while_it_rings() -> None:
    ringing = sip(0.5, "R", "INVITE", "SIP/2.0 180 Ringing")
    cancel = sip(2, "S", "CANCEL", "CANCEL sip:200@127.0.0.1:17060 SIP/2.0")
    agreed = sip(2, "R", "CANCEL", "SIP/2.0 200 OK")
    call = fold(INVITE, TRYING, ringing, cancel, agreed, sip(2.5, "R", "INVITE", "SIP/2.0 487 Terminated"), END)
    assert (call.ringing_at, call.ended_at, call.ended_by) == (at(0.5), at(2), EndedBy.PHONE)
    assert (call.status, call.answered_at) == (487, None)


def test_a_challenge_is_no_refusal() -> None:
    again = sip(0.5, "S", "INVITE", "INVITE sip:200@127.0.0.1:17060 SIP/2.0")
    call = fold(
        INVITE, sip(0.25, "R", "INVITE", "SIP/2.0 401 Unauthorized"), again, sip(1, "R", "INVITE", "SIP/2.0 200 OK")
    )
    assert (call.invited_at, call.answered_at, call.status, call.ended_at) == (at(0), at(1), 200, None)


def test_an_incoming_call_that_the_phone_refuses() -> None:
    offered = sip(0, "R", "INVITE", "INVITE sip:123@127.0.0.3 SIP/2.0")
    call = fold(offered, note(0, "caller +12025550101"), sip(1, "S", "INVITE", "SIP/2.0 486 Refused"), END)
    assert (call.caller, call.invited_at, call.status, call.ended_by) == ("+12025550101", at(0), 486, EndedBy.PHONE)


def test_keys_that_were_pressed() -> None:
    call = fold(INVITE, TRYING, ANSWER, ACK, note(1, "keys 12#"), note(4, "keys *"))
    assert call.keys == (KeysPressed(digits="12#", at=at(1)), KeysPressed(digits="*", at=at(4)))


def test_a_server_that_never_answers_ends_the_call_when_the_phone_gives_up() -> None:
    call = fold(INVITE, END)
    assert (call.status, call.ended_at, call.ended_by) == (None, at(9), EndedBy.PHONE)


def test_a_phone_that_vanishes() -> None:
    assert fold(INVITE, TRYING, ANSWER, ACK, note(5, "vanished"), END).ended_at == at(5)


def test_a_later_response_does_not_change_the_outcome() -> None:
    update = sip(2, "S", "UPDATE", "SIP/2.0 200 OK")
    bye = sip(3, "S", "BYE", "BYE sip:127.0.0.1 SIP/2.0")
    call = fold(INVITE, TRYING, ANSWER, ACK, update, bye, sip(3.5, "R", "BYE", "SIP/2.0 481 Gone"), END)
    assert (call.status, call.answered_at, call.ended_at) == (200, at(0.5), at(3))


@pytest.mark.parametrize("text", ["", "Overload warning", "2026-11-22\tx\t1.0\tS\tc1\tno cseq", "a b c d e f"])
def test_other_lines_are_none_of_ours(text: str) -> None:
    assert parse_line(text) is None


OFFER = sip(0, "R", "INVITE", "INVITE sip:123@127.0.0.3 SIP/2.0")
INCOMING = replace(START, incoming=True)
THEIR_CANCEL = sip(2, "R", "CANCEL", "CANCEL sip:123@127.0.0.3 SIP/2.0")


def test_an_incoming_call_that_is_cancelled_while_it_rings() -> None:
    ringing, gone = sip(1, "S", "INVITE", "SIP/2.0 180 Ringing"), sip(2, "S", "INVITE", "SIP/2.0 487 Refused")
    call = fold(OFFER, ringing, THEIR_CANCEL, gone, END, start=INCOMING)
    assert (call.ringing_at, call.cancelled_at, call.ended_at) == (at(1), at(2), at(2))
    assert (call.status, call.ended_by) == (487, EndedBy.SERVER)


def test_a_cancel_that_crosses_our_answer_does_not_end_the_call() -> None:
    answered = sip(1.9, "S", "INVITE", "SIP/2.0 200 OK")
    bye = sip(2.1, "R", "BYE", "BYE sip:phone@127.0.0.3 SIP/2.0")
    call = fold(OFFER, answered, THEIR_CANCEL, bye, END, start=INCOMING)
    assert (call.answered_at, call.cancelled_at, call.ended_at) == (at(1.9), at(2), at(2.1))
    assert call.ended_by is EndedBy.SERVER


def test_a_call_is_one_however_often_its_invite_comes() -> None:
    again = sip(0.5, "R", "INVITE", "INVITE sip:123@127.0.0.3 SIP/2.0")
    assert fold(OFFER, again, start=INCOMING).invited_at == at(0)


def test_a_call_that_was_ignored_ends_when_the_other_side_has_given_up() -> None:
    call = fold(OFFER, note(32, "expired"), note(32.1, "vanished"), END, start=INCOMING)
    assert (call.ended_at, call.ended_by, call.status) == (at(32), EndedBy.SERVER, None)
