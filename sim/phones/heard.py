"""Which prompts a recording holds, and since when: what a caller really heard.

Each prompt is looked for by normalised cross-correlation of its beginning with the recording, and from each place
found it is followed in steps of 0.1 s, a little forwards or backwards in time as jitter buffers shift sound, until the
recording says something else. So a prompt cut short by a key is found, with how much of it was heard, and of prompts
that begin with the same words the one that goes on like the recording wins. µ-law, level and gaps do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.phones.audio import RATE, Samples, read_sound, read_wav

STEP: Final = RATE // 10
HEAD: Final = 4 * STEP  # 0.4 s of speech are told apart from any other speech
SHIFT: Final = RATE * 3 // 100  # 30 ms: more than a packet lost or repeated
FOUND: Final = 0.6  # correlation of a beginning; other speech stays below 0.4
FOLLOWED: Final = 0.5  # of a step; µ-law noise leaves more than 0.9
MISSES: Final = 2  # steps in a row that may fail (a lost packet) before the prompt counts as over
QUIET: Final = 0.02  # share of a prompt's loudest step below which a step is a pause
SHORTEST_S: Final = 0.3
OVERLAP_S: Final = 0.1
ALIKE_S: Final = 0.15  # one step and a bit
EPSILON: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A prompt in a recording: from `start_s` on, `heard_s` seconds of it, `share` (0..1) of its length.

    `or_else`: other prompts that say the same words as far as this was heard, so it may have been one of them.
    """

    name: str
    start_s: float
    heard_s: float
    share: float
    or_else: tuple[str, ...] = ()

    def may_be(self, name: str) -> bool:
        return name == self.name or name in self.or_else

    @property
    def end_s(self) -> float:
        return self.start_s + self.heard_s


def heard(recording: Path, prompts: Mapping[str, Path]) -> list[Heard]:
    """Return the prompts in the WAV `recording` in the order heard; `prompts`: name → its file, µ-law or WAV."""
    return find(read_wav(recording), {name: read_sound(path) for name, path in prompts.items()})


def whole_prompts(folder: Path) -> dict[str, Path]:
    """Return the files of a language's prompts by key, without the pieces of numbers, too short to be told apart."""
    return {path.stem: path for path in sorted(folder.glob("*.ulaw")) if not path.stem.startswith("say-")}


def find(recording: Samples, prompts: Mapping[str, Samples]) -> list[Heard]:
    """As `heard`, on samples of 8 kHz."""
    sound = _Sound(_sharpened(recording))
    places = [place for name, samples in prompts.items() for place in _places(name, sound, _sharpened(samples))]
    # The longest wins; of two that are equally long (same words so far) the one of which less is missing.
    places.sort(key=lambda place: place.heard_s * (1 + place.share), reverse=True)
    chosen: list[Heard] = []
    for place in places:
        if all(place.end_s <= o.start_s + OVERLAP_S or place.start_s >= o.end_s - OVERLAP_S for o in chosen):
            alike = {other.name for other in places if _alike(place, other)} - {place.name}
            chosen.append(replace(place, or_else=tuple(sorted(alike))))
    return sorted(chosen, key=lambda place: place.start_s)


def _alike(place: Heard, other: Heard) -> bool:
    return abs(other.start_s - place.start_s) <= ALIKE_S and other.heard_s >= place.heard_s - ALIKE_S


Vector = npt.NDArray[np.float64]


class _Sound:
    """The recording with what each search needs of it."""

    def __init__(self, samples: Vector) -> None:
        self.samples = samples
        self.size = 1 << int(samples.size + HEAD).bit_length()
        self.spectrum = np.fft.rfft(samples, self.size)
        self.energy = np.concatenate(([0.0], np.cumsum(samples**2)))


def _sharpened(samples: Samples) -> Vector:
    """First difference: speech is loudest where it tells words apart least."""
    return np.diff(samples.astype(np.float64), prepend=0.0)


def _places(name: str, sound: _Sound, prompt: Vector) -> list[Heard]:
    loud = np.flatnonzero(np.abs(prompt) > QUIET * np.abs(prompt).max(initial=0.0))
    if not loud.size or sound.samples.size < HEAD:
        return []
    lead = int(loud[0])
    body = prompt[lead : int(loud[-1]) + 1]
    places = []
    for start in _beginnings(sound, body[:HEAD]):
        length = _followed(sound.samples, body, start)
        heard_s = length / RATE
        if heard_s >= min(SHORTEST_S, 0.8 * body.size / RATE):
            places.append(
                Heard(name=name, start_s=max(0.0, start - lead) / RATE, heard_s=heard_s, share=length / body.size)
            )
    return places


def _beginnings(sound: _Sound, head: Vector) -> list[int]:
    """Return where `head` begins in `sound`: peaks of the normalised cross-correlation."""
    raw = np.fft.irfft(sound.spectrum * np.conj(np.fft.rfft(head, sound.size)), sound.size)
    window = np.maximum(sound.energy[head.size :] - sound.energy[: -head.size], 0.0)
    score = raw[: window.size] / (np.sqrt(window * float(head @ head)) + EPSILON)
    peaks = np.flatnonzero(score >= FOUND)
    beginnings: list[int] = []
    for start in peaks[np.argsort(-score[peaks])]:
        if all(abs(int(start) - other) > STEP for other in beginnings):
            beginnings.append(int(start))
    return beginnings


def _followed(sound: Vector, body: Vector, start: int) -> int:
    """Return how many samples of `body` follow in `sound` from `start` on."""
    loudest = max(float(np.abs(body).max()), EPSILON)
    end, misses, shift = 0, 0, 0
    for position in range(0, body.size, STEP):
        step = body[position : position + STEP]
        if step.size < STEP // 4 or float(np.abs(step).max()) < QUIET * loudest:
            continue
        best, moved = _aligned(sound, step, start + position + shift)
        if best >= FOLLOWED:
            end, misses, shift = position + step.size, 0, shift + moved
        else:
            misses += 1
            if misses > MISSES:
                break
    return end


def _aligned(sound: Vector, step: Vector, at: int) -> tuple[float, int]:
    """Return the best correlation of `step` around `at` and how far from `at` it was."""
    first = max(0, at - SHIFT)
    around = sound[first : at + step.size + SHIFT]
    if around.size < step.size:
        return 0.0, 0
    raw = np.correlate(around, step, "valid")
    energy = np.concatenate(([0.0], np.cumsum(around**2)))
    window = np.maximum(energy[step.size :] - energy[: -step.size], 0.0)
    score = raw / (np.sqrt(window * float(step @ step)) + EPSILON)
    best = int(score.argmax())
    return float(score[best]), first + best - at
