"""What the manager interface tells each user: all that the user reads, and little else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from acd.floor import _OBSERVE as READ_BY_FLOOR
from app.ami_rights import AMI_RIGHTS, EventFilter
from callcenter.happenings import CallWaits, CentreChanged, ClosureChanged, Rested
from callcenter.tracker import Tracker
from dialer.flights import _OBSERVE as READ_BY_FLIGHTS

RECORDINGS = sorted((Path(__file__).parents[1] / "recordings").glob("*.jsonl"))
READ = {
    "acd": (*READ_BY_FLOOR, CallWaits, CentreChanged, ClosureChanged, Rested),
    "dialer": tuple(READ_BY_FLIGHTS),
}


def test_a_filter_is_a_line_of_manager_conf() -> None:
    lines = {
        "eventfilter(action(include),name(Hangup)) =": EventFilter(name="Hangup"),
        "eventfilter(action(include),name(Newstate),header(ChannelStateDesc),method(exact)) = Up": EventFilter(
            name="Newstate", header="ChannelStateDesc", exactly="Up"
        ),
        "eventfilter(action(exclude),header(Channel),method(contains)) = @dial-gate": EventFilter(
            header="Channel", contains="@dial-gate", hide=True
        ),
    }
    assert [found.line for found in lines.values()] == list(lines)


def test_who_reads_no_events_is_told_none() -> None:
    assert {name for name, rights in AMI_RIGHTS.items() if rights.filters} == {"acd", "dialer"}
    assert {name for name, rights in AMI_RIGHTS.items() if rights.read} == {"acd", "dialer"}


@pytest.mark.parametrize("user", ["acd", "dialer"])
def test_much_is_kept_back(user: str) -> None:
    """Of all recordings together: some were taken as this very user, who was told no more."""
    events = [json.loads(line) for path in RECORDINGS for line in path.read_text().splitlines()[1:]]
    assert sum(is_told(user, event) for event in events) < 0.7 * len(events)


@pytest.mark.parametrize("user", ["acd", "dialer"])
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_what_is_kept_back_changes_nothing_that_is_read(path: Path, user: str) -> None:
    events = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    told = [event for event in events if is_told(user, event)]
    assert list(seen(user, told)) == list(seen(user, events))


GATE = "Local/0a1b2c@dial-gate-00000001;2"
OUTBOUND: list[tuple[dict[str, str], set[str]]] = [
    ({"Event": "Newchannel", "Channel": GATE}, set()),
    ({"Event": "Newchannel", "Channel": "PJSIP/trunk-carrier-00000002"}, {"acd", "dialer"}),
    ({"Event": "DialBegin", "DestChannel": GATE.replace(";2", ";1")}, set()),
    ({"Event": "DialBegin", "Channel": GATE, "DestChannel": "PJSIP/trunk-carrier-00000002"}, {"dialer"}),
    ({"Event": "DialState", "Channel": GATE, "DestChannel": "PJSIP/trunk-carrier-00000002"}, {"dialer"}),
    ({"Event": "DialEnd", "Channel": GATE, "DestChannel": "PJSIP/trunk-carrier-00000002"}, {"dialer"}),
    ({"Event": "UserEvent", "UserEvent": "PersonAnswered", "Channel": "PJSIP/x"}, {"acd", "dialer"}),
    ({"Event": "UserEvent", "UserEvent": "CallbackAnswered", "Channel": "PJSIP/x"}, {"acd", "dialer"}),
    ({"Event": "UserEvent", "UserEvent": "CallWaiting", "Channel": "PJSIP/x"}, {"acd", "dialer"}),
    ({"Event": "UserEvent", "UserEvent": "CallFallback", "Channel": "PJSIP/x"}, {"acd", "dialer"}),
    ({"Event": "UserEvent", "UserEvent": "MachineAnswered", "Channel": "PJSIP/x"}, {"acd", "dialer"}),
    ({"Event": "UserEvent", "UserEvent": "PersonDropped", "Channel": "PJSIP/x"}, {"acd", "dialer"}),
    ({"Event": "UserEvent", "UserEvent": "CallArrived", "Channel": "PJSIP/x"}, {"acd"}),
    ({"Event": "BridgeEnter", "Channel": "PJSIP/x", "BridgeTechnology": "simple_bridge"}, {"acd", "dialer"}),
    ({"Event": "BridgeEnter", "Channel": "PJSIP/x", "BridgeTechnology": "holding_bridge"}, {"acd"}),
    ({"Event": "BridgeLeave", "Channel": "PJSIP/x", "BridgeTechnology": "holding_bridge"}, set()),
    ({"Event": "Hangup", "Channel": GATE}, {"dialer"}),
    ({"Event": "Hangup", "Channel": "PJSIP/trunk-carrier-00000002"}, {"acd", "dialer"}),
    ({"Event": "OriginateResponse", "Channel": GATE}, {"dialer"}),
    ({"Event": "FullyBooted"}, {"acd", "dialer"}),
    ({"Event": "NewConnectedLine", "Channel": "PJSIP/x"}, set()),
]


@pytest.mark.parametrize(("event", "users"), OUTBOUND)
def test_of_a_call_out_each_is_told_its_part(event: dict[str, str], users: set[str]) -> None:
    assert {user for user in ("acd", "dialer") if is_told(user, event)} == users


def seen(user: str, events: list[dict[str, Any]]) -> Iterator[object]:
    """What the user makes of the events."""
    tracker = Tracker()
    for event in events:
        yield from (happening for happening in tracker.observe(event) if isinstance(happening, READ[user]))


def is_told(user: str, event: Mapping[str, Any]) -> bool:
    """As Asterisk 22.10.1 does it: told by one filter and hidden by none."""
    filters = AMI_RIGHTS[user].filters
    return any(_fits(one, event) for one in filters if not one.hide) and not any(
        _fits(one, event) for one in filters if one.hide
    )


def _fits(one: EventFilter, event: Mapping[str, Any]) -> bool:
    if one.name and one.name != event["Event"]:
        return False
    value = str(event.get(one.header, "")) if one.header else ""
    return not one.header or (value == one.exactly if one.exactly else one.contains in value)
