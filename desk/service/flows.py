"""Flows as the editor works on them: what there is, drafts, what is wrong with them, what differs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from callcenter.errors import Conflict, FlowError, Issue, NotFound
from callcenter.records import LIVE, FlowAlias, FlowDraft, FlowVersion, Number
from desk.access import ADMIN, SUPERVISORS
from desk.contract import API, Call, Reply, Route
from desk.failures import Refused
from desk.kinds import exits_of, node_kinds
from desk.models.common import Listing, Problem
from desk.models.flows import (
    AliasShown,
    BodiesAsked,
    ChangeShown,
    CheckAsked,
    Checked,
    ContentAsked,
    DiffAsked,
    Differences,
    DraftContent,
    DraftSave,
    DraftSaved,
    DraftShown,
    FlowContent,
    FlowSummary,
    Leads,
    NodeExits,
    NodeKinds,
    VersionShown,
)
from desk.premises import Premises
from desk.publishing import issues_of
from desk.service.shelf import Unreadable, all_flows, begin_with, flow_at, look, shipped_files
from ivr import lint
from ivr.diff import diff
from ivr.flow import Flow, read
from ivr.testing.files import CasesError, read_cases

NO_DRAFT: Final = "0"


@cache
def _kinds() -> NodeKinds:
    return NodeKinds.model_validate(node_kinds())


async def kinds(call: Call) -> Reply:
    return Reply(answer=_kinds())


# ---------------------------------------------------------------------------------------------------------- the list


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What a summary is made of: everything about all flows."""

    flows: Mapping[str, Flow]
    unreadable: Mapping[str, Unreadable]
    newest: Mapping[str, FlowVersion]
    aliases: Mapping[str, list[FlowAlias]]
    drafts: Mapping[str, FlowDraft]
    numbers: Mapping[str, list[Number]]


async def flows(call: Call) -> Reply:
    store = call.desk.store
    found = await look(store)
    around = _Around(
        flows=found.flows,
        unreadable=found.unreadable,
        newest={one.name: one for one in await store.newest_versions()},
        aliases=_by(await store.aliases(), "flow"),
        drafts={draft.name: draft for draft in await store.drafts()},
        numbers=_by(await store.numbers(), "flow"),
    )
    premises = await call.desk.installation.premises()
    names = sorted({*around.flows, *around.newest, *around.drafts})
    problems = await asyncio.to_thread(_problems, around, premises)
    return Reply(answer=Listing[FlowSummary](items=[_summary(name, around, problems) for name in names]))


def _problems(around: _Around, premises: Premises) -> dict[str, list[Issue]]:
    return {name: issues_of(draft.body, name, around.flows, premises)[1] for name, draft in around.drafts.items()}


def _by(records: Any, field: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for record in records:
        found.setdefault(getattr(record, field), []).append(record)
    return found


def _summary(name: str, around: _Around, problems: Mapping[str, list[Any]]) -> FlowSummary:
    aliases, flow = around.aliases.get(name, []), around.flows.get(name)
    newest, draft = around.newest.get(name), around.drafts.get(name)
    return FlowSummary(
        name=name,
        about=flow.about if flow else "",
        live=next((one.version for one in aliases if one.alias == LIVE), None),
        newest=VersionShown.model_validate(newest) if newest else None,
        aliases=[AliasShown.model_validate(one) for one in aliases],
        draft=_draft_shown(draft, problems[name]) if draft else None,
        numbers=leads(around.numbers.get(name, [])),
        shipped=name in shipped_files(),
        returns=sorted(lint.returns_of(flow)) if flow else [],
        unreadable=str(around.unreadable.get(name, "")),
    )


def leads(numbers: list[Number]) -> list[Leads]:
    return [Leads(did=number.did, alias=number.alias) for number in numbers]


def _draft_shown(draft: FlowDraft, issues: list[Any]) -> DraftShown:
    errors = sum(issue.severity == "error" for issue in issues)
    return DraftShown(
        author=draft.author,
        updated_at=draft.updated_at,
        lock=draft.lock,
        based_on=draft.based_on,
        errors=errors,
        warnings=len(issues) - errors,
    )


async def content(call: Call) -> Reply:
    asked: ContentAsked = call.query
    name = call.path["flow"]
    if asked.at is None:
        files, version, at = await begin_with(call.desk.store, name)
    else:
        files, version = await flow_at(call.desk.store, name, asked.at)
        at = asked.at
    answer = FlowContent(
        name=name,
        at=at,
        version=version,
        body=files.flow.canonical(),
        layout=files.layout.canonical(),
        tests=[dict(case) for case in files.tests],
    )
    return Reply(answer=answer)


# ------------------------------------------------------------------------------------------------------------ drafts


async def draft(call: Call) -> Reply:
    found = await call.desk.store.draft(call.path["flow"])
    if found is None:
        raise NotFound(f"flow {call.path['flow']!r} has no draft")
    return Reply(answer=DraftContent.model_validate(found), tag=str(found.lock))


async def save_draft(call: Call) -> Reply:
    said: DraftSave = call.body
    name, lock = call.path["flow"], _lock(call)
    record = FlowDraft(
        name=name,
        body=said.body,
        layout=said.layout,
        tests=tuple(said.tests),
        lock=lock,
        author=call.known.name,
        updated_at=call.now,
        based_on=said.based_on,
    )
    try:
        saved = await call.desk.store.save_draft(record)
    except Conflict as error:
        raise await stale(call, name, error) from None
    checked = await _checked(call, name, said.body, said.tests)
    answer = DraftSaved(lock=saved, updated_at=call.now, problems=checked.problems, exits=checked.exits)
    return Reply(answer=answer, tag=str(saved))


async def delete_draft(call: Call) -> Reply:
    name = call.path["flow"]
    try:
        if not await call.desk.store.delete_draft(name, _lock(call)):
            raise NotFound(f"flow {name!r} has no draft")
    except Conflict as error:
        raise await stale(call, name, error) from None
    return Reply()


def _lock(call: Call) -> int:
    tag = call.if_match or NO_DRAFT
    if not tag.isdecimal() or len(tag) > 9:
        raise Refused(400, "invalid", 'If-Match must be the draft\'s ETag, or "0" where there is none yet')
    return int(tag)


async def stale(call: Call, name: str, error: Conflict) -> Refused:
    """Return the refusal that says what somebody else has saved meanwhile."""
    found = await call.desk.store.draft(name)
    theirs = DraftContent.model_validate(found).model_dump(mode="json") if found else None
    return Refused(412, "conflict", str(error), extra={"theirs": theirs})


async def check(call: Call) -> Reply:
    said: CheckAsked = call.body
    return Reply(answer=await _checked(call, call.path["flow"], said.body, said.tests or []))


async def _checked(call: Call, name: str, body: Mapping[str, Any], tests: list[dict[str, Any]]) -> Checked:
    premises, others = await call.desk.installation.premises(), await all_flows(call.desk.store)
    # In a thread: a flow of 300 nodes takes 40 ms, which the calls of this process must not wait for.
    flow, issues = await asyncio.to_thread(issues_of, body, name, others, premises)
    problems = [Problem.model_validate(issue) for issue in issues]
    return Checked(
        problems=[*problems, *await asyncio.to_thread(_of_tests, tests, name)],
        exits={} if flow is None else {node: NodeExits(**exits_of(one)) for node, one in flow.nodes.items()},
    )


def _of_tests(tests: list[dict[str, Any]], name: str) -> list[Problem]:
    """Return what is wrong with test cases; it keeps the flow from being published like anything else."""
    try:
        read_cases(tests, f"tests of {name}")
    except CasesError as error:
        return [Problem(code="test", field="tests", text=str(replace(fault, line=0))) for fault in error.faults]
    return []


# ------------------------------------------------------------------------------------------------------- differences


async def differences(call: Call) -> Reply:
    asked: DiffAsked = call.query
    name = call.path["flow"]
    before, _ = await flow_at(call.desk.store, name, asked.a)
    after, _ = await flow_at(call.desk.store, name, asked.b)
    return Reply(answer=_differences(before.flow, after.flow))


async def differences_of(call: Call) -> Reply:
    said: BodiesAsked = call.body
    return Reply(answer=_differences(_read(said.a, "a"), _read(said.b, "b")))


def _read(body: Mapping[str, Any], which: str) -> Flow:
    try:
        return read(body, name=which)
    except FlowError as error:
        raise FlowError(which, error.issues) from None


def _differences(before: Flow, after: Flow) -> Differences:
    return Differences(
        changes=[
            ChangeShown(
                sort=change.sort,
                node=change.node,
                field=change.field,
                before=change.before,
                after=change.after,
                text=str(change),
            )
            for change in diff(before, after)
        ]
    )


FLOW: Final = f"{API}/flows/{{flow}}"
DRAFT: Final = f"{FLOW}/draft"
ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/node-kinds",
        summary="What a flow may be made of",
        tag="flows",
        handler=kinds,
        roles=SUPERVISORS,
        answer=NodeKinds,
    ),
    Route(
        method="GET",
        path=f"{API}/flows",
        summary="All flows",
        tag="flows",
        handler=flows,
        roles=SUPERVISORS,
        answer=Listing[FlowSummary],
    ),
    Route(
        method="GET",
        path=f"{FLOW}/content",
        summary="A flow as a version, an alias, its draft or the program has it",
        tag="flows",
        handler=content,
        roles=SUPERVISORS,
        query=ContentAsked,
        answer=FlowContent,
        errors=(422,),
    ),
    Route(
        method="GET",
        path=DRAFT,
        summary="A flow's draft",
        tag="drafts",
        handler=draft,
        roles=SUPERVISORS,
        answer=DraftContent,
    ),
    Route(
        method="PUT",
        path=DRAFT,
        summary="Save a draft, with its faults if it has some",
        tag="drafts",
        handler=save_draft,
        roles=ADMIN,
        body=DraftSave,
        answer=DraftSaved,
        needs_tag=True,
        errors=(412,),
    ),
    Route(
        method="DELETE",
        path=DRAFT,
        summary="Delete a draft",
        tag="drafts",
        handler=delete_draft,
        roles=ADMIN,
        status=204,
        needs_tag=True,
        errors=(412,),
    ),
    Route(
        method="POST",
        path=f"{FLOW}/check",
        summary="What is wrong with a flow; nothing is kept",
        tag="flows",
        handler=check,
        roles=SUPERVISORS,
        body=CheckAsked,
        answer=Checked,
    ),
    Route(
        method="GET",
        path=f"{FLOW}/diff",
        summary="What differs between two versions of a flow",
        tag="flows",
        handler=differences,
        roles=SUPERVISORS,
        query=DiffAsked,
        answer=Differences,
        errors=(422,),
    ),
    Route(
        method="POST",
        path=f"{API}/flows/diff",
        summary="What differs between two flows that are sent",
        tag="flows",
        handler=differences_of,
        roles=SUPERVISORS,
        body=BodiesAsked,
        answer=Differences,
        errors=(422,),
    ),
)
