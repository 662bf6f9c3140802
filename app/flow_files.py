"""Flows as commands name them: a file, a shipped one, or one in the store in some version; what they may name here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from app import premises
from app.files import read_text
from app.installation import run, settings
from callcenter.errors import ConfigError, FlowError, NotFound
from callcenter.records import LIVE, StoredFlow
from desk.premises import Premises
from desk.publishing import DRAFT, bundle_of, files_of
from desk.service import shelf
from desk.service.shelf import MAX_VERSION, shipped_files
from ivr import lint
from ivr.bundle import Bundle
from ivr.flow import Flow, load
from ivr.folder import FLOW_FILES, LAYOUT, TESTS, FlowFiles, read_folder
from ivr.layout import Layout
from ivr.prompts import Catalogue

if TYPE_CHECKING:
    from callcenter.adapters.store import Store

REFERENCE: Final = re.compile(r"^([a-z0-9][a-z0-9_-]*)(?:@([a-z0-9][a-z0-9_-]*))?$")
HOW: Final = "name a file, a flow, or a flow in some version: main@7, main@staging, main@draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A flow with what lies beside it, and where it is from: its file, "shipped", or "version 7"."""

    flow: Flow
    source: str
    layout: Layout = field(default_factory=Layout)
    tests: tuple[Mapping[str, Any], ...] = ()
    folder: Path | None = None


# ------------------------------------------------------------------------------------------------ finding one


def find(reference: str) -> Found | None:
    """Return the flow in file `reference`, or None if it is no file; raise ConfigError or FlowError."""
    path = Path(reference)
    if not _is_file(path):
        if path.suffix in FLOW_FILES or "/" in reference:
            raise ConfigError(f"{reference}: there is no such file")
        return None
    if path.name.endswith((LAYOUT, TESTS)):
        raise ConfigError(f"{reference}: lies beside a flow and is none: name the flow's own file")
    if path.suffix not in FLOW_FILES:
        raise ConfigError(f"{reference}: flows are read from files called {', '.join(f'*{end}' for end in FLOW_FILES)}")
    files = _one_file(_texts(path.parent, path.stem), path)
    return Found(flow=files.flow, source=reference, layout=files.layout, tests=files.tests, folder=path.parent)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise ConfigError(f"{str(path)[:100]}: {error.strerror}") from None


async def find_in(store: Store | None, reference: str) -> Found:
    """Return the flow that `reference` names; raise ConfigError, FlowError or NotFound.

    A bare name means what callers hear; without a store, the shipped flow.
    """
    in_file = find(reference)
    if in_file is not None:
        return in_file
    named = REFERENCE.fullmatch(reference)
    if named is None:
        raise ConfigError(f"{reference!r} names no flow: {HOW}")
    name, at = named[1], named[2] or ""
    if store is not None:
        found = await _stored(store, name, at)
        if found is not None:
            return found
    if not at:
        return shipped(name)
    where = "in the store" if store is not None else "as this installation has no store yet"
    raise NotFound(f"there is no {reference} {where}: {HOW}")


def alias_in(reference: str) -> str:
    """Return the alias under which the callers of a flow so named are: main@staging meets others under staging."""
    named = REFERENCE.fullmatch(reference)
    at = (named[2] or "") if named else ""
    return LIVE if at in {"", DRAFT} or at.isdecimal() else at


def look(reference: str) -> tuple[Found, dict[str, Flow]]:
    """Return the flow that `reference` names and every other there is; without a store, those shipped."""

    async def work(store: Store | None) -> tuple[Found, dict[str, Flow]]:
        return await find_in(store, reference), await all_flows(store, alias_in(reference))

    here = settings()
    if here.database_url or (here.data_dir / "callcenter.db").exists():
        return run(work)
    return asyncio.run(work(None))


async def _stored(store: Store, name: str, at: str) -> Found | None:
    if at == DRAFT:
        draft = await store.draft(name)
        if draft is None:
            return None
        files = files_of(draft)
        return Found(flow=files.flow, source="draft", layout=files.layout, tests=files.tests)
    if at.isdecimal():
        stored = await store.flow(name, min(int(at), MAX_VERSION))
    else:
        stored = await store.flow(name, alias=at or LIVE)
    return None if stored is None else of_version(stored)


def of_version(stored: StoredFlow) -> Found:
    """Return a stored version as commands handle flows; raise FlowError if this program cannot read it."""
    files = files_of(stored)
    return Found(flow=files.flow, source=f"version {stored.version}", layout=files.layout, tests=files.tests)


def shipped(name: str) -> Found:
    """Return a shipped flow; raise ConfigError naming those there are."""
    files = shipped_files().get(name)
    if files is None:
        raise ConfigError(f"there is no flow {name!r}: give a file, or one of {', '.join(shipped_names())}")
    return Found(flow=files.flow, source="shipped", layout=files.layout, tests=files.tests)


# ----------------------------------------------------------------------------------------------- many of them


def shipped_names() -> list[str]:
    return sorted(shipped_files())


def folder_files(folder: Path) -> dict[str, FlowFiles]:
    """Return the flows in a folder by name; raise ConfigError or FlowError."""
    return read_folder(_texts(folder))


def _texts(folder: Path, stem: str = "") -> dict[str, str]:
    """Return the files of a folder by name, only those called `stem` if given."""
    try:
        return {
            path.name: read_text(path) or ""
            for path in folder.iterdir()
            if path.is_file() and path.name.startswith(f"{stem}." if stem else "") and path.suffix in FLOW_FILES
        }
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from None


def _one_file(texts: Mapping[str, str], path: Path) -> FlowFiles:
    """Return the flow in file `path`, whatever the flow's own name is, with what lies beside it."""
    flow = load(texts[path.name], name=path.stem)
    beside = (f"{path.stem}{LAYOUT}", f"{path.stem}{TESTS}")
    renamed = {name.replace(path.stem, flow.name, 1): texts[name] for name in beside if name in texts}
    return read_folder({f"{flow.name}.json": flow.to_text(), **renamed})[flow.name]


async def all_flows(store: Store | None, alias: str = LIVE) -> dict[str, Flow]:
    """Return every flow as calls under `alias` get it. One that this program cannot read is left out, and said."""
    found = await shelf.look(store, alias)
    _tell(found)
    return found.flows


async def tell_unreadable(store: Store, alias: str) -> None:
    """Say which flows that calls under `alias` get this program cannot read: nothing is checked against them."""
    _tell(await shelf.look(store, alias))


def _tell(found: shelf.Shelf) -> None:
    for one in found.unreadable.values():
        typer.echo(str(one), err=True)


def neighbours(found: Found) -> dict[str, Flow]:
    """Return the flows in the folder of a flow's file; a file that is no flow is passed over, it is not asked about."""
    if found.folder is None:
        return {}
    flows: dict[str, Flow] = {}
    for path in sorted(found.folder.iterdir()):
        if path.suffix not in FLOW_FILES or path.name.endswith((LAYOUT, TESTS)) or not path.is_file():
            continue
        try:
            flow = load(path.read_text("utf-8"), name=path.stem)
        except (OSError, UnicodeDecodeError, FlowError):
            continue
        flows[flow.name] = flow
    return flows


def bundle(found: Found, others: Mapping[str, Flow]) -> Bundle:
    """Return a flow with those it runs: its neighbours first, then `others`."""
    return bundle_of(found.flow, {**others, **neighbours(found)})


# -------------------------------------------------------------------------------- what a flow may name here


def known(flows: Mapping[str, Flow]) -> lint.Known:
    """Return what flows may name here: prompts of every language, `flows`, and what the centre has if there is one."""
    return here().known(flows)


def here() -> Premises:
    """Return what flows may name in this installation; raise ConfigError."""
    return premises.premises(settings())


def languages() -> list[str]:
    """Return the languages there are prompts in; raise ConfigError if there are none at all."""
    return premises.languages(settings())


def catalogue(language: str) -> Catalogue:
    """Return the prompts of a language; raise ConfigError."""
    return premises.catalogue(settings(), language)
