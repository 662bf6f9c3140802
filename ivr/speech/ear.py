"""When a caller speaks: from the probability of speech in each frame to "began" and "ended". No audio, no clock.

Time is counted in frames of 32 ms (what Silero judges at 8 kHz). A prompt that plays needs clearer speech to be
stopped than silence needs to be broken: there is no echo canceller, and a cough is no answer.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

FRAME_S: Final = 0.032
SPEECH: Final = 0.5  # probability from which a frame is speech; Silero's own proposal
GOING_ON: Final = 0.35  # within an utterance: the ends of words are soft

DEAF_S: Final = 0.3  # of each prompt: the echo of its first word, and the end of what the caller said before it
BARGE_IN: Final = (7, 8)  # frames of speech among the last ones (224 of 256 ms) that stop a prompt
ONSET: Final = (3, 4)  # after the prompt: "no" is 250 ms long
PAUSE_S: Final = 0.32  # most who are silent for so long have said all: understanding begins
END_SILENCE_S: Final = 0.6  # … and is believed now
UTTERANCE_MAX_S: Final = 8.0
LEAD_S: Final = 0.32  # kept from before the first frame of speech: consonants are soft


class Sign(StrEnum):
    """What a frame of sound told.

    BEGAN: stop the prompt. PAUSED: `Ear.utterance` may be all, unless the caller GOES_ON. ENDED: it was all. SILENT:
    nobody has spoken.
    """

    NOTHING = "nothing"
    BEGAN = "began"
    PAUSED = "paused"
    GOES_ON = "goes-on"
    ENDED = "ended"
    SILENT = "silent"


@dataclass(slots=True, kw_only=True)
class Ear:
    """Listens to one answer. `timeout_s`: how long after the prompt nobody may speak.

    Feed each frame's probability to `hear`; call `prompt_ended` when the prompt is over. `utterance` is the range of
    frames (first, end) to be understood once `hear` has said PAUSED or ENDED. `resume` listens on after an utterance
    that was none.
    """

    timeout_s: float
    _frames: int = field(default=0, init=False)
    _quiet_since: int = field(default=-1, init=False)  # frame at which the prompt ended; -1: it plays
    _began: int = field(default=-1, init=False)  # first frame of the utterance; -1: none yet
    _last: int = field(default=0, init=False)  # frame after the last one of speech
    _paused: bool = field(default=False, init=False)
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=BARGE_IN[1]), init=False)

    def prompt_ended(self) -> None:
        if self._quiet_since < 0:
            self._quiet_since = self._frames

    @property
    def speaking(self) -> bool:
        return self._began >= 0

    @property
    def utterance(self) -> tuple[int, int]:
        """The frames of the utterance with some before it and the silence that ended it."""
        return max(0, self._began - frames(LEAD_S)), self._frames

    def hear(self, probability: float) -> Sign:
        """Take the next frame."""
        self._frames += 1
        if self.speaking:
            return self._go_on(probability)
        playing = self._quiet_since < 0
        self._recent.append(probability >= SPEECH and not (playing and self._frames <= frames(DEAF_S)))
        needed, among = BARGE_IN if playing else ONSET
        latest = list(self._recent)[-among:]
        if sum(latest) >= needed:
            self._began = self._frames - len(latest) + latest.index(True)
            self._last = self._frames
            self.prompt_ended()
            return Sign.BEGAN
        if not playing and self._frames - self._quiet_since >= frames(self.timeout_s) and not latest[-1]:
            return Sign.SILENT
        return Sign.NOTHING

    def _go_on(self, probability: float) -> Sign:
        if probability >= GOING_ON:
            self._last = self._frames
        silence = self._frames - self._last
        if silence >= frames(END_SILENCE_S) or self._frames - self._began >= frames(UTTERANCE_MAX_S):
            return Sign.ENDED
        if self._paused != (silence >= frames(PAUSE_S)):
            self._paused = not self._paused
            return Sign.PAUSED if self._paused else Sign.GOES_ON
        return Sign.NOTHING

    def resume(self) -> None:
        """Forget the utterance and wait for another, `timeout_s` from now."""
        self._began, self._quiet_since, self._paused = -1, self._frames, False
        self._recent.clear()


def frames(seconds: float) -> int:
    """Return how many frames last `seconds`.

    >>> frames(0.32)
    10
    """
    return round(seconds / FRAME_S)
