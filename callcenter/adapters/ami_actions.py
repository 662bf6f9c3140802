"""The AMI actions we use, as values: built and checked here, sent by `ami.Ami`.

Each builder refuses (ConfigError) what Asterisk would understand as something else than meant. Parameters:
https://docs.asterisk.org/Latest_API/API_Documentation/AMI_Actions/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from callcenter.adapters.ami_wire import Headers
from callcenter.adapters.variables import array
from callcenter.errors import ConfigError

# A variable, or a dialplan function with a plain argument: CC_AGENT, TIMEOUT(absolute), GROUP(agent).
VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9_@:./+-]*\))?")

# Asterisk copies the channel of an Originate into 256 bytes and dials what is left of it.
MAX_CHANNEL_BYTES: Final = 255

NORMAL_CLEARING: Final = 16  # Q.850


@dataclass(frozen=True, slots=True)
class AmiAction:
    """One action: its name and headers, without ActionID."""

    name: str
    headers: Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Origination:
    """A call for Asterisk to start; once answered it goes to an extension.

    - `channel`: what to dial, for instance PJSIP/201 or Local/17@dial-gate.
    - `channel_id`: Uniqueid the leg shall have, refused while another one has it; `other_channel_id`: of the second
      half of a Local channel.
    - `ring_s`: how long it may ring.
    - `variables`: set on the leg. Opaque ids only: Asterisk splits a value at each comma into more variables.
    """

    channel: str
    context: str
    exten: str
    priority: int = 1
    ring_s: float = 30.0
    caller_id: str = ""
    channel_id: str = ""
    other_channel_id: str = ""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMember:
    """An agent's place in an app_queue. `state_interface` is the device whose state says whether the agent is free."""

    queue: str
    interface: str
    name: str
    state_interface: str
    penalty: int = 0
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A second channel to redirect in the same instant, and where to."""

    channel: str
    context: str
    exten: str
    priority: int = 1


def originate(call: Origination) -> AmiAction:
    """Start a call. Never names an application: with a careless AMI user that is a shell.

    Always asynchronous: otherwise Asterisk leaves our link without events until the call is answered.
    """
    if len(_channel(call.channel).encode()) > MAX_CHANNEL_BYTES:
        raise ConfigError(f"Originate: the channel is longer than {MAX_CHANNEL_BYTES} bytes")
    optional = {"CallerID": call.caller_id, "ChannelId": call.channel_id, "OtherChannelId": call.other_channel_id}
    headers: dict[str, str | list[str]] = {
        "Channel": call.channel,
        **_place(call.context, call.exten, call.priority),
        "Timeout": str(round(call.ring_s * 1000)),
        "Async": "true",
        **{header: value for header, value in optional.items() if value},
    }
    if call.variables:
        headers["Variable"] = [_pair(name, value) for name, value in call.variables.items()]
    return AmiAction("Originate", headers)


def redirect(channel: str, context: str, exten: str, priority: int = 1, extra: Extra | None = None) -> AmiAction:
    """Send a channel, and perhaps the one it talks to, elsewhere in the dialplan."""
    headers = {"Channel": _channel(channel), **_place(context, exten, priority)}
    if extra is not None:
        place = _place(extra.context, extra.exten, extra.priority)
        headers |= {"ExtraChannel": _channel(extra.channel), **{f"Extra{name}": v for name, v in place.items()}}
    return AmiAction("Redirect", headers)


def setvar(channel: str | None, name: str, value: str) -> AmiAction:
    """Set a variable of a channel; a global one if `channel` is None."""
    return AmiAction("Setvar", _on(channel) | {"Variable": _variable(name), "Value": value})


def setvars(channel: str, values: Mapping[str, str]) -> AmiAction:
    """Set several variables of a channel in one step. No comma, quote, bracket or backslash in a value."""
    try:
        name, value = array(values)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return AmiAction("Setvar", _on(channel) | {"Variable": name, "Value": value})


def getvar(channel: str | None, name: str) -> AmiAction:
    """Ask for a variable of a channel; a global one if `channel` is None."""
    return AmiAction("Getvar", _on(channel) | {"Variable": _variable(name)})


def hangup(channel: str, cause: int = NORMAL_CLEARING) -> AmiAction:
    """Hang a channel up with a Q.850 cause."""
    if not 0 <= cause <= 127:
        raise ConfigError(f"Hangup: {cause} is no Q.850 cause")
    return AmiAction("Hangup", {"Channel": _channel(channel), "Cause": str(cause)})


def queue_add(member: QueueMember) -> AmiAction:
    """Put a member into a queue."""
    headers = {
        "Queue": member.queue,
        "Interface": member.interface,
        "MemberName": member.name,
        "StateInterface": member.state_interface,
        "Penalty": str(member.penalty),
        "Paused": _boolean(member.paused),
    }
    return AmiAction("QueueAdd", headers)


def queue_remove(queue: str, interface: str) -> AmiAction:
    """Take a member out of a queue."""
    return AmiAction("QueueRemove", {"Queue": queue, "Interface": interface})


def queue_pause(interface: str, paused: bool, queue: str | None = None, reason: str = "") -> AmiAction:
    """Pause a member, or end the pause, in one queue or in all of them."""
    headers = {"Interface": interface, "Paused": _boolean(paused)}
    if queue is not None:
        headers["Queue"] = queue
    if reason:
        headers["Reason"] = reason
    return AmiAction("QueuePause", headers)


def _on(channel: str | None) -> dict[str, str]:
    return {} if channel is None else {"Channel": _channel(channel)}


def _channel(channel: str) -> str:
    """An empty channel would make a Setvar global; one that begins with / is a pattern and hangs up many."""
    if not channel or channel.startswith("/"):
        raise ConfigError(f"{channel!r} is no channel")
    return channel


def _place(context: str, exten: str, priority: int) -> dict[str, str]:
    if not context or not exten or priority < 1:
        raise ConfigError(f"{context!r},{exten!r},{priority} is no place in the dialplan")
    return {"Context": context, "Exten": exten, "Priority": str(priority)}


def _variable(name: str) -> str:
    if not VARIABLE.fullmatch(name):
        raise ConfigError(f"{name!r} is no variable")
    return name


def _pair(name: str, value: str) -> str:
    if "," in value:
        raise ConfigError(f"variable {name}: a comma would begin another variable")
    return f"{_variable(name)}={value}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"
