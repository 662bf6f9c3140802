"""A draft on a real telephone: a call like any caller's, but no agent gets it, and it counts nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from callcenter.messages import TrialMoved
from callcenter.records import Visit, Waiting, trial_id
from ivr.service.ports import Bus, Channel
from ivr.service.waiting import Lobby

PREFIX: Final = "try:"  # of the flow's name in the stored session
TO_CALL: Final = timedelta(minutes=10)  # after which a token that nobody has used is worth nothing


class QuietLobby(Lobby):
    """A queue in which nobody waits for anybody: its caller hears the wait flow, and the acd never hears of them."""

    async def announce(self, channel: Channel, queue: str) -> None:
        """Tell nobody."""

    async def _hand_over(self, caller: Waiting) -> None:
        """Put no row into the store: whoever reads those has an agent called."""


@dataclass(slots=True)
class Footprints:
    """Tells the desk where a call has come to that tries the draft under `token`."""

    bus: Bus
    token: str
    _told: dict[int, str] = field(default_factory=dict)  # seq → exit

    def show(self, visits: Iterable[Visit]) -> None:
        """Tell what is new of the call's visits, or has been left since."""
        fresh = [visit for visit in visits if self._told.get(visit.seq) != visit.exit]
        if not fresh:
            return
        self._told.update((visit.seq, visit.exit) for visit in fresh)
        told = [[visit.seq, visit.flow, visit.node, visit.exit] for visit in fresh]
        self.bus.publish(TrialMoved(trial=trial_id(self.token), visits=told))
