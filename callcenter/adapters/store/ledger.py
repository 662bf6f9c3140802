"""The ledger of attempts: every call we make is written here before anything makes it.

Each step is a compare-and-set in one transaction. The steps that somebody acts on carry an id of the call of ours
that asked (`step_id`): run again because a commit's answer was lost, a step finds its own trace; asked for a second
time, it is refused. Why this calls nobody twice:

- An attempt is reserved under the lock of its number, with no other attempt on it open and every limit kept.
- It passes the gate at most once, and only from SENT; the trunk sees an INVITE after that and not before.
- It is given back (counts no more) only when closed from RESERVED or SENT, from where it can pass no gate any more.
- A lead is DIALING exactly while it has an open attempt: both change in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Unpack
from uuid import uuid4

from sqlalchemy import (
    BindParameter,
    Column,
    CompoundSelect,
    Connection,
    Row,
    Text,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    type_coerce,
    union_all,
    update,
)

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.answers import count_answer, window
from callcenter.adapters.store.dnc import ALL
from callcenter.adapters.store.locks import lock_number_of
from callcenter.adapters.store.reservation import reserve
from callcenter.adapters.store.rows import every, one, select_of
from callcenter.adapters.store.schema import attempts, campaigns, dnc, leads
from callcenter.compliance.guard import WindowCount
from callcenter.errors import Conflict, NotFound
from callcenter.outbound import (
    NO_TRY,
    NOT_DIALLED,
    OPEN,
    Attempt,
    AttemptFacts,
    AttemptOutcome,
    AttemptState,
    CampaignFigures,
    CampaignKind,
    CampaignState,
    Closing,
    Draft,
    LeadState,
    Refusal,
    Rule,
)

# Whoever is closed in one of these passes no gate any more.
_BEFORE_GATE: Final = frozenset({AttemptState.RESERVED, AttemptState.SENT})
_GOING_ON: Final = frozenset({CampaignState.RUNNING, CampaignState.DRAINING})


def _typed(name: str, column: Column[Any]) -> BindParameter[Any]:
    """Return a parameter that is kept like `column`; within a function its type would not be known."""
    return bindparam(name, type_=column.type)


_THIS = attempts.c.id == bindparam("key")
_THESE = attempts.c.id.in_(bindparam("keys", expanding=True))
_STILL_OPEN = attempts.c.ended_at.is_(None)
_ATTEMPT = select_of(Attempt, attempts)
_ONE = _ATTEMPT.where(_THIS)
_OPEN = _ATTEMPT.where(_STILL_OPEN).order_by(attempts.c.reserved_at, attempts.c.id)
_OPEN_IN = _OPEN.where(attempts.c.cell == bindparam("of"))
_BETWEEN = (
    _ATTEMPT.where(
        attempts.c.campaign == bindparam("of"),
        attempts.c.reserved_at >= bindparam("since"),
        attempts.c.reserved_at < bindparam("until"),
    )
    .order_by(attempts.c.reserved_at.desc(), attempts.c.id.desc())
    .limit(bindparam("most"))
)
_STEP = select(attempts.c.step_id).where(_THIS)

_SEND = (
    update(attempts)
    .where(_THESE, attempts.c.state == AttemptState.RESERVED)
    .values(state=AttemptState.SENT, sent_at=bindparam("now"), step_id=bindparam("step"))
    .returning(attempts.c.id)
)
_SENT_BY = select(attempts.c.id).where(
    _THESE, attempts.c.state == AttemptState.SENT, attempts.c.step_id == bindparam("step")
)

# A call that was asked for only by what is younger than that wish, as when it was reserved.
_ASKED_AT = select(leads.c.created_at).where(leads.c.id == attempts.c.lead).scalar_subquery()
_FORBIDDEN = exists().where(
    dnc.c.number == attempts.c.number,
    dnc.c.campaign.in_([ALL, attempts.c.campaign]),
    (campaigns.c.kind != CampaignKind.CALLBACK) | (dnc.c.since > _ASKED_AT),
)
_AT_GATE = (
    select(
        attempts.c.state,
        attempts.c.sent_at,
        attempts.c.step_id,
        campaigns.c.state.label("campaign_state"),
        _FORBIDDEN.label("forbidden"),
    )
    .join(campaigns, campaigns.c.name == attempts.c.campaign)
    .where(_THIS)
    .with_for_update(read=True, of=campaigns)
)
_PASS = (
    update(attempts)
    .where(_THIS, attempts.c.state == AttemptState.SENT)
    .values(state=AttemptState.DIALING, gate_at=bindparam("now"), counts_at=bindparam("now"), step_id=bindparam("step"))
    .returning(*_ATTEMPT.selected_columns)
)

_FACTS: Final = tuple(AttemptFacts.__annotations__)
_ANSWERED_NOW = _typed("noted_answered_at", attempts.c.answered_at)
_NOTE = (
    update(attempts)
    .where(_THIS, _STILL_OPEN)
    .values(
        {
            **{name: func.coalesce(attempts.c[name], _typed(f"noted_{name}", attempts.c[name])) for name in _FACTS},
            "state": case(
                ((attempts.c.state == AttemptState.DIALING) & _ANSWERED_NOW.is_not(None), AttemptState.ANSWERED),
                else_=attempts.c.state,
            ),
        }
    )
)

_COUNTS_FROM = _typed("counts_from", attempts.c.counts_at)
_CLOSE = (
    update(attempts)
    # As many parameters as there are open states: a list of any length is put into the statement anew each time.
    .where(_THIS, attempts.c.state.in_([bindparam(f"from_{place}") for place in range(len(OPEN))]))
    .values(
        state=AttemptState.ENDED,
        ended_at=bindparam("at"),
        outcome=bindparam("how"),
        cause=func.coalesce(_typed("q850", attempts.c.cause), attempts.c.cause),
        counted=bindparam("counts"),
        # From its end on the number is left alone: however long the call was held up behind the gate, the next one is
        # no closer than the interval.
        counts_at=case((attempts.c.counts_at < _COUNTS_FROM, _COUNTS_FROM), else_=attempts.c.counts_at),
        step_id=bindparam("step"),
    )
    .returning(attempts.c.lead, attempts.c.campaign)
)
_FREE_LEAD = (
    update(leads)
    .where(leads.c.id == bindparam("key"))
    .values(
        state=bindparam("then"),
        next_at=func.coalesce(_typed("due", leads.c.next_at), leads.c.next_at),
        last_outcome=bindparam("how"),
        tries=leads.c.tries - bindparam("given_back"),
    )
)

_COUNT = func.count().label("count")
# One statement, so that all figures are of one moment.
_FIGURES: Final[CompoundSelect[Any]] = union_all(
    select(literal_column("'ended'").label("what"), type_coerce(attempts.c.outcome, Text).label("which"), _COUNT)
    .where(attempts.c.campaign == bindparam("of"), attempts.c.ended_at >= bindparam("since"))
    .group_by(attempts.c.outcome),
    select(literal_column("'open'"), type_coerce(attempts.c.state, Text), _COUNT)
    .where(attempts.c.campaign == bindparam("of"), _STILL_OPEN)
    .group_by(attempts.c.state),
    select(literal_column("'leads'"), type_coerce(leads.c.state, Text), _COUNT)
    .where(leads.c.campaign == bindparam("of"))
    .group_by(leads.c.state),
)


class Ledger(Section):
    """What we dialled, are dialling and may dial. `now` is the store's `now()`."""

    async def reserve(self, drafts: Sequence[Draft], now: datetime) -> list[Attempt | Refusal]:
        """Reserve the numbers of `drafts`, each or not; return the attempts and refusals in their order.

        In one transaction: an attempt is RESERVED and counts from `now` on, its lead is DIALING with one try more.
        A draft reserved already and not yet sent is returned as it is; raises Conflict if its id is used otherwise.
        """
        if len({draft.id for draft in drafts}) < len(drafts):
            raise Conflict("two drafts have the same id")
        if not drafts:
            return []
        return await self._access.write(lambda db: reserve(db, drafts, now))

    async def mark_sent(self, attempts: Iterable[str], now: datetime) -> set[str]:
        """RESERVED to SENT, before Asterisk is told; return those of which Asterisk may be told, by this caller."""
        values = {"keys": sorted(set(attempts)), "now": now, "step": uuid4().hex}

        def work(db: Connection) -> set[str]:
            sent = set(db.execute(_SEND, values).scalars())
            # Ours already: the first run was committed and its answer lost.
            return sent or set(db.execute(_SENT_BY, values).scalars())

        return await self._access.write(work)

    async def pass_gate(self, attempt: str, now: datetime, max_age: timedelta) -> Attempt | Refusal:
        """SENT to DIALING if it was sent less than `max_age` ago; only then may the trunk see an INVITE.

        Refused too if the number has come to the do-not-call list or the campaign is paused or ended. Returns an
        Attempt once for each attempt at most. A refusal leaves the attempt as it is.
        """
        step = uuid4().hex
        return await self._access.write(lambda db: _pass_gate(db, attempt, now, max_age, step))

    async def note_attempt(self, attempt: str, **facts: Unpack[AttemptFacts]) -> bool:
        """Fill in what has become known; what is known stays. Return False if it has ended; raise NotFound.

        `answered_at` makes it ANSWERED if it is DIALING.
        """
        if unknown := facts.keys() - set(_FACTS):
            raise TypeError(f"an attempt has no {', '.join(sorted(unknown))} to be noted")
        values = {"key": attempt, **{f"noted_{name}": facts.get(name) for name in _FACTS}}

        def work(db: Connection) -> bool:
            if db.execute(_NOTE, values).rowcount == 1:
                return True
            _step(db, attempt)
            return False

        return await self._access.write(work)

    async def close_attempt(self, closing: Closing) -> bool:
        """End an attempt and free its lead; only the first close counts, and only it returns True. Raise NotFound.

        An outcome that means *not dialled* ends only what is RESERVED or SENT, whatever `only_from` says: after the
        gate nobody can know that there was no INVITE. It gives the lead its try back, as a fault on the way does.
        """
        [closed] = await self.close_attempts([closing])
        return closed

    async def close_attempts(self, closings: Sequence[Closing]) -> list[bool]:
        """Do `close_attempt` for all of them in one transaction; return the answers in their order."""
        for closing in closings:
            if closing.lead_state is LeadState.DIALING:
                raise ValueError(f"attempt {closing.attempt!r}: no lead is DIALING after its attempt")
        steps = [(closing, uuid4().hex) for closing in closings]
        # All who close many take the rows in the same order, so that none wait for each other.
        order = sorted(range(len(steps)), key=lambda place: closings[place].attempt)

        def work(db: Connection) -> list[bool]:
            closed = {place: _close(db, *steps[place]) for place in order}
            return [closed[place] for place in range(len(steps))]

        return await self._access.write(work)

    async def attempt(self, attempt: str) -> Attempt | None:
        return await self._access.read(lambda db: one(db, Attempt, _ONE, {"key": attempt}))

    async def open_attempts(self, cell: str | None = None) -> list[Attempt]:
        """Return the attempts without an end, of one cell or of all, oldest first."""
        if cell is None:
            return await self._access.read(lambda db: every(db, Attempt, _OPEN))
        return await self._access.read(lambda db: every(db, Attempt, _OPEN_IN, {"of": cell}))

    async def attempts(self, campaign: str, since: datetime, until: datetime, limit: int) -> list[Attempt]:
        """Return at most `limit` attempts reserved from `since` to before `until`, newest first."""
        values = {"of": campaign, "since": since, "until": until, "most": limit}
        return await self._access.read(lambda db: every(db, Attempt, _BETWEEN, values))

    async def figures(self, campaign: str, since: datetime) -> CampaignFigures:
        """Count a campaign: attempts ended since `since`, open ones, leads. What there is none of is left out."""

        def work(db: Connection) -> CampaignFigures:
            counts: dict[str, dict[str, int]] = {"ended": {}, "open": {}, "leads": {}}
            for row in db.execute(_FIGURES, {"of": campaign, "since": since}):
                counts[row.what][row.which] = row[2]
            return CampaignFigures(
                campaign=campaign,
                outcomes={AttemptOutcome(which): count for which, count in counts["ended"].items()},
                open={AttemptState(which): count for which, count in counts["open"].items()},
                leads={LeadState(which): count for which, count in counts["leads"].items()},
            )

        return await self._access.read(work)

    async def window(self, campaign: str, since: datetime) -> WindowCount:
        """Return the people who answered a campaign since the hour of `since`, the drops among them, and its calls
        whose fate is not known."""
        return await self._access.read(lambda db: window(db, campaign, since))


def _pass_gate(db: Connection, attempt: str, now: datetime, max_age: timedelta, step: str) -> Attempt | Refusal:
    values = {"key": attempt, "now": now, "step": step}
    lock_number_of(db, attempt)
    found = db.execute(_AT_GATE, values).one_or_none()
    if found is not None and found.step_id == step and found.state is AttemptState.DIALING:
        # Ours already: the first run was committed and its answer lost.
        return Attempt(**db.execute(_ONE, values).one()._mapping)
    if rule := _refused_at_gate(found, now - max_age):
        return Refusal(draft=attempt, rule=rule)
    # None: it was closed while we looked.
    passed = db.execute(_PASS, values).one_or_none()
    return Attempt(**passed._mapping) if passed else Refusal(draft=attempt, rule=Rule.NOT_SENT)


def _refused_at_gate(found: Row[Any] | None, oldest: datetime) -> Rule | None:
    if found is None or found.state is not AttemptState.SENT:
        return Rule.NOT_SENT
    if found.sent_at <= oldest:
        return Rule.TOO_OLD
    if found.campaign_state not in _GOING_ON:
        return Rule.CAMPAIGN_STATE
    return Rule.DNC if found.forbidden else None


def _close(db: Connection, closing: Closing, step: str) -> bool:
    not_dialled = closing.outcome in NOT_DIALLED
    only_from = closing.only_from & (_BEFORE_GATE if not_dialled else OPEN)
    values = {
        "key": closing.attempt,
        **{f"from_{place}": None for place in range(len(OPEN))},
        **{f"from_{place}": state for place, state in enumerate(only_from)},
        "at": closing.at,
        "how": closing.outcome,
        "q850": closing.cause,
        "counts": not not_dialled,
        "counts_from": None if not_dialled else closing.at,
        "step": step,
    }
    closed = db.execute(_CLOSE, values).one_or_none()
    if closed is None:
        # Ours already: the first run was committed and its answer lost.
        return bool(_step(db, closing.attempt) == step)
    given_back = int(closing.outcome in NO_TRY)
    freed = {"then": closing.lead_state, "due": closing.next_at, "how": closing.outcome, "given_back": given_back}
    db.execute(_FREE_LEAD, {"key": closed.lead, **freed})
    count_answer(db, closed.campaign, closing.outcome, closing.at)
    return True


def _step(db: Connection, attempt: str) -> str | None:
    """Return whose step was the last of an attempt; raise NotFound."""
    found = db.execute(_STEP, {"key": attempt}).one_or_none()
    if found is None:
        raise NotFound(f"no attempt {attempt!r}")
    step: str | None = found.step_id
    return step
