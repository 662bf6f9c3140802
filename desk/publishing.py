"""What must be right before callers hear a flow, and how flows are put together: for the command line and the desk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from callcenter.errors import ConfigError, FlowError, Issue
from callcenter.records import LIVE, FlowDraft, Publication, StoredFlow
from desk.premises import Premises
from ivr import lint
from ivr.bundle import Bundle, gather, names_used
from ivr.flow import Flow, read
from ivr.folder import FlowFiles
from ivr.layout import Layout

ALIAS: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
DRAFT: Final = "draft"
SHIPPED: Final = "shipped"
Warnings = Sequence[tuple[str, Issue]]  # each with the flow it is in


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How somebody wants a flow published.

    `expected`: the version the alias must point to until then, 0: none; None: the one it points to when this is asked.
    """

    author: str
    message: str
    alias: str = LIVE
    expected: int | None = None


def files_of(stored: StoredFlow | FlowDraft) -> FlowFiles:
    """Return a stored flow with what lies beside it; raise FlowError if this program cannot read it."""
    flow = read(stored.body, name=stored.name)
    return FlowFiles(flow=flow, layout=layout_of(stored.layout), tests=stored.tests)


def layout_of(plain: Mapping[str, Any]) -> Layout:
    """Return the places in `plain`; what is none is left out: where nodes lie must not keep a flow from anything."""
    places = plain.get("nodes")
    found: dict[str, Any] = {}
    for name, place in places.items() if isinstance(places, Mapping) else ():
        try:
            found |= Layout.model_validate({"nodes": {name: place}}).nodes
        except ValidationError:
            continue
    return Layout(nodes=found)


def publication(files: FlowFiles, wish: Wish) -> Publication:
    """Return what the store is asked to do."""
    return Publication(
        name=files.flow.name,
        body=files.flow.canonical(),
        author=wish.author,
        message=wish.message,
        layout=files.layout.canonical() if files.layout.nodes else None,
        tests=files.tests or None,
        alias=wish.alias,
        expected=wish.expected,
    )


def bundle_of(flow: Flow, others: Mapping[str, Flow]) -> Bundle:
    """Return a flow with those it runs."""
    return gather(flow, others.get)


def issues_of(body: Any, name: str, others: Mapping[str, Flow], premises: Premises) -> tuple[Flow | None, list[Issue]]:
    """Return the flow in `body`, None if it cannot be read as one, and everything wrong with it."""
    try:
        flow = read(body, name=name)
    except FlowError as error:
        return None, list(error.issues)
    return flow, [*_named(flow, name), *lint.lint(flow, premises.known({**others, flow.name: flow}))]


def checked_name(flow: Flow, name: str) -> None:
    """Raise FlowError if a flow is called otherwise than the one it is the draft of."""
    if issues := _named(flow, name):
        raise FlowError(name, issues)


def _named(flow: Flow, name: str) -> list[Issue]:
    if flow.name == name:
        return []
    text = f"is {flow.name!r}, but this is flow {name!r}; a copy under another name is a draft of that name"
    return [Issue(code="name", node="", field="name", text=text)]


def alias_named(name: str) -> str:
    """Return `name` if an alias may be called so; raise ConfigError."""
    if ALIAS.fullmatch(name) is None or name in {DRAFT, SHIPPED} or name.isdecimal():
        wanted = f"take small letters, digits and -, not {DRAFT!r}, {SHIPPED!r} or a number"
        raise ConfigError(f"no alias can be called {name!r}: {wanted}")
    return name


def check_all(flows: Mapping[str, Flow], there: Mapping[str, Flow], premises: Premises) -> Warnings:
    """Return warnings; raise FlowError if one of `flows`, beside those `there`, would not do or would break another."""
    together = {**there, **flows}
    here = premises.known(together)
    warnings = [(flow.name, issue) for flow in flows.values() for issue in lint.check(flow, here)]
    before = premises.known(there)
    for name, user in there.items():
        if name not in flows and names_used(user) & flows.keys():
            _still_fits(user, before, here, flows)
    return warnings


def _still_fits(user: Flow, before: lint.Known, after: lint.Known, flows: Mapping[str, Flow]) -> None:
    """Raise FlowError with what a flow that is live already would have against the new ones it runs."""
    had = set(lint.lint(user, before))
    new = [issue for issue in lint.lint(user, after) if issue.severity == "error" and issue not in had]
    if new:
        names = ", ".join(sorted(names_used(user) & flows.keys()))
        told = [replace(i, node=f"{user.name}:{i.node}", text=f"{i.text}; {user.name} runs it") for i in new]
        raise FlowError(names, told)


def inner_first(files: Mapping[str, FlowFiles]) -> list[FlowFiles]:
    """Return the flows so that those which others run come before them: nobody runs a flow that is not there yet."""
    ordered: dict[str, FlowFiles] = {}

    def put(name: str, above: tuple[str, ...]) -> None:
        for inner in sorted(names_used(files[name].flow) & files.keys()):
            if inner not in ordered and inner not in above:
                put(inner, (*above, name))
        ordered[name] = files[name]

    for name in sorted(files):
        if name not in ordered:
            put(name, ())
    return list(ordered.values())
