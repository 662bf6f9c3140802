"""The actions we build: their headers, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.adapters.ami_actions import (
    AmiAction,
    Extra,
    Origination,
    QueueMember,
    getvar,
    hangup,
    originate,
    queue_add,
    queue_pause,
    queue_remove,
    redirect,
    setvar,
    setvars,
)
from callcenter.errors import ConfigError

steadily = settings(deadline=None, derandomize=True)  # the same examples each time, on a machine however busy

CHANNEL = "PJSIP/trunk-00000001"


def call(**changes: object) -> Origination:
    return Origination(**{"channel": "Local/17@dial-gate", "context": "answered", "exten": "s"} | changes)  # type: ignore[arg-type]


def test_an_originate_is_asynchronous_and_names_a_place_in_the_dialplan() -> None:
    made = originate(
        call(ring_s=20.5, caller_id="<201>", channel_id="17", other_channel_id="17b", variables={"ATT": "17"})
    )
    assert made == AmiAction(
        "Originate",
        {
            "Channel": "Local/17@dial-gate",
            "Context": "answered",
            "Exten": "s",
            "Priority": "1",
            "Timeout": "20500",
            "Async": "true",
            "CallerID": "<201>",
            "ChannelId": "17",
            "OtherChannelId": "17b",
            "Variable": ["ATT=17"],
        },
    )


def test_an_originate_leaves_out_what_is_not_said() -> None:
    assert set(originate(call()).headers) == {"Channel", "Context", "Exten", "Priority", "Timeout", "Async"}


@steadily
@given(value=st.text(max_size=20))
def test_no_value_becomes_a_second_variable(value: str) -> None:
    """Asterisk splits `Variable: A=x,B=y` at the comma, and there is no way to quote it."""
    if "," in value:
        with pytest.raises(ConfigError, match="comma"):
            originate(call(variables={"A": value}))
    else:
        assert originate(call(variables={"A": value})).headers["Variable"] == [f"A={value}"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: originate(call(channel="")),
        lambda: originate(call(channel="PJSIP/" + "4" * 250)),  # Asterisk would dial the first 255 bytes of it
        lambda: originate(call(exten="")),
        lambda: originate(call(context="")),
        lambda: originate(call(priority=0)),
        lambda: originate(call(variables={"A,B": "1"})),
        lambda: originate(call(variables={"A=1,B": "1"})),
        lambda: redirect("", "connect", "s"),
        lambda: redirect(CHANNEL, "", "s"),
        lambda: redirect(CHANNEL, "connect", "s", extra=Extra(channel="", context="connect", exten="s")),
        lambda: setvar("", "A", "1"),  # Asterisk would set a global variable
        lambda: setvar(CHANNEL, "A,B", "1"),
        lambda: setvar(CHANNEL, "", "1"),
        lambda: setvars("", {"A": "1"}),
        lambda: setvars(CHANNEL, {"A": "1,2"}),
        lambda: setvars(CHANNEL, {"A": "x", "B,C": "1"}),
        lambda: getvar(CHANNEL, "${SHELL(id)}"),
        lambda: getvar(CHANNEL, "SHELL(cat /etc/passwd)"),
        lambda: hangup("/PJSIP.*/"),  # Asterisk would hang up all that match
        lambda: hangup(CHANNEL, 128),
    ],
)
def test_refused(build: Callable[[], AmiAction]) -> None:
    with pytest.raises(ConfigError):
        build()


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        (
            setvars(CHANNEL, {"CC_AGENT": "7", "CC_AGENTCHAN": "PJSIP/7-00000002"}),
            {"Channel": CHANNEL, "Variable": "ARRAY(CC_AGENT,CC_AGENTCHAN)", "Value": "7,PJSIP/7-00000002"},
        ),
        (redirect(CHANNEL, "connect", "s"), {"Channel": CHANNEL, "Context": "connect", "Exten": "s", "Priority": "1"}),
        (
            redirect(CHANNEL, "connect", "s", 2, Extra(channel="PJSIP/7-1", context="agent-park", exten="s")),
            {
                "Channel": CHANNEL,
                "Context": "connect",
                "Exten": "s",
                "Priority": "2",
                "ExtraChannel": "PJSIP/7-1",
                "ExtraContext": "agent-park",
                "ExtraExten": "s",
                "ExtraPriority": "1",
            },
        ),
        (setvar(CHANNEL, "CC_AGENT", "7, or 8"), {"Channel": CHANNEL, "Variable": "CC_AGENT", "Value": "7, or 8"}),
        (setvar(None, "CC_OPEN", ""), {"Variable": "CC_OPEN", "Value": ""}),
        (getvar(CHANNEL, "TIMEOUT(absolute)"), {"Channel": CHANNEL, "Variable": "TIMEOUT(absolute)"}),
        (getvar(None, "GROUP_COUNT(7@agent)"), {"Variable": "GROUP_COUNT(7@agent)"}),
        (hangup(CHANNEL), {"Channel": CHANNEL, "Cause": "16"}),
        (
            queue_add(QueueMember(queue="sales", interface="Local/7@m/n", name="7", state_interface="PJSIP/7")),
            {
                "Queue": "sales",
                "Interface": "Local/7@m/n",
                "MemberName": "7",
                "StateInterface": "PJSIP/7",
                "Penalty": "0",
                "Paused": "false",
            },
        ),
        (queue_remove("sales", "Local/7@m/n"), {"Queue": "sales", "Interface": "Local/7@m/n"}),
        (
            queue_pause("Local/7@m/n", True, reason="lunch"),
            {"Interface": "Local/7@m/n", "Paused": "true", "Reason": "lunch"},
        ),
        (queue_pause("Local/7@m/n", False, "sales"), {"Interface": "Local/7@m/n", "Paused": "false", "Queue": "sales"}),
    ],
    ids=lambda value: value.name if isinstance(value, AmiAction) else "",
)
def test_headers(action: AmiAction, headers: dict[str, str]) -> None:
    assert action.headers == headers
