"""What people and programs show the desk, made up at random: one-time passwords, tokens."""

from __future__ import annotations

import secrets

from desk.access import TOKEN_PREFIX


def one_time_password() -> str:
    """Return a password to type once: 80 random bits, without letters that look alike.

    In groups of four, as people read it out.
    """
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def new_token() -> tuple[str, str]:
    """Return the id and the secret of a new token."""
    return secrets.token_hex(4), f"{TOKEN_PREFIX}{secrets.token_urlsafe(32)}"
