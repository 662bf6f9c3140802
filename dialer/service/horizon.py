"""Until when each campaign will call: its lawful hours, and how long its list lasts at the present speed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Final

from callcenter.adapters.store import Store
from callcenter.compliance.verdict import Question
from dialer.horizon import Tempo, day_end

HOURS_EVERY: Final = timedelta(minutes=10)
LEADS_EVERY: Final = timedelta(seconds=10)
DUE_WITHIN: Final = timedelta(minutes=15)  # what is due later is another run through the list


@dataclass(slots=True)
class _Ahead:
    tempo: Tempo
    hours_at: datetime
    hours_end: float = inf  # on the dialer's own clock, s
    leads_at: datetime | None = None
    leads: int = 0


class Horizon:
    """`look` before each decision, `placed` after it; `end_of` is the day's end that a pacer is shown."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ahead: dict[str, _Ahead] = {}

    async def look(self, campaign: str, questions: Iterable[Question], now: datetime, lawful: datetime) -> None:
        """Look how long `campaign` may call, and how many leads it has; `questions`: about some of them.

        `now` is the dialer's own clock, `lawful` the store's. Raise StoreError.
        """
        ahead = self._ahead.get(campaign)
        if ahead is None or not timedelta() <= now - ahead.hours_at < HOURS_EVERY:
            tempo = Tempo(now.timestamp()) if ahead is None else ahead.tempo
            end = now.timestamp() + day_end(questions, lawful)
            ahead = self._ahead[campaign] = _Ahead(tempo, hours_at=now, hours_end=end)
        if ahead.leads_at is None or now - ahead.leads_at >= LEADS_EVERY:
            left_s = min(ahead.hours_end - now.timestamp(), DUE_WITHIN.total_seconds())
            ahead.leads = await self._store.leads_left(campaign, lawful + timedelta(seconds=left_s))
            ahead.leads_at = now

    def placed(self, campaign: str, now: datetime, calls: int) -> None:
        """So many calls went out."""
        if campaign in self._ahead:
            self._ahead[campaign].tempo.note(now.timestamp(), calls)

    def end_of(self, campaign: str, now: datetime) -> float:
        """Return when the last call of the day will be (s, the dialer's own clock), inf if that is not in sight."""
        ahead, t = self._ahead.get(campaign), now.timestamp()
        return inf if ahead is None else min(ahead.hours_end, t + ahead.tempo.left_s(t, ahead.leads))

    def forget(self, campaign: str) -> None:
        """It stopped: what was known of its speed says nothing of the next time."""
        self._ahead.pop(campaign, None)
