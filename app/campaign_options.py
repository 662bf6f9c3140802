"""A campaign from the options an operator writes: each value read strictly, the law's limits kept. Pure.

All faults are told at once, each with its option, what is wrong and how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.spans import span_in
from callcenter.compliance.law import RULES
from callcenter.compliance.limits import drop_rules, least_ring, seen_cap
from callcenter.compliance.places import NEVER, place_of
from callcenter.compliance.rules import UNASKED, Rule, binding
from callcenter.errors import ConfigError
from callcenter.faults import Fault, FaultsError, nearest
from callcenter.fields import check_name, check_region, check_title
from callcenter.outbound import CallingOrder, Campaign, CampaignKind
from callcenter.records import Agent
from dialer.cells import language_in, number_in
from dialer.pacing import make_pacer

REQUIRED: Final = ("kind", "queue", "trunk", "company", "callback")
IN_REGION: Final = frozenset({"callback", "caller_id"})  # numbers, read as dialled there
LONGEST_RING_S: Final = 60  # nobody lets it ring longer, and the dialplan's time limits are built on it
LEAST_INTERVAL: Final = timedelta(minutes=1)
LONGEST_INTERVAL: Final = timedelta(days=365)
MOST_TRIES: Final = 100
MOST_WEIGHT: Final = 100.0
MOST_MISSES: Final = 0.2
OPT_OUT_KEYS: Final = "0123456789*"
# What may be changed of a queue's calls back; the rest follows from whom they are made for.
OF_CALLBACKS: Final = frozenset({"title", "trunk", "caller_id", "region", "ring", "interval", "max_tries"})
SHARE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a campaign may name. `trunks`: name → the number it shows, or ""; `region` "" : nobody has said."""

    region: str
    queues: frozenset[str]
    trunks: Mapping[str, str]
    agents: tuple[Agent, ...]


def make(
    name: str, values: Mapping[str, Any], around: Known, now: datetime, before: Campaign | None = None
) -> Campaign:
    """Return campaign `name` as `values` (option → as written) say, the rest as `before` or as by default.

    Raise FaultsError with every fault: option, what is wrong, how to mend it.
    """
    region = _region(values, around, before)
    read: dict[str, Any] = {}
    faults: list[Fault] = []
    if before is not None and before.kind is CampaignKind.CALLBACK:
        mend = f"calls back have only {', '.join(sorted(OF_CALLBACKS))}"
        faults = [_fault(key, mend) for key in values if key not in OF_CALLBACKS]
    for key, written in values.items():
        if key in IN_REGION and not region:
            continue  # nothing to be said of them before the region is mended
        try:
            read[key] = READERS[key](written, region, around)
        except (ValueError, ConfigError) as error:
            faults.append(_fault(key, str(error)))
    if before is None:
        faults += [_fault(key, "is missing") for key in REQUIRED if key not in values]
        if not region and "region" not in values:
            faults.append(_fault("region", 'is missing: the country whose rules apply, e.g. "US"'))
    faults += _caller_id(read, around, before)
    if not faults:
        new = {"name": name, "title": name, "region": region, "created_at": now}
        campaign = Campaign(**{**new, **read}) if before is None else replace(before, **read)
        faults += unlawful(campaign, now)
        if not faults:
            return campaign
    raise FaultsError(f"campaign {name}", faults)


def unlawful(campaign: Campaign, now: datetime) -> Iterator[Fault]:
    """What of a campaign the law in force at `now` does not allow."""
    least = least_ring(campaign, now)
    if campaign.ring < least:
        rings = binding(RULES.rings, campaign.region, campaign.kind, now.date())
        by = _source(rule for rule in rings if rule.least == least)
        yield _fault("ring", f"{_seconds(campaign.ring)} is less than the {_seconds(least)} of {by}")
    drops = drop_rules(campaign, now)
    cap = min(rule.cap for rule in drops)
    if campaign.cap > cap:
        by = _source(rule for rule in drops if rule.cap == cap)
        yield _fault("cap", f"{percent(campaign.cap)} is more than the {percent(cap)} of {by}")
    wait = min(rule.max_wait for rule in drops)
    if campaign.max_wait > wait:
        by = _source(rule for rule in drops if rule.max_wait == wait)
        yield _fault("max_wait", f"{_seconds(campaign.max_wait)} is more than the {_seconds(wait)} of {by}")
    if campaign.unseen > 0 and seen_cap(campaign.cap, campaign.unseen) == 0.0:
        taken = f"{percent(campaign.unseen)} of the people taken for machines are {percent(campaign.cap)} drops already"
        yield _fault("amd_misses", f"{taken}: better AMD, or none")


def percent(share: float) -> str:
    """Return a fraction for people.

    >>> percent(0.03), percent(0.0123)
    ('3 %', '1.23 %')
    """
    return f"{round(100 * share, 2):g} %"


def _source(rules: Iterable[Rule]) -> str:
    """The first of the rules that ask for the same: laws stand before rules of ours."""
    rule = next(iter(rules))
    return f"rule {rule.id} ({rule.source})"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} s"


def _fault(key: str, text: str) -> Fault:
    return Fault(table="", key="--" + key.replace("_", "-"), text=text)


def _region(values: Mapping[str, Any], around: Known, before: Campaign | None) -> str:
    """The region in which numbers are read; one that is none is told by its reader."""
    region = str(values.get("region", before.region if before else around.region))
    try:
        return check_region(region)
    except ValueError:
        return ""


def _caller_id(read: dict[str, Any], around: Known, before: Campaign | None) -> list[Fault]:
    """The number shown, if it was not given: a new campaign or one with another trunk takes the trunk's."""
    if "trunk" not in read or "caller_id" in read:
        return []
    own = around.trunks.get(read["trunk"], "")
    if own:
        read["caller_id"] = own
    elif before is None:
        return [_fault("caller_id", f"is missing: trunk {read['trunk']} has none of its own")]
    return []


def _one_of(what: str, written: str, names: Collection[str]) -> str:
    if written not in names:
        hint = nearest(written, names) or f": add it with `callcenter {what} add`"
        raise ValueError(f'there is no {what} "{written}"{hint}')
    return written


def _kind(written: str) -> CampaignKind:
    if written not in UNASKED:
        raise ValueError(f'"{written}" is no kind: use sales or collections')
    return CampaignKind(written)


def _mode(written: str) -> str:
    make_pacer(written)
    return written


def _order(written: str) -> CallingOrder:
    if written not in set(CallingOrder):
        raise ValueError(f'"{written}" is no order: use {" or ".join(CallingOrder)}')
    return CallingOrder(written)


def _number(written: str, region: str) -> str:
    return number_in(written, region).number


def _callback(written: str, region: str) -> str:
    """The number may not be one "for which charges exceed local or long distance charges": 47 CFR 64.1200(a)(7)(i)."""
    number = _number(written, region)
    kind = NEVER.get(place_of(number).kind)
    if kind is not None:
        raise ValueError(f"{number} is a {kind} number: people must be able to call back at no extra charge")
    return number


def _key(written: str) -> str:
    if written == "#":
        raise ValueError('"#" ends the input on a telephone keypad: use 0 to 9 or *')
    if len(written) != 1 or written not in OPT_OUT_KEYS:
        raise ValueError(f'"{written}" is no key: use one of 0 to 9 or *')
    return written


def _skills(written: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_name(part.strip()) for part in written.split(",") if part.strip()))


def share_in(written: str) -> float:
    """Read a share: "3%" or "0.03".

    >>> share_in("3%"), share_in("0.025")
    (0.03, 0.025)
    """
    found = SHARE.fullmatch(written.strip())
    share = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= share <= 1:
        raise ValueError(f'"{written}" is no share: write 3% or 0.03')
    return share


def _misses(share: float) -> float:
    if share > MOST_MISSES:
        raise ValueError(f"{percent(share)} of the people taken for machines: no lawful campaign is left; use no AMD")
    return share


def _interval(written: str) -> timedelta:
    interval = span_in(written)
    if not LEAST_INTERVAL <= interval <= LONGEST_INTERVAL:
        raise ValueError(f"{written} is not between 1m and {LONGEST_INTERVAL.days}d")
    return interval


def _within(written: float, least: float, most: float, unit: str = "") -> float:
    if not least <= written <= most:
        raise ValueError(f"{written:g} is not between {least:g} and {most:g}{unit}")
    return written


_Reader = Callable[[Any, str, Known], Any]
READERS: Final[Mapping[str, _Reader]] = {
    "kind": lambda written, region, around: _kind(written),
    "queue": lambda written, region, around: _one_of("queue", written, around.queues),
    "trunk": lambda written, region, around: _one_of("trunk", written, around.trunks),
    "company": lambda written, region, around: check_title(written.strip()),
    "callback": lambda written, region, around: _callback(written, region),
    "caller_id": lambda written, region, around: _number(written, region),
    "title": lambda written, region, around: check_title(written.strip()),
    "mode": lambda written, region, around: _mode(written),
    "order": lambda written, region, around: _order(written),
    "cap": lambda written, region, around: share_in(written),
    "ring": lambda written, region, around: timedelta(seconds=_within(written, 1, LONGEST_RING_S, " s")),
    "max_wait": lambda written, region, around: timedelta(seconds=_within(written, 0.1, 60, " s")),
    "interval": lambda written, region, around: _interval(written),
    "max_tries": lambda written, region, around: int(_within(written, 1, MOST_TRIES)),
    "language": lambda written, region, around: language_in(written),
    "skills": lambda written, region, around: _skills(written),
    "region": lambda written, region, around: check_region(written),
    "opt_out_key": lambda written, region, around: _key(written),
    "weight": lambda written, region, around: _within(written, 0.01, MOST_WEIGHT),
    "amd": lambda written, region, around: bool(written),
    "amd_misses": lambda written, region, around: _misses(share_in(written)),
}
