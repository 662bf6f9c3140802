"""`callcenter campaign forecast`: what comes of a campaign's day, before it is launched."""

from __future__ import annotations

import json as jsonlib
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from app.campaign_options import percent, share_in
from app.campaigns import existing
from app.installation import run, settings
from app.tabular import Json, Row, columns
from callcenter.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callcenter.adapters.store import Store
    from dialer.forecast import Belief
    from dialer.outlook import Outlook, Range, Team

MOST_AGENTS: Final = 2_000
FORGET: Final = 0.005  # less than this is not told as a chance


def forecast(  # noqa: PLR0913, PLR0917 - one parameter per option
    name: Annotated[str, typer.Argument(metavar="NAME")],
    agents: Annotated[str, typer.Option(help="N, or A..B to compare teams; those who serve its queue.")] = "",
    hours: Annotated[float, typer.Option(min=0.5, max=16, help="How long agents work.")] = 8.0,
    answer_rate: Annotated[str, typer.Option(help="Share of calls a person answers, if you know: 20%.")] = "",
    handle: Annotated[float | None, typer.Option(min=1, max=7_200, help="Seconds of talk and wrap-up.")] = None,
    mode: Annotated[str, typer.Option(help="Pacing mode; the campaign's.")] = "",
    seeds: Annotated[int, typer.Option(min=2, max=100, help="Pieces of days played for each team.")] = 6,
    history: Annotated[bool, typer.Option(help="Learn from earlier attempts; without, as for a new campaign.")] = True,
    processes: Annotated[int, typer.Option(min=0, help="At the same time; 0: one per processor.")] = 0,
    json: Json = False,
) -> None:
    """Say before launch how busy agents will be, how many are dropped, how long the list lasts, and the best team.

    From the list as it is now (calling hours, time zones, retries, do-not-call) and earlier attempts, played in the
    simulator. Each figure with the range in which eight of ten days lie.
    """
    from app import forecasting  # noqa: PLC0415 - what reckons takes as long to import as all the rest
    from dialer.forecast import Given  # noqa: PLC0415
    from dialer.outlook import Asked  # noqa: PLC0415

    asked = Asked(
        teams=teams_in(agents),
        hours=hours,
        given=Given(answer_rate=_share(answer_rate), handle_s=handle),
        mode=mode,
        pieces=seeds,
        history=history,
        processes=processes,
    )

    async def work(store: Store) -> Outlook:
        return await forecasting.forecast(store, settings(), await existing(store, name), asked)

    _print(run(work), plain=json)


def _print(found: Outlook, *, plain: bool) -> None:
    from app.campaign_status import zone_of  # noqa: PLC0415

    told = [jsonlib.dumps(as_json(found), ensure_ascii=False)] if plain else lines(found, zone_of(settings()))
    typer.echo("\n".join(told))


def teams_in(written: str) -> tuple[int, ...]:
    """Read a team's size, or a range of them.

    >>> teams_in("3..5"), teams_in("12"), teams_in("")
    ((3, 4, 5), (12,), ())
    """
    if not written:
        return ()
    low, between, high = written.partition("..")
    ends = [low, high] if between else [low]
    if not all(end.strip().isdecimal() and 1 <= int(end) <= MOST_AGENTS for end in ends):
        raise ConfigError(f'--agents: "{written}" is no team: write 12, or 5..20, at most {MOST_AGENTS:,}')
    if int(ends[-1]) < int(low):
        raise ConfigError(f'--agents: "{written}" ends before it begins')
    return tuple(range(int(low), int(ends[-1]) + 1))


def lines(found: Outlook, zone: str) -> Iterator[str]:
    """The forecast as text; times of the clock in `zone`."""
    start = found.start.astimezone(ZoneInfo(zone))
    yield (
        f"campaign {found.campaign}: a day of {found.hours:g} h from {start:%a %d %b %H:%M}, {found.mode}, "
        f"cap {percent(found.cap)}"
    )
    if found.stock is not None:
        stock = found.stock
        seen = "" if stock.sampled >= stock.ready else f" (from {stock.sampled:,} of them)"
        never = f", {stock.never:,.0f} never" if stock.never else ""
        yield f"  list     {stock.ready:,} leads ready; {stock.today:,.0f} may be called that day{never}{seen}"
    believed = found.believed
    yield f"  answers  {_percents(believed.answer_rate)} of calls: {_source(believed.answer_rate, 'calls')}"
    yield f"  handling {_seconds(believed.handle_s)}: {_source(believed.handle_s, 'talks')}"
    yield f"  ringing  {believed.rings_s:.1f} s to an answer: {believed.times}"
    yield columns([row(team) for team in found.teams])
    yield from staffing_lines(found)
    for note in found.notes:
        yield f"  note     {note}"
    yield "  Ranges hold eight of ten days; the first figure is the middle one."


def row(team: Team) -> Row:
    """A team as a line of the table."""
    return {
        "agents": team.agents,
        "utilisation": shares(team.utilisation),
        "drops": shares(team.drop_rate, digits=1),
        "calls/h": numbers(team.calls_per_hour),
        "talks/h": numbers(team.connects_per_hour),
        "talks/agent h": numbers(team.connects_per_agent_hour, digits=1),
        "list runs dry": _dry(team),
        "used up": "-" if team.used_up_days is None else f"in {numbers(team.used_up_days)} days",
    }


def staffing_lines(found: Outlook) -> Iterator[str]:
    """The best team, and what best means."""
    best = found.staffing
    if found.stock is not None:
        if best.keeps_up is None:
            yield "  best     no team asked for calls all that is due by the end of the day in eight of ten days"
        else:
            yield f"  best     {_agents(best.keeps_up)}: the fewest who call all that is due by the end of the day"
    if best.most_connects is not None:
        yield f"  best     {_agents(best.most_connects)}: most talks per agent-hour (the fewest within 1 %)"


def _agents(count: int) -> str:
    return f"{count} {'agent' if count == 1 else 'agents'}"


def as_json(found: Outlook) -> dict[str, Any]:
    """All of it for programs; shares as fractions, what lies beyond the horizon null."""
    plain: dict[str, Any] = _plain({**asdict(found), "start": found.start.isoformat(timespec="seconds")})
    return plain


def shares(span: Range, digits: int = 0) -> str:
    """A range of shares: `87 % (85-89)`."""
    low, mid, high = (f"{100 * value:.{digits}f}" for value in (span.low, span.mid, span.high))
    return f"{mid} % ({low}–{high})"


def numbers(span: Range, digits: int = 0) -> str:
    """A range of numbers; beyond the horizon is `…`."""
    low, mid, high = ("…" if math.isinf(one) else f"{one:,.{digits}f}" for one in (span.low, span.mid, span.high))
    return mid if low == mid == high else f"{mid} ({low}–{high})"


def _dry(team: Team) -> str:
    if team.dry_after_h is None:
        return "-" if team.runs_dry < FORGET else f"hardly ({percent(round(team.runs_dry, 2))})"
    return f"after {numbers(team.dry_after_h, digits=1)} h"


def _percents(belief: Belief) -> str:
    from dialer.outlook import HIGH_Z  # noqa: PLC0415

    return f"{100 * belief.mean:.1f} % ({100 * belief.at(-HIGH_Z):.0f}–{100 * min(1.0, belief.at(HIGH_Z)):.0f})"


def _seconds(belief: Belief) -> str:
    from dialer.outlook import HIGH_Z  # noqa: PLC0415

    return f"{belief.mean:.0f} s ({belief.at(-HIGH_Z):.0f}–{belief.at(HIGH_Z):.0f})"


def _source(belief: Belief, what: str) -> str:
    return f"{belief.source}{f' ({belief.seen:,} {what})' if belief.seen else ''}"


def _share(written: str) -> float | None:
    if not written:
        return None
    try:
        share = share_in(written)
    except ValueError as error:
        raise ConfigError(f"--answer-rate: {error}") from None
    if not 0 < share < 1:
        raise ConfigError("--answer-rate: must be between 0 and 1, both left out")
    return share


def _plain(value: Any) -> Any:
    """`value` as JSON knows it."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
