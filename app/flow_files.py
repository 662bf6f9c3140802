"""Flows as commands name them: a file, a shipped one, or one in the store in some version; what they may name here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from app.files import read_text
from app.installation import centre, run, settings
from app.shipped import shipped_files
from callcenter.allowlist import AllowList
from callcenter.errors import ConfigError, FlowError, NotFound
from callcenter.integrations import NO_PROVIDER
from callcenter.outgoing import NotAllowed
from callcenter.records import LIVE, StoredFlow
from ivr import lint
from ivr.bundle import Bundle, gather
from ivr.flow import Flow, load, read
from ivr.folder import FLOW_FILES, LAYOUT, TESTS, FlowFiles, read_folder
from ivr.layout import Layout
from ivr.prompts import Catalogue, load_catalogue

if TYPE_CHECKING:
    from callcenter.adapters.store import Store

DRAFT: Final = "draft"
REFERENCE: Final = re.compile(r"^([a-z0-9][a-z0-9_-]*)(?:@([a-z0-9][a-z0-9_-]*))?$")
MAX_VERSION: Final = 10**9
HOW: Final = "name a file, a flow, or a flow in some version: main@7, main@staging, main@draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A flow with what lies beside it, and where it is from: its file, "shipped", or "version 7"."""

    flow: Flow
    source: str
    layout: Layout = field(default_factory=Layout)
    tests: tuple[Mapping[str, Any], ...] = ()
    folder: Path | None = None


def alias_named(name: str) -> str:
    """Return `name` if an alias may be called so; raise ConfigError."""
    if REFERENCE.fullmatch(name) is None or "@" in name or name == DRAFT or name.isdecimal():
        raise ConfigError(
            f"no alias can be called {name!r}: take small letters, digits and -, not {DRAFT!r} or a number"
        )
    return name


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
        return Found(flow=read(draft.body, name=name), source="draft", layout=_layout(draft.layout), tests=draft.tests)
    if at.isdecimal():
        stored = await store.flow(name, min(int(at), MAX_VERSION))
    else:
        stored = await store.flow(name, alias=at or LIVE)
    return None if stored is None else of_version(stored)


def of_version(stored: StoredFlow) -> Found:
    """Return a stored version as commands handle flows; raise FlowError if this program cannot read it."""
    flow = read(stored.body, name=stored.name)
    layout = _layout(stored.layout)
    return Found(flow=flow, source=f"version {stored.version}", layout=layout, tests=stored.tests)


def shipped(name: str) -> Found:
    """Return a shipped flow; raise ConfigError naming those there are."""
    files = shipped_files().get(name)
    if files is None:
        raise ConfigError(f"there is no flow {name!r}: give a file, or one of {', '.join(shipped_names())}")
    return Found(flow=files.flow, source="shipped", layout=files.layout, tests=files.tests)


def _layout(plain: Mapping[str, Any]) -> Layout:
    return Layout.model_validate(plain) if plain else Layout()


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
    """Return every flow as calls under `alias` get it: what that or `live` points to, and shipped ones.

    One that this program cannot read is left out, and said: it must not keep others from being mended.
    """
    flows = {name: files.flow for name, files in shipped_files().items()}
    if store is None:
        return flows
    for name, version in (await store.flow_versions(alias)).items():
        stored = await store.flow(name, version)
        if stored is None:
            continue
        flows.pop(name, None)
        try:
            flows[name] = read(stored.body, name=name)
        except FlowError as error:
            typer.echo(f"version {version}, which callers hear, cannot be read: {error}", err=True)
    return flows


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
    beside = {**others, **neighbours(found)}
    return gather(found.flow, beside.get)


# -------------------------------------------------------------------------------- what a flow may name here


def known(flows: Mapping[str, Flow]) -> lint.Known:
    """Return what flows may name here: prompts of every language, `flows`, and what the centre has if there is one."""
    prompts = {language: catalogue(language).keys for language in languages()}
    if not settings().centre_file.exists():
        return lint.Known(prompts=prompts, flows=flows)
    here = centre()
    return lint.Known(
        prompts=prompts,
        flows=flows,
        queues=frozenset(queue.name for queue in here.queues),
        targets={
            "destination": frozenset(destination.name for destination in here.destinations),
            "mailbox": frozenset(box.name for box in here.mailboxes),
            "provider": frozenset({here.payment.provider} - {NO_PROVIDER}),
        },
        not_allowed=partial(_not_allowed, here.http.allow_list()),
    )


def _not_allowed(allowed: AllowList, url: str) -> str:
    try:
        allowed.find(url)
    except NotAllowed as error:
        return str(error)
    return ""


def languages() -> list[str]:
    """Return the languages there are prompts in; raise ConfigError if there are none at all."""
    folder = settings().prompts_dir
    found = sorted(path.stem for path in folder.glob("*.yaml"))
    if not found:
        raise ConfigError(f"there are no prompts in {folder.resolve()}: name their folder in CALLCENTER_PROMPTS_DIR")
    return found


def catalogue(language: str) -> Catalogue:
    """Return the prompts of a language; raise ConfigError."""
    path = settings().prompts_dir / f"{language}.yaml"
    text = read_text(path)
    if text is None:
        raise ConfigError(f"{path}: there is no such file, and so no prompts in this language")
    return load_catalogue(text, language)
