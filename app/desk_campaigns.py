"""Campaigns at the desk: what `callcenter campaign` does, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from app import campaign_states, campaign_status, campaigns, messages
from callcenter.adapters.store import Store
from callcenter.errors import CallCenterError, NotFound
from callcenter.outbound import Campaign
from callcenter.settings import Settings
from desk.campaigns import Floor, Put, Written, at_the_desk, without_commands
from dialer.outlook import Asked, Outlook


@dataclass(slots=True)
class CampaignFiles:
    """The campaigns of an installation: its store, and the folder in which their messages lie."""

    settings: Settings
    store: Store
    # Speaking a message takes a second, in which nobody else must change the same campaign.
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)
    # A forecast takes all processors for seconds: a second one waits.
    _forecasts: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def add(self, name: str, written: Written) -> Put:
        async with self._one_by_one:
            with _said_here():
                return await campaigns.add(self.store, self.settings, name, written)

    async def change(self, name: str, written: Written) -> Put:
        async with self._one_by_one:
            with _said_here():
                return await campaigns.change(self.store, self.settings, name, written)

    async def existing(self, name: str) -> Campaign:
        with _said_here():
            return await campaigns.existing(self.store, name)

    async def says(self, campaign: Campaign) -> str:
        return await asyncio.to_thread(messages.said, campaign.message, campaigns.rendered_of(self.settings))

    async def message(self, campaign: Campaign) -> bytes:
        path = messages.file_of(campaign.message, campaigns.rendered_of(self.settings))
        if path is None:
            raise NotFound(f"the message of campaign {campaign.name} is not seen from here")
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise NotFound(f"the message of campaign {campaign.name} cannot be read: {error.strerror}") from None

    async def move(self, name: str, verb: str, who: str) -> Sequence[str]:
        with _said_here():
            notes = await campaign_states.move(self.store, self.settings, name, verb, who)
        return [without_commands(note) for note in notes]

    async def look(self, campaigns: Sequence[Campaign]) -> Floor:
        return await campaign_status.look(self.store, self.settings, list(campaigns))

    async def forecast(self, campaign: Campaign, asked: Asked) -> Outlook:
        from app import forecasting  # noqa: PLC0415 - the simulator: not for a desk that nobody asks

        async with self._forecasts:
            with _said_here():
                return await forecasting.forecast(self.store, self.settings, campaign, asked)


@contextmanager
def _said_here() -> Iterator[None]:
    try:
        yield
    except CallCenterError as error:
        raise at_the_desk(error) from None
