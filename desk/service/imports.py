"""Long lists: sent at once, worked off meanwhile, asked about until they are done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import uuid4

from callcenter.errors import CallCenterError
from desk.access import ADMIN
from desk.contract import API, Call, Reply, Route
from desk.failures import Failure, Refused, failure_of
from desk.imports import Job, Stage
from desk.models.callers import ListTaken
from desk.models.campaigns import LeadsTaken
from desk.models.imports import ImportAsked, ImportFault, ImportShown
from desk.service.callers import currency_of, list_taken
from desk.service.campaign_leads import given_of, leads_taken
from desk.service.campaigns import ANY
from desk.service.closing import region_of
from desk.service.lists import SLICE, Given, take_debts, take_leads, take_persons

log = logging.getLogger("desk")

T = TypeVar("T")
Work = Callable[[], Awaitable[LeadsTaken | ListTaken]]

IMPORTS: Final = f"{API}/imports"
COUNTED: Final = 500  # rows from one note of how far it is to the next


@dataclass(frozen=True, slots=True)
class Watched:
    """Works a list off and notes how far it is."""

    job: Job

    async def read(self, read: Callable[[], T], source: str) -> T:
        return await asyncio.to_thread(read)

    def slices(self, starts: range, what: str) -> Iterable[int]:
        self.job.go_on(Stage.WRITING, starts.stop)
        for start in starts:
            yield start
            self.job.done = min(start + SLICE, starts.stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Given):
    """A list whose lines are counted as they are read."""

    job: Job

    @property
    def lines(self) -> Iterable[str]:
        for number, line in enumerate(Given.lines.fget(self)):  # type: ignore[attr-defined]
            if number % COUNTED == 0:
                self.job.done = number
            yield line


async def begin(call: Call) -> Reply:
    asked: ImportAsked = call.query
    given = given_of(call, asked)
    job = Job(id=uuid4().hex, of=given.text.count("\n"))
    counted = Counted(
        text=given.text,
        source=given.source,
        who=given.who,
        dry_run=given.dry_run,
        worker=Watched(job),
        job=job,
    )
    work = await _work(call, asked, counted)
    imports = call.desk.imports
    imports.begin(job, call.now)
    task = asyncio.create_task(_done(job, work), name=f"import {job.id}")
    imports.tasks.add(task)
    task.add_done_callback(imports.tasks.discard)
    return Reply(answer=_shown(job))


async def look(call: Call) -> Reply:
    return Reply(answer=_shown(call.desk.imports.job(call.path["import"])))


async def _work(call: Call, asked: ImportAsked, given: Given) -> Work:
    """Return what takes the list over; what is wrong with the request is told at once."""
    store = call.desk.store
    if asked.into == "leads":
        if asked.campaign is None:
            raise Refused(400, "invalid", "say which campaign the leads are for")
        campaign = await call.desk.campaigns.existing(asked.campaign)

        async def leads() -> LeadsTaken:
            return leads_taken(await take_leads(store, campaign, given))

        return leads
    region, currency = asked.region or await region_of(call), currency_of(asked)

    async def rows() -> ListTaken:
        if asked.into == "persons":
            return list_taken(await take_persons(store, region, given))
        return list_taken(await take_debts(store, region, currency, given))

    return rows


async def _done(job: Job, work: Work) -> None:
    try:
        job.end(datetime.now(UTC), outcome=await work())
    except CallCenterError as error:
        job.end(datetime.now(UTC), failure=failure_of(error))
    except Exception:
        log.exception("desk: internal error in import %s", job.id)
        message = f"something went wrong on our side; whoever looks after this finds it in the log as {job.id}"
        job.end(datetime.now(UTC), failure=Failure(status=500, code="internal", message=message))


def _shown(job: Job) -> ImportShown:
    failure, outcome = job.failure, job.outcome
    fault: Any = None
    if failure is not None:
        fault = ImportFault(code=failure.code, message=failure.message, details=list(failure.details))
    return ImportShown(
        id=job.id,
        stage=job.stage,
        done=job.done,
        of=job.of,
        leads=outcome if isinstance(outcome, LeadsTaken) else None,
        rows=outcome if isinstance(outcome, ListTaken) else None,
        fault=fault,
    )


ROUTES: Final = (
    Route(
        method="POST",
        path=IMPORTS,
        summary="Take over a long list (CSV) of leads, persons or debts, and answer before it is done",
        tag="imports",
        handler=begin,
        roles=ADMIN,
        query=ImportAsked,
        takes=ANY,
        answer=ImportShown,
        status=202,
        errors=(404, 409, 422),
    ),
    Route(
        method="GET",
        path=f"{IMPORTS}/{{import}}",
        summary="How far a list is, and what became of it",
        tag="imports",
        handler=look,
        roles=ADMIN,
        answer=ImportShown,
    ),
)
