"""Which file is played for a prompt, and what instead where it cannot be."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

log = logging.getLogger("ivr.sounds")

UNKNOWN_LENGTH_S: Final = 30.0
LATE_S: Final = 1.0  # playing may begin this late
LEAST: Final = 0.8  # of a prompt's length: one that ends before is cut off
SPEECH: Final = "--speech"  # behind a key: the same in words for callers who may answer by speaking


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """`folder`: rendered prompts as Asterisk sees them. `lengths_s`: by "<language>/<key>", of those we know.

    `damaged`: those of them whose files are not what was built; they are not played. `language`: the one in which a
    prompt is said that another language lacks. If we freeze while a prompt plays, Asterisk takes the caller away soon
    after the end of this very prompt.
    """

    folder: str
    lengths_s: Mapping[str, float] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One file to play: its `name` is "<language>/<key>", `longest_s` what it may take, `shortest_s` what it must."""

    name: str
    path: str
    longest_s: float
    shortest_s: float = 0.0


class Voice:
    """Finds files. `broken` are the prompts that could not be played since the process began; each is logged once."""

    def __init__(self, sounds: Sounds) -> None:
        self._sounds = sounds
        self.broken: set[str] = set()
        for name in sorted(sounds.damaged):
            self._alarm(name, "its file is not the one that was built")

    def files(self, key: str, language: str, *, spoken: bool = False) -> Iterator[Sound]:
        """Yield what to play for `key`, best first: in the language wanted, without its region, in the centre's.

        `spoken`: the caller may answer by speaking, and is told so where there is a prompt that says it.
        """
        own, _, bare = key.rpartition("/")
        wanted = own or language
        for tongue in dict.fromkeys((wanted, wanted.partition("-")[0], self._sounds.language)):
            names = [f"{tongue}/{bare}"]
            if spoken and f"{tongue}/{bare}{SPEECH}" in self._sounds.lengths_s:
                names.insert(0, f"{tongue}/{bare}{SPEECH}")
            yield from (self._sound(name) for name in names if name not in self._sounds.damaged)

    def failed(self, sound: Sound, error: Exception) -> None:
        """Note that a prompt could not be played."""
        self._alarm(sound.name, str(error))

    def _alarm(self, name: str, why: str) -> None:
        if name not in self.broken:
            self.broken.add(name)
            log.error("prompt %s cannot be played, callers hear the next best thing: %s", name, why)

    def _sound(self, name: str) -> Sound:
        length = self._sounds.lengths_s.get(name)
        path = f"{self._sounds.folder}/{name}"
        if length is None:
            return Sound(name=name, path=path, longest_s=UNKNOWN_LENGTH_S)
        return Sound(name=name, path=path, longest_s=length + LATE_S, shortest_s=length * LEAST)
