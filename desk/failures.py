"""What went wrong, as the API says it: an HTTP status and `{code, message, details}`. The only place that maps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from callcenter.errors import (
    AsteriskError,
    CallCenterError,
    ConfigError,
    Conflict,
    FlowError,
    IllegalTransition,
    MachineError,
    NotFound,
    StoreError,
)
from callcenter.faults import FaultsError
from callcenter.outgoing import FetchFailed
from ivr.testing.files import CasesError

# The first that fits, subclasses before what they are of.
STATUSES: Final[Sequence[tuple[type[CallCenterError], int]]] = (
    (NotFound, 404),
    (Conflict, 409),
    (IllegalTransition, 409),
    (ConfigError, 422),
    (FetchFailed, 502),
    (StoreError, 503),
    (AsteriskError, 503),
    (MachineError, 503),
)
INTERNAL: Final = 500


class Refused(CallCenterError):
    """The desk does not do what it was asked. `extra`: more fields of the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Sequence[Any] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.code, self.details = status, code, tuple(details)
        self.extra, self.headers = dict(extra or {}), dict(headers or {})
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The answer to a request that failed."""

    status: int
    code: str
    message: str
    details: tuple[Any, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        details = {"details": list(self.details)} if self.details else {}
        return {"code": self.code, "message": self.message, **details, **self.extra}


def failure_of(error: CallCenterError) -> Failure:
    """Return the answer to `error`."""
    if isinstance(error, Refused):
        return Failure(
            status=error.status,
            code=error.code,
            message=str(error),
            details=error.details,
            extra=error.extra,
            headers=error.headers,
        )
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), INTERNAL)
    return Failure(status=status, code=error.code, message=str(error), details=_details(error))


def _details(error: CallCenterError) -> tuple[Any, ...]:
    match error:
        case FlowError(issues=issues):
            return tuple(asdict(issue) for issue in issues)
        case CasesError(faults=faults):
            return tuple(asdict(fault) for fault in faults)
        case FaultsError(faults=faults):
            return tuple(asdict(fault) for fault in faults)
    return ()
