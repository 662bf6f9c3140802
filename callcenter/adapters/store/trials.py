"""Drafts that somebody calls to hear them: each for one call, under a token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import insert_once, one, row_of, select_of
from callcenter.adapters.store.schema import flow_trials
from callcenter.records import FlowTrial

KEPT: Final = timedelta(hours=6)  # longer than any call that tries one

_THIS = flow_trials.c.token == bindparam("key")
_TRIAL = select_of(FlowTrial, flow_trials).where(_THIS)
_BEGIN = update(flow_trials).where(
    _THIS,
    flow_trials.c.call_id.is_(None) | (flow_trials.c.call_id == bindparam("of")),
    flow_trials.c.made_at >= bindparam("since"),
)
_OLD = delete(flow_trials).where(flow_trials.c.made_at < bindparam("before"))


class Trials(Section):
    """Drafts to be heard."""

    async def put_trial(self, trial: FlowTrial) -> None:
        """Keep a draft for one call; forget old ones."""

        def work(db: Connection) -> None:
            db.execute(_OLD, {"before": trial.made_at - KEPT})
            insert_once(db, flow_trials, row_of(trial))

        await self._access.write(work)

    async def begin_trial(self, token: str, call_id: str, since: datetime) -> FlowTrial | None:
        """Return the draft under a token, which is that call's from now on; None if another has it.

        None as well if there is none, or it was made before `since`.
        """

        def work(db: Connection) -> FlowTrial | None:
            taken = db.execute(_BEGIN, {"key": token, "of": call_id, "since": since, "call_id": call_id}).rowcount
            return one(db, FlowTrial, _TRIAL, {"key": token}) if taken == 1 else None

        return await self._access.write(work)

    async def trial(self, token: str) -> FlowTrial | None:
        return await self._access.read(lambda db: one(db, FlowTrial, _TRIAL, {"key": token}))
