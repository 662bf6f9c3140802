"""`callcenter flow save|drafts|discard`: what somebody is working on, kept in the store beside what is published.

A draft may have any fault: only publishing is strict. Whoever saves over somebody else's changes is told, and nothing
is lost: the store keeps theirs, the file keeps ours.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app.flow_files import all_flows, find, known
from app.installation import operator, run
from app.tabular import Json, show
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, Conflict, NotFound
from callcenter.records import FlowDraft
from desk.service.shelf import MAX_VERSION
from ivr import lint

Author = Annotated[str | None, typer.Option(help="Who does it; the user of this terminal.")]
Lock = Annotated[
    int | None,
    typer.Option(min=0, max=MAX_VERSION, help="The save that this one is based on, as `flow drafts` counts them."),
]


def save(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A JSON or YAML file.")],
    lock: Lock = None,
    author: Author = None,
) -> None:
    """Keep a flow as a draft, with its faults if it has some; publish it as FLOW@draft."""
    found = find(file)
    if found is None:
        raise ConfigError(f"{file}: there is no such file")
    who, flow = author or operator(), found.flow

    async def work(store: Store) -> tuple[int, int]:
        there = await store.draft(flow.name)
        if there is not None and lock is None and there.author != who:
            raise Conflict(_whose(there))
        draft = FlowDraft(
            name=flow.name,
            body=flow.canonical(),
            layout=found.layout.canonical() if found.layout.nodes else {},
            tests=found.tests,
            lock=lock if lock is not None else there.lock if there else 0,
            author=who,
            updated_at=await store.now(),
        )
        others = await all_flows(store)
        issues = lint.lint(flow, known({**others, flow.name: flow}))
        return await store.save_draft(draft), len(issues)

    saved, faults = run(work)
    left = f"; `callcenter flow check {flow.name}@draft` has {faults} to say" if faults else ""
    typer.echo(f"draft of {flow.name}: save {saved}{left}")


def drafts(json: Json = False) -> None:
    """List the drafts."""
    rows = [
        {
            "flow": one.name,
            "lock": one.lock,
            "saved": one.updated_at.isoformat(timespec="seconds"),
            "author": one.author,
        }
        for one in run(lambda store: store.drafts())
    ]
    show(rows, as_json=json)


def discard(
    flow: Annotated[str, typer.Argument(metavar="FLOW")],
    lock: Lock = None,
) -> None:
    """Delete a draft; what is published stays."""
    if not run(lambda store: store.delete_draft(flow, lock)):
        raise NotFound(f"flow {flow!r} has no draft")
    typer.echo(f"draft of {flow} deleted")


def _whose(draft: FlowDraft) -> str:
    return (
        f"{draft.author} saved a draft of {draft.name} at {draft.updated_at:%F %R} (save {draft.lock}): "
        f"look at it with `callcenter flow diff {draft.name}@draft FILE`, then save over it with --lock {draft.lock}"
    )
