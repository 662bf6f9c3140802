"""Which version of a flow callers hear: publishing, aliases, going back, folders of flows. By command or at the desk.

Nothing is published that does not do with the flows, prompts and queues of today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcenter.adapters.store import Store
from callcenter.errors import NotFound
from callcenter.records import AliasMove
from desk.premises import Premises
from desk.publishing import Wish, check_all, files_of, inner_first, publication
from desk.service.shelf import all_flows, no_version
from ivr.folder import FlowFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """A flow of a folder, the version it has, and whether that is a new one."""

    name: str
    version: int
    is_new: bool


async def publish(store: Store, premises: Premises, files: FlowFiles, wish: Wish) -> int:
    """Publish a flow and return its version; raise FlowError if it is unsound, Conflict if somebody else was first."""
    check_all({files.flow.name: files.flow}, await all_flows(store), premises)
    return await store.publish_flow(publication(files, wish), await store.now())


async def point(store: Store, premises: Premises, move: AliasMove) -> bool:
    """Have an alias stand for a version that still does; return whether it did not before."""
    stored = await store.flow(move.flow, move.version)
    if stored is None:
        raise NotFound(no_version(move.flow, move.version))
    check_all({move.flow: files_of(stored).flow}, await all_flows(store), premises)
    return await store.move_alias(move, await store.now())


async def back(store: Store, flow: str, alias: str, by: str, to: int | None = None) -> AliasMove:
    """Return the move that goes back to version `to`, None: to the one published before. Raise NotFound."""
    now_at = await pointed_to(store, flow, alias)
    target = to if to is not None else await _before(store, flow, now_at)
    return AliasMove(flow=flow, alias=alias, version=target, by=by, expected=now_at)


async def pointed_to(store: Store, flow: str, alias: str) -> int:
    """Return the version an alias stands for; raise NotFound."""
    for one in await store.aliases(flow):
        if one.alias == alias:
            return one.version
    raise NotFound(f"flow {flow!r} has no version under {alias!r}: publish one")


async def _before(store: Store, flow: str, version: int) -> int:
    earlier = [one.version for one in await store.versions(flow) if one.version < version]
    if not earlier:
        raise NotFound(f"flow {flow!r} has no version before {version}")
    return earlier[0]


async def exported(store: Store, alias: str, names: Sequence[str] = ()) -> dict[str, FlowFiles]:
    """Return flows as an alias has them, by default all that have it. Raise NotFound for a name without."""
    wanted = list(names) or sorted(one.name for one in await store.flows())
    stored = {name: await store.flow(name, alias=alias) for name in wanted}
    missing = [name for name, one in stored.items() if one is None]
    if missing and names:
        raise NotFound(f"there is no {alias} version of {', '.join(missing)}")
    return {name: files_of(one) for name, one in stored.items() if one is not None}


async def take_over(
    store: Store, premises: Premises, files: Mapping[str, FlowFiles], wish: Wish, *, dry_run: bool
) -> list[TakenOver]:
    """Publish those of `files` that differ from what there is: all of them or, if one is at fault, none."""
    check_all({name: one.flow for name, one in files.items()}, await all_flows(store), premises)
    return [await _take_over(store, one, wish, dry_run) for one in inner_first(files)]


async def _take_over(store: Store, files: FlowFiles, wish: Wish, dry_run: bool) -> TakenOver:
    name = files.flow.name
    newest = next(iter(await store.versions(name)), None)
    latest = await store.flow(name, newest.version) if newest else None
    is_new = latest is None or latest.body != files.flow.canonical()
    if dry_run:
        return TakenOver(name=name, version=(newest.version if newest else 0) + is_new, is_new=is_new)
    version = await store.publish_flow(publication(files, wish), await store.now())
    return TakenOver(name=name, version=version, is_new=is_new)
