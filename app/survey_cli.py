"""`callcenter survey report`: how content callers were, from 1 to 5, by queue, agent or version of a flow."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from app.installation import run
from app.spans import span_in
from app.tabular import Json, show
from callcenter.adapters.store import Store
from callcenter.care import SATISFIED, Csat, CsatOf
from callcenter.errors import ConfigError
from callcenter.proportions import wilson

survey_app = typer.Typer(help="What callers thought of it.", no_args_is_help=True)


class By(StrEnum):
    QUEUE = "queue"
    AGENT = "agent"
    VERSION = "version"


@survey_app.callback()
def survey() -> None:
    """What callers thought of it."""  # one command alone would swallow its own name


@survey_app.command("report")
def survey_report(  # noqa: PLR0913, PLR0917 - one parameter per option
    by: Annotated[By, typer.Option(help="What to compare.")] = By.QUEUE,
    since: Annotated[str, typer.Option(help="How far back: 24h, 7d.")] = "7d",
    question: Annotated[str, typer.Option(help="Only answers to one question.")] = "",
    queue: Annotated[str, typer.Option(help="Only of one queue.")] = "",
    agent: Annotated[str, typer.Option(help="Only of one agent.")] = "",
    flow: Annotated[str, typer.Option(help="Only of one flow.")] = "",
    json: Json = False,
) -> None:
    """Scores and CSAT: the share of answers of 4 or 5, with its 95 % interval. The last line is all together."""
    try:
        span = span_in(since)
    except ValueError as error:
        raise ConfigError(f"--since: {error}") from None

    async def work(store: Store) -> tuple[dict[tuple[Any, ...], Csat], Csat]:
        of = _of(await store.now(), span, question=question, queue=queue, agent=agent, flow=flow)
        return await store.csat_by(of, by), await store.csat(of)

    groups, total = run(work)
    rows = [{by.value: _named(key), **_figures(csat, json=json)} for key, csat in sorted(groups.items(), key=_order)]
    show([*rows, {by.value: "all", **_figures(total, json=json)}], as_json=json)


def _of(now: datetime, span: timedelta, **of: str) -> CsatOf:
    given = {name: value for name, value in of.items() if value}
    return CsatOf(since=now - span, until=now + timedelta(seconds=1), **given)  # type: ignore[arg-type]


def _order(group: tuple[tuple[Any, ...], Csat]) -> tuple[str, ...]:
    return tuple(str(part).rjust(8) if isinstance(part, int) else str(part or "") for part in group[0])


def _named(key: tuple[Any, ...]) -> str:
    return " ".join("none" if part is None else str(part) for part in key)


def _figures(csat: Csat, *, json: bool) -> dict[str, object]:
    low, high = wilson(csat.satisfied, csat.count)
    if json:
        return {
            "answers": csat.count,
            "mean": csat.mean,
            "satisfied": csat.satisfied,
            "csat": csat.share,
            "csat_low": low,
            "csat_high": high,
        }
    share = f"{csat.share:.0%}" if csat.share is not None else None
    return {
        "answers": csat.count,
        "mean": f"{csat.mean:.2f}" if csat.mean is not None else None,
        f"{SATISFIED}_or_5": csat.satisfied,
        "csat": share,
        "95%": f"{low:.0%} to {high:.0%}" if csat.count else None,
    }
