"""What a rule is: a dated value with unit and source, the regions and kinds of campaign it binds.

Rules are data (`callcenter.compliance.law`); this module gives them their form and says which are in force. Local time
appears here and in `hours`, nowhere else. "Abandoned" in the regulations is our *drop*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final, TypeVar

from callcenter.outbound import AttemptOutcome, CampaignKind

EVERYWHERE: Final = frozenset({"*"})
EVERY_KIND: Final = frozenset(CampaignKind)
SALES: Final = frozenset({CampaignKind.SALES})
COLLECTIONS: Final = frozenset({CampaignKind.COLLECTIONS})
UNASKED: Final = SALES | COLLECTIONS
CALLBACKS: Final = frozenset({CampaignKind.CALLBACK})

# Countries whose law also holds where libphonenumber sees a region of its own.
TERRITORIES: Final = {
    "US": frozenset({"AS", "GU", "MP", "PR", "VI"}),  # 47 USC 153: "State" includes the Territories and possessions
    "FR": frozenset({"GF", "GP", "MQ", "RE", "YT", "BL", "MF", "PM"}),  # Code de la consommation applies there too
}
_LAW_OF: Final = {territory: country for country, parts in TERRITORIES.items() for territory in parts}

_SPAN: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` to before `end`, minutes after local midnight (`end` 1440: the end of the day).

    >>> str(Span.parse("08:00-21:00"))
    '08:00-21:00'
    """

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read "HH:MM-HH:MM"; raise ValueError."""
        found = _SPAN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no span of hours")
        hour, minute, end_hour, end_minute = (int(part) for part in found.groups())
        span = cls(hour * 60 + minute, end_hour * 60 + end_minute)
        if not span.start < span.end <= 1440:
            raise ValueError(f"{text!r} is empty or ends after 24:00")
        return span

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


Week = tuple[tuple[Span, ...], ...]  # Monday to Sunday


def week(*, mon_fri: str, sat: str = "", sun: str = "") -> Week:
    """Return a week from spans written with spaces between them; an empty day has no hours.

    >>> [len(day) for day in week(mon_fri="10:00-13:00 14:00-20:00", sat="10:00-12:00")]
    [2, 2, 2, 2, 2, 1, 0]
    """
    days = (*[mon_fri] * 5, sat, sun)
    return tuple(tuple(Span.parse(text) for text in day.split()) for day in days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Common to all rules.

    `id` is what a verdict names; `source` the most official text; `text` what it says, in one line. It is in force
    from `valid_from` until the day before `valid_until` (None: no end known).
    """

    unit: ClassVar[str] = ""

    id: str
    regions: frozenset[str]
    kinds: frozenset[CampaignKind]
    valid_from: date
    valid_until: date | None = None
    source: str
    text: str

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)

    def binds(self, region: str, kind: CampaignKind) -> bool:
        """True if the rule is about calls of `kind` to people in `region` (ISO 3166)."""
        return kind in self.kinds and (self.regions == EVERYWHERE or law_of(region) in self.regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRule(Rule):
    """When people may be called. `holidays`: a calendar of `callcenter.compliance.holidays` without any call.

    `lifted_by_consent`: it does not bind where the called person has agreed beforehand to be called at any time.
    """

    unit: ClassVar[str] = "local wall-clock time of the called person"

    weekly: Week
    holidays: str = ""
    lifted_by_consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule(Rule):
    """At most `calls` attempts that reached the trunk to one number within `window`."""

    unit: ClassVar[str] = "calls to one number"

    calls: int
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRule(Rule):
    """At most `cap` of the calls answered by a person may be dropped, measured over `window` and per campaign.

    A drop is a call answered by a person that has no agent within `max_wait` of the end of the person's greeting.
    """

    unit: ClassVar[str] = "drops per call answered by a person (a fraction)"

    cap: float
    window: timedelta
    max_wait: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class RingRule(Rule):
    """An unanswered call rings at least `least` before we give up."""

    unit: ClassVar[str] = "seconds of ringing"

    least: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRule(Rule):
    """After an attempt that ended as `after` the number is left alone for `least`."""

    unit: ClassVar[str] = "time between two calls to one number"

    after: AttemptOutcome
    least: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRule(Rule):
    """What a person's own wish to be called allows.

    Up to `punctual` after the time they asked for (at once, or one they chose) no calling hours bind, and a
    do-not-call list binds only if it is younger than the wish. After that the hours bind, those for every kind of call.
    `lasts` after they asked it is no wish any more.
    """

    unit: ClassVar[str] = "time since a person asked to be called"

    punctual: timedelta
    lasts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """All rules. Where no hours of law bind a call, `default_hours` do."""

    hours: tuple[HoursRule, ...]
    default_hours: HoursRule
    limits: tuple[LimitRule, ...]
    drops: tuple[DropRule, ...]
    rings: tuple[RingRule, ...]
    waits: tuple[WaitRule, ...]
    requests: tuple[RequestRule, ...]


AnyRule = TypeVar("AnyRule", bound=Rule)


def law_of(region: str) -> str:
    """Return the country whose law holds in `region`.

    >>> law_of("PR"), law_of("GB")
    ('US', 'GB')
    """
    return _LAW_OF.get(region, region)


def binding(rules: Iterable[AnyRule], region: str, kind: CampaignKind, on: date) -> tuple[AnyRule, ...]:
    """Return the rules in force `on` a day for calls of `kind` to people in `region`."""
    return tuple(rule for rule in rules if rule.in_force(on) and rule.binds(region, kind))
