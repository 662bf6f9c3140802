"""The AMI on the wire, without a socket: bytes to messages, and what may be sent.

AMI is a line protocol: `Name: value` lines, a blank line ends a message. Sizes and answers below were seen on
Asterisk 22.10.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from callcenter.errors import ConfigError

Headers = Mapping[str, str | Sequence[str]]

LINE_END: Final = "\r\n"
BLANK_LINE: Final = b"\r\n\r\n"
GREETING: Final = "Asterisk Call Manager/"

# A message that grows past this is no message: dropped up to the next blank line.
MAX_BLOCK_BYTES: Final = 1 << 20

# Asterisk reads lines into 1024 bytes, line end included: one byte more is answered "line too long".
MAX_LINE_BYTES: Final = 1022
# One more is answered "Too many lines in message".
MAX_HEADERS: Final = 128

ACTION_NAME: Final = re.compile(r"[A-Za-z]+")
HEADER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class Message(dict[str, str | list[str]]):
    """Asterisk's header names and values as they came; a header that came several times holds a list."""

    __slots__ = ()

    def text(self, header: str, default: str = "") -> str:
        """Return the first value of `header`.

        The first one is Asterisk's own: what a caller smuggles into a user event by way of a caller name comes later.
        """
        value = self.get(header, default)
        return value if isinstance(value, str) else value[0]

    def texts(self, header: str) -> list[str]:
        """Return all values of `header` in order.

        >>> Message({"ChanVariable": ["CC_QUEUE=sales", "CC_AGENT=7"]}).texts("ChanVariable")
        ['CC_QUEUE=sales', 'CC_AGENT=7']
        """
        value = self.get(header, [])
        return [value] if isinstance(value, str) else value


class Event(Message):
    """Something happened in Asterisk; `name` is what, for instance Hangup."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return self.text("Event")


class Response(Message):
    """Asterisk's answer to an action."""

    __slots__ = ()

    @property
    def success(self) -> bool:
        return self.text("Response") in ("Success", "Goodbye")

    @property
    def message(self) -> str:
        """Asterisk's own words, for instance why it refused."""
        return self.text("Message")


@dataclass(slots=True)
class Counts:
    """What went wrong since the start; each grows for ever, a rise is worth an alarm."""

    malformed: int = 0  # lines without a header, messages without a kind, text that is not UTF-8
    shed: int = 0  # events dropped because the consumer was too slow
    unclaimed: int = 0  # responses nobody waits for any more


class Parser:
    """Turns received bytes into messages, whatever the pieces they come in. Never raises, and finds its way back at
    each blank line.

    Messages are `Event` objects even where they are responses (no header Event): whoever claims one makes it a
    `Response`.
    """

    def __init__(self, counts: Counts) -> None:
        self.version = ""  # of the protocol, from Asterisk's greeting
        self._counts = counts
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the messages that `data` completes."""
        *blocks, self._rest = (self._rest + data).split(BLANK_LINE)
        if blocks and self._skipping:
            self._skipping = False
            self._counts.malformed += 1
            del blocks[0]
        # The last three bytes may be the beginning of the blank line.
        if len(self._rest) > MAX_BLOCK_BYTES + 3:
            self._skipping = True
            self._rest = self._rest[-3:]
        return [event for block in blocks if (event := self._read(block))]

    def _read(self, block: bytes) -> Event | None:
        """Return the message in `block`, or None if it is none. A block is whole, so no character is cut in two."""
        if len(block) > MAX_BLOCK_BYTES:
            self._counts.malformed += 1
            return None
        try:
            text = block.decode()
        except UnicodeDecodeError:
            self._counts.malformed += 1
            text = block.decode(errors="replace")
        headers: dict[str, str | list[str]] = {}  # filled quicker than an Event
        for line in text.split(LINE_END):
            name, colon, value = line.partition(": ")
            if not colon:
                name, value = self._odd_line(line)
                if not name:
                    continue
            if name not in headers:
                headers[name] = value
            elif isinstance(held := headers[name], list):
                held.append(value)
            else:
                headers[name] = [held, value]
        if headers and "Event" not in headers and "Response" not in headers:
            self._counts.malformed += 1
            return None
        return Event(headers)

    def _odd_line(self, line: str) -> tuple[str, str]:
        """Return name and value of a line without ': ', or ('', '').

        UserEvent() in a dialplan sends what it is given, so `Queue:sales` is possible.
        """
        name, colon, value = line.partition(":")
        if colon and HEADER_NAME.fullmatch(name):
            return name, value
        if line.startswith(GREETING):
            self.version = line.removeprefix(GREETING)
        elif line:
            self._counts.malformed += 1
        return "", ""


def check_action(name: str, headers: Headers) -> None:
    """Refuse an action that Asterisk would not read as exactly this one action: raise ConfigError.

    A line break in a value begins a header of the writer's choice, two begin another action. Values are not quoted
    in the error: one may be a secret.
    """
    if not ACTION_NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no AMI action")
    seen = {"action"}
    lines = 1 if any(header.lower() == "actionid" for header in headers) else 2  # Action and ActionID
    for header, value in headers.items():
        if not HEADER_NAME.fullmatch(header) or header.lower() in seen:
            raise ConfigError(f"{name}: header {header!r} is malformed or there twice")
        seen.add(header.lower())
        for text in [value] if isinstance(value, str) else value:
            _check_line(name, header, text)
            lines += 1
    if lines > MAX_HEADERS:
        raise ConfigError(f"{name}: {lines} headers, Asterisk takes {MAX_HEADERS}")


def _check_line(action: str, header: str, text: str) -> None:
    try:
        line = f"{header}: {text}".encode()
    except UnicodeEncodeError:
        raise ConfigError(f"{action}: {header} cannot be written as UTF-8") from None
    if any(sign in text for sign in "\r\n\0"):
        raise ConfigError(f"{action}: {header} holds a line break or NUL")
    if len(line) > MAX_LINE_BYTES:
        raise ConfigError(f"{action}: {header} is {len(line)} bytes long, Asterisk takes {MAX_LINE_BYTES}")
    if header.lower() == "actionid" and (not text or text != text.strip()):
        raise ConfigError(f"{action}: Asterisk would not send this ActionID back as it is")
