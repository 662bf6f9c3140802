"""How many calls to place now. `make_pacer(mode)`; the contract is in docs/pacing.md and `dialer.pacing.contract`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from callcenter.errors import ConfigError
from dialer.pacing.contract import Kind, Pacer, PacingDecision, PacingEvent, PacingSnapshot
from dialer.pacing.progressive import Progressive
from dialer.pacing.ratio import Ratio

__all__ = ["PACING", "Kind", "Pacer", "PacingDecision", "PacingEvent", "PacingSnapshot", "make_pacer"]


def _predictive() -> Pacer:
    from dialer.pacing.predictive import Predictive  # noqa: PLC0415 - numpy: not for commands that place no call

    return Predictive()


PACING: Final[Mapping[str, Callable[[], Pacer]]] = {
    "progressive": Progressive,  # one call per ready agent
    "ratio": Ratio,  # several, backing off so that drops stay under the cap
    "predictive": _predictive,  # by forecast, at a price that spends the budget of drops
}


def make_pacer(mode: str) -> Pacer:
    """Return a fresh pacer; raise ConfigError if there is none of this name.

    >>> make_pacer("clairvoyant")
    Traceback (most recent call last):
    ...
    callcenter.errors.ConfigError: pacing mode 'clairvoyant' does not exist: use one of progressive, ratio, predictive
    """
    try:
        return PACING[mode]()
    except KeyError:
        raise ConfigError(f"pacing mode {mode!r} does not exist: use one of {', '.join(PACING)}") from None
