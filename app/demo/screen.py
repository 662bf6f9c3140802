"""The live floor in a terminal: pure drawing of the acd's picture with rich."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from desk.access import FIRST

COLOURS: Final = {
    "ready": "green",
    "reserved": "yellow",
    "on-call": "bold cyan",
    "wrap-up": "magenta",
    "paused": "dim yellow",
    "logged-out": "dim",
}
CALLERS_SHOWN: Final = 8


def floor(picture: Mapping[str, Any] | None, title: str, campaigns: Sequence[str], note: str) -> RenderableType:
    """Return the floor as a panel; `campaigns` and `note` are the lines below."""
    if picture is None:
        return Panel(Text("waiting for the first picture of the floor …"), title=title)
    lines = [Text(line) for line in campaigns]
    parts = (_calls(picture), _agents(picture), _waiting(picture), *lines, Text(note, style="dim"))
    return Panel(Group(*parts), title=title)


def line(picture: Mapping[str, Any] | None, note: str) -> str:
    """The same in one line, for a log."""
    if picture is None:
        return f"floor: not seen yet; {note}"
    states = Counter(agent["state"] for agent in picture["agents"])
    agents = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    calls = picture["calls"]
    return (
        f"floor: agents: {agents}; ivr {calls['ivr']}, waiting {calls['waiting']}, talking {calls['talking']}; {note}"
    )


def desk(url: str, password: str) -> str:
    """Where the desk is and how its first admin signs in.

    >>> desk("http://127.0.0.1:8080/", "one-two")
    'the desk: http://127.0.0.1:8080/ — sign in as admin with the one-time password one-two'
    """
    return f"the desk: {url} — sign in as {FIRST} with the one-time password {password}"


def _calls(picture: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 4))
    calls = picture["calls"]
    table.add_row(
        f"in the IVR [bold]{calls['ivr']}[/]",
        f"waiting [bold]{calls['waiting']}[/]",
        f"talking [bold]{calls['talking']}[/]",
        f"in the fallback [bold]{calls['fallback']}[/]",
    )
    return table


def _agents(picture: Mapping[str, Any]) -> Table:
    table = Table("agent", "state", "for", "queue", box=None, pad_edge=False)
    for agent in picture["agents"]:
        state = agent["state"]
        about = f"{state} ({agent['reason']})" if agent["reason"] and state != "logged-out" else state
        table.add_row(
            agent["id"],
            Text(about, style=COLOURS.get(state, "")),
            _clock(picture["at"] - agent["since"]),
            agent["queue"] or "",
        )
    return table


def _waiting(picture: Mapping[str, Any]) -> RenderableType:
    callers = picture["waiting"]
    if not callers:
        return Text("nobody waits", style="dim")
    table = Table("waiting for", "place", "since", box=None, pad_edge=False)
    for caller in callers[:CALLERS_SHOWN]:
        table.add_row(caller["queue"], str(caller["position"]), _clock(picture["at"] - caller["since"]))
    return table


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02}"
