"""Signing in, users, tokens, the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from callcenter.accounts import Role
from desk.models.common import Answer, Asked, Line, Name, Request, SomeLine

Password = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
AgentId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}$")]


class SignIn(Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    password: Password


class Me(Answer):
    """Whoever asks. `must_change`: nothing else works until they set a password of their own. `agent`: their id."""

    name: str
    role: Role
    must_change: bool = False
    agent: str | None = None


class SessionBegun(Answer):
    """`csrf`: send it as X-CSRF-Token with everything that changes something. `ends_at`: if it is not used again.

    `csrf` is empty for a token, which needs none.
    """

    user: Me
    csrf: str
    ends_at: datetime | None = None


class NewPassword(Request):
    """`old`: the password until now."""

    old: Password
    new: Password


class UserShown(Answer):
    """Somebody who may sign in. `must_change`: they have a one-time password."""

    name: str
    role: Role
    agent: str | None = None
    must_change: bool
    created_at: datetime
    changed_at: datetime


class NewUser(Request):
    name: Name
    role: Role
    agent: AgentId | None = None


class UserChange(Request):
    """`agent` left out: none."""

    role: Role
    agent: AgentId | None = None


class OneTime(Answer):
    """A password to hand over, shown this once; whoever signs in with it must set their own."""

    user: UserShown
    password: str


class TokenShown(Answer):
    id: str
    role: Role
    note: str
    by: str
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class NewToken(Request):
    """`note`: what it is for."""

    role: Role
    note: SomeLine


class MadeToken(Answer):
    """`secret`: send it as `Authorization: Bearer …`; shown this once."""

    token: TokenShown
    secret: str


class AuditAsked(Asked):
    """`who`, `what`: only theirs, only such. `cursor`: the `next` of the answer before."""

    who: Line | None = None
    what: Line | None = None
    since: datetime | None = None
    cursor: Annotated[int, Field(ge=1, le=2**62)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class AuditShown(Answer):
    who: str
    what: str
    at: datetime
    detail: str
