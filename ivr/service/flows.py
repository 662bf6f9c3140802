"""Which flows a caller enters. What was read once is kept, so that a database that is away silences nobody."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from importlib import resources
from typing import Final, Protocol, TypeVar

from callcenter.errors import FlowError, NotFound, StoreError
from callcenter.numbers import to_e164
from callcenter.records import Entrance, FlowTrial, StoredFlow
from ivr.bundle import Bundle, gather
from ivr.flow import Flow, read

log = logging.getLogger("ivr.flows")

K = TypeVar("K")
V = TypeVar("V")

KEPT: Final = 256  # parsed flows, bundles and dialled numbers in memory; a flow of 200 nodes takes some 300 kB
SHIPPED: Final = 0  # version of a flow that is not in the store but comes with the program


class FlowStore(Protocol):
    async def entrance(self, did: str, e164: str | None = None) -> Entrance | None: ...

    async def flow(self, name: str, version: int | None = None) -> StoredFlow | None: ...

    async def flow_versions(self) -> Mapping[str, int]: ...


def shipped(name: str) -> Flow | None:
    """Return a flow that comes with the program, None if there is none of that name."""
    try:
        text = resources.files("ivr").joinpath("flows", f"{name}.json").read_text("utf-8")
    except FileNotFoundError:
        return None
    return read(json.loads(text), name=name)


class Flows:
    """Finds a flow, with all it runs, by dialled number or by the versions a call began with.

    `region`: country that numbers without + are read in. `shipped`: where a flow comes from that the store lacks.
    """

    def __init__(self, store: FlowStore, region: str = "", *, shipped: Callable[[str], Flow | None] = shipped) -> None:
        self._store, self._region, self._shipped = store, region, shipped
        self._parsed: OrderedDict[tuple[str, int], Flow] = OrderedDict()
        self._bundles: OrderedDict[tuple[str, tuple[tuple[str, int], ...]], Bundle] = OrderedDict()
        self._last_for: OrderedDict[str, Bundle] = OrderedDict()

    async def for_number(self, did: str) -> Bundle:
        """Return what callers of a number hear now; raise NotFound or FlowError. With SQL away: what they heard last.

        A flow that runs in it and cannot be read is left out: the engine treats it as one that failed.
        """
        return await self._or_last(did, self._read_for(did))

    async def live(self, name: str) -> Bundle:
        """Return a flow that no number leads to, as callers hear it now; raise and take the last one as above."""
        return await self._or_last(f"flow {name}", self._read_live(name))

    async def trial(self, trial: FlowTrial, versions: Mapping[str, int] | None = None) -> Bundle:
        """Return a draft and what it runs, in these versions or as callers hear it now; raise NotFound or FlowError."""
        found = await self._store.flow_versions() if versions is None else versions
        return await self._around(read(trial.body, name=trial.flow), SHIPPED, found, or_shipped=True)

    async def _or_last(self, key: str, reading: Awaitable[Bundle]) -> Bundle:
        try:
            bundle = await reading
        except StoreError as error:
            if key not in self._last_for:
                raise
            log.error("flow of %s: taking the last known one: %s", key, error)
            return self._last_for[key]
        _keep(self._last_for, key, bundle)
        return bundle

    async def pinned(self, main: str, versions: Mapping[str, int]) -> Bundle:
        """Return `main` and what it runs in exactly these versions; raise NotFound or FlowError."""
        key = (main, tuple(sorted(versions.items())))
        bundle = self._bundles.get(key)
        if bundle is None:
            if main not in versions:
                raise NotFound(f"flow {main!r} is not among the versions the call began with")
            bundle = await self._gathered(main, versions, or_shipped=False)
        _keep(self._bundles, key, bundle)
        return bundle

    async def _read_for(self, did: str) -> Bundle:
        entrance = await self._store.entrance(did, next(spellings(did, self._region, skip=did), None))
        if entrance is None:
            raise NotFound(f"number {did!r} leads to no flow; add it: callcenter number add")
        return await self._current(entrance.number.flow, entrance.versions)

    async def _read_live(self, name: str) -> Bundle:
        return await self._current(name, await self._store.flow_versions())

    async def _current(self, main: str, versions: Mapping[str, int]) -> Bundle:
        key = (main, tuple(sorted(versions.items())))
        bundle = self._bundles.get(key)
        if bundle is None:
            bundle = await self._gathered(main, versions, or_shipped=True)
        _keep(self._bundles, key, bundle)
        return bundle

    async def _gathered(self, main: str, versions: Mapping[str, int], *, or_shipped: bool) -> Bundle:
        flow, version = await self._flow(main, versions, or_shipped=or_shipped)
        return await self._around(flow, version, versions, or_shipped=or_shipped)

    async def _around(self, flow: Flow, version: int, versions: Mapping[str, int], *, or_shipped: bool) -> Bundle:
        """Return `flow` with what it runs."""
        main = flow.name
        taken: dict[str, tuple[Flow, int]] = {main: (flow, version)}
        absent: set[str] = set()
        while True:
            missing: set[str] = set()
            bundle = gather(taken[main][0], _finder(taken, missing))
            if not missing - absent:
                return Bundle(
                    main=main, flows=bundle.flows, versions={name: taken[name][1] for name in sorted(bundle.flows)}
                )
            for name in sorted(missing - absent):
                try:
                    taken[name] = await self._flow(name, versions, or_shipped=or_shipped)
                except (NotFound, FlowError) as error:
                    log.error("flow %s runs %s: %s", main, name, error)
                    absent.add(name)

    async def _flow(self, name: str, versions: Mapping[str, int], *, or_shipped: bool) -> tuple[Flow, int]:
        """Return a flow in the version that `versions` says, with that version."""
        version = versions.get(name, SHIPPED)
        kept = self._parsed.get((name, version))
        if kept is None and version != SHIPPED:
            stored = await self._store.flow(name, version)
            if stored is None:
                raise NotFound(f"flow {name!r} has no version {version}")
            kept = read(stored.body, name=name)
        elif kept is None and (or_shipped or name in versions):
            kept = self._shipped(name)
        if kept is None:
            raise NotFound(f"flow {name!r} does not exist")
        _keep(self._parsed, (name, version), kept)
        return kept, version


def _finder(taken: Mapping[str, tuple[Flow, int]], missing: set[str]) -> Callable[[str], Flow | None]:
    def find(name: str) -> Flow | None:
        if name in taken:
            return taken[name][0]
        missing.add(name)
        return None

    return find


def spellings(number: str, region: str, *, skip: str | None = None) -> Iterator[str]:
    """Yield the ways a number may be written in the store: as it came, then as E.164; without `skip`.

    >>> list(spellings("12025550100", "")), list(spellings("2025550100", "US"))
    (['12025550100', '+12025550100'], ['2025550100', '+12025550100'])
    """
    e164 = to_e164(number, region) if region else f"+{number.removeprefix('00')}" if number.isdecimal() else None
    for spelling in (number, *((e164,) if e164 is not None and e164 != number else ())):
        if spelling != skip:
            yield spelling


def _keep(table: OrderedDict[K, V], key: K, value: V) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > KEPT:
        table.popitem(last=False)
