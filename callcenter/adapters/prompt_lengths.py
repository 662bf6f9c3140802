"""How long each prompt is, as it is now: what is recorded while calls are going on is played in full at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from callcenter.adapters.prompts_kept import MANIFEST, lengths_s
from callcenter.errors import ConfigError

LOOK_EVERY_S: Final = 0.5  # a prompt that was changed is longer or shorter than we think for at most so long


class Lengths(Mapping[str, float]):
    """Seconds by "<language>/<key>", read again when a manifest in `folder` changes."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder, clock
        self._looked_at, self._stamp = clock(), _stamp(folder)
        self._known = lengths_s(folder)

    def __getitem__(self, name: str) -> float:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> Mapping[str, float]:
        if self._clock() - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = self._clock()
            stamp = _stamp(self._folder)
            if stamp != self._stamp:
                try:
                    self._known, self._stamp = lengths_s(self._folder, strict=True), stamp
                except (ConfigError, OSError):
                    return self._known  # as it was: looked at again
        return self._known


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a manifest does."""
    found = []
    for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
        try:
            about = manifest.stat()
        except OSError:
            continue
        found.append((manifest.parent.name, about.st_mtime_ns, about.st_ino))
    return tuple(found)
