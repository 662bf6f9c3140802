"""Versions of flows: publishing, aliases, going back, flows as files."""

from __future__ import annotations

import asyncio
import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Final

from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, Conflict, Issue, NotFound
from callcenter.records import AliasMove, FlowDraft
from desk.access import ADMIN, SUPERVISORS
from desk.contract import API, UPLOAD_LIMIT, ZIP_TYPE, Call, Reply, Route
from desk.failures import Refused
from desk.models.common import Listing, Problem
from desk.models.flows import (
    AliasAsked,
    AliasMoved,
    AliasShown,
    ExportAsked,
    ImportAsked,
    PublishAsked,
    Published,
    RollbackAsked,
    Taken,
    VersionContent,
    VersionShown,
)
from desk.publishing import Wish, alias_named, bundle_of, check_all, checked_name, files_of, publication
from desk.service import flow_life
from desk.service.flow_life import Pointed
from desk.service.flows import FLOW, stale
from desk.service.shelf import all_flows, no_version
from desk.service.trials import run_cases
from ivr.folder import FlowFiles, read_folder, write_folder
from ivr.testing.files import read_cases
from ivr.testing.runner import Result

MAX_FILES: Final = 2_000


async def versions(call: Call) -> Reply:
    found = await call.desk.store.versions(call.path["flow"])
    return Reply(answer=Listing[VersionShown](items=[VersionShown.model_validate(one) for one in found]))


async def version(call: Call) -> Reply:
    name, number = call.path["flow"], int(call.path["version"])
    found = await call.desk.store.flow(name, number)
    if found is None:
        raise NotFound(no_version(name, number))
    return Reply(answer=VersionContent.model_validate(found))


# -------------------------------------------------------------------------------------------------------- publishing


async def publish(call: Call) -> Reply:
    said: PublishAsked = call.body
    name, store = call.path["flow"], call.desk.store
    alias_named(said.alias)
    draft = await _meant(call, name, said.lock)
    files = files_of(draft)
    checked_name(files.flow, name)
    wish = Wish(author=call.known.name, message=said.message, alias=said.alias, expected=said.expected)
    wish = await flow_life.expecting(store, name, wish)
    premises, others = await call.desk.installation.premises(), await all_flows(store, said.alias)
    warnings = check_all({name: files.flow}, others, premises)
    cases = read_cases(files.tests, f"tests of {name}")
    results = await run_cases(bundle_of(files.flow, others), [one.case for one in cases], premises.voice())
    failed = [result for result in results if not result.passed]
    if failed and not said.anyway:
        raise _tests_failed(failed)
    if failed:
        wish = replace(wish, message=f"{said.message} (although {len(failed)} of {len(results)} tests failed)")
    try:
        number = await _publish(store, draft, files, wish)
    except Conflict as error:
        raise await _why(call, draft, error) from None
    answer = Published(
        version=number,
        alias=said.alias,
        problems=_problems([issue for _, issue in warnings]),
        failed=[result.case for result in failed],
    )
    return Reply(answer=answer)


async def _meant(call: Call, name: str, lock: int) -> FlowDraft:
    """Return the draft that is to be published; raise NotFound, or Refused if it was saved since."""
    draft = await call.desk.store.draft(name)
    if draft is None:
        raise NotFound(f"flow {name!r} has no draft to publish")
    if draft.lock != lock:
        raise await stale(call, name, Conflict(f"the draft of flow {name!r} was saved by {draft.author} meanwhile"))
    return draft


async def _publish(store: Store, draft: FlowDraft, files: FlowFiles, wish: Wish) -> int:
    """Make a draft a version and be done with the draft, both or none; raise Conflict."""
    now = await store.now()

    async def steps(inside: Store) -> int:
        await inside.delete_draft(draft.name, draft.lock)
        return await inside.publish_flow(publication(files, wish), now)

    return await store.together(steps)


async def _why(call: Call, draft: FlowDraft, error: Conflict) -> Exception:
    found = await call.desk.store.draft(draft.name)
    return error if found is not None and found.lock == draft.lock else await stale(call, draft.name, error)


def _tests_failed(failed: list[Result]) -> Refused:
    names = ", ".join(repr(result.case) for result in failed[:3])
    more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    details = [{"case": result.case, "failures": list(result.failures)} for result in failed]
    return Refused(422, "tests-failed", f"{len(failed)} of its tests fail: {names}{more}", details=details)


def _problems(issues: Iterable[Issue]) -> list[Problem]:
    return [Problem.model_validate(issue) for issue in issues]


# ----------------------------------------------------------------------------------------------------------- aliases


async def point(call: Call) -> Reply:
    said: AliasAsked = call.body
    name, alias = call.path["flow"], call.path["alias"]
    alias_named(alias)
    was = {one.alias: one.version for one in await call.desk.store.aliases(name)}.get(alias)
    move = AliasMove(flow=name, alias=alias, version=said.version, by=call.known.name, expected=said.expected)
    return await _point(call, move, was, anyway=said.anyway)


async def rollback(call: Call) -> Reply:
    said: RollbackAsked = call.body
    move = await flow_life.back(call.desk.store, call.path["flow"], said.alias, call.known.name, said.to)
    return await _point(call, move, move.expected, anyway=said.anyway)


async def _point(call: Call, move: AliasMove, was: int | None, *, anyway: bool) -> Reply:
    premises = await call.desk.installation.premises()
    found = await flow_life.point(call.desk.store, premises, move, anyway=anyway)
    return Reply(answer=AliasMoved(alias=move.alias, version=move.version, was=was, problems=_problems(_of(found))))


def _of(found: Pointed) -> list[Issue]:
    """Return what is wrong with a version that an alias stands for now, errors and warnings."""
    return [*(found.faults.issues if found.faults is not None else ()), *(issue for _, issue in found.warnings)]


async def aliases(call: Call) -> Reply:
    found = await call.desk.store.aliases(call.path["flow"])
    return Reply(answer=Listing[AliasShown](items=[AliasShown.model_validate(one) for one in found]))


# ------------------------------------------------------------------------------------------------------------- files


async def export(call: Call) -> Reply:
    asked: ExportAsked = call.query
    found = await flow_life.exported(call.desk.store, asked.alias, [asked.flow] if asked.flow else ())
    packed = await asyncio.to_thread(_zip, write_folder(found))
    file = f"{asked.flow or 'flows'}-{call.now:%Y-%m-%d}.zip"
    return Reply(content=packed, content_type=ZIP_TYPE, file=file)


async def import_(call: Call) -> Reply:
    asked: ImportAsked = call.query
    alias_named(asked.alias)
    files = read_folder(await asyncio.to_thread(_unzip, call.raw))
    if not files:
        raise ConfigError("the zip holds no flow: it needs files such as main.json")
    wish = Wish(author=call.known.name, message=asked.message, alias=asked.alias)
    premises = await call.desk.installation.premises()
    taken, warnings = await flow_life.take_over(call.desk.store, premises, files, wish, dry_run=asked.dry_run)
    problems = {one.name: _problems(issue for name, issue in warnings if name == one.name) for one in taken}
    return Reply(answer=Listing[Taken](items=[Taken(**asdict(one), problems=problems[one.name]) for one in taken]))


def _zip(texts: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return packed.getvalue()


def _unzip(raw: bytes) -> dict[str, str]:
    """Return the files of a zip by name, whatever folder they are in; raise ConfigError.

    Nothing is written anywhere, and no more is unpacked than may be sent.
    """
    texts, room = {}, UPLOAD_LIMIT
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > MAX_FILES:
                raise ConfigError(f"the zip holds {len(members)} files, at most {MAX_FILES} are taken")
            for member in members:
                with archive.open(member) as file:
                    text = file.read(room + 1)
                room -= len(text)
                if room < 0:
                    raise ConfigError(f"the zip unpacks to more than {UPLOAD_LIMIT} bytes")
                texts[member.filename.rpartition("/")[2]] = text.decode("utf-8")
    # zipfile's own words for: damaged, packed in a way it does not know, encrypted, cut off; nothing else is read here.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error) as error:
        raise ConfigError(f"this is no zip that can be read: {error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"a file in the zip is not UTF-8 text: {error.reason}") from None
    return texts


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{FLOW}/versions",
        summary="The versions of a flow, newest first",
        tag="versions",
        handler=versions,
        roles=SUPERVISORS,
        answer=Listing[VersionShown],
    ),
    Route(
        method="GET",
        path=f"{FLOW}/versions/{{version}}",
        summary="A version of a flow",
        tag="versions",
        handler=version,
        roles=SUPERVISORS,
        answer=VersionContent,
    ),
    Route(
        method="POST",
        path=f"{FLOW}/publish",
        summary="Make the draft the version that new calls get",
        tag="versions",
        handler=publish,
        roles=ADMIN,
        body=PublishAsked,
        answer=Published,
        errors=(409, 412, 422),
    ),
    Route(
        method="GET",
        path=f"{FLOW}/aliases",
        summary="What stands for which version",
        tag="versions",
        handler=aliases,
        roles=SUPERVISORS,
        answer=Listing[AliasShown],
    ),
    Route(
        method="POST",
        path=f"{FLOW}/aliases/{{alias}}",
        summary="Let an alias stand for a version",
        tag="versions",
        handler=point,
        roles=ADMIN,
        body=AliasAsked,
        answer=AliasMoved,
        errors=(409, 422),
    ),
    Route(
        method="POST",
        path=f"{FLOW}/rollback",
        summary="Let new calls get an earlier version again",
        tag="versions",
        handler=rollback,
        roles=ADMIN,
        body=RollbackAsked,
        answer=AliasMoved,
        errors=(409, 422),
    ),
    Route(
        method="GET",
        path=f"{API}/flows/export",
        summary="Flows with layout and tests, as a zip of files for git",
        tag="versions",
        handler=export,
        roles=SUPERVISORS,
        query=ExportAsked,
        sends=ZIP_TYPE,
        errors=(404, 422),
    ),
    Route(
        method="POST",
        path=f"{API}/flows/import",
        summary="Publish the flows of a zip that differ from what there is, all or none",
        tag="versions",
        handler=import_,
        roles=ADMIN,
        query=ImportAsked,
        takes=ZIP_TYPE,
        answer=Listing[Taken],
        errors=(409, 422),
    ),
)
