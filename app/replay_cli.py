"""`callcenter campaign replay`: a recorded day played again with another pacer or another team."""

from __future__ import annotations

import json as jsonlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.campaign_status import zone_of
from app.campaigns import existing
from app.installation import run, settings
from app.tabular import Json, Row, columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from app.replaying import Again, Replay
    from callcenter.adapters.store import Store
    from dialer.outlook import Range
    from sim.recorded import Figures


def replay(  # noqa: PLR0913, PLR0917 - one parameter per option
    name: Annotated[str, typer.Argument(metavar="NAME")],
    day: Annotated[str, typer.Argument(metavar="DAY", help="2026-11-20, today or yesterday, of the centre's clock.")],
    pacer: Annotated[str, typer.Option(help="NAME,…: as in `callcenter sim compare`.")] = "",
    agents: Annotated[int | None, typer.Option(min=1, max=2_000, help="So many, there all day.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Times it is played with each pacer.")] = 3,
    processes: Annotated[int, typer.Option(min=0, help="At the same time; 0: one per processor.")] = 0,
    json: Json = False,
) -> None:
    """Play a recorded day again with another pacer or team, beside what happened and what a forecast would have said.

    The first replay is with the campaign's own mode and the agents who were there: as close as it comes to what
    happened, so close are the others.
    """
    from app.replaying import Asked, day_in  # noqa: PLC0415 - what simulates takes as long to import as all the rest
    from app.replaying import replay as play_again  # noqa: PLC0415
    from sim.compare import fresh  # noqa: PLC0415

    pacers = tuple(dict.fromkeys(one.strip() for one in pacer.split(",") if one.strip()))
    for one in pacers:
        fresh(one)
    zone = zone_of(settings())

    async def work(store: Store) -> Replay:
        campaign = await existing(store, name)
        today = (await store.now()).astimezone(ZoneInfo(zone)).date()
        asked = Asked(day=day_in(day, today), pacers=pacers, agents=agents, seeds=seeds, processes=processes)
        return await play_again(store, settings(), campaign, asked, _progress())

    found = run(work)
    if json:
        typer.echo(jsonlib.dumps(as_json(found), ensure_ascii=False))
    else:
        typer.echo("\n".join(lines(found, zone)))


def lines(found: Replay, zone: str) -> Iterator[str]:
    """The replay as text; times of the clock in `zone`."""
    start = found.start.astimezone(ZoneInfo(zone))
    yield f"campaign {found.campaign.name}: {start:%a %d %b %Y}, {found.hours:.1f} h from {start:%H:%M}"
    rows = [_row("what happened", [found.happened])]
    rows += [_row(f"again, {_label(again)}", again.days) for again in found.again]
    yield columns(rows)
    yield from calibration(found)


def calibration(found: Replay) -> Iterator[str]:
    """The forecast of the evening before against what happened."""
    if found.forecast is None:
        yield "  forecast  none: nobody was on duty"
        return
    was, team = found.happened, found.forecast
    for what, span, value, factor, unit in (
        ("utilisation", team.utilisation, was.utilisation, 100, " %"),
        ("drops", team.drop_rate, was.drop_rate, 100, " %"),
        ("talks/agent h", team.connects_per_agent_hour, was.talks_per_agent_hour, 1, ""),
    ):
        said = f"{factor * span.low:.1f} to {factor * span.high:.1f}{unit}"
        yield f"  forecast  {what}: {said}, it was {factor * value:.1f}{unit}: {verdict(span, value)}"


def verdict(span: Range, value: float) -> str:
    """Say where a value lies in the range that was forecast."""
    if span.low <= value <= span.high:
        return "inside"
    return "below" if value < span.low else "above"


def as_json(found: Replay) -> dict[str, Any]:
    """All of it for programs; shares as fractions, rates per hour."""
    return {
        "campaign": found.campaign.name,
        "mode": found.campaign.mode,
        "start": found.start.isoformat(timespec="seconds"),
        "hours": found.hours,
        "happened": _figures(found.happened),
        "again": [
            {"pacer": one.pacer, "agents": one.agents, "days": [_figures(day) for day in one.days]}
            for one in found.again
        ],
        "forecast": None if found.forecast is None else _forecast(found),
    }


def _forecast(found: Replay) -> dict[str, Any]:
    team, was = found.forecast, found.happened
    assert team is not None
    pairs = {
        "utilisation": (team.utilisation, was.utilisation),
        "drop_rate": (team.drop_rate, was.drop_rate),
        "talks_per_agent_hour": (team.connects_per_agent_hour, was.talks_per_agent_hour),
    }
    return {key: {**asdict(span), "verdict": verdict(span, value)} for key, (span, value) in pairs.items()}


def _figures(of: Figures) -> dict[str, float]:
    return {**asdict(of), "drop_rate": of.drop_rate}


def _label(again: Again) -> str:
    return again.pacer if again.agents is None else f"{again.pacer}, {again.agents} agents"


def _row(what: str, days: Sequence[Figures]) -> Row:
    return {
        "": what,
        "agents": _told(days, lambda day: day.agents, "", 1),
        "utilisation": _told(days, lambda day: 100 * day.utilisation, " %", 1),
        "drops": _told(days, lambda day: 100 * day.drop_rate, " %", 2),
        "calls/h": _told(days, lambda day: day.calls, "", 0),
        "people/h": _told(days, lambda day: day.people, "", 1),
        "talks/agent h": _told(days, lambda day: day.talks_per_agent_hour, "", 1),
    }


def _told(days: Sequence[Figures], value: Callable[[Figures], float], unit: str, digits: int) -> str:
    """The mean, and from least to most where they differ."""
    values = [value(day) for day in days]
    mean, low, high = (f"{one:,.{digits}f}" for one in (sum(values) / len(values), min(values), max(values)))
    return f"{mean}{unit}" if low == high else f"{mean}{unit} ({low}–{high})"


def _progress() -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        if typer.get_text_stream("stderr").isatty():
            typer.echo(f"\rplayed {done} of {of}", err=True, nl=done == of)

    return tell
