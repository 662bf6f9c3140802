"""The language of AGI: quoting against Asterisk's own rules, replies however the network cuts them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcenter.adapters.agi_wire import (
    MAX_COMMAND,
    MAX_REPLY,
    Reply,
    ReplyLines,
    arguments,
    command_line,
    encode,
    parse_environment,
    parse_script,
)
from tests.doubles_agi import USAGE, arguments_of, environment

SENDABLE = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=80)

# As seen on Asterisk 22.10.1, except where noted.
REPLIES = [
    ("200 result=1\n", Reply(200, "1")),
    ("200 result=0\n", Reply(200, "0")),
    ("200 result=-1 endpos=5600\n", Reply(200, "-1", None, 5600)),
    ("200 result=53 endpos=5760\n", Reply(200, "53", None, 5760)),
    ("200 result=1 (PJSIP/trunk-00000001)\n", Reply(200, "1", "PJSIP/trunk-00000001")),
    ("200 result=1 ()\n", Reply(200, "1", "")),
    ('200 result=1 (a"b\\c (x) endpos=4)\n', Reply(200, "1", 'a"b\\c (x) endpos=4')),
    ("200 result=1 (hangup)\n", Reply(200, "1", "hangup")),
    ("200 result=1 (Zoë)\n", Reply(200, "1", "Zoë")),
    ("200 result= (timeout)\n", Reply(200, "", "timeout")),
    ("200 result=57 (timeout)\n", Reply(200, "57", "timeout")),
    ("200 result=0 (timeout) endpos=24000\n", Reply(200, "0", "timeout", 24000)),
    ("200 result=-1 (writefile)\n", Reply(200, "-1", "writefile")),
    ("200 result=-2\n", Reply(200, "-2")),
    ("200 result=1 (one\ntwo\n\nthree)\n", Reply(200, "1", "one\ntwo\n\nthree")),
    ("510 Invalid or unknown command\n", Reply(510, text="Invalid or unknown command")),
    ("511 Command Not Permitted on a dead channel\n", Reply(511, text="Command Not Permitted on a dead channel")),
    ("520 Invalid command syntax.\n", Reply(520, text="Invalid command syntax.")),
    (USAGE, Reply(520, text=USAGE[4:-1])),
]
BETWEEN = ["HANGUP\n", "100 Trying...\n", "100 result=0 Trying...\n", "stray\n", "\n", "agi_x: y\n"]  # not all seen


def bytes_of(text: str) -> bytes:
    return text.encode()


@pytest.mark.parametrize(("text", "reply"), REPLIES)
def test_a_reply_is_understood_whole_and_byte_by_byte(text: str, reply: Reply) -> None:
    assert ReplyLines().feed(bytes_of(text)) == [reply]
    lines = ReplyLines()
    single = [lines.feed(bytes_of(text)[index : index + 1]) for index in range(len(bytes_of(text)))]
    assert [found for part in single for found in part] == [reply]
    assert single[-1] == [reply]


@given(
    st.lists(st.one_of(st.sampled_from(REPLIES), st.sampled_from(BETWEEN)), max_size=12),
    st.lists(st.integers(0, 400), max_size=12),
)
def test_any_cut_gives_the_same_replies(story: list[tuple[str, Reply] | str], cuts: list[int]) -> None:
    text = b"".join(bytes_of(part if isinstance(part, str) else part[0]) for part in story)
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    lines = ReplyLines()
    found = [reply for a, b in pairwise(edges) for reply in lines.feed(text[a:b])]
    assert found == [part[1] for part in story if not isinstance(part, str)]
    assert lines.hung_up == ("HANGUP\n" in story)
    assert lines.strays == sum(part in ("stray\n", "\n", "agi_x: y\n") for part in story)


@given(st.lists(st.binary(max_size=60), max_size=30))
@example([b"200 result=1 (", b"\xff\xfe", b")\n"])
@example([b"520-", b"\n520", b"\n"])
def test_garbage_never_breaks_the_reader(chunks: list[bytes]) -> None:
    lines = ReplyLines()
    for chunk in chunks:
        for reply in lines.feed(chunk):
            assert 100 < reply.code <= 999


def test_a_reply_without_end_is_given_up() -> None:
    lines, endless = ReplyLines(), b"200 result=1 (x\n" + b"y" * (MAX_REPLY - 16)
    assert lines.feed(endless) == []
    with pytest.raises(ValueError, match="more than"):
        lines.feed(b"y")


@given(st.lists(SENDABLE, max_size=6))
def test_asterisk_reads_the_arguments_we_wrote(texts: list[str]) -> None:
    raw = command_line("EXEC", *texts)
    assert arguments_of(raw.decode().removesuffix("\n")) == ["EXEC", *texts]
    assert raw.count(b"\n") == 1


@given(st.text(max_size=40))
def test_nothing_we_send_is_more_than_one_line(text: str) -> None:
    try:
        raw = command_line("VERBOSE", text)
    except ValueError:
        assert any(character in text for character in "\r\n\0") or not text.isprintable()
    else:
        assert raw.count(b"\n") == 1
        assert raw.endswith(b"\n")
        assert b"\r" not in raw
        assert b"\0" not in raw


@pytest.mark.parametrize("verb", ["", "get variable", "EXEC ", "EXEC\nEXEC", "EXEC System", "GET  DATA"])
def test_a_verb_is_capital_words(verb: str) -> None:
    with pytest.raises(ValueError, match="not an AGI command"):
        command_line(verb)


def test_a_command_has_a_longest_length_in_bytes() -> None:
    overhead = len(command_line("VERBOSE", ""))
    assert len(command_line("VERBOSE", "x" * (MAX_COMMAND - overhead))) == MAX_COMMAND
    with pytest.raises(ValueError, match="limit"):
        command_line("VERBOSE", "é" * (MAX_COMMAND // 2))
    with pytest.raises(ValueError, match="limit"):
        encode("NOOP " + "x" * MAX_COMMAND)


def test_the_environment_is_read_and_its_first_word_counts() -> None:
    found = parse_environment(environment("call?x=1", ("one", "two"), calleridname="a: b", accountcode=""))
    assert found["agi_network_script"] == "call?x=1"
    assert found["agi_calleridname"] == "a: b"
    assert found["agi_accountcode"] == ""
    assert arguments(found) == ("one", "two")
    assert parse_environment(b"agi_network_script: call\nagi_network_script: evil\n\n") == {
        "agi_network_script": "call"
    }


@pytest.mark.parametrize(
    ("script", "path", "query"),
    [
        ("call", "call", {}),
        ("/call/", "call", {}),
        ("", "", {}),
        ("call?", "call", {}),
        ("call?a=1&a=2&b=", "call", {"a": "2", "b": ""}),
        ("deep/path?x=%C3%A9+y", "deep/path", {"x": "é y"}),
    ],
)
def test_a_script_is_path_and_query(script: str, path: str, query: dict[str, str]) -> None:
    assert parse_script(script) == (path, query)


@given(st.binary(max_size=300))
def test_any_environment_is_parsed(block: bytes) -> None:
    found = parse_environment(block)
    assert all(isinstance(value, str) for value in found.values())
    parse_script(found.get("agi_network_script", block.decode("latin-1")))
