"""What the desk needs around it; the composition root fills it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from callcenter.adapters.bus import Bus
from callcenter.adapters.passwords import Passwords
from callcenter.adapters.store import Store
from desk.premises import Premises
from desk.throttle import Throttle

Check = Callable[[], Awaitable[str]]  # returns "" when well, else what is wrong, in one line


class Installation(Protocol):
    """The files of this installation."""

    async def premises(self) -> Premises:
        """Return what flows may name here, as it is now; raise ConfigError if that cannot be read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a handler may use.

    `url`: the desk's public address, "" if it is the one it is asked at. `screens`: folder of the built screens.
    """

    store: Store
    bus: Bus
    installation: Installation
    passwords: Passwords
    throttle: Throttle = field(default_factory=Throttle)
    checks: Mapping[str, Check] = field(default_factory=dict)
    url: str = ""
    screens: Path = Path("desk/screens")
