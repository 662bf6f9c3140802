"""The gate lets through what is SENT, lawful and wanted now, once; of everything else Asterisk hears nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from callcenter import dialplan
from callcenter.errors import StoreError
from callcenter.outbound import (
    Attempt,
    AttemptOutcome,
    AttemptState,
    CampaignState,
    DncEntry,
    Draft,
    Lead,
    LeadState,
)
from dialer.service.gate import Gate
from tests.dialer.service.conftest import CAMPAIGN, NEW_YORK, NOON, ClockedStore, lead_of

ATTEMPT = "ab12cd34"


@dataclass
class Session:
    """The gate's channel: what it was asked, and the variables it was given, in order."""

    args: tuple[str, ...] = (ATTEMPT,)
    variables: dict[str, str] = field(default_factory=dict)

    async def set_variable(self, name: str, value: object) -> None:
        self.variables[name] = str(value)

    async def set_variables(self, values: Mapping[str, object]) -> None:
        self.variables |= {name: str(value) for name, value in values.items()}

    @property
    def lets_through(self) -> bool:
        return self.variables.get(dialplan.VAR_GO) == dialplan.GO_DIAL


async def sent(store: ClockedStore, lead: Lead | None = None) -> Lead:
    """An attempt that waits for the gate."""
    lead = lead or await lead_of(store)
    draft = Draft(id=ATTEMPT, lead=lead.id, campaign=CAMPAIGN.name, number=lead.number, cell="main")
    assert [type(answer) for answer in await store.reserve([draft], store.at)] == [Attempt]
    assert await store.mark_sent([ATTEMPT], store.at) == {ATTEMPT}
    return lead


async def ask(store: ClockedStore, gate: Gate | None = None) -> Session:
    session = Session()
    await (gate or Gate(store)).let_through(session)  # type: ignore[arg-type]
    return session


async def attempt_of(store: ClockedStore) -> Attempt:
    attempt = await store.attempt(ATTEMPT)
    assert attempt is not None
    return attempt


async def test_what_is_sent_is_let_through_once_with_the_number_of_the_ledger(store: ClockedStore) -> None:
    await sent(store)
    session = await ask(store)
    assert session.lets_through
    assert list(session.variables)[-1] == dialplan.VAR_GO
    assert session.variables["__" + dialplan.VAR_NUMBER] == NEW_YORK
    assert session.variables[dialplan.VAR_TRUNK] == "trunk-main"
    assert session.variables["__" + dialplan.VAR_MAX_WAIT] == "2"
    assert (await attempt_of(store)).state is AttemptState.DIALING
    assert (await ask(store)).variables == {}


async def test_a_ring_time_leaves_room_for_the_networks_delay(store: ClockedStore) -> None:
    await sent(store)
    assert float((await ask(store)).variables[dialplan.VAR_RING]) >= CAMPAIGN.ring.total_seconds() + 10


@pytest.mark.parametrize("args", [(), ("unknown",), ("",)])
async def test_an_attempt_nobody_knows_is_not_dialled(store: ClockedStore, args: tuple[str, ...]) -> None:
    session = Session(args=args)
    await Gate(store).let_through(session)  # type: ignore[arg-type]
    assert session.variables == {}


async def test_calling_hours_are_asked_again_at_the_gate(store: ClockedStore) -> None:
    lead = await sent(store)
    store.at = NOON + timedelta(hours=10)  # 22:00 in New York
    assert (await ask(store)).variables == {}
    attempt, after = await attempt_of(store), await store.lead(lead.id)
    assert after is not None
    assert (attempt.outcome, attempt.counted) == (AttemptOutcome.REFUSED, False)
    assert (after.state, after.next_at) == (LeadState.READY, NOON + timedelta(hours=20))
    assert after.tries == 0


async def test_a_number_that_went_onto_the_list_meanwhile_is_never_called(store: ClockedStore) -> None:
    lead = await sent(store)
    await store.add_dnc([DncEntry(number=NEW_YORK, reason="asked", since=NOON)])
    assert (await ask(store)).variables == {}
    after = await store.lead(lead.id)
    assert after is not None
    assert after.state is LeadState.DONE


@pytest.mark.parametrize(
    ("state", "through"),
    [(CampaignState.PAUSED, False), (CampaignState.ENDED, False), (CampaignState.DRAINING, True)],
)
async def test_a_campaign_that_stopped_gives_the_lead_back(
    store: ClockedStore, state: CampaignState, *, through: bool
) -> None:
    lead = await sent(store)
    await store.set_campaign_state(CAMPAIGN.name, state)
    assert (await ask(store)).lets_through is through
    after = await store.lead(lead.id)
    assert after is not None
    assert after.state is (LeadState.DIALING if through else LeadState.READY)


async def test_an_originate_that_comes_late_is_not_dialled(store: ClockedStore) -> None:
    await sent(store)
    store.at = NOON + timedelta(seconds=11)
    assert (await ask(store)).variables == {}
    assert (await attempt_of(store)).outcome is AttemptOutcome.REFUSED


async def test_without_sql_nothing_is_dialled(store: ClockedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await sent(store)

    async def away(*_: object) -> Attempt:
        raise StoreError("database is away")

    monkeypatch.setattr(ClockedStore, "pass_gate", away)
    assert (await ask(store)).variables == {}


async def test_asterisk_reaching_the_gate_is_noticed_whatever_the_answer(store: ClockedStore) -> None:
    gate, asked = Gate(store), []
    gate.reached = lambda: asked.append(True)
    await ask(store, gate)
    assert asked == [True]


async def test_whoever_opts_out_is_on_the_list_and_the_dialplan_is_told(store: ClockedStore) -> None:
    await sent(store)
    session = Session()
    await Gate(store).opt_out(session)  # type: ignore[arg-type]
    assert session.variables == {dialplan.VAR_NOTED: dialplan.YES}
    (entry,) = await store.dnc(NEW_YORK)
    assert (entry.campaign, entry.since) == (None, NOON)
    await Gate(store).opt_out(Session())  # type: ignore[arg-type]  (told twice, as after a crash)
    (noted,) = await store.audits()  # by which the desk's pages know of it
    assert (noted.who, noted.what) == ("caller", "dnc")
    assert noted.detail.startswith(f"add {NEW_YORK}: key pressed")


async def test_an_opt_out_that_cannot_be_stored_stays_noted_in_asterisk(
    store: ClockedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise StoreError("database is away")

    await sent(store)
    monkeypatch.setattr(ClockedStore, "add_dnc", away)
    session = Session()
    await Gate(store).opt_out(session)  # type: ignore[arg-type]
    assert session.variables == {}
