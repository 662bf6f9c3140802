"""What an installation has, as far as flows may name it, and how an issue is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from callcenter.errors import Issue
from ivr.flow import Flow

WARNING: Final = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What flows may name here; None: not known, do not check.

    `prompts`: keys by language. `flows`: the others, by name, as calls would get them. `targets`: names in the centre
    by sort (destination, mailbox, provider). `not_allowed`: why we may not go to a URL, "" if we may.
    """

    prompts: Mapping[str, frozenset[str]] | None = None
    queues: frozenset[str] | None = None
    flows: Mapping[str, Flow] | None = None
    targets: Mapping[str, frozenset[str]] | None = None
    not_allowed: Callable[[str], str] | None = None


Rule = Callable[[Flow, Known], Iterator[Issue]]


def issue(code: str, node: str = "", field: str = "", text: str = "", severity: str = "error") -> Issue:
    return Issue(code=code, node=node, field=field, text=text, severity=severity)


def near(name: str, have: Iterable[str]) -> str:
    """Return "; did you mean …?" if something in `have` is close to `name`, else ""."""
    close = get_close_matches(name, list(have), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def listed(have: Iterable[str]) -> str:
    """Return "; there are a, b" or "; there is none yet"."""
    names = sorted(have)
    return f"; there are {', '.join(names)}" if names else "; there is none yet"
