"""One channel inside FastAGI: verbs for what an IVR says, asks and sets.

What Asterisk 22.10.1 really does (each point tried, with Local channels and with SIP):

- **One command at a time.** Asterisk reads the socket through a stdio buffer and then waits for the *socket*: of two
  commands in one TCP segment the second lies there until more bytes come. So nothing is ever pipelined here.
- **Keys.** A key goes to the command that runs when it is pressed, if that command asks for it. Pressed during STREAM
  FILE without escape digits, during EXEC, or between two commands, it is lost. After a key the next one cannot come
  for some 80 ms, so answering at once loses nothing; GET DATA collects several keys without any gap.
- **Hangup and Redirect look the same**: the running command returns -1, then comes the line HANGUP. With
  AGIEXITONHANGUP=yes the connection is closed at once, without it "dead" commands (SET/GET VARIABLE, EXEC, VERBOSE)
  still work and all others return 511.
- **-1 is also plain failure** (STREAM FILE of a missing prompt). HANGUP always precedes the reply to the command sent
  next, so one CHANNEL STATUS tells which of the two it was.
- **A new command ends** STREAM FILE and GET DATA, which then reply nothing, and WAIT FOR DIGIT, which replies 1; it
  does not end SAY or EXEC. So after a cancelled verb nobody knows how many replies are still to come: see `_catch_up`.
- AGI() never times out by itself. TIMEOUT(absolute) ends any command with -1 and sends the caller to extension T.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NoReturn

from panoramisk import fast_agi

from callcenter.adapters import agi_wire as wire
from callcenter.adapters.agi_request import AgiRequest, ReplyReader
from callcenter.adapters.agi_wire import Reply
from callcenter.adapters.variables import array
from callcenter.errors import ActionRefused, ChannelGone

PROMPT_MAX_S: Final = 30.0  # a longer prompt needs its own `max_s`: Asterisk would take the caller away in the middle
SAY_MAX_S: Final = 30.0
SAMPLES_PER_S: Final = 8_000  # of our prompts; `endpos` counts them
SAMPLES_MAX: Final = 3_600 * SAMPLES_PER_S

# What EXEC may run: nothing that reaches a shell, a file of one's choice, another channel or the trunk.
EXEC_APPS: Final = frozenset(
    {
        "AudioSocket",
        "Busy",
        "Congestion",
        "Hangup",
        "MusicOnHold",
        "Playback",
        "PlayTones",
        "Progress",
        "Queue",
        "Ringing",
        "SayUnixTime",
        "StopPlayTones",
        "UserEvent",
        "Wait",
    }
)

_KEY_OF_CODE: Final = {str(ord(key)): key for key in "0123456789*#ABCD"}
_KEYS = re.compile(r"[0-9*#A-D]*")
_VARIABLE = re.compile(r"\w+(?:\([\w ,.:/@-]*\))?", re.ASCII)
_EVENT = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_FILE = re.compile(r"/[\w./-]+", re.ASCII)  # MixMonitor would take what follows a comma for options, or a command
_EXEC_SPECIAL = re.compile(r'[,"\\]')  # Asterisk splits the arguments of an application at these


class AgiSession(AgiRequest):
    """The verbs. All of them raise

    - ChannelGone: the caller hung up or was redirected away, and Asterisk cannot do it any more;
    - Unreachable: no reply within the command's own maximum and REPLY_GRACE_S; every verb after it raises it again;
    - ActionRefused: Asterisk cannot do it (missing prompt, wrong syntax, unknown application) and the caller is there;
    - ValueError: an argument that cannot be sent (line end, NUL, too long), before anything is sent.

    `env` are Asterisk's agi_… headers, `args` the arguments of AGI(), `query` what stood behind `?` in the address.
    Durations in seconds, rounded up to what AGI takes. A verb may be cancelled at any time; the next one is safe.
    """

    def __init__(
        self,
        app: fast_agi.Application,
        headers: Mapping[str, str],
        reader: ReplyReader,
        writer: asyncio.StreamWriter,
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(app, headers, reader, writer, encoding)
        self.env = headers
        self.uniqueid = headers.get("agi_uniqueid", "")
        self.path, self.query = wire.parse_script(headers.get("agi_network_script", ""))
        self.args = wire.arguments(headers)

    # ------------------------------------------------------------------------------------------------- sound and keys
    async def answer(self) -> None:
        """Answer the call; nothing happens if it is answered already."""
        await self._do("ANSWER")

    async def hangup(self, cause: int | None = None) -> None:
        """Hang up with a Q.850 cause (None: normal clearing). AGI's own HANGUP takes none."""
        try:
            if cause is None:
                await self._do("HANGUP")
            else:
                await self.exec("Hangup", cause)
        except ChannelGone:
            return

    async def stream_file(
        self, path: str, escape_digits: str = "", *, max_s: float = PROMPT_MAX_S, least_s: float = 0.0
    ) -> str:
        """Play a prompt (no file extension); return the key that ended it, or "". `max_s`: no prompt is longer.

        Raise ActionRefused also for one that holds nothing, or ends by itself before `least_s`: Asterisk plays what
        there is and says 0 (tried: an empty file, a cut one, a folder of that name).
        """
        reply = await self._do("STREAM FILE", path, _keys(escape_digits), max_s=max_s)
        played = reply.endpos if reply.endpos is not None else SAMPLES_MAX
        if reply.result == "0" and not max(1.0, least_s * SAMPLES_PER_S) <= played <= SAMPLES_MAX:
            raise ActionRefused(f"{self.channel}: STREAM FILE ended at once or too early: {path}")
        return _key(reply)

    async def get_data(self, path: str, timeout_s: float, max_digits: int, *, max_s: float = PROMPT_MAX_S) -> str:
        """Play a prompt ("": none) and return the keys pressed from its start on, "" for none.

        Ends at `max_digits`, at # (not returned) or `timeout_s` after the prompt or after the last key.
        """
        longest = max_s + timeout_s * max_digits
        reply = await self._do("GET DATA", path, _ms(timeout_s), max_digits, max_s=longest)
        return reply.result

    async def wait_for_digit(self, timeout_s: float) -> str:
        """Return the next key, or "" after `timeout_s`."""
        return _key(await self._do("WAIT FOR DIGIT", _ms(timeout_s), max_s=timeout_s))

    async def say_digits(self, digits: str, escape_digits: str = "", *, max_s: float = SAY_MAX_S) -> str:
        """Say digit after digit; return the key that ended it, or ""."""
        return _key(await self._do("SAY DIGITS", digits, _keys(escape_digits), max_s=max_s))

    async def say_number(self, number: int, escape_digits: str = "", *, max_s: float = SAY_MAX_S) -> str:
        """Say a whole number; return the key that ended it, or ""."""
        return _key(await self._do("SAY NUMBER", number, _keys(escape_digits), max_s=max_s))

    async def set_music(self, on: bool, music_class: str = "default") -> None:
        """Start or stop music on hold. It plays on during `wait_for_digit`; STREAM FILE ends it for good."""
        await self._do("SET MUSIC", *(("ON", music_class) if on else ("OFF",)))

    async def record_file(
        self, path: str, *, max_s: float, silence_s: float = 0, escape_digits: str = "#", beep: bool = True
    ) -> Reply:
        """Record a WAV file until a key of `escape_digits`, `silence_s` of silence (0: no matter) or `max_s`.

        `endpos` is the length in samples, `timed_out` says how it ended. The folder must exist. Ends music first: with
        music on RECORD FILE never returns. What was recorded before a ChannelGone stays on disk.
        """
        await self.set_music(False)
        extra = (*(("BEEP",) if beep else ()), *((f"s={math.ceil(silence_s)}",) if silence_s else ()))
        keys = _keys(escape_digits)
        return await self._do("RECORD FILE", path, "wav", keys, _ms(max_s), 0, *extra, max_s=max_s + 2)

    async def record_voice(
        self, path: str, *, max_s: float, silence_s: float, escape_digits: str = "#", beep: bool = True
    ) -> str:
        """As `record_file`; return the key that ended it, "" for time or silence."""
        return _key(
            await self.record_file(path, max_s=max_s, silence_s=silence_s, escape_digits=escape_digits, beep=beep)
        )

    async def start_recording(self, path: str, *, append: bool = False) -> None:
        """Record both sides of the call into a WAV file from now on, also when this session is over."""
        await self._do("EXEC", "MixMonitor", f"{_matching(_FILE, path, 'file')}.wav" + (",a" if append else ""))

    async def stop_recording(self) -> None:
        await self._do("EXEC", "StopMixMonitor", "")

    async def audio_socket(self, ident: str, port: int, *, max_s: float) -> None:
        """Pass the call's sound, both ways, over AudioSocket to `port` of this host; return when that side ends it.

        `ident`: the UUID that Asterisk shows there. The address is the one at which this session reached us. Raise
        ActionRefused if nobody listens there. Keys go to that side too, and are lost to AGI meanwhile.
        """
        host = str(self.writer.get_extra_info("sockname")[0])
        await self.exec("AudioSocket", ident, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", max_s=max_s)

    # ------------------------------------------------------------------------------------------- variables and dialplan
    async def set_variable(self, name: str, value: object) -> None:
        """Set a channel variable or a dialplan function; works after a hangup too. `value` is taken as it is."""
        await self._do("SET VARIABLE", _variable(name), value)

    async def set_variables(self, values: Mapping[str, object]) -> None:
        """Set several channel variables by one command. No comma, quote, bracket or backslash in a value."""
        await self._do("SET VARIABLE", *array(values))

    async def get_variable(self, name: str) -> str | None:
        """Return a channel variable or dialplan function; None if it is not set."""
        reply = await self._do("GET VARIABLE", _variable(name))
        return reply.data if reply.result == "1" else None

    async def get_variables(self, *names: str) -> tuple[str, ...]:
        """Return channel variables by one command, "" for one that is not set. No value may hold a |."""
        found = await self.get_full_variable("|".join(f"${{{_variable(name)}}}" for name in names))
        values = tuple(found.split("|"))
        if len(values) != len(names):
            raise ActionRefused(f"{self.channel}: the values of {', '.join(names)} cannot be told apart")
        return values

    async def get_full_variable(self, expression: str) -> str:
        """Return what Asterisk makes of an expression like ${CALLERID(num)}; never one with a caller's words in it."""
        return (await self._do("GET FULL VARIABLE", expression)).data or ""

    async def set_context(self, name: str) -> None:
        """Where the dialplan goes on when this session ends; set extension and priority too."""
        await self._do("SET CONTEXT", name)

    async def set_extension(self, name: str) -> None:
        await self._do("SET EXTENSION", name)

    async def set_priority(self, priority: int | str) -> None:
        """Number or label. A label is looked up in the context and extension set before."""
        await self._do("SET PRIORITY", priority)

    async def exec(self, app: str, *args: object, max_s: float = PROMPT_MAX_S) -> Reply:
        """Run one of EXEC_APPS; raise ValueError for any other, or for a comma, quote or backslash in an argument."""
        if app not in EXEC_APPS:
            raise ValueError(f"not an application we run by EXEC: {app!r}")
        for argument in args:
            if _EXEC_SPECIAL.search(str(argument)):
                raise ValueError(f"comma, quote or backslash in an argument of {app}: {argument!r}")
        reply = await self._do("EXEC", app, ",".join(map(str, args)), max_s=max_s)
        if reply.result == "-2":
            raise ActionRefused(f"EXEC {app}: no such application")
        return reply

    async def user_event(self, name: str, headers: Mapping[str, object]) -> None:
        """Send an AMI UserEvent from this channel; works after a hangup too. No comma, quote or line end in a value."""
        _matching(_EVENT, name, "event")
        lines = (f"{_matching(_HEADER, key, 'header')}: {value}" for key, value in headers.items())
        await self.exec("UserEvent", name, *lines)

    async def verbose(self, text: str, level: int = 1) -> None:
        """Write to Asterisk's verbose log."""
        await self._do("VERBOSE", text, level)

    async def _do(self, verb: str, *arguments: object, max_s: float = 0.0) -> Reply:
        reply = await self._send(wire.command_line(verb, *arguments), max_s)
        if reply.code == wire.OK and reply.result != "-1":
            return reply
        return await self._failed(verb, reply)

    async def _failed(self, verb: str, reply: Reply) -> NoReturn:
        """Tell a hangup from a failure: the line HANGUP precedes the reply to whatever is sent next."""
        if reply.code == wire.OK:
            status = await self.command("CHANNEL STATUS")
            if self.hung_up or status.code == wire.DEAD:
                raise ChannelGone(f"{self.channel}: hung up during {verb}")
            raise ActionRefused(f"{self.channel}: {verb} failed {reply.data or ''}".rstrip())
        if reply.code == wire.DEAD:
            raise ChannelGone(f"{self.channel}: {verb}: {reply.text}")
        raise ActionRefused(f"{self.channel}: {verb}: {reply.code} {reply.text.partition(chr(10))[0]}")


def _key(reply: Reply) -> str:
    """The key in a reply that carries its ASCII code; 0 is none."""
    return _KEY_OF_CODE.get(reply.result, "")


@lru_cache(maxsize=1024)
def _variable(name: str) -> str:
    return _matching(_VARIABLE, name, "variable")


def _keys(keys: str) -> str:
    return _matching(_KEYS, keys, "set of keys")


def _ms(seconds: float) -> int:
    if not 0 <= seconds < 86_400:  # AGI would take a negative one for "for ever"
        raise ValueError(f"not a time to wait: {seconds} s")
    return math.ceil(seconds * 1000)


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"not a {what}: {text!r}")
    return text
