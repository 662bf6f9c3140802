"""Every error this project raises on purpose, as one tree.

    CallCenterError
    ├── ConfigError               the operator's input is wrong; the text says what, where and how to mend it
    │   ├── FaultsError           (callcenter.faults) a file is refused; carries its faults (table, key, text)
    │   └── FlowError             a flow is refused; carries its issues (node, field, text)
    ├── MachineError              the machine lacks something: a package, rights, room on disk, a free port
    ├── IllegalTransition         our own fault: a state machine was asked for a step its table does not have
    ├── AsteriskError
    │   ├── Unreachable           no answer in time or link lost: the fate of the request is unknown
    │   ├── LoginRefused          AMI refused our name or secret; trying again without a change is useless
    │   ├── ActionRefused         Asterisk answered "Error"
    │   │   └── NoSuchChannel     … because the channel is gone: a ChannelGone as well
    │   └── ChannelGone           the caller or agent hung up: ends a run quietly, counted, never logged as an error
    ├── StoreError                SQL failed or is unreachable
    ├── Refused                   (desk.failures) the desk does not do what it was asked; carries its HTTP status
    ├── FetchFailed               (callcenter.outgoing, with its own tree) another system gave no answer over HTTP
    ├── NotFound
    └── Conflict                  somebody else was first (a reservation, a lock version, a lease)

`code` is part of the HTTP API and of `callcenter`'s JSON output: do not rename one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CallCenterError(Exception):
    """Base of all errors raised on purpose; `str()` is one line fit for a user."""

    code = "error"


class ConfigError(CallCenterError):
    code = "config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing wrong with a flow.

    `severity` is "error" (blocks publishing) or "warning"; `node` and `field` say where (empty: the flow itself).
    """

    code: str
    node: str
    field: str
    text: str
    severity: str = "error"

    def __str__(self) -> str:
        where = ".".join(part for part in (self.node, self.field) if part)
        return f"{where}: {self.text} [{self.code}]" if where else f"{self.text} [{self.code}]"


class FlowError(ConfigError):
    code = "flow"

    def __init__(self, flow: str, issues: Sequence[Issue]) -> None:
        self.flow = flow
        self.issues = tuple(issues)
        super().__init__(f"flow {flow!r} is refused: " + "; ".join(str(issue) for issue in self.issues))


class MachineError(CallCenterError):
    code = "machine"


class IllegalTransition(CallCenterError):
    code = "illegal-transition"

    def __init__(self, machine: str, state: str, event: str) -> None:
        self.machine, self.state, self.event = machine, str(state), str(event)
        super().__init__(f"{machine}: event {self.event!r} is not possible in state {self.state!r}")


class AsteriskError(CallCenterError):
    code = "asterisk"


class Unreachable(AsteriskError):
    code = "asterisk-unreachable"


class LoginRefused(AsteriskError):
    code = "asterisk-login-refused"


class ActionRefused(AsteriskError):
    code = "asterisk-refused"


class ChannelGone(AsteriskError):
    code = "channel-gone"


class NoSuchChannel(ActionRefused, ChannelGone):
    code = "channel-gone"


class StoreError(CallCenterError):
    code = "store"


class NotFound(CallCenterError):
    code = "not-found"


class Conflict(CallCenterError):
    code = "conflict"
