"""Campaigns as values: what is written of one, what became of it, and what it does now.

A campaign's tag is a hash of its settings, without its state: two people who change them see each other, and starting
or pausing it gets in nobody's way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from callcenter.errors import CallCenterError, ConfigError, Conflict, NotFound
from callcenter.faults import FaultsError
from callcenter.outbound import Campaign, CampaignFigures, CampaignState
from callcenter.records import ServiceState
from desk.failures import Refused

TAG: Final = r"[0-9a-f]{16}"
TAG_LENGTH: Final = 16
SILENT_AFTER: Final = timedelta(seconds=10)  # the dialer says every two seconds that it is there
# Options of the command line whose field at the desk says the unit.
FIELDS: Final[Mapping[str, str]] = {
    "amd_misses": "amd_misses_percent",
    "cap": "cap_percent",
    "interval": "interval_min",
    "max_wait": "max_wait_s",
    "ring": "ring_s",
}
# What tells of a command: `, or `callcenter …` does this`, `: add it with `callcenter …``.
COMMAND: Final = re.compile(
    r"[;:,]?(?: or)?\s*(?:(?:change|make|add) it with )?`callcenter [^`]*`(?: [a-z]+)*| with --message FILE\.wav"
)
OPTION: Final = re.compile(r"--([a-z]+(?:-[a-z]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What `who` wrote: option → value, options not given left out.

    `recording`: their own message, a WAV file. `seen`: the tag of the campaign they changed, None if it does not
    matter.
    """

    who: str
    values: Mapping[str, Any]
    recording: bytes | None = None
    seen: str | None = None

    def __str__(self) -> str:
        told = [f"{key}={value}" for key, value in self.values.items()]
        return ", ".join([*told, *(["an own message"] if self.recording is not None else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A campaign that was kept. `spoken`: the words of a message made now; `notes`: allowed and hardly meant."""

    campaign: Campaign
    spoken: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drops:
    """Drops of the calls answered by a person within a rule's window, and the largest lawful share of them."""

    rule: str
    window: timedelta
    cap: float
    answered: int
    dropped: int

    @property
    def rate(self) -> float | None:
        return self.dropped / self.answered if self.answered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What one campaign does now. `today` since midnight in the centre's time zone; `total` since its beginning.

    `pacing`: what the dialer decided for it last, or why it places no calls; None if it never said anything.
    `notes`: why a campaign that should be dialled is not, or not as meant.
    """

    campaign: Campaign
    today: CampaignFigures
    total: CampaignFigures
    next_due: datetime | None
    drops: tuple[Drops, ...]
    pacing: ServiceState | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """All that was asked for, at one time. `dialer` None: none has ever run."""

    now: datetime
    dialer: ServiceState | None
    campaigns: tuple[Doing, ...]


def campaign_tag(campaign: Campaign) -> str:
    """Return the tag of a campaign's settings."""
    settled = repr(replace(campaign, state=CampaignState.PAUSED))
    return hashlib.sha256(settled.encode()).hexdigest()[:TAG_LENGTH]


def message_tag(heard: bytes) -> str:
    """Return the tag of a campaign's message, "" of none: of the sound, whatever file it lies in."""
    return hashlib.sha256(heard).hexdigest()[:TAG_LENGTH]


def check_seen(campaign: Campaign, seen: str | None) -> None:
    """Raise Refused (412) if somebody changes a campaign that they have not seen as it is."""
    if seen is not None and seen != campaign_tag(campaign):
        raise Refused(412, "conflict", f"campaign {campaign.name} was changed meanwhile: look at it again")


def at_the_desk(error: CallCenterError) -> CallCenterError:
    """Return an error as the desk says it: without commands, which nobody types there, and with its own fields."""
    if isinstance(error, FaultsError):
        faults = [replace(one, key=field_of(one.key), text=without_commands(one.text)) for one in error.faults]
        return FaultsError(error.source, faults)
    for kind in (NotFound, Conflict, ConfigError):
        if type(error) is kind:
            return kind(without_commands(str(error)))
    return error


def field_of(option: str) -> str:
    """Return the field at the desk of an option.

    >>> field_of("--max-wait"), field_of("--company")
    ('max_wait_s', 'company')
    """
    name = option.removeprefix("--").replace("-", "_")
    return FIELDS.get(name, name)


def without_commands(text: str) -> str:
    """Return what is told of a campaign without the commands that would mend it.

    >>> without_commands("it has no leads: `callcenter leads import FILE --campaign spring`")
    'it has no leads'
    >>> without_commands("all 3 are done: import more, or `callcenter leads reset` calls them once more")
    'all 3 are done: import more'
    """
    return OPTION.sub(lambda found: field_of(found[1]), COMMAND.sub("", text))
