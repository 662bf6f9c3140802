"""Where a number is: its country, what kind of number, its time zones. Facts are libphonenumber's (phonenumbers).

A number does not prove where its owner is (mobile numbers move), so a call must be lawful in every zone it may lie in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

from callcenter.compliance.hours import zone_info
from callcenter.compliance.rules import TERRITORIES
from callcenter.numbers import is_emergency

UNKNOWN_ZONE: Final = "Etc/Unknown"
WEEK: Final = timedelta(days=7)

# Kinds of number nobody is called on: they cost more than a call, or no person answers them. Personal numbers (GB 070)
# forward to any price and are a known way of toll fraud.
NEVER: Final = {
    PhoneNumberType.PREMIUM_RATE: "premium-rate",
    PhoneNumberType.SHARED_COST: "shared-cost",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.VOICEMAIL: "voicemail",
}

# Calls to these cost what a call at home costs (47 USC 254(g), rate integration).
DOMESTIC: Final = {"US": TERRITORIES["US"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the digits of a number tell. `region` "" : in no numbering plan known here; "001": in no country."""

    region: str = ""
    kind: int = PhoneNumberType.UNKNOWN
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Why a number is not dialled at any time: the name of the rule, and words for the operator."""

    rule: str
    why: str


@lru_cache(maxsize=16_384)
def place_of(number: str) -> Place:
    """Return what is known of `number` (E.164). Metadata of unallocated ranges is not guessed.

    >>> place_of("+12025550143").region, place_of("+12025550143").zones
    ('US', ('America/New_York',))
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return Place()
    region = phonenumbers.region_code_for_number(parsed)
    if region is None or not phonenumbers.is_valid_number_for_region(parsed, region):
        return Place()
    zones = tuple(zone for zone in time_zones_for_number(parsed) if zone != UNKNOWN_ZONE)
    return Place(region=region, kind=phonenumbers.number_type(parsed), zones=zones)


def home(region: str) -> frozenset[str]:
    """Return the regions a campaign of `region` may call if nothing else is said.

    >>> sorted(home("US")), sorted(home("GB"))
    (['AS', 'GU', 'MP', 'PR', 'US', 'VI'], ['GB'])
    """
    return frozenset({region}) | DOMESTIC.get(region, frozenset())


def never(number: str, *, region: str, countries: frozenset[str] = frozenset()) -> Never | None:
    """Return why `number` may not be dialled at any time, None if it may.

    `region`: the campaign's; `countries`: whose numbers may be called, home(region) if empty.
    """
    if not number.startswith("+"):
        if is_emergency(number, region):
            return Never(rule="emergency", why="it is an emergency number")
        return Never(rule="short-number", why="it is no full number: write + and the country code")
    place = place_of(number)
    allowed = countries or home(region)
    if not place.region:
        return Never(rule="no-number", why="no country has such a number: check the digits")
    if place.kind in NEVER:
        return Never(
            rule=f"{NEVER[place.kind]}-number", why=f"it is a {NEVER[place.kind]} number: those are not called"
        )
    if place.region not in allowed:
        named = "of no country" if place.region == "001" else f"of {place.region}"
        return Never(rule="country", why=f"it is a number {named}; the campaign calls {', '.join(sorted(allowed))}")
    return None


def zones_of(number: str, time_zone: str, now: datetime) -> tuple[str, ...]:
    """Return the zones `number` may lie in; empty if nobody knows. `time_zone`: what the list says, or "".

    The list's zone narrows a number that lies in many. Where both are known and disagree, both count: comment
    6(b)(1)-2 to 12 CFR 1006.6, a time that is convenient at all places the collector's information points to.
    """
    zones = place_of(number).zones
    if not time_zone:
        return zones
    year = now.astimezone(UTC).year
    if any(_offsets(zone, year) == _offsets(time_zone, year) for zone in zones):
        return (time_zone,)
    return (*zones, time_zone)


@lru_cache(maxsize=2048)
def _offsets(zone: str, year: int) -> tuple[timedelta | None, ...]:
    """Offsets in every week of a year: "US/Eastern" and "America/New_York" are one clock under two names."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    return tuple((start + week * WEEK).astimezone(zone_info(zone)).utcoffset() for week in range(53))
