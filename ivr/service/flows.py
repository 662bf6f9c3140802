"""Which flow a caller enters. What was read once is kept, so that a database that is away silences nobody."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from callcenter.errors import NotFound, StoreError
from callcenter.numbers import to_e164
from callcenter.records import StoredFlow
from ivr.flow import Flow, read
from ivr.service.ports import CallStore

log = logging.getLogger("ivr.flows")

K = TypeVar("K")
V = TypeVar("V")

KEPT: Final = 256  # parsed flows and dialled numbers in memory; a flow of 200 nodes takes some 300 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFlow:
    """A flow in the version a call stays on."""

    flow: Flow
    version: int


class Flows:
    """Finds flows by dialled number or by name and version. `region`: country that numbers without + are read in."""

    def __init__(self, store: CallStore, region: str = "") -> None:
        self._store, self._region = store, region
        self._parsed: OrderedDict[tuple[str, int], Flow] = OrderedDict()
        self._last_for: OrderedDict[str, LiveFlow] = OrderedDict()

    async def for_number(self, did: str) -> LiveFlow:
        """Return the newest flow of the dialled number; raise NotFound or FlowError. With SQL away: the last known."""
        try:
            live = await self._read_for(did)
        except StoreError as error:
            if did not in self._last_for:
                raise
            log.error("flow of %s: taking the last known one: %s", did, error)
            return self._last_for[did]
        _keep(self._last_for, did, live)
        return live

    async def version(self, name: str, version: int) -> LiveFlow:
        """Return one version of a flow; raise NotFound or FlowError."""
        kept = self._parsed.get((name, version))
        if kept is not None:
            return LiveFlow(flow=kept, version=version)
        stored = await self._store.flow(name, version)
        if stored is None:
            raise NotFound(f"flow {name!r} has no version {version}")
        return self._live(stored)

    async def _read_for(self, did: str) -> LiveFlow:
        for spelling in spellings(did, self._region):
            number = await self._store.number(spelling)
            if number is not None and number.active:
                break
        else:
            raise NotFound(f"number {did!r} leads to no flow; add it: callcenter number add")
        stored = await self._store.flow(number.flow)
        if stored is None:
            raise NotFound(f"number {number.did} leads to flow {number.flow!r}, which does not exist")
        return self._live(stored)

    def _live(self, stored: StoredFlow) -> LiveFlow:
        key = (stored.name, stored.version)
        flow = self._parsed.get(key) or read(stored.body, name=stored.name)
        _keep(self._parsed, key, flow)
        return LiveFlow(flow=flow, version=stored.version)


def spellings(number: str, region: str) -> Iterator[str]:
    """Yield the ways a number may be written in the store: as it came, then as E.164.

    >>> list(spellings("12025550100", "")), list(spellings("2025550100", "US"))
    (['12025550100', '+12025550100'], ['2025550100', '+12025550100'])
    """
    yield number
    e164 = to_e164(number, region) if region else f"+{number.removeprefix('00')}" if number.isdecimal() else None
    if e164 is not None and e164 != number:
        yield e164


def _keep(table: OrderedDict[K, V], key: K, value: V) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > KEPT:
        table.popitem(last=False)
