"""Every error raised on purpose has its HTTP status; what is nobody's on purpose is ours."""

from __future__ import annotations

import pytest

from callcenter.errors import (
    ActionRefused,
    CallCenterError,
    ConfigError,
    Conflict,
    FlowError,
    IllegalTransition,
    Issue,
    NotFound,
    StoreError,
    Unreachable,
)
from desk.failures import Refused, failure_of

ISSUE = Issue(code="dangling-exit", node="menu", field="exits.sales", text="leads nowhere")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("x"), 404, "not-found"),
        (Conflict("x"), 409, "conflict"),
        (IllegalTransition("agent", "ready", "dance"), 409, "illegal-transition"),
        (ConfigError("x"), 422, "config"),
        (FlowError("main", [ISSUE]), 422, "flow"),
        (StoreError("x"), 503, "store"),
        (Unreachable("x"), 503, "asterisk-unreachable"),
        (ActionRefused("x"), 503, "asterisk-refused"),
        (CallCenterError("x"), 500, "error"),
        (Refused(418, "teapot", "x"), 418, "teapot"),
    ],
)
def test_an_error_has_its_status_and_code(error: CallCenterError, status: int, code: str) -> None:
    failure = failure_of(error)
    assert (failure.status, failure.code, failure.message) == (status, code, str(error))


def test_what_is_wrong_with_a_flow_is_said_one_by_one() -> None:
    said = failure_of(FlowError("main", [ISSUE])).to_plain()
    assert said["details"] == [
        {
            "code": "dangling-exit",
            "node": "menu",
            "field": "exits.sales",
            "text": "leads nowhere",
            "severity": "error",
        }
    ]
