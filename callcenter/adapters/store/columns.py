"""Column types that give the same values on SQLite and PostgreSQL.

Nothing that comes from a phone network may cost a record: text is cleaned of what a database refuses (NUL, lone
surrogates) instead of failing, here in one place, for writes and look-ups alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from callcenter.errors import StoreError

_MILLISECOND = timedelta(milliseconds=1)


def clean(text: str) -> str:
    """Return `text` as both databases can keep it.

    >>> clean("a\\x00b\\ud800")
    'a\\ufffdb?'
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def instant(at: datetime) -> str:
    """Return an aware time as text of fixed width in UTC: how SQLite keeps it. Raises ValueError if it is not aware.

    >>> instant(datetime(2026, 3, 29, 1, tzinfo=UTC))
    '2026-03-29T01:00:00.000000Z'
    """
    at = utc(at)
    # A fifth of what strftime costs; every call comes by here some ten times.
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def utc(at: datetime) -> datetime:
    """Return an aware time in UTC; raise ValueError if it is not aware."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone; the store keeps aware times")
    return at.astimezone(UTC)


def canonical(value: Any) -> str:
    """Return `value` as canonical JSON: keys sorted, no blanks, so that equal values are equal texts.

    Raises ValueError for NaN and infinities, TypeError for what JSON cannot hold.

    >>> canonical({"b": (1, 2), "a": "é"})
    '{"a":"é","b":[1,2]}'
    """
    return clean(
        json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")


class Word(TypeDecorator[str]):
    """Text, cleaned; ordered by code point on both databases, whatever locale PostgreSQL was made with."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)


class Json(TypeDecorator[Any]):
    """Canonical JSON as text: the same bytes on both databases (PostgreSQL's jsonb would rewrite numbers)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Items(Json):
    """A tuple, kept as a JSON list."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else tuple(json.loads(value))


class Words(Items):
    """A tuple of texts."""

    cache_ok = True


class Instant(TypeDecorator[datetime]):
    """An aware UTC time with microseconds; on SQLite text of fixed width, so that order is time order."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text() if dialect.name == "sqlite" else DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return instant(value) if dialect.name == "sqlite" else utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(value)


class Span(TypeDecorator[timedelta]):
    """A duration in whole milliseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value / _MILLISECOND)

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        return None if value is None else value * _MILLISECOND


class Choice(TypeDecorator[StrEnum]):
    """A member of `choices`, kept as its text."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        try:
            return None if value is None else self.choices(value)
        except ValueError:
            raise StoreError(
                f"the store holds {self.choices.__name__.lower()} {value!r}, which this version does not know"
            ) from None
