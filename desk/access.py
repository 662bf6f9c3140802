"""Who may do what at the desk, how long sessions last, and what a password must be."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Final

from callcenter.accounts import Role, WebSession
from callcenter.errors import ConfigError

ADMIN: Final = frozenset({Role.ADMIN})
SUPERVISORS: Final = frozenset({Role.ADMIN, Role.SUPERVISOR})
PEOPLE: Final = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AGENT})
EVERYBODY: Final = frozenset(Role)

FIRST: Final = "admin"  # whom the desk makes where nobody may sign in yet
COOKIE: Final = "cc_session"
CSRF_HEADER: Final = "X-CSRF-Token"
# Sent with what a page asks for by itself, while nobody may be in front of it: a session does not last longer for it.
UNATTENDED_HEADER: Final = "X-Unattended"
TOKEN_PREFIX: Final = "cct_"

IDLE: Final = timedelta(hours=8)  # a shift: nobody is signed out during one
LONGEST: Final = timedelta(hours=24)
SEEN_EVERY: Final = timedelta(minutes=1)  # how exactly it is known when a session or token was last used

# Length is what makes a password hard to guess (NIST SP 800-63B-4, 3.1.1.2: 15 where it is the only factor).
MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 200

UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def check_password(password: str, name: str) -> None:
    """Raise ConfigError unless `password` will do for a user `name`."""
    if len(password) < MIN_LENGTH:
        raise ConfigError(f"a password has at least {MIN_LENGTH} characters; a few words in a row are easy to keep")
    if len(password) > MAX_LENGTH:
        raise ConfigError(f"a password has at most {MAX_LENGTH} characters")
    if len(set(password)) < 5:
        raise ConfigError("this password is the same few characters again and again; take another")
    if name and name.casefold() in password.casefold() and len(password) < len(name) + MIN_LENGTH:
        raise ConfigError("this password is little more than the user's name; take another")


def is_over(session: WebSession, now: datetime) -> bool:
    """Return whether a session has ended: it was not used for long, or began too long ago."""
    return now - session.seen_at >= IDLE or now - session.began_at >= LONGEST


def over_at(session: WebSession) -> datetime:
    """Return when a session ends if it is not used again."""
    return min(session.seen_at + IDLE, session.began_at + LONGEST)


def csrf_of(secret: str) -> str:
    """Return what requests of a session must send besides its cookie; who sees it cannot tell the cookie."""
    return hmac.digest(secret.encode("utf-8", "replace"), b"csrf", "sha256").hex()


def is_csrf_of(secret: str, sent: str) -> bool:
    return hmac.compare_digest(csrf_of(secret).encode(), sent.encode("utf-8", "replace"))


def is_ours(origin: str, host: str, url: str) -> bool:
    """Return whether a page from `origin` is the desk's: of the host that was asked, or of the desk's public URL.

    >>> is_ours("http://localhost:8080", "localhost:8080", ""), is_ours("https://evil.example", "localhost:8080", "")
    (True, False)
    >>> is_ours("https://desk.example", "127.0.0.1:8080", "https://desk.example/")
    True
    """
    origin = origin.casefold()
    if url and origin == "/".join(url.split("/")[:3]).casefold():
        return True
    return bool(host) and origin in {f"http://{host}".casefold(), f"https://{host}".casefold()}
