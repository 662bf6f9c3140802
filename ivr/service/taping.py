"""What is recorded of one call: messages its caller leaves, and the call itself once they were told.

Nothing is recorded at a secure question: the recording of the call stops before it and goes on, in the same file, after
it. A caller who hangs up at the end of a message has left it all the same.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final, Protocol

from callcenter import dialplan
from callcenter.errors import ActionRefused, ChannelGone, StoreError
from ivr.commands import Record, RecordCall
from ivr.happenings import Failed, Happening, NoInput, Recorded
from ivr.service.line import Line
from ivr.service.ports import Channel

log = logging.getLogger("ivr.taping")

MESSAGES: Final = "voicemail"
CALLS: Final = "calls"
LEAST_VOICE_S: Final = 0.3  # less is a cough or a click on the line


class Tapes(Protocol):
    """The folder of recordings; `callcenter.adapters.recordings` is the real one."""

    def new(self, kind: str, call_id: str = "") -> str: ...

    def path(self, name: str) -> str: ...

    async def voiced(self, name: str) -> tuple[float, float]: ...

    async def remove(self, name: str) -> None: ...


class Taping:
    """Records on one call's `channel`. `recording`: the file of the call itself, as Asterisk knows it, if there is one.

    `tapes` None: nothing can be recorded here.
    """

    def __init__(self, channel: Channel, line: Line, tapes: Tapes | None, *, recording: str = "") -> None:
        self._channel, self._line, self._tapes = channel, line, tapes
        self._recording = recording
        self.gone: ChannelGone | None = None  # the caller hung up at the end of a message

    async def record(self, command: Record) -> Happening:
        """Say prompts, then record: Recorded, NoInput for silence, Failed where it cannot be done."""
        await self._line.say(command.prompts, command.language, interruptible=True)
        self._line.forget_keys()  # what ended the prompts was meant to end the prompts
        try:
            if self._tapes is None:
                raise StoreError("no folder of recordings is set")
            name = self._tapes.new(MESSAGES)
        except StoreError as error:
            log.error("%s", error)
            return Failed(reason="unavailable", detail=str(error))
        return await self._record(command, name, self._tapes)

    async def _record(self, command: Record, name: str, tapes: Tapes) -> Happening:
        try:
            self._line.music_ended()  # as record_voice does
            await self._channel.record_voice(
                tapes.path(name),
                max_s=command.max_s,
                silence_s=command.silence_s,
                escape_digits=command.ends,
                beep=command.beep,
            )
        except ChannelGone as gone:
            self.gone = gone
        except ActionRefused as error:
            log.error("nothing can be recorded: %s", error)
            return Failed(reason="unavailable", detail=str(error))
        length_s, voice_s = await tapes.voiced(name)
        if voice_s >= LEAST_VOICE_S and (self.gone is None or self._line.wait is None):
            return Recorded(file=name, length_s=length_s, hung_up=self.gone is not None)
        await tapes.remove(name)
        if self.gone is not None:
            raise self.gone  # without a word, or on the way to an agent
        return NoInput()

    async def begin(self, command: RecordCall, call_id: str) -> None:
        """Record the call from now on, if that is what the caller was told. What cannot be recorded is no reason to
        end a call.
        """
        if not command.on or self._recording:
            return
        try:
            if self._tapes is None:
                raise StoreError("no folder of recordings is set")
            path = self._tapes.path(self._tapes.new(CALLS, call_id))
            await self._channel.start_recording(path)
        except (StoreError, ActionRefused) as error:
            log.error("call %s is not recorded: %s", call_id, error)
            return
        self._recording = path
        await self._channel.set_variable(dialplan.VAR_RECORDING, path)

    @contextlib.asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """Record nothing meanwhile."""
        if not self._recording:
            yield
            return
        # Said before, for the dialplan: an agent may be there before we can go on recording.
        await self._channel.set_variable(dialplan.VAR_RECORDING_PAUSED, dialplan.YES)
        await self._channel.stop_recording()
        try:
            yield
        except ChannelGone:
            raise  # if to an agent, the dialplan goes on recording
        except Exception:
            await self._go_on()
            raise
        await self._go_on()

    async def _go_on(self) -> None:
        await self._channel.start_recording(self._recording, append=True)
        await self._channel.set_variable(dialplan.VAR_RECORDING_PAUSED, "")
