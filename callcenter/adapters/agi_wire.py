"""The language of AGI, without a socket: how a command is written, how a reply is put together from lines.

Source: res/res_agi.c of Asterisk 22, each statement tried on 22.10.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

OK: Final = 200
INVALID: Final = 510  # no such command
DEAD: Final = 511  # command not permitted on a dead channel
USAGE: Final = 520

MAX_COMMAND: Final = 2000  # bytes; res_agi reads into 2,048 and would take the rest of the line for a command
MAX_REPLY: Final = 65_536  # bytes; a channel variable has no limit of its own

_VERB = re.compile(r"[A-Z]+(?: [A-Z]+)*")
_CONTROL = re.compile(r"[\r\n\0]")
_ESCAPED = re.compile(r'(["\\])')
# The greedy group ends at the last parenthesis, so that a value may hold `) endpos=1` itself.
_RESULT = re.compile(r"200 result=(\S*)(?: \((.*)\))?(?: endpos=(\d+))? *\n", re.DOTALL | re.ASCII)
_ONE_LINE = re.compile(_RESULT.pattern, re.ASCII)
_UNFINISHED = re.compile(r"200 result=\S* \(", re.ASCII)
_ERROR = re.compile(r"(\d{3})(?: (.*))?\n", re.ASCII)


class Reply(NamedTuple):
    """One reply: `200 result=<result> (<data>) endpos=<samples>`, or an error with its `text`.

    `result` is -1 on hangup and on failure alike. `data` None means that no parentheses came.
    """

    code: int
    result: str = ""
    data: str | None = None
    endpos: int | None = None
    text: str = ""

    @property
    def timed_out(self) -> bool:
        """Whether GET DATA or RECORD FILE ended by its timeout.

        The reply to GET VARIABLE looks the same for a variable whose value is the word timeout: do not ask there.
        """
        return self.data == "timeout"


def command_line(verb: str, *arguments: object) -> bytes:
    r"""Return a command with its arguments quoted and its line end; raise ValueError as `encode` does.

    Asterisk takes a backslash before any character for that character.

    >>> command_line("STREAM FILE", "hello", r'1"\2')
    b'STREAM FILE "hello" "1\\"\\\\2"\n'
    """
    line = _verb(verb)
    for argument in arguments:
        text = str(argument)
        if '"' in text or "\\" in text:
            text = _ESCAPED.sub(r"\\\1", text)
        line += f' "{text}"'
    return encode(line)


@lru_cache(maxsize=128)
def _verb(verb: str) -> str:
    if not _VERB.fullmatch(verb):
        raise ValueError(f"not an AGI command: {verb!r}")
    return verb


def encode(line: str) -> bytes:
    """Return `line` as bytes with its line end; raise ValueError where Asterisk would not see exactly that line."""
    if _CONTROL.search(line):
        raise ValueError(f"line end or NUL in an AGI command: {line!r}")
    raw = line.encode() + b"\n"
    if len(raw) > MAX_COMMAND:
        raise ValueError(f"AGI command of {len(raw)} bytes, the limit is {MAX_COMMAND}: {line[:60]!r}…")
    return raw


class ReplyLines:
    """Puts one reply after the other together from the bytes of a session, however they are cut.

    `HANGUP` is no reply: Asterisk puts it between them when the channel is gone. `100 …` announces a reply to come.
    A 520 is one line, or a block from `520-` to `520 End of proper usage.` with free text between. The value of a
    variable may hold line ends. Any other line is a stray and thrown away, so that it shifts no later reply.
    """

    def __init__(self) -> None:
        self.hung_up = False
        self.strays = 0
        self._rest = b""  # of a line
        self._begun = ""  # lines of a reply that needs more

    def feed(self, data: bytes) -> list[Reply]:
        """Take bytes; return the replies they complete. Raises ValueError when one grows over MAX_REPLY."""
        if not self._begun and not self._rest and (found := _ONE_LINE.fullmatch(data.decode(errors="replace"))):
            return [_success(found)]  # nearly all that ever comes, and three times as fast
        *lines, self._rest = (self._rest + data).split(b"\n")
        replies = [reply for line in lines if (reply := self._line(line.decode(errors="replace") + "\n"))]
        if len(self._rest) + len(self._begun) > MAX_REPLY:
            raise ValueError(f"AGI reply of more than {MAX_REPLY} bytes")
        return replies

    def _line(self, line: str) -> Reply | None:
        text, self._begun = self._begun + line, ""
        if found := _RESULT.fullmatch(text):
            return _success(found)
        if text.startswith("520-"):
            if line.startswith("520 "):
                return Reply(USAGE, text=text[4:].rstrip())
            self._begun = text
        elif _UNFINISHED.match(text):
            self._begun = text
        elif line == "HANGUP\n":
            self.hung_up = True
        elif (found := _ERROR.fullmatch(line)) and found[1] not in ("100", "200"):
            return Reply(int(found[1]), text=found[2] or "")
        elif not line.startswith("100"):
            self.strays += 1
        return None


def _success(found: re.Match[str]) -> Reply:
    result, data, endpos = found.groups()
    return Reply(OK, result, data, int(endpos) if endpos else None)


def parse_environment(block: bytes) -> dict[str, str]:
    """Return the header lines Asterisk sends first. The first of a name counts: `agi_network_script` comes before
    all that a caller can influence. Bytes that are no UTF-8 (a name in Latin-1) become U+FFFD.

    >>> parse_environment(b"agi_network: yes\\nagi_callerid: 1007\\n\\n")["agi_callerid"]
    '1007'
    """
    lines = block.decode(errors="replace").split("\n")
    return dict(line.split(": ", 1) for line in reversed(lines) if ": " in line)


def parse_script(script: str) -> tuple[str, dict[str, str]]:
    """Split what stands behind the host of an agi:// address into path and query.

    >>> parse_script("call?flow=main&x=a%20b")
    ('call', {'flow': 'main', 'x': 'a b'})
    """
    path, _, query = script.partition("?")
    return path.strip("/"), dict(parse_qsl(query, keep_blank_values=True)) if query else {}


def arguments(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the arguments of AGI() in order: agi_arg_1, agi_arg_2, …"""
    found: list[str] = []
    while (value := environment.get(f"agi_arg_{len(found) + 1}")) is not None:
        found.append(value)
    return tuple(found)
