"""What a bench has measured, beside its target, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DIGITS = 3  # after the point


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`target` and `ok` are None of a figure that is there for comparison only."""

    name: str
    value: float
    unit: str
    target: float | None = None
    ok: bool | None = None


def least(name: str, value: float, unit: str, target: float) -> Figure:
    """Return a figure that is to be `target` or more."""
    return Figure(name=name, value=round(value, DIGITS), unit=unit, target=target, ok=value >= target)


def most(name: str, value: float, unit: str, target: float) -> Figure:
    """Return a figure that is to be `target` or less."""
    return Figure(name=name, value=round(value, DIGITS), unit=unit, target=target, ok=value <= target)


def plain(name: str, value: float, unit: str) -> Figure:
    """Return a figure for comparison only."""
    return Figure(name=name, value=round(value, DIGITS), unit=unit)


def told(figures: Iterable[Figure]) -> int:
    """Print them; return the exit code: 1 if a target is missed."""
    missed = False
    for figure in figures:
        missed |= figure.ok is False
        target = "" if figure.target is None else f"  target {figure.target:,}: {'ok' if figure.ok else 'MISSED'}"
        print(f"{figure.name:<64} {figure.value:>12,} {figure.unit}{target}")
    return int(missed)
