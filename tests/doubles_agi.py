"""Asterisk's side of FastAGI for tests: a channel that answers as Asterisk 22 does, and a peer driven by hand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

CHANNEL = "PJSIP/trunk-00000001"


def environment(script: str = "call", arguments: tuple[str, ...] = (), **changed: str) -> bytes:
    """The block Asterisk sends first; `changed` without the prefix agi_."""
    headers = {
        "network": "yes",
        "network_script": script,
        "request": f"agi://127.0.0.1:4573/{script}",
        "channel": CHANNEL,
        "language": "en",
        "type": "PJSIP",
        "uniqueid": "1795309808.1",
        "version": "22.10.1",
        "callerid": "12025550143",
        "calleridname": "unknown",
        "dnid": "12025550100",
        "context": "inbound",
        "extension": "12025550100",
        "priority": "7",
        "enhanced": "0.0",
        "accountcode": "",
        "threadid": "140682126833344",
        **changed,
        **{f"arg_{number}": value for number, value in enumerate(arguments, 1)},
    }
    lines = (f"agi_{name}: {value}\n" for name, value in headers.items())
    return ("".join(lines) + "\n").encode("latin-1")


def arguments_of(line: str) -> list[str]:
    """Split a command as res_agi's parse_args does: quotes group, a backslash makes the next character a plain one."""
    words: list[str] = []
    word, quoted, escaped = None, False, False
    for character in line:
        if character == '"' and not escaped:
            quoted, word = not quoted, word or ""
        elif character in " \t" and not quoted and not escaped:
            if word is not None:
                words.append(word)
            word = None
        elif character == "\\" and not escaped:
            escaped = True
            continue
        else:
            word = (word or "") + character
        escaped = False
    return words if word is None else [*words, word]


USAGE = (
    "520-Invalid command syntax.  Proper usage follows:\n"
    "Stream the given <replaceable>file</replaceable>, and receive DTMF data.\n"
    "\n"
    "Returns the digits received from the channel at the other end.\n"
    "520 End of proper usage.\n"
)
DEAD = "511 Command Not Permitted on a dead channel or intercept routine\n"


@dataclass
class FakeChannel:
    """Answers commands. `keys` are pressed one for each command that asks for keys; "" is silence."""

    variables: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    missing: frozenset[str] = frozenset()  # prompts that do not exist
    dead: bool = False
    commands: list[list[str]] = field(default_factory=list)  # all but the guard
    guards: list[int] = field(default_factory=list)  # seconds TIMEOUT(absolute) was set to

    def reply(self, line: str) -> str:
        words = arguments_of(line)
        if words[:3] == ["SET", "VARIABLE", "TIMEOUT(absolute)"]:
            self.guards.append(int(words[3]))
            return "200 result=1\n"
        self.commands.append(words)
        for length in range(min(3, len(words)), 0, -1):
            if found := _COMMANDS.get(" ".join(words[:length]).upper()):
                answer, works_dead, least = found
                if self.dead and not works_dead:
                    return DEAD
                return answer(self, words[length:]) if len(words) - length >= least else USAGE
        return "510 Invalid or unknown command\n"

    def _zero(self, _: list[str]) -> str:
        return "200 result=0\n"

    def _one(self, _: list[str]) -> str:
        return "200 result=1\n"

    def _status(self, _: list[str]) -> str:
        return "200 result=6\n"

    def _get(self, words: list[str]) -> str:
        value = self.variables.get(words[0])
        return "200 result=0\n" if value is None else f"200 result=1 ({value})\n"

    def _full(self, words: list[str]) -> str:
        value = re.sub(r"\$\{([^{}]*)\}", lambda found: self.variables.get(found[1], ""), words[0])
        return f"200 result=1 ({value})\n"

    def _set(self, words: list[str]) -> str:
        self.variables[words[0]] = words[1]
        return "200 result=1\n"

    def _stream(self, words: list[str]) -> str:
        if words[0] in self.missing:
            return "200 result=-1 endpos=0\n"
        return f"200 result={self._key(words[1])} endpos=5760\n"

    def _say(self, words: list[str]) -> str:
        return f"200 result={self._key(words[1])}\n" if words[0].lstrip("-").isdigit() else USAGE

    def _wait(self, _: list[str]) -> str:
        return f"200 result={self._key('0123456789*#')}\n"

    def _data(self, words: list[str]) -> str:
        if words[0] in self.missing:
            return "200 result=-1\n"
        typed, key = "", "?"
        while len(typed) < int(words[2]) and (key := self._pressed()) and key != "#":
            typed += key
        return f"200 result={typed}{'' if key else ' (timeout)'}\n"

    def _record(self, words: list[str]) -> str:
        if key := self._key(words[2]):
            return f"200 result={key} (dtmf) endpos=8000\n"
        return "200 result=0 (timeout) endpos=24000\n"

    def _exec(self, words: list[str]) -> str:
        return "200 result=-2\n" if words[0] == "NoSuchApp" else "200 result=0\n"

    def _pressed(self) -> str:
        return self.keys.pop(0) if self.keys else ""

    def _key(self, wanted: str) -> int:
        key = self._pressed() if wanted else ""
        return ord(key) if key and key in wanted else 0


# name -> how it is answered, whether it works on a dead channel, how many arguments it needs
_COMMANDS: Mapping[str, tuple[Callable[[FakeChannel, list[str]], str], bool, int]] = {
    "ANSWER": (FakeChannel._zero, False, 0),
    "CHANNEL STATUS": (FakeChannel._status, False, 0),
    "EXEC": (FakeChannel._exec, True, 1),
    "GET DATA": (FakeChannel._data, False, 1),
    "GET FULL VARIABLE": (FakeChannel._full, True, 1),
    "GET VARIABLE": (FakeChannel._get, True, 1),
    "HANGUP": (FakeChannel._one, False, 0),
    "NOOP": (FakeChannel._zero, True, 0),
    "RECORD FILE": (FakeChannel._record, False, 4),
    "SAY DIGITS": (FakeChannel._say, False, 2),
    "SAY NUMBER": (FakeChannel._say, False, 2),
    "SET CONTEXT": (FakeChannel._zero, False, 1),
    "SET EXTENSION": (FakeChannel._zero, False, 1),
    "SET MUSIC": (FakeChannel._zero, False, 1),
    "SET PRIORITY": (FakeChannel._zero, False, 1),
    "SET VARIABLE": (FakeChannel._set, True, 2),
    "STREAM FILE": (FakeChannel._stream, False, 2),
    "VERBOSE": (FakeChannel._one, True, 1),
    "WAIT FOR DIGIT": (FakeChannel._wait, False, 1),
}


class Peer:
    """A connection to a FastAGI server, driven by hand: Asterisk, or whoever else comes by."""

    def __init__(self, port: int, block: bytes | None = None) -> None:
        self._port = port
        self._block = environment() if block is None else block
        self.guards: list[int] = []

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.writer.write(self._block)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.close()

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    async def command(self) -> str:
        """Return the next command, "" at the end; answer those that set the guard."""
        while (line := (await self.reader.readline()).decode()).startswith("SET VARIABLE TIMEOUT(absolute)"):
            self.guards.append(int(line.split()[-1]))
            self.send("200 result=1\n")
        return line.removesuffix("\n")

    async def hang_up(self) -> None:
        """End the connection and wait until the server has closed it too."""
        self.writer.write_eof()
        await self.reader.read()

    async def serve(self, channel: FakeChannel) -> None:
        """Answer as `channel` until the server closes."""
        while line := (await self.reader.readline()).decode():
            self.send(channel.reply(line.removesuffix("\n")))


async def call(port: int, channel: FakeChannel, script: str = "call", arguments: tuple[str, ...] = ()) -> None:
    """One well-formed session, to its end."""
    async with Peer(port, environment(script, arguments)) as peer:
        await peer.serve(channel)
