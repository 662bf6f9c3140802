"""A draft on a real telephone: a call like any caller's, but no agent gets it, and it counts nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from callcenter.records import Waiting
from ivr.service.ports import Channel
from ivr.service.waiting import Lobby

PREFIX: Final = "try:"  # of the flow's name in the stored session
TO_CALL: Final = timedelta(minutes=10)  # after which a token that nobody has used is worth nothing


class QuietLobby(Lobby):
    """A queue in which nobody waits for anybody: its caller hears the wait flow, and the acd never hears of them."""

    async def announce(self, channel: Channel, queue: str) -> None:
        """Tell nobody."""

    async def _hand_over(self, caller: Waiting) -> None:
        """Put no row into the store: whoever reads those has an agent called."""
