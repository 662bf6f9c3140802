"""`callcenter callback list|cancel`: calls that callers asked for."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from app.installation import operator, run
from app.tabular import Json, show
from app.telephone import number_of
from callcenter.adapters.store import Store
from callcenter.care import CALLBACK_ENDS, Callback, CallbackState
from callcenter.errors import ConfigError, NotFound
from desk.service.calling_off import call_off
from dialer.cells import line_in

REASON_LENGTH: Final = 200

callback_app = typer.Typer(help="Calls that callers asked for.", no_args_is_help=True)


@callback_app.command("list")
def callback_list(
    queue: Annotated[str, typer.Option(help="Of one queue.")] = "",
    number: Annotated[str, typer.Option(help="To one number.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, by due time.")] = 50,
    json: Json = False,
) -> None:
    """List the callbacks that are still to come, or under way."""
    states = frozenset(CallbackState) - (frozenset() if everything else CALLBACK_ENDS)
    known = number_of(number) if number else None
    found = run(lambda store: store.callbacks(states, queue=queue or None, number=known, limit=limit))
    show([_row(one) for one in found], as_json=json)


@callback_app.command("cancel")
def callback_cancel(
    callback: Annotated[str, typer.Argument(metavar="ID", help="As `callcenter callback list --json` shows it.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the list later.")] = "",
) -> None:
    """Do not call back after all. One that is being called is not put through any more."""
    try:
        why = line_in(reason.strip(), REASON_LENGTH) or f"cancelled by {operator()}"
    except ValueError as error:
        raise ConfigError(f"--reason: {error}") from None

    async def work(store: Store) -> Callback:
        found = await store.callback(callback)
        if found is None:
            raise NotFound(f"there is no callback {callback!r}: `callcenter callback list` shows their ids")
        await call_off(store, found, why, operator())
        return found

    found = run(work)
    typer.echo(f"{found.number} is not called back any more")


def _row(callback: Callback) -> dict[str, object]:
    return {
        "id": callback.id,
        "number": callback.number,
        "queue": callback.queue,
        "state": callback.state.value,
        "due_at": callback.due_at.isoformat(timespec="seconds"),
        "since": callback.since.isoformat(timespec="seconds"),
        "priority": callback.priority,
        "tries": callback.tries,
        "reason": callback.reason,
    }
