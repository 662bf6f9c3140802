"""Which file is played for a prompt, and what instead where it cannot be."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

log = logging.getLogger("ivr.sounds")

UNKNOWN_LENGTH_S: Final = 30.0
LATE_S: Final = 1.0  # playing may begin this late
SPEECH: Final = "--speech"  # behind a key: the same in words for callers who may answer by speaking


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """`folder`: rendered prompts as Asterisk sees them. `lengths_s`: by "<language>/<key>", of those we know.

    `language`: the one in which a prompt is said that another language lacks. If we freeze while a prompt plays,
    Asterisk takes the caller away soon after the end of this very prompt.
    """

    folder: str
    lengths_s: Mapping[str, float] = field(default_factory=dict)
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One file to play: its `name` is "<language>/<key>", `longest_s` what it may take."""

    name: str
    path: str
    longest_s: float


class Voice:
    """Finds files. `broken` are the prompts that could not be played since the process began; each is logged once."""

    def __init__(self, sounds: Sounds) -> None:
        self._sounds = sounds
        self.broken: set[str] = set()

    def files(self, key: str, language: str, *, spoken: bool = False) -> Iterator[Sound]:
        """Yield what to play for `key`, best first: in the language wanted, without its region, in the centre's.

        `spoken`: the caller may answer by speaking, and is told so where there is a prompt that says it.
        """
        own, _, bare = key.rpartition("/")
        wanted = own or language
        for tongue in dict.fromkeys((wanted, wanted.partition("-")[0], self._sounds.language)):
            if spoken and f"{tongue}/{bare}{SPEECH}" in self._sounds.lengths_s:
                yield self._sound(f"{tongue}/{bare}{SPEECH}")
            yield self._sound(f"{tongue}/{bare}")

    def failed(self, sound: Sound, error: Exception) -> None:
        """Note that a prompt could not be played."""
        if sound.name not in self.broken:
            self.broken.add(sound.name)
            log.error("prompt %s cannot be played, callers hear the next best thing: %s", sound.name, error)

    def _sound(self, name: str) -> Sound:
        length = self._sounds.lengths_s.get(name)
        longest = UNKNOWN_LENGTH_S if length is None else length + LATE_S
        return Sound(name=name, path=f"{self._sounds.folder}/{name}", longest_s=longest)
