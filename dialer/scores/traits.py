"""What is known of a lead at the moment of the call, as words the model has weights for. Pure.

Everything comes from the lead's row and its number: the hour where they live, how often and how it was tried, how long
ago, what kind of number of which network and place, how old the row is, what the list itself says. A trait is
a short text; people read it when they ask why a lead is first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType, carrier

from callcenter.compliance.hours import zone_info
from callcenter.compliance.places import place_of, zones_of
from callcenter.outbound import Lead

LIST_SCORE: Final = "score"  # a column of the list: a chance (0.3), or per cent (30)
SCORE_STEP: Final = 0.75  # of its log odds, told apart
MOST_TRIES: Final = 4  # told apart
PLACE_DIGITS: Final = 5  # of +12025550143: +1202
PARTS: Final = ((9, "early"), (12, "morning"), (14, "noon"), (17, "afternoon"), (20, "evening"), (24, "late"))
KINDS: Final = {
    PhoneNumberType.FIXED_LINE: "fixed line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed line or mobile",
    PhoneNumberType.VOIP: "voice over IP",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.UAN: "company",
}


def traits_of(lead: Lead, now: datetime, interval: timedelta) -> tuple[str, ...]:
    """Return the traits of `lead` if it is called at `now`; `interval`: of its campaign, between two calls.

    When it was last tried is not in its row: `next_at` is taken for the end of the least wait after that.
    """
    return (*_of_the_hour(lead, now), *_of_history(lead, now, interval), *_of_the_number(lead.number), *_of_row(lead))


def _of_the_hour(lead: Lead, now: datetime) -> Iterator[str]:
    zones = zones_of(lead.number, lead.time_zone, now)
    local = now.astimezone(zone_info(zones[0])) if zones else now
    day = "weekend" if local.weekday() >= 5 else "working day"
    yield f"{local:%A}"
    yield f"{day}, {local.hour} h"
    yield f"{day}, {_part(local)}, {KINDS.get(place_of(lead.number).kind, 'other number')}"


def _of_history(lead: Lead, now: datetime, interval: timedelta) -> Iterator[str]:
    tries = min(lead.tries, MOST_TRIES)
    last = lead.last_outcome
    yield f"tried {tries}{' or more' if tries == MOST_TRIES else ''} times"
    if last is None:
        yield f"on the list for {_about(now - lead.created_at)}"
        return
    yield f"tried {tries} times, last {last}"
    tried_at = lead.next_at - interval
    yield f"last {last}, {_about(now - tried_at)} ago"
    zones = zones_of(lead.number, lead.time_zone, now)
    if zones and _part(tried_at.astimezone(zone_info(zones[0]))) == _part(now.astimezone(zone_info(zones[0]))):
        yield f"last {last}, at the same time of day"


@lru_cache(maxsize=16_384)
def _of_the_number(number: str) -> tuple[str, ...]:
    kind = KINDS.get(place_of(number).kind, "other number")
    found = [f"number: {kind}", f"numbers {number[:PLACE_DIGITS]}…"]
    if network := _network(number):
        found.append(f"network: {network}")
    return tuple(found)


def _network(number: str) -> str:
    """Return whom the number was given to, "" where number plans do not tell it (in the US they do not)."""
    try:
        return carrier.name_for_number(phonenumbers.parse(number, None), "en")
    except phonenumbers.NumberParseException:
        return ""


def _of_row(lead: Lead) -> Iterator[str]:
    if lead.language:
        yield f"language {lead.language}"
    if lead.priority:
        yield f"priority {lead.priority}"
    for column, value in lead.data.items():
        if column.casefold() == LIST_SCORE and (chance := _share(str(value))) is not None:
            step = round(math.log(chance / (1.0 - chance)) / SCORE_STEP)
            yield f"the list's score, about {100 / (1 + math.exp(-SCORE_STEP * step)):.0f} %"


def _share(written: str) -> float | None:
    """Return a chance as a list may write it: 0.3, 30, 30 %; None if it is none."""
    try:
        value = float(written.strip().removesuffix("%"))
    except ValueError:
        return None
    share = value / 100.0 if value > 1.0 or written.strip().endswith("%") else value
    return min(0.99, max(0.01, share)) if 0.0 <= share <= 1.0 else None


def _part(local: datetime) -> str:
    return next(name for until, name in PARTS if local.hour < until)


def _about(span: timedelta) -> str:
    """Return a span in steps of about double.

    >>> _about(timedelta(hours=5)), _about(timedelta(days=3))
    ('4 h', '2 days')
    """
    hours = max(0.0, span.total_seconds() / 3_600.0)
    if hours < 1.0:
        return "less than 1 h"
    if hours < 24.0:
        return f"{2 ** int(math.log2(hours))} h"
    days = 2 ** min(7, int(math.log2(hours / 24.0)))
    return f"{days} day{'s' * (days > 1)}"
