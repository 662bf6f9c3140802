"""Setting the centre up: queues, numbers, destinations, mailboxes, and what all tables of centre.toml have in common.

Nothing reaches callers before `POST /setup/apply`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from callcenter.centre import Centre
from callcenter.errors import ConfigError, Conflict
from callcenter.numbers import to_e164
from desk.access import ADMIN, SUPERVISORS
from desk.contract import API, Call, Reply, Route
from desk.models.common import Listing
from desk.models.setup import (
    DestinationChange,
    DestinationShown,
    MailboxChange,
    MailboxShown,
    NewDestination,
    NewMailbox,
    NewNumber,
    NewQueue,
    NumberChange,
    NumberShown,
    QueueChange,
    QueueShown,
)
from desk.service.shelf import all_flows
from desk.setup import TAG, Added, CentreFile, Change, Changed, Removed, entry, key_of

SETUP: Final = f"{API}/setup"
AUDIT: Final = "setup"
Shown = Callable[[Centre, Any], BaseModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table of centre.toml with several entries. `table`: its name in the file, and of the part in the path."""

    table: str
    plural: str
    called: str  # by people
    entries: Callable[[Centre], Sequence[Any]]
    shown: Shown
    new: type[BaseModel]
    change: type[BaseModel]
    answer: type[BaseModel]

    @property
    def path(self) -> str:
        return f"{SETUP}/{self.plural}"

    @property
    def one(self) -> str:
        return f"{self.path}/{{{self.table}}}"


async def written(call: Call, changes: Sequence[Change], said: str, *, flows: bool = False) -> CentreFile:
    """Write changes that were made in view of the file as it is, and note them."""
    known = await _flows(call) if flows else None
    file = await call.desk.setup.change(changes, call.if_match, known)
    await noted(call, said)
    return file


async def noted(call: Call, said: str) -> None:
    """Note in the audit log what was set up."""
    await call.desk.store.audit(call.known.name, AUDIT, said, call.now)


async def _flows(call: Call) -> frozenset[str]:
    """Names of the flows there are."""
    stored = {flow.name for flow in await call.desk.store.flows()}
    return frozenset(stored | set(await all_flows(call.desk.store)))


def values_of(body: BaseModel, *without: str) -> Mapping[str, Any]:
    """Return what a request says, as the file takes it."""
    return body.model_dump(mode="json", exclude=set(without))


def name_in(call: Call, table: str) -> str:
    """Return the name of an entry that is asked for or made."""
    return call.path.get(table) or str(getattr(call.body, key_of(table)))


def listed(section: Section) -> Callable[[Call], Any]:
    """Return what answers the list of a section."""

    async def handler(call: Call) -> Reply:
        file = await call.desk.setup.centre()
        items = [section.shown(file.centre, one) for one in section.entries(file.centre)]
        return Reply(answer=Listing[section.answer](items=items), tag=file.tag)  # type: ignore[name-defined]

    return handler


def added(section: Section) -> Callable[[Call], Any]:
    """Return what adds an entry."""

    async def handler(call: Call) -> Reply:
        name = await _canonical(call, section.table, name_in(call, section.table))
        await refuse_double(call, section, name)
        values = {**values_of(call.body), key_of(section.table): name}
        change = Added(table=section.table, values=values)
        said = f"{section.called} {name} added"
        file = await written(call, [change], said, flows=section.table == "number")
        return reply(section, file, name)

    return handler


async def refuse_double(call: Call, section: Section, name: str) -> None:
    """Raise Conflict if there is an entry of that name."""
    centre = (await call.desk.setup.centre()).centre
    if any(getattr(one, key_of(section.table)) == name for one in section.entries(centre)):
        raise Conflict(f"there is a {section.called} {name} already")


async def _canonical(call: Call, table: str, name: str) -> str:
    """A number may be written as at home; everything else is what it is."""
    return await full_number(call, name) if table == "number" else name


async def full_number(call: Call, written: str) -> str:
    """Return a number as E.164, read in the centre's country; raise ConfigError."""
    region = (await call.desk.setup.centre()).centre.identity.region
    number = to_e164(written, region)
    if number is None:
        raise ConfigError(f"{written!r} is no telephone number in {region}: write it as +12025550100")
    return number


def changed(section: Section) -> Callable[[Call], Any]:
    """Return what changes an entry."""

    async def handler(call: Call) -> Reply:
        name = call.path[section.table]
        change = Changed(table=section.table, name=name, values=values_of(call.body))
        said = f"{section.called} {name} changed"
        file = await written(call, [change], said, flows=section.table == "number")
        return reply(section, file, name)

    return handler


def removed(section: Section) -> Callable[[Call], Any]:
    """Return what removes an entry; what refers to it is found when the file is read again."""

    async def handler(call: Call) -> Reply:
        name = call.path[section.table]
        file = await written(call, [Removed(table=section.table, name=name)], f"{section.called} {name} removed")
        return Reply(tag=file.tag)

    return handler


async def _remove_queue(call: Call) -> Reply:
    name = call.path["queue"]
    centre = (await call.desk.setup.centre()).centre
    entry(centre.queues, "queue", name)
    users = centre.users_of_queue(name)
    if users:
        raise Conflict(f"queue {name} is still used by {', '.join(users)}: change or remove them first")
    return await removed(QUEUES)(call)  # type: ignore[no-any-return]


def reply(section: Section, file: CentreFile, name: str) -> Reply:
    """Return the answer that shows an entry as it is now."""
    shown = section.shown(file.centre, entry(section.entries(file.centre), section.table, name))
    return Reply(answer=shown, tag=file.tag)


def _queue(centre: Centre, one: Any) -> BaseModel:
    agents = [agent.id for agent in centre.agents if one.name in agent.queues]
    shown = QueueShown.model_validate(one)
    return shown.model_copy(update={"used_by": list(centre.users_of_queue(one.name)), "agents": agents})


def plain(answer: type[BaseModel]) -> Shown:
    """Return what shows an entry field by field."""
    return lambda _, one: answer.model_validate(one)


QUEUES: Final = Section(
    table="queue",
    plural="queues",
    called="queue",
    entries=lambda centre: centre.queues,
    shown=_queue,
    new=NewQueue,
    change=QueueChange,
    answer=QueueShown,
)
NUMBERS: Final = Section(
    table="number",
    plural="numbers",
    called="number",
    entries=lambda centre: centre.numbers,
    shown=plain(NumberShown),
    new=NewNumber,
    change=NumberChange,
    answer=NumberShown,
)
DESTINATIONS: Final = Section(
    table="destination",
    plural="destinations",
    called="destination",
    entries=lambda centre: centre.destinations,
    shown=plain(DestinationShown),
    new=NewDestination,
    change=DestinationChange,
    answer=DestinationShown,
)
MAILBOXES: Final = Section(
    table="mailbox",
    plural="mailboxes",
    called="mailbox",
    entries=lambda centre: centre.mailboxes,
    shown=plain(MailboxShown),
    new=NewMailbox,
    change=MailboxChange,
    answer=MailboxShown,
)


def route_list(section: Section) -> Route:
    return Route(
        method="GET",
        path=section.path,
        summary=f"The {section.plural}; the ETag is of the whole centre.toml",
        tag="setup",
        handler=listed(section),
        roles=SUPERVISORS,
        answer=Listing[section.answer],  # type: ignore[name-defined]
        errors=(422,),
    )


def route_change(section: Section) -> Route:
    return Route(
        method="PUT",
        path=section.one,
        summary=f"Change a {section.called}",
        tag="setup",
        handler=changed(section),
        roles=ADMIN,
        body=section.change,
        answer=section.answer,
        errors=(404, 412, 422),
        needs_tag=True,
        tag_form=TAG,
    )


def routes(section: Section, remove: Callable[[Call], Any] | None = None) -> tuple[Route, ...]:
    """Return the rows of a section."""
    return (
        route_list(section),
        Route(
            method="POST",
            path=section.path,
            summary=f"Add a {section.called}",
            tag="setup",
            handler=added(section),
            roles=ADMIN,
            body=section.new,
            answer=section.answer,
            status=201,
            errors=(409, 412, 422),
            needs_tag=True,
            tag_form=TAG,
        ),
        route_change(section),
        route_remove(section, remove or removed(section)),
    )


def route_remove(section: Section, handler: Callable[[Call], Any]) -> Route:
    return Route(
        method="DELETE",
        path=section.one,
        summary=f"Remove a {section.called} that nothing refers to",
        tag="setup",
        handler=handler,
        roles=ADMIN,
        status=204,
        errors=(404, 409, 412, 422),
        needs_tag=True,
        tag_form=TAG,
    )


ROUTES: Final = (*routes(QUEUES, _remove_queue), *routes(NUMBERS), *routes(DESTINATIONS), *routes(MAILBOXES))
