"""The rules of passwords, sessions and origins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.accounts import WebSession
from callcenter.errors import ConfigError
from desk.access import check_password, csrf_of, is_csrf_of, is_ours, is_over, over_at

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SESSION = WebSession(id="x", user="ann", began_at=T0, seen_at=T0)


@pytest.mark.parametrize("password", ["correct horse", "x7!kQ2#mP9$z", "пароль-длинный"])
def test_a_password_that_will_do(password: str) -> None:
    check_password(password, "ann")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevenchars", "at least 12"),
        ("x" * 201, "at most 200"),
        ("abababababab", "again and again"),
        ("annabelle2026", "little more than the user's name"),
    ],
)
def test_a_password_that_will_not(password: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        check_password(password, "annabelle")


@pytest.mark.parametrize(("after_h", "over"), [(0, False), (7.99, False), (8, True), (24, True)])
def test_a_session_not_used_for_eight_hours_is_over(after_h: float, over: bool) -> None:
    assert is_over(SESSION, T0 + timedelta(hours=after_h)) is over


def test_a_session_in_use_is_over_after_a_day() -> None:
    used = WebSession(id="x", user="ann", began_at=T0, seen_at=T0 + timedelta(hours=23))
    assert over_at(used) == T0 + timedelta(hours=24)
    assert not is_over(used, over_at(used) - SECOND)
    assert is_over(used, over_at(used))


def test_csrf_belongs_to_its_session() -> None:
    assert is_csrf_of("secret", csrf_of("secret"))
    assert not is_csrf_of("other", csrf_of("secret"))
    assert not is_csrf_of("secret", "")
    assert not is_csrf_of("secret", "ü")
    assert "secret" not in csrf_of("secret")


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://desk:8080", True),
        ("https://desk:8080", True),
        ("https://public.example", True),
        ("HTTPS://PUBLIC.example", True),
        ("http://public.example", False),
        ("https://public.example.evil.example", False),
        ("http://desk", False),
        ("http://desk:8081", False),
        ("null", False),
        ("", False),
    ],
)
def test_origins(origin: str, ours: bool) -> None:
    assert is_ours(origin, "desk:8080", "https://public.example/desk") is ours


def test_without_host_nothing_is_ours() -> None:
    assert not is_ours("http://", "", "")
