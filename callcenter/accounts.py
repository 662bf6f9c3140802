"""Who may use the desk: people who sign in, their sessions in browsers, and tokens for programs.

What lets somebody in is kept as a hash alone: a password as argon2, a session's or token's secret as SHA-256. A copy of
the database lets nobody in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do at the desk."""

    ADMIN = "admin"  # everything
    SUPERVISOR = "supervisor"  # sees everything, closes and opens, blocks callers; changes and publishes nothing
    AGENT = "agent"  # their own things
    WALLBOARD = "wallboard"  # what is shown live


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who signs in. `must_change`: their password is not their own yet. `agent`: the id they answer as."""

    name: str
    role: Role
    password_hash: str = field(repr=False)
    must_change: bool = False
    agent: str | None = None
    created_at: datetime
    changed_at: datetime  # when the password was set


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    """A browser that is signed in. `id`: SHA-256 of what its cookie holds."""

    id: str = field(repr=False)
    user: str
    began_at: datetime
    seen_at: datetime
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What lets a program in. `id` names it; `secret_hash`: SHA-256 of the token. `note`: what it is for."""

    id: str
    secret_hash: str = field(repr=False)
    role: Role
    note: str
    by: str
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


def digest(secret: str) -> str:
    """Return the SHA-256 of a session's or token's secret, in hex: enough for 256 random bits, not for passwords.

    >>> digest("")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
