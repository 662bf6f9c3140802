"""`callcenter flow replay`: calls of the past through a draft, to see where their callers would have gone instead."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import track

from app.flow_files import Found, all_flows, find, find_in, neighbours
from app.installation import run
from app.spans import span_in
from app.tabular import Json, columns
from callcenter.adapters.store import Store
from callcenter.errors import CallCenterError, ConfigError, FlowError, NotFound, StoreError
from callcenter.records import IvrSession
from desk.publishing import DRAFT
from ivr.bundle import Bundle, gather
from ivr.flow import Flow
from ivr.service.flows import Flows
from ivr.testing.replay import Replayed, counted, replay
from ivr.trail import Trail

LIMIT: Final = 1000
MOST: Final = 1_000_000

Taken = tuple[Trail, Bundle, Bundle]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Recorded calls, each with the flows it ran on and those it is to be tried on; how many cannot be, and why."""

    flow: str
    taken: Sequence[Taken]
    left_out: Mapping[str, int]


def replay_command(  # noqa: PLR0913, PLR0917 - one parameter per option
    draft: Annotated[str, typer.Option(metavar="FILE|FLOW", help="A file, or a flow's draft; or main@7.")],
    since: Annotated[str, typer.Option(help="Calls that came in this long ago or later: 2h, 7d.")] = "24h",
    until: Annotated[str, typer.Option(help="… and this long ago or earlier.")] = "",
    of: Annotated[str, typer.Option("--of", help="Calls that came into this flow; the draft's own name.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many calls, the latest.")] = LIMIT,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what differs for each call.")] = False,
    json: Json = False,
) -> None:
    """Play what callers did through a draft; say where they would have gone instead. Nobody is called."""
    back = _span("--since", since)
    upto = _span("--until", until) if until else timedelta(0)
    calls = run(lambda store: _calls(store, draft, of, (back, upto, limit)))
    if not calls.taken and not calls.left_out:
        raise NotFound(f"no call came into flow {calls.flow!r} in that time")
    console = Console(stderr=True)
    bar = track(calls.taken, "replaying", console=console, transient=True, disable=not console.is_terminal)
    replays = [replay(*taken) for taken in bar]
    typer.echo(jsonlib.dumps(_as_json(calls, replays), ensure_ascii=False) if json else _told(calls, replays, verbose))


def _span(option: str, written: str) -> timedelta:
    try:
        return span_in(written)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from None


async def _calls(store: Store, draft: str, of: str, when: tuple[timedelta, timedelta, int]) -> Calls:
    named = draft if find(draft) is not None or "@" in draft else f"{draft}@{DRAFT}"
    found, others = await find_in(store, named), await all_flows(store)
    flow, now = of or found.flow.name, await store.now()
    back, upto, limit = when
    sessions = await store.recent_sessions(flow, now - back, now - upto, limit)
    flows, taken, left_out = Flows(store), [], dict[str, int]()
    for session in reversed(sessions):
        try:
            taken.append(await _taken(flows, session, found, others))
        except (StoreError, NotFound, FlowError) as error:
            left_out[_why(error)] = left_out.get(_why(error), 0) + 1
    return Calls(flow=flow, taken=taken, left_out=left_out)


async def _taken(flows: Flows, session: IvrSession, found: Found, others: Mapping[str, Flow]) -> Taken:
    """Return a call with the flows it ran on, and with the draft and its neighbours in their place."""
    trail = Trail.from_json(session.inputs)
    before = await flows.pinned(session.flow, session.versions or {session.flow: session.version})
    together = {**others, **before.flows, **neighbours(found), found.flow.name: found.flow}
    after = gather(together[session.flow], together.get)
    return trail, before, replace(after, versions=before.versions)


def _why(error: CallCenterError) -> str:
    """Return why a call cannot be played, the same for all such calls."""
    return "nothing that can be read was recorded" if isinstance(error, StoreError) else str(error)


def _told(calls: Calls, replays: Sequence[Replayed], verbose: bool) -> str:
    other = [one for one in replays if one.moves]
    unknown = [one for one in other if one.now.unknown.startswith("not known") and not one.before.unknown]
    counts = {"the same way": len(replays) - len(other), "another way": len(other) - len(unknown)}
    counts |= {"not known": len(unknown)} | {f"cannot be played, {why}": count for why, count in calls.left_out.items()}
    told = "; ".join(f"{what}: {count}" for what, count in counts.items())
    lines = [f"calls into flow {calls.flow}: {len(replays) + sum(calls.left_out.values())}; {told}"]
    if other:
        lines += ["", columns([{**asdict(move), "calls": count} for move, count in counted(other)])]
    for one in other if verbose else ():
        lines += ["", f"{one.call_id}, {one.at:%F %T}"]
        lines += [f"  {move.place}: {move.before} | {move.now}" for move in one.moves]
    return "\n".join(lines)


def _as_json(calls: Calls, replays: Sequence[Replayed]) -> dict[str, Any]:
    return {
        "flow": calls.flow,
        "calls": len(replays),
        "left_out": dict(calls.left_out),
        "moves": [{**asdict(move), "calls": count} for move, count in counted(replays)],
        "differences": [
            {"call": one.call_id, "at": one.at.isoformat(), "moves": [asdict(move) for move in one.moves]}
            for one in replays
            if one.moves
        ],
    }
