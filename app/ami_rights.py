"""Who may do and hear what at Asterisk's manager interface.

Each user has the least classes it needs, and is told of nothing it does not read: an event costs us some 0.1 ms and
often a wake-up, and of the thirty-five of a call out the acd reads ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from callcenter import dialplan
from callcenter.tracker import HOLDING


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Events told to a user or, if `hide`, kept back although another filter tells them.

    Meant are all events, or those of one `name`; of these, if a `header` is given, those where it is `exactly` a text
    or `contains` it. Syntax: `eventfilter` in Asterisk's manager.conf.sample. Answers to actions are never filtered,
    lists neither.
    """

    name: str = ""
    header: str = ""
    exactly: str = ""
    contains: str = ""
    hide: bool = False

    @property
    def line(self) -> str:
        """The filter as a line of manager.conf."""
        parts = ["action(exclude)" if self.hide else "action(include)"]
        parts += [f"name({self.name})"] if self.name else []
        parts += [f"header({self.header}),method({'exact' if self.exactly else 'contains'})"] if self.header else []
        return f"eventfilter({','.join(parts)}) = {self.exactly or self.contains}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiRights:
    """Classes of events read and of actions allowed, and filters on the events."""

    read: str = ""
    write: str
    filters: tuple[EventFilter, ...] = ()

    @property
    def filter_lines(self) -> Iterator[str]:
        return (found.line for found in self.filters)


def _told(*names: str) -> tuple[EventFilter, ...]:
    return tuple(EventFilter(name=name) for name in names)


# What the tracker's picture of legs and bridges is made of. FullyBooted: when Asterisk starts while we are logged in.
_PICTURE: Final = (
    *_told("FullyBooted", "Newchannel", "Rename", "BridgeEnter", "BridgeLeave", "BridgeDestroy", "Hangup"),
    EventFilter(name="BridgeLeave", header="BridgeTechnology", exactly=HOLDING, hide=True),
)
_GATE: Final = f"@{dialplan.CONTEXT_GATE}"  # in the name of the Local channel that asks the gate and dials

# Tried on Asterisk 22.10.1; `manager show command X` tells which class each action needs.
# - acd: reads system only for FullyBooted; agent is QueueAdd and QueuePause, call is Redirect, Hangup and Setvar (which
#   also writes the closure into AstDB: DBPut would need system), reporting is CoreShowChannels, Status and Getvar.
# - dialer: the acd's, without agent: originate places calls, call ends those that ring, reporting is CoreShowChannels
#   and DBGetTree.
# - check: reporting alone, which changes nothing but a log rotation or a qualify.
# - reload: config, the lesser of the two classes that may Reload; its UpdateConfig fails because Asterisk cannot write
#   its own configuration. `system` would load modules, write AstDB and hang up calls as well.
# Nobody has `command`, `system` or `all` for writing: with system, Originate may run a shell.
AMI_RIGHTS: Final[Mapping[str, AmiRights]] = {
    dialplan.AMI_ACD: AmiRights(
        read="system,call,agent,user",
        write="call,agent,user,originate,reporting",
        filters=(
            *_PICTURE,
            *_told("UserEvent", "AgentConnect", "AgentComplete"),
            EventFilter(name="Newstate", header="ChannelStateDesc", exactly="Up"),
            EventFilter(header="Channel", contains=_GATE, hide=True),
        ),
    ),
    dialplan.AMI_DIALER: AmiRights(
        read="system,call,user",
        write="call,originate,reporting",
        filters=(
            *_PICTURE,
            *_told("DialBegin", "DialState", "DialEnd", "OriginateResponse"),
            *(
                EventFilter(name="UserEvent", header="UserEvent", exactly=event)
                for event in (dialplan.EVENT_PERSON, dialplan.EVENT_MACHINE, dialplan.EVENT_DROPPED)
            ),
            # Of calls back; all callers' are told, there is no filter by two headers.
            *(
                EventFilter(name="UserEvent", header="UserEvent", exactly=event)
                for event in (dialplan.EVENT_CALLED_BACK, dialplan.EVENT_WAITING, dialplan.EVENT_FALLBACK)
            ),
            EventFilter(name="BridgeEnter", header="BridgeTechnology", exactly=HOLDING, hide=True),
            EventFilter(name="Newchannel", header="Channel", contains=_GATE, hide=True),
            # Originate itself dials the Local channel; what counts is whom the gate's half dials.
            EventFilter(header="DestChannel", contains=_GATE, hide=True),
        ),
    ),
    dialplan.AMI_CHECK: AmiRights(write="reporting"),
    dialplan.AMI_RELOAD: AmiRights(write="config"),
}
