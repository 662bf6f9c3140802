"""`callcenter flow diff|schema|traffic|split`: what differs, what a flow may say, where callers went."""

from __future__ import annotations

import json as jsonlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from app.flow_files import find, find_in
from app.installation import run
from app.spans import span_in
from app.tabular import Json, show
from callcenter.adapters.store import Store
from callcenter.care import Arm, Traffic, TrafficOf
from callcenter.errors import ConfigError, NotFound
from callcenter.proportions import difference, wilson
from callcenter.records import Outcome
from desk.service.shelf import MAX_VERSION
from ivr.diff import diff
from ivr.schema import flow_schema, node_schema

# What counts as served: the caller got what they called for, as far as the record tells.
SERVED: Final = frozenset({Outcome.REACHED_AGENT, Outcome.SELF_SERVICE, Outcome.FALLBACK_AGENT})

Flow = Annotated[str, typer.Argument(metavar="FLOW", help="A flow's name.")]
Version = Annotated[int | None, typer.Option(min=1, max=MAX_VERSION, help="Only calls on this version.")]
Since = Annotated[str, typer.Option(help="How far back: 24h, 7d.")]


def diff_command(
    before: Annotated[str, typer.Argument(help="A file, main, main@7, main@staging, main@draft.")],
    after: Annotated[str, typer.Argument(help="The same.")],
    json: Json = False,
) -> None:
    """Say what differs between two flows: nodes and fields; layout does not count. Exit 1 if anything does."""
    in_files = find(before), find(after)
    if in_files[0] and in_files[1]:
        changes = diff(in_files[0].flow, in_files[1].flow)
    else:

        async def work(store: Store) -> Any:
            return diff((await find_in(store, before)).flow, (await find_in(store, after)).flow)

        changes = run(work)
    if json:
        typer.echo(jsonlib.dumps([asdict(change) for change in changes], ensure_ascii=False))
    else:
        for change in changes:
            typer.echo(str(change))
        if not changes:
            typer.echo("no difference")
    if changes:
        raise typer.Exit(1)


def schema(
    kind: Annotated[str, typer.Option(help="Of one kind of node; of a whole flow if left out.")] = "",
) -> None:
    """Print the JSON Schema of flows, for editors and checkers."""
    found = node_schema(kind) if kind else flow_schema()
    typer.echo(jsonlib.dumps(found, indent=2, ensure_ascii=False))


def traffic(flow: Flow, since: Since = "24h", version: Version = None, json: Json = False) -> None:
    """Count where callers went: by node and exit, with what became of the calls."""
    of = _of(flow, since, version)
    found = run(lambda store: store.traffic(of))
    if not found:
        raise NotFound(f"no call was in flow {flow!r}{f' version {version}' if version else ''} since {of.since:%F %R}")
    show([_row(one, _at(found, one.node)) for one in found], as_json=json)


def split(
    flow: Flow,
    node: Annotated[str, typer.Argument(help="A split node of it.")],
    since: Since = "30d",
    version: Version = None,
    json: Json = False,
) -> None:
    """Compare the ways of an A/B split: share served and satisfaction, each with the interval it lies in (95 %)."""
    of = _of(flow, since, version)
    arms = run(lambda store: store.arms(of, node))
    if not arms:
        raise NotFound(f"no call has left node {node!r} of flow {flow!r} since {of.since:%F %R}")
    show([_arm_row(arm, arms[0]) for arm in arms], as_json=json)


def _of(flow: str, since: str, version: int | None) -> TrafficOf:
    now = datetime.now(UTC)
    try:
        back = span_in(since)
    except ValueError as error:
        raise ConfigError(f"--since: {error}") from None
    return TrafficOf(flow=flow, since=now - back, until=now + timedelta(seconds=1), version=version)


def _at(found: list[Traffic], node: str) -> int:
    return sum(one.visits for one in found if one.node == node)


def _row(one: Traffic, at_node: int) -> Mapping[str, Any]:
    ended: dict[str, int] = defaultdict(int)
    for outcome, count in one.outcomes.items():
        ended[str(outcome) if outcome else "not-ended"] += count
    return {
        "node": one.node,
        "exit": one.exit or "(left here)",
        "visits": one.visits,
        "share": f"{one.visits / at_node:.0%}",
        "calls": one.calls,
        "outcomes": dict(sorted(ended.items())),
    }


def _arm_row(arm: Arm, first: Arm) -> Mapping[str, Any]:
    served, ended = _served(arm)
    low, high = wilson(served, ended)
    row = {
        "exit": arm.exit,
        "calls": arm.calls,
        "served": f"{served / ended:.1%}" if ended else "",
        "between": f"{low:.1%} and {high:.1%}",
        "against first": "",
        "satisfied": f"{arm.csat.share:.0%} of {arm.csat.count}" if arm.csat.share is not None else "",
    }
    if arm is not first:
        less, more = difference(_served(first), (served, ended))
        sure = "" if less <= 0 <= more else ", a difference"
        row["against first"] = f"{less:+.1%} to {more:+.1%}{sure}"
    return row


def _served(arm: Arm) -> tuple[int, int]:
    """Return how many calls were served, and of how many: what comes of a call under way nobody knows yet."""
    served = sum(count for outcome, count in arm.outcomes.items() if outcome in SERVED)
    return served, arm.calls - arm.outcomes.get(None, 0)
