"""Which version of a flow callers hear: publishing, aliases, going back, folders of flows. By command or at the desk.

Nothing is published that does not do with the prompts and queues of today and the flows that callers under the same
alias get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from callcenter.errors import FlowError, NotFound
from callcenter.records import AliasMove
from desk.premises import Premises
from desk.publishing import Warnings, Wish, check_all, files_of, inner_first, publication
from desk.service.shelf import all_flows, no_version
from ivr.flow import Flow
from ivr.folder import FlowFiles

if TYPE_CHECKING:
    from callcenter.adapters.store import Store


class Unsound(FlowError):
    """A version there is does not do any more; it may be taken all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """What was found about a version that an alias now stands for. `faults`: errors in spite of which it does."""

    warnings: Warnings = ()
    faults: FlowError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """A flow of a folder, the version it has, whether that is a new one, and which the alias stood for, None: none."""

    name: str
    version: int
    is_new: bool
    was: int | None


async def publish(store: Store, premises: Premises, files: FlowFiles, wish: Wish) -> tuple[int, Warnings]:
    """Publish a flow and return its version; raise FlowError if it is unsound, Conflict if somebody else was first."""
    name = files.flow.name
    wish = await expecting(store, name, wish)
    warnings = check_all({name: files.flow}, await all_flows(store, wish.alias), premises)
    return await store.publish_flow(publication(files, wish), await store.now()), warnings


async def expecting(store: Store, flow: str, wish: Wish) -> Wish:
    """Return the wish with the version that the alias must point to until the flow is published."""
    return wish if wish.expected is not None else replace(wish, expected=await _under(store, flow, wish.alias) or 0)


async def point(store: Store, premises: Premises, move: AliasMove, *, anyway: bool = False) -> Pointed:
    """Have an alias stand for a version. Raise NotFound, Conflict, Unsound by the rules of today.

    FlowError: it cannot be read. `anyway`: it is taken with its faults. In the night it may be the better one.
    """
    stored = await store.flow(move.flow, move.version)
    if stored is None:
        raise NotFound(no_version(move.flow, move.version))
    found = await _judged(store, premises, files_of(stored).flow, move.alias)
    if found.faults is not None and not anyway:
        raise Unsound(found.faults.flow, found.faults.issues)
    await store.move_alias(move, await store.now())
    return found


async def _judged(store: Store, premises: Premises, flow: Flow, alias: str) -> Pointed:
    there = await all_flows(store, alias)
    try:
        return Pointed(warnings=check_all({flow.name: flow}, there, premises))
    except FlowError as error:
        return Pointed(faults=error)


async def back(store: Store, flow: str, alias: str, by: str, to: int | None = None) -> AliasMove:
    """Return the move that goes back to version `to`, None: to the one published before. Raise NotFound."""
    now_at = await pointed_to(store, flow, alias)
    target = to if to is not None else await _before(store, flow, now_at)
    return AliasMove(flow=flow, alias=alias, version=target, by=by, expected=now_at)


async def pointed_to(store: Store, flow: str, alias: str) -> int:
    """Return the version an alias stands for; raise NotFound."""
    if version := await _under(store, flow, alias):
        return version
    raise NotFound(f"flow {flow!r} has no version under {alias!r}: publish one")


async def _under(store: Store, flow: str, alias: str) -> int | None:
    return next((one.version for one in await store.aliases(flow) if one.alias == alias), None)


async def _before(store: Store, flow: str, version: int) -> int:
    earlier = [one.version for one in await store.versions(flow) if one.version < version]
    if not earlier:
        raise NotFound(f"flow {flow!r} has no version before {version}")
    return earlier[0]


async def exported(store: Store, alias: str, names: Sequence[str] = ()) -> dict[str, FlowFiles]:
    """Return flows as an alias has them, by default all that have it. Raise NotFound for none, or a name without."""
    wanted = list(names) or sorted(one.name for one in await store.flows())
    stored = {name: await store.flow(name, alias=alias) for name in wanted}
    missing = [name for name, one in stored.items() if one is None]
    if missing and names:
        raise NotFound(f"there is no {alias} version of {', '.join(missing)}")
    found = {name: files_of(one) for name, one in stored.items() if one is not None}
    if not found:
        raise NotFound(f"no flow has a version under {alias!r}")
    return found


async def take_over(
    store: Store, premises: Premises, files: Mapping[str, FlowFiles], wish: Wish, *, dry_run: bool
) -> tuple[list[TakenOver], Warnings]:
    """Publish those of `files` that differ from what there is: all of them or, if one is at fault, none.

    Raise FlowError, Conflict if an alias was pointed elsewhere meanwhile.
    """
    under = {name: await _under(store, name, wish.alias) for name in files}
    there = await all_flows(store, wish.alias)
    warnings = check_all({name: one.flow for name, one in files.items()}, there, premises)
    ordered = inner_first(files)
    taken = [await _outcome(store, one.flow, under[one.flow.name]) for one in ordered]
    if dry_run:
        return taken, warnings
    wishes = [publication(one, replace(wish, expected=under[one.flow.name] or 0)) for one in ordered]
    versions = await store.publish_flows(wishes, await store.now())
    return [replace(one, version=version) for one, version in zip(taken, versions, strict=True)], warnings


async def _outcome(store: Store, flow: Flow, under: int | None) -> TakenOver:
    """Return what taking over a flow comes to, whose alias stands for version `under`."""
    newest = next(iter(await store.versions(flow.name)), None)
    latest = await store.flow(flow.name, newest.version) if newest else None
    is_new = latest is None or latest.body != flow.canonical()
    return TakenOver(name=flow.name, version=(newest.version if newest else 0) + is_new, is_new=is_new, was=under)
