"""baresip (Debian) as a real softphone without sound card: registers, calls, plays a tone, records what it hears.

It is driven over its control socket (module ctrl_tcp): JSON in netstrings, commands answered by token, events between.
Seen with baresip 1.0.0: it listens for TLS on the SIP port + 1; ausine only does 48 kHz, so the tone is a WAV file;
sndfile writes `dump-…-dec.wav` (heard) and `dump-…-enc.wav` (spoken) for each call.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from callcenter.errors import ActionRefused, Unreachable
from sim.phones.audio import FRAME, RATE, Samples, pure_tone, tone, write_wav
from sim.phones.plans import Line
from sim.phones.ports import free_udp_port, start_process, stop_process

MODULES: Final = ("g711.so", "aufile.so", "aubridge.so", "sndfile.so")
MODULE_FOLDERS: Final = ("/usr/lib/baresip/modules", "/usr/lib64/baresip/modules")
START_TRIES: Final = 5
START_TIMEOUT_S: Final = 5.0
COMMAND_TIMEOUT_S: Final = 5.0
REGISTER_TIMEOUT_S: Final = 10.0
TONE_S: Final = 600.0
HEAR_TIMEOUT_S: Final = 15.0
HEAR_EVERY_S: Final = 0.1
KEY_S: Final = 0.25  # each key is its own command; a pause keeps two of the same apart

Event = Mapping[str, Any]


class Baresip:
    """`async with Baresip(line) as phone`: registered (if the line has a user) when the body is entered.

    - `hz`: tone it speaks in calls, 0 for silence.
    - Incoming calls are answered at once.
    Raises ActionRefused if registration is refused, Unreachable if the server or baresip does not answer.
    """

    def __init__(self, line: Line, *, hz: int = 1000) -> None:
        self.line = line
        self.folder = Path()
        self._hz = hz
        self._process: Process | None = None
        self._control_port = 0
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._answers: asyncio.Queue[Event] = asyncio.Queue()

    async def __aenter__(self) -> Baresip:
        self.folder = Path(tempfile.mkdtemp(prefix="baresip-"))
        try:
            write_wav(self.folder / "tone.wav", tone(self._hz, TONE_S) if self._hz else tone(0, TONE_S))
            await self._start()
            if self.line.user:
                await self._registered()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def dial(self, number: str) -> None:
        """Call `number`; return when it is answered, raise ActionRefused with the reason if it is not."""
        await self.command("dial", f"sip:{number}@{self.line.server_ip}:{self.line.server_port}")
        event = await self.event("CALL_ESTABLISHED", "CALL_CLOSED")
        if event["type"] == "CALL_CLOSED":
            raise ActionRefused(f"call to {number}: {event.get('param', '')}")

    async def press(self, digits: str) -> None:
        """Press keys (RFC 4733)."""
        for digit in digits:
            await self.command("sndcode", digit)
            await asyncio.sleep(KEY_S)

    async def hang_up(self) -> None:
        """End the current call."""
        await self.command("hangup")
        await self.event("CALL_CLOSED")

    async def event(self, *kinds: str) -> Event:
        """Return the next event of one of these kinds; others before it are skipped."""
        while True:
            event = await self._events.get()
            if event.get("type") in kinds:
                return event

    async def command(self, name: str, params: str = "") -> str:
        """Run a command of baresip's menu and return what it prints; raise ActionRefused if it fails."""
        assert self._writer is not None
        self._writer.write(netstring(json.dumps({"command": name, "params": params, "token": name})))
        answer = await asyncio.wait_for(self._answers.get(), COMMAND_TIMEOUT_S)
        if not answer.get("ok"):
            raise ActionRefused(f"baresip {name} {params}: {answer.get('data', '')}")
        return str(answer.get("data", ""))

    async def hear(self, hz: int, seconds: float = 1.0) -> Samples:
        """Return `seconds` of sound when the newest call's ends in so much of a tone of `hz`.

        baresip has no event for what it hears, so the file it writes is looked at. Raises Unreachable after
        HEAR_TIMEOUT_S.
        """
        deadline = asyncio.get_running_loop().time() + HEAR_TIMEOUT_S
        while asyncio.get_running_loop().time() < deadline:
            sound = _so_far(self.recordings()[-1])[-round(seconds * RATE) :]
            frames = [sound[i : i + FRAME] for i in range(0, sound.size - FRAME + 1, FRAME)]
            if sound.size == round(seconds * RATE) and all(pure_tone(frame) == hz for frame in frames):
                return sound
            await asyncio.sleep(HEAR_EVERY_S)
        raise Unreachable(f"phone {self.line.name}: no tone of {hz} Hz heard")

    def recordings(self) -> list[Path]:
        """WAVs of what it heard, one for each call, oldest first; complete when the call is over."""
        return sorted(self.folder.glob("dump-*-dec.wav"))

    async def aclose(self) -> None:
        """Quit (it takes its registration back), remove all."""
        if self._writer:
            with contextlib.suppress(OSError, ActionRefused, TimeoutError):
                await self.command("quit")
                await self._process_ended()
            self._writer.close()
        if self._process:
            await stop_process(self._process)
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _process_ended(self) -> None:
        if self._process:
            await asyncio.wait_for(self._process.wait(), COMMAND_TIMEOUT_S)

    async def _start(self) -> None:
        for _ in range(START_TRIES):
            self._control_port = _free_tcp_port()
            (self.folder / "config").write_text(self._config())
            (self.folder / "accounts").write_text(account(self.line))
            self._process = await start_process(("baresip", "-f", str(self.folder)), cwd=self.folder)
            reader = await self._connected(self._process)
            if reader:
                self._reading = asyncio.create_task(self._read(reader))
                return
            await stop_process(self._process)
        raise Unreachable("baresip does not start")

    async def _connected(self, process: Process) -> asyncio.StreamReader | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_TIMEOUT_S
        while process.returncode is None and loop.time() < deadline:
            with contextlib.suppress(OSError):
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._control_port)
                return reader
            await asyncio.sleep(0.02)
        return None

    async def _registered(self) -> None:
        """Wait for the registration; it may have happened before we listened to events."""
        if "OK" in await self.command("reginfo"):
            return
        event = await asyncio.wait_for(self.event("REGISTER_OK", "REGISTER_FAIL"), REGISTER_TIMEOUT_S)
        if event["type"] == "REGISTER_FAIL":
            raise ActionRefused(f"phone {self.line.name}: registration refused: {event.get('param', '')}")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        while data := await reader.read(65536):
            rest += data
            for text, consumed in netstrings(rest):
                rest = rest[consumed:]
                message = json.loads(text)
                (self._answers if message.get("response") else self._events).put_nowait(message)

    def _config(self) -> str:
        modules = next((folder for folder in MODULE_FOLDERS if Path(folder).is_dir()), MODULE_FOLDERS[0])
        lines = [
            "poll_method epoll",
            f"sip_listen {self.line.local_ip}:{free_udp_port(self.line.local_ip)}",
            f"audio_source aufile,{self.folder / 'tone.wav'}",
            "audio_player aubridge,nowhere",
            "audio_alert aubridge,alert",
            "ausrc_srate 8000",
            "auplay_srate 8000",
            "rtp_ports 22100-32700",
            f"module_path {modules}",
            *(f"module {name}" for name in MODULES),
            "module_tmp account.so",
            "module_app menu.so",
            "module_app ctrl_tcp.so",
            f"ctrl_tcp_listen 127.0.0.1:{self._control_port}",
            f"snd_path {self.folder}",
        ]
        return "\n".join(lines) + "\n"


def account(line: Line) -> str:
    """Return baresip's account line.

    >>> account(Line(name="12025550101", server_port=5060))
    '<sip:12025550101@127.0.0.1:5060>;regint=0;audio_codecs=pcmu;answermode=auto;dtmfmode=rtpevent\\n'
    """
    who = f"<sip:{line.user or line.name}@{line.server_ip}:{line.server_port}>"
    proof = f";auth_user={line.user};auth_pass={line.password};regint=300" if line.user else ";regint=0"
    return f"{who}{proof};audio_codecs=pcmu;answermode=auto;dtmfmode=rtpevent\n"


def _so_far(recording: Path) -> Samples:
    """Read a recording that is still written (8 kHz mono): its header tells the size only when the call is over."""
    sound = recording.read_bytes().partition(b"data")[2][4:]
    return np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2").astype(np.float32) / 32768.0


def netstring(text: str) -> bytes:
    """Return `text` as a netstring (length in bytes, colon, bytes, comma).

    >>> netstring("quit")
    b'4:quit,'
    """
    data = text.encode()
    return b"%d:%s," % (len(data), data)


def netstrings(data: bytes) -> Iterator[tuple[str, int]]:
    """Yield each complete netstring in `data` with the number of bytes it took.

    >>> list(netstrings(b"4:quit,2:ok,5:hal"))
    [('quit', 7), ('ok', 5)]
    """
    while True:
        size, colon, rest = data.partition(b":")
        if not colon or len(rest) <= int(size):
            return
        consumed = len(size) + 1 + int(size) + 1
        yield rest[: int(size)].decode(), consumed
        data = data[consumed:]


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
