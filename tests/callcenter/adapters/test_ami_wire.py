"""Bytes to messages and back: recorded sessions in any pieces, garbage, and values nobody should send."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callcenter.adapters.ami_link import Link, Pending
from callcenter.adapters.ami_wire import (
    BLANK_LINE,
    MAX_BLOCK_BYTES,
    MAX_HEADERS,
    MAX_LINE_BYTES,
    Counts,
    Event,
    Headers,
    Message,
    Parser,
    check_action,
)
from callcenter.errors import ConfigError
from tests.doubles_ami import GREETING, read_as_asterisk

steadily = settings(deadline=None, derandomize=True)  # the same examples each time, on a machine however busy

RECORDED = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "data").glob("*.raw"))}
SESSION = RECORDED["queue_members"]


def parse(*pieces: bytes) -> tuple[list[Event], int]:
    """Return the messages in `pieces` and how many things were malformed."""
    counts = Counts()
    parser = Parser(counts)
    return [event for piece in pieces for event in parser.feed(piece)], counts.malformed


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted(place % (len(data) + 1) for place in at), len(data)]
    return [data[begin:end] for begin, end in pairwise(places)]


# ------------------------------------------------------------------------------------------------ recorded sessions


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_session_is_read_without_loss(name: str) -> None:
    events, malformed = parse(RECORDED[name])
    blocks = RECORDED[name].removeprefix(GREETING.encode()).decode().split("\r\n\r\n")[:-1]
    written = [sorted(line.split(": ", 1)[0] for line in block.split("\r\n")) for block in blocks]
    assert malformed == 0
    assert [sorted(header for header in event for _ in event.texts(header)) for event in events] == written


def test_a_recorded_call_reads_as_it_was() -> None:
    events, _ = parse(RECORDED["call_with_handover"])
    told = ["Newchannel", "OriginateResponse", "DialEnd", "UserEvent", "Hangup"]
    assert [event.name for event in events if event.name in told] == [
        "Newchannel",
        "Newchannel",
        "OriginateResponse",
        "DialEnd",
        "UserEvent",
        "Hangup",
        "Hangup",
    ]
    (moved,) = (event for event in events if event.name == "UserEvent")
    assert (moved.text("UserEvent"), moved.text("Agent"), moved.text("Uniqueid")) == ("Moved", "7", "call-1")
    assert {event.text("CallerIDName") for event in events if event.text("Uniqueid") == "call-1"} >= {"Café Köln"}
    assert moved.texts("ChanVariable") == ["CC_QUEUE=sales", "CC_AGENT=7"]


def test_the_greeting_tells_the_version() -> None:
    parser = Parser(Counts())
    parser.feed(RECORDED["wrong_secret"])
    assert parser.version == "11.0.0"


def test_a_session_cut_at_every_byte_reads_the_same() -> None:
    whole = parse(SESSION)
    assert parse(*(SESSION[place : place + 1] for place in range(len(SESSION)))) == whole
    for place in range(len(SESSION)):
        assert parse(SESSION[:place], SESSION[place:]) == whole


@steadily
@given(name=st.sampled_from(sorted(RECORDED)), at=st.lists(st.integers(0, 20_000), max_size=40))
def test_a_session_cut_anywhere_reads_the_same(name: str, at: list[int]) -> None:
    assert parse(*cut(RECORDED[name], at)) == parse(RECORDED[name])


# ---------------------------------------------------------------------------------------------------------- garbage

GARBAGE = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"no colon at all",
            b"\r\n",
            b"\r\n\r\n",
            b"\n\n",
            b": ",
            b"Event",
            b"Event: ",
            b"Event: A\r\nEvent: B\r\n\r\n",
            b"Response: Success\r\nActionID: x\r\nActionID: y\r\n\r\n",
            b"Event: Unheard\r\nOf: it\r\n\r\n",
            b"Long: " + b"x" * 10_000 + b"\r\n",
            "Event: X\r\nName: Köln".encode()[:-2],
            b"\xff\xfe\x00",
        ]
    ),
)
GOOD = b"Event: Hangup\r\nUniqueid: 1\r\nCause-txt: \r\n\r\n"


@steadily
@given(pieces=st.lists(GARBAGE, max_size=12), at=st.lists(st.integers(0, 50_000), max_size=12))
def test_after_any_garbage_the_next_blank_line_brings_sync(pieces: list[bytes], at: list[int]) -> None:
    garbage = b"".join(pieces)
    whole = parse(garbage + b"\r\n\r\n" + GOOD)
    assert whole[0][-1] == {"Event": "Hangup", "Uniqueid": "1", "Cause-txt": ""}
    assert parse(*cut(garbage + b"\r\n\r\n" + GOOD, at)) == whole


@steadily
@given(pieces=st.lists(st.one_of(GARBAGE, st.just(GOOD)), max_size=12))
def test_no_garbage_gets_out_of_the_link(pieces: list[bytes]) -> None:
    """Whatever arrives, also where an answer is waited for, data_received returns and the link stays."""

    async def receive() -> None:
        link = Link(lambda _: True, Counts())
        link.connection_made(asyncio.Transport())
        for action_id in ("x", "y"):
            link.responses[action_id] = Pending("Status", {}, action_id=action_id, as_list=True)
        for piece in pieces:
            link.data_received(piece)
        assert not link.lost.done()

    asyncio.run(receive())


@pytest.mark.parametrize(
    ("data", "event", "malformed"),
    [
        (b"no colon\r\nEvent: X\r\n\r\n", {"Event": "X"}, 1),
        (b"Event: X\r\nName: K\xf6ln\r\n\r\n", {"Event": "X", "Name": "K\N{REPLACEMENT CHARACTER}ln"}, 1),
        (b"Event: X\r\nLong: " + b"y" * 10_000 + b"\r\n\r\n", {"Event": "X", "Long": "y" * 10_000}, 0),
        (b"Event: X\r\nA: 1\r\nB: 2\r\nA: 3\r\nA: \r\n\r\n", {"Event": "X", "A": ["1", "3", ""], "B": "2"}, 0),
        (b"Event: UserEvent\r\nQueue:sales\r\nNote:\r\n\r\n", {"Event": "UserEvent", "Queue": "sales", "Note": ""}, 0),
        (b"Event: X\r\nsee sip://x\r\n\r\n", {"Event": "X"}, 1),
        (b"Event: X\r\nLast: \r\n\r\n", {"Event": "X", "Last": ""}, 0),
        (b"Event: X\r\nUrl: a: b:c\r\n\r\n", {"Event": "X", "Url": "a: b:c"}, 0),
    ],
)
def test_odd_messages(data: bytes, event: dict[str, str], malformed: int) -> None:
    assert parse(data) == ([event], malformed)


def test_a_message_of_no_kind_is_counted_and_dropped() -> None:
    assert parse(b"Queue: sales\r\n\r\n" + GOOD) == (parse(GOOD)[0], 1)


@pytest.mark.parametrize("over", [-1, 0, 1])
@pytest.mark.parametrize("place", [-5, -4, -3, -2, -1])
def test_a_message_too_long_is_dropped_up_to_its_blank_line(over: int, place: int) -> None:
    end = b"\r\nEvent: End\r\n\r\n"
    message = b"Event: X\r\nA: "
    message += b"y" * (MAX_BLOCK_BYTES + over + len(BLANK_LINE) - len(message) - len(end)) + end
    whole = parse(message + GOOD)
    assert (len(whole[0]), whole[1]) == ((1, 1) if over > 0 else (2, 0))
    assert parse(message[:place], message[place:] + GOOD) == whole
    assert parse(message[: -len(end)], end + GOOD) == whole
    two_messages = message[: -len(end)] + message
    assert parse(two_messages[: -len(end)], end[:place], end[place:] + GOOD) == (parse(GOOD)[0], 1)


def test_a_message_without_end_is_not_hoarded() -> None:
    parser = Parser(Counts())
    for _ in range(40):
        parser.feed(b"y" * 65536)
    assert len(parser._rest) < MAX_BLOCK_BYTES + 65536


def test_the_first_value_of_a_repeated_header_is_asterisks_own() -> None:
    """UserEvent(CallWaiting,Queue: ${CALLERID(name)}) with a comma in the name appends headers."""
    (event,) = parse(b"Event: UserEvent\r\nUniqueid: 1\r\nQueue: sales\r\nUniqueid: 2\r\n\r\n")[0]
    assert (event.text("Uniqueid"), event.texts("Uniqueid")) == ("1", ["1", "2"])
    assert (event.text("Channel"), event.text("Channel", "none"), event.texts("Channel")) == ("", "none", [])


# ---------------------------------------------------------------------------------------------------------- actions


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))


def write(*actions: tuple[str, Headers]) -> list[bytes]:
    """Return what is written to Asterisk for `actions`, one item per write."""

    async def start() -> list[bytes]:
        wire = Wire()
        link = Link(lambda _: True, Counts())
        link.connection_made(wire)
        link.start([Pending(name, headers, action_id=f"t-{number}") for number, (name, headers) in enumerate(actions)])
        return wire.writes

    return asyncio.run(start())


@steadily
@given(value=st.text(max_size=60), name=st.sampled_from(["Variable", "Channel", "ActionID", "X-y"]))
@example(value="x\r\n\r\nAction: Command", name="Variable")
@example(value="\N{LINE SEPARATOR}\x0b\x85\x1c", name="Variable")
@example(value="\ud800", name="Variable")
@example(value="é" * (MAX_LINE_BYTES // 2), name="Variable")
def test_any_value_is_refused_or_exactly_one_action(value: str, name: str) -> None:
    try:
        (written,) = write(("Setvar", {name: value}))
    except ConfigError:
        return
    (action,), rest = read_as_asterisk(written)
    sent = {"Action": ["Setvar"], "ActionID": ["t-0"], name: [value.lstrip(" \t")]}
    assert (action, rest) == (sent, b"")


@steadily
@given(name=st.text(max_size=20), value=st.sampled_from(["1", "x: y"]))
@example(name="Action", value="1")
@example(name="A\r\nB", value="1")
def test_any_header_is_refused_or_exactly_one_header(name: str, value: str) -> None:
    try:
        (written,) = write(("Ping", {name: value}))
    except ConfigError:
        return
    (action,), rest = read_as_asterisk(written)
    own = {"ActionID": ["t-0"]} if name.lower() != "actionid" else {}
    assert {header: values for header, values in action.items() if header != "Action"} == {**own, name: [value]}
    assert (action["Action"], rest) == (["Ping"], b"")


def test_limits_are_asterisks() -> None:
    """1022 bytes a line without its end, 128 lines: one more was refused by Asterisk 22.10.1."""
    longest = "x" * (MAX_LINE_BYTES - len("Variable: "))
    check_action("Setvar", {"Variable": longest})
    with pytest.raises(ConfigError, match="1023 bytes"):
        check_action("Setvar", {"Variable": longest + "x"})
    most = [f"A{number}=1" for number in range(MAX_HEADERS - 2)]  # and Action, ActionID
    (written,) = write(("Originate", {"Variable": most}))
    assert read_as_asterisk(written)[0][0]["Variable"] == most
    with pytest.raises(ConfigError, match="129 headers"):
        check_action("Originate", {"Variable": [*most, "A=1"]})
    with pytest.raises(ConfigError, match="129 headers"):
        check_action("Originate", {"Variable": [*most, "A=1"], "actionid": "x"})


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("", {}),
        ("Ping\r\n", {}),
        ("Ping", {"Action": "Command"}),
        ("Ping", {"action": "Command"}),
        ("Ping", {"A": "1", "a": "2"}),
        ("Ping", {"A: b\r\nC": "1"}),
        ("Ping", {"": "1"}),
        ("Ping", {"ActionID": ""}),
        ("Ping", {"ActionID": " x"}),
        ("Ping", {"A": ["1", "2\n"]}),
    ],
)
def test_refused_actions(name: str, headers: Headers) -> None:
    with pytest.raises(ConfigError):
        check_action(name, headers)


def test_a_refusal_does_not_tell_the_value() -> None:
    with pytest.raises(ConfigError) as caught:
        check_action("Login", {"Secret": "open\nsesame"})
    assert "sesame" not in str(caught.value)


def test_several_actions_are_one_write_in_their_order() -> None:
    (written,) = write(("Setvar", {"Variable": "A"}), ("Setvar", {"Variable": "B"}), ("Redirect", {"Exten": "s"}))
    assert [action["Action"] for action in read_as_asterisk(written)[0]] == [["Setvar"], ["Setvar"], ["Redirect"]]


def test_messages_are_mappings_of_text() -> None:
    assert Message(A="1", B=["2", "3"]).texts("B") == ["2", "3"]
