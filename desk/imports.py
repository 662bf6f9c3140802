"""Lists that are taken over while their sender waits for no answer: how far each is, and what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from callcenter.errors import Conflict, NotFound
from desk.failures import Failure

AT_ONCE: Final = 2  # lists: each takes a good part of a processor
KEPT: Final = timedelta(hours=1)  # after its end


class Stage(StrEnum):
    READING = "reading"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True)
class Job:
    """A list on its way. `done` of `of` rows are read or written; `outcome`: what became of it, or `failure`."""

    id: str
    of: int
    stage: Stage = Stage.READING
    done: int = 0
    outcome: Any = None
    failure: Failure | None = None
    ended_at: datetime | None = None

    def go_on(self, stage: Stage, of: int) -> None:
        self.stage, self.done, self.of = stage, 0, of

    def end(self, now: datetime, *, outcome: Any = None, failure: Failure | None = None) -> None:
        self.stage = Stage.DONE if failure is None else Stage.FAILED
        self.outcome, self.failure, self.ended_at = outcome, failure, now


@dataclass(slots=True)
class Imports:
    """All lists of one desk process. `tasks`: what works on them, kept so that nothing forgets it."""

    jobs: dict[str, Job] = field(default_factory=dict)
    tasks: set[Any] = field(default_factory=set)

    def begin(self, job: Job, now: datetime) -> Job:
        """Keep a new job; forget old ones. Raise Conflict while enough others run."""
        kept = {one.id: one for one in self.jobs.values() if one.ended_at is None or now - one.ended_at < KEPT}
        self.jobs = kept
        if sum(one.ended_at is None for one in kept.values()) >= AT_ONCE:
            raise Conflict(f"{AT_ONCE} lists are being taken over already: try again when one of them is done")
        kept[job.id] = job
        return job

    def job(self, name: str) -> Job:
        """Return a job; raise NotFound."""
        if name not in self.jobs:
            raise NotFound(f"there is no import {name!r}: it ended long ago, or the desk was started anew")
        return self.jobs[name]
