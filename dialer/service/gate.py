"""The gate: Asterisk asks here before it dials, and dials only what is let through.

Letting through is one compare-and-set in SQL, so however often and late an attempt is asked about, at most one call
comes of it. Number, trunk and all else come from the ledger; the channel brings the attempt's id alone. The word to
dial is the last thing said: a gate that fails or freezes on the way has not said it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from callcenter import dialplan
from callcenter.adapters.agi import AgiSession
from callcenter.adapters.store import Store
from callcenter.care import Callback, CallbackState
from callcenter.compliance.verdict import may_dial
from callcenter.errors import StoreError
from callcenter.outbound import (
    Attempt,
    AttemptOutcome,
    AttemptState,
    Campaign,
    CampaignKind,
    Closing,
    DncEntry,
    Lead,
    LeadState,
    Refusal,
    Rule,
)
from dialer.retry import after
from dialer.service.hopper import question_of
from dialer.sweep import GATE_MAX_AGE

log = logging.getLogger("dialer.gate")

# Dial()'s timeout runs from the INVITE, so the network's delay before the ringing would shorten it below what the law
# asks. The dialer ends calls in time (dialer.ringing); Dial() ends them only where the dialer is dead, this much later.
SETUP: Final = timedelta(seconds=60)
_INHERITED: Final = "__"  # variables that the called person's leg inherits
WHO: Final = "caller"  # whoever opted out, in the audit log
AUDIT: Final = "dnc"
AGAIN: Final = timedelta(minutes=1)


class Gate:
    """`routes` belong into a FastAGI server on the dialer's port."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reached: Callable[[], None] = lambda: None  # called whenever Asterisk asks

    @property
    def routes(self) -> Mapping[str, Callable[[AgiSession], Awaitable[None]]]:
        return {dialplan.AGI_GATE: self.let_through, dialplan.AGI_OPT_OUT: self.opt_out}

    async def let_through(self, session: AgiSession) -> None:
        """Argument: the attempt's id. Says GO_DIAL if it may be dialled, nothing otherwise."""
        self.reached()
        attempt = session.args[0] if session.args else ""
        try:
            found = await self._judged(attempt)
        except StoreError as error:
            log.error("attempt %s: not dialled: %s", attempt, error)
            return
        if found is None:
            return
        campaign, lead = found
        await session.set_variables(variables(campaign, lead))
        await session.set_variable(dialplan.VAR_GO, dialplan.GO_DIAL)

    async def opt_out(self, session: AgiSession) -> None:
        """Argument: the attempt's id. Puts its number on the do-not-call list, for all campaigns."""
        attempt = session.args[0] if session.args else ""
        try:
            known = await self.opted_out(attempt)
        except StoreError as error:
            log.error("attempt %s: opted out, and not stored yet: %s", attempt, error)
            return  # the dialplan keeps its note, see Dialer
        if known:
            await session.set_variable(dialplan.VAR_NOTED, dialplan.YES)

    async def opted_out(self, attempt: str) -> bool:
        """Store that the person of an attempt opted out; return whether there is such an attempt."""
        found = await self._store.attempt(attempt)
        if found is None:
            log.error("attempt %s: opted out, but is in no ledger", attempt)
            return False
        now = await self._store.now()
        reason = f"key pressed in the message of campaign {found.campaign}"
        if await self._store.add_dnc([DncEntry(number=found.number, reason=reason, since=now)]):
            # Pages that show the list follow the audit log.
            await self._store.audit(WHO, AUDIT, f"add {found.number}: {reason}", now)
        return True

    async def _judged(self, attempt_id: str) -> tuple[Campaign, Lead] | None:
        """Return whom to dial, None if nobody. What is refused is closed before Asterisk hears of it."""
        now = await self._store.now()
        attempt, campaign, lead, callback = await self._store.look(lambda store: _whole(store, attempt_id))
        if attempt is None or attempt.state is not AttemptState.SENT:
            log.warning("attempt %s: not dialled: it is not waiting for the gate", attempt_id)
            return None
        if campaign is None or lead is None:
            log.error("attempt %s: not dialled: its campaign or lead is gone", attempt_id)
            return None
        if campaign.kind is CampaignKind.CALLBACK and not _is_wanted(callback, attempt):
            await self._refuse(attempt, "not wanted any more", LeadState.DONE, None)
            return None
        verdict = may_dial(question_of(campaign, lead), now)
        if not verdict.allowed:
            await self._refuse(attempt, verdict.rule, *_after_verdict(campaign, lead, now, verdict.until))
            return None
        passed = await self._store.pass_gate(attempt_id, now, GATE_MAX_AGE)
        if isinstance(passed, Refusal):
            await self._refused(attempt, passed, now)
            return None
        return campaign, lead

    async def _refused(self, attempt: Attempt, refusal: Refusal, now: datetime) -> None:
        """The store refused: a campaign that stopped gives the lead back, a number on the list never rings."""
        match refusal.rule:
            case Rule.DNC:
                await self._refuse(attempt, refusal.rule, LeadState.DONE, None)
            case Rule.CAMPAIGN_STATE:
                await self._refuse(attempt, refusal.rule, LeadState.READY, now)
            case Rule.TOO_OLD:
                await self._refuse(attempt, refusal.rule, LeadState.READY, now + AGAIN)
            case _:
                log.warning("attempt %s: not dialled: %s", attempt.id, refusal.rule)

    async def _refuse(self, attempt: Attempt, rule: str, state: LeadState, next_at: datetime | None) -> None:
        log.info("attempt %s: refused at the gate: %s", attempt.id, rule)
        closing = Closing(
            attempt=attempt.id,
            outcome=AttemptOutcome.REFUSED,
            at=await self._store.now(),
            only_from=frozenset({AttemptState.SENT}),
            lead_state=state,
            next_at=next_at,
        )
        await self._store.close_attempt(closing)


async def _whole(store: Store, attempt_id: str) -> tuple[Attempt | None, Campaign | None, Lead | None, Callback | None]:
    attempt = await store.attempt(attempt_id)
    if attempt is None:
        return None, None, None, None
    campaign, lead = await store.campaign(attempt.campaign), await store.lead(attempt.lead)
    requested = campaign is not None and lead is not None and campaign.kind is CampaignKind.CALLBACK
    callback = await store.callback(lead.external_id) if requested and lead is not None else None
    return attempt, campaign, lead, callback


def _is_wanted(callback: Callback | None, attempt: Attempt) -> bool:
    """Whether this attempt is the one for a call that somebody asked for and has not taken back."""
    return callback is not None and (callback.state, callback.attempt) == (CallbackState.DIALING, attempt.id)


def variables(campaign: Campaign, lead: Lead) -> dict[str, str]:
    """Return what the dialplan needs for a call, by variable. Of the lead nothing but its number.

    Of a call back also which one it is, and its person's language.
    """
    inherited = {
        dialplan.VAR_NUMBER: lead.number,
        dialplan.VAR_CALLER_ID: campaign.caller_id,
        dialplan.VAR_CALL_QUEUE: campaign.queue,
    }
    if campaign.kind is CampaignKind.CALLBACK:
        inherited |= {dialplan.VAR_CALLBACK: lead.external_id, dialplan.VAR_PERSON_LANGUAGE: lead.language}
    else:
        inherited |= {
            dialplan.VAR_SKILLS: " ".join(campaign.skills),
            dialplan.VAR_MAX_WAIT: f"{campaign.max_wait.total_seconds():g}",
            dialplan.VAR_MESSAGE: campaign.message,
            dialplan.VAR_OPT_OUT_KEY: campaign.opt_out_key,
            dialplan.VAR_AMD: dialplan.YES if campaign.amd else "",
        }
    own = {
        dialplan.VAR_TRUNK: dialplan.TRUNK_PREFIX + campaign.trunk,
        dialplan.VAR_RING: f"{(campaign.ring + SETUP).total_seconds():g}",
    }
    return {**{_INHERITED + name: value for name, value in inherited.items()}, **own}


def _after_verdict(
    campaign: Campaign, lead: Lead, now: datetime, until: datetime | None
) -> tuple[LeadState, datetime | None]:
    return after(campaign, lead.tries, AttemptOutcome.REFUSED, now, until)
