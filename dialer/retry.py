"""What an outcome means for its lead: called again, and from when, or done. One table, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callcenter.compliance.limits import least_wait
from callcenter.outbound import NO_TRY, NOT_DIALLED, AttemptOutcome, Campaign, CampaignKind, LeadState

AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Called again after `wait`. What was dialled waits no less than the campaign's interval and the law's waits."""

    wait: timedelta
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Never called again for this campaign."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AsToldBy:
    """Called again when whoever refused says so; done if time does not help."""

    reason: str


_O = AttemptOutcome
AFTER: Final[Mapping[AttemptOutcome, Again | Done | AsToldBy]] = {
    _O.WITHDRAWN: Again(wait=AT_ONCE, reason="nothing was sent; the lead is as it was"),
    _O.EXPIRED: Again(wait=timedelta(minutes=1), reason="not dialled; Asterisk may need a moment to answer again"),
    _O.REFUSED: AsToldBy(reason="the gate's verdict says from when, or that time does not help (do-not-call list)"),
    _O.CONNECTED: Done(reason="the agent talked to them; a later call is the agent's to arrange"),
    _O.DROPPED: Again(wait=AT_ONCE, reason="they were let down once: the law's wait after a drop (72 h, Ofcom)"),
    _O.MACHINE: Again(wait=AT_ONCE, reason="nobody home: the interval"),
    _O.NO_ANSWER: Again(wait=AT_ONCE, reason="nobody home: the interval"),
    _O.BUSY: Again(wait=timedelta(minutes=5), reason="somebody is there and on the phone; calls last minutes"),
    _O.INVALID: Done(reason="there is no such number"),
    # Never the last one: a trunk that is out of order for a day would use up the list.
    _O.FAILED: Again(wait=timedelta(minutes=5), reason="a fault on the way, says nothing of the person: no try"),
    _O.CANCELLED: Again(wait=AT_ONCE, reason="it rang, and we hung up: a missed call to them, so the interval"),
    _O.ABANDONED: Again(wait=AT_ONCE, reason="they left before an agent, of themselves: the interval"),
    _O.LOST: Again(wait=AT_ONCE, reason="it may have rung: counted as if it had"),
}
# Where a call that was asked for differs: it is ended while it rings only because it is not wanted any more.
AFTER_CALLBACK: Final[Mapping[AttemptOutcome, Done]] = {
    _O.CANCELLED: Done(reason="they reached an agent by themselves, or took it back"),
}


def after(
    campaign: Campaign, tries: int, outcome: AttemptOutcome, at: datetime, until: datetime | None = None
) -> tuple[LeadState, datetime | None]:
    """Return the lead's state after an attempt that ended `at` as `outcome`, and from when it may be called again.

    `tries`: of the lead, with this one; of no account if it is none (NO_TRY). `until`: of the verdict, if refused.
    `at` is no earlier than the gate's time, from which limits count, so a wait from `at` never ends too soon.
    """
    asked_for = campaign.kind is CampaignKind.CALLBACK and outcome in AFTER_CALLBACK
    row = AFTER_CALLBACK[outcome] if asked_for else AFTER[outcome]
    if isinstance(row, Done):
        return LeadState.DONE, None
    if isinstance(row, AsToldBy):
        return (LeadState.DONE, None) if until is None else (LeadState.READY, max(at, until))
    if outcome in NOT_DIALLED:
        return LeadState.READY, at + row.wait
    if tries >= campaign.max_tries and outcome not in NO_TRY:
        return LeadState.DONE, None
    return LeadState.READY, at + max(row.wait, least_wait(campaign, outcome, at))
