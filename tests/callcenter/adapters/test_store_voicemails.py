"""Voicemails, answers and consents: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.care import Consent, ConsentGiven, Csat, CsatOf, Notice, NoticeKind, SurveyAnswer, Voicemail
from callcenter.errors import NotFound
from callcenter.records import CallRecord, Direction

from .outbound_rows import Twice

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
VOICEMAIL = Voicemail(
    id="v1",
    call_id="1.1",
    box="after-hours",
    number="+12025550143",
    language="es",
    file="2026/03/v1.wav",
    length_s=12.48,
    recorded_at=T0,
)
NOTICE = Notice(id="v1-mail", kind=NoticeKind.SMTP, target="team@example.com", subject="Voicemail", due_at=T0)
ANSWER = SurveyAnswer(call_id="1.1", question="csat", score=5, flow="main", version=3, at=T0)
ALL = CsatOf(since=T0, until=T0 + HOUR)
CONSENT = Consent(
    call_id="1.1",
    number="+12025550143",
    kind="recording",
    given=ConsentGiven.ANNOUNCED,
    jurisdiction="US-CA",
    at=T0,
)


async def test_a_voicemail_is_kept_once_with_what_tells_of_it(store: Store) -> None:
    twice = Store(Twice(store._access))
    assert await twice.put_voicemail(VOICEMAIL, [NOTICE])
    assert not await store.put_voicemail(replace(VOICEMAIL, length_s=1.0), [replace(NOTICE, id="another")])
    assert await store.voicemail("v1") == VOICEMAIL
    assert await store.unsent_notices() == [NOTICE]
    assert await store.voicemail("v2") is None


async def test_a_voicemail_and_its_notices_are_kept_as_a_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises(TypeError, match="cannot be kept"):
        await store.put_voicemail(VOICEMAIL, [NOTICE, replace(NOTICE, id="2", body={"at": T0})])
    assert await store.voicemail("v1") is None
    assert await store.unsent_notices() == []


async def test_voicemails_are_listed_by_box_newest_first(store: Store) -> None:
    messages = [replace(VOICEMAIL, id=f"v{place}", recorded_at=T0 + place * SECOND) for place in range(3)]
    for message in (*messages, replace(VOICEMAIL, id="w", box="sales")):
        await store.put_voicemail(message)
    await store.voicemail_heard("v1", "101", T0 + HOUR)
    heard = replace(messages[1], heard_at=T0 + HOUR, heard_by="101")
    assert await store.voicemails("after-hours") == [messages[2], heard, messages[0]]
    assert await store.voicemails("after-hours", unheard_only=True) == [messages[2], messages[0]]
    assert await store.voicemails("after-hours", limit=1) == [messages[2]]
    assert await store.voicemail_boxes() == {"after-hours": (3, 2), "sales": (1, 1)}


async def test_who_hears_a_voicemail_first_is_noted(store: Store, other: Store) -> None:
    await store.put_voicemail(VOICEMAIL)
    heard = await asyncio.gather(
        *(process.voicemail_heard("v1", str(place), T0) for place, process in enumerate([store, other] * 4))
    )
    assert sum(heard) == 1
    kept = await store.voicemail("v1")
    assert kept is not None
    assert kept.heard_by == str(heard.index(True))
    with pytest.raises(NotFound, match="no voicemail 'v2'"):
        await store.voicemail_heard("v2", "101", T0)


async def test_an_answer_gains_what_becomes_known(store: Store) -> None:
    await store.put_answer(ANSWER, [NOTICE])
    await store.put_answer(replace(ANSWER, score=None, comment="1.1.wav", agent="101", at=T0 + HOUR), [NOTICE])
    recommend = replace(ANSWER, question="recommend", score=2, at=T0 + SECOND)
    await store.put_answer(recommend)
    assert await store.answers("1.1") == [replace(ANSWER, comment="1.1.wav", agent="101"), recommend]
    assert await store.answers("1.2") == []
    assert await store.unsent_notices() == [NOTICE]


async def test_scores_are_counted(store: Store) -> None:
    assert await store.csat(ALL) == Csat()
    assert (Csat().mean, Csat().share) == (None, None)
    for place, score in enumerate([5, 4, 4, 3, 1, None]):
        await store.put_answer(replace(ANSWER, call_id=f"{place}", score=score))
    csat = await store.csat(ALL)
    assert csat == Csat(count=5, total=17, satisfied=3)
    assert (csat.mean, csat.share) == (3.4, 0.6)


@pytest.mark.parametrize(
    ("of", "scores"),
    [
        (ALL, [5, 4, 3, 2]),
        (replace(ALL, since=T0 + SECOND), [4, 2]),
        (replace(ALL, until=T0 + SECOND), [5, 3]),
        (replace(ALL, question="csat"), [5, 4, 3]),
        (replace(ALL, flow="main"), [5, 4, 2]),
        (replace(ALL, flow="main", version=3), [5, 2]),
        # What the answer does not say the call's record does.
        (replace(ALL, agent="101"), [5, 4, 2]),
        (replace(ALL, queue="sales"), [5, 4]),
        (replace(ALL, queue="sales", agent="101", version=4), [4]),
        (replace(ALL, agent="nobody"), []),
    ],
)
async def test_scores_are_counted_by_whatever_is_asked(store: Store, of: CsatOf, scores: list[int]) -> None:
    for call, queue in (("1", "sales"), ("2", "support")):
        await store.open_call(CallRecord(id=call, direction=Direction.INBOUND, started_at=T0, agent="101", queue=queue))
    answers = [
        replace(ANSWER, call_id="1", score=5),
        replace(ANSWER, call_id="2", score=4, queue="sales", version=4, at=T0 + SECOND),
        replace(ANSWER, call_id="3", score=3, flow="other", agent="102"),
        replace(ANSWER, call_id="2", score=2, question="recommend", at=T0 + SECOND),
    ]
    for answer in answers:
        await store.put_answer(answer)
    assert await store.csat(of) == Csat(
        count=len(scores), total=sum(scores), satisfied=sum(score >= 4 for score in scores)
    )


async def test_scores_are_counted_in_groups(store: Store) -> None:
    for call, queue in (("1", "sales"), ("2", "support")):
        await store.open_call(CallRecord(id=call, direction=Direction.INBOUND, started_at=T0, agent="101", queue=queue))
    for call, score, version, agent in (("1", 5, 3, None), ("2", 2, 4, "102"), ("3", 4, 4, None), ("4", None, 4, None)):
        await store.put_answer(replace(ANSWER, call_id=call, score=score, version=version, agent=agent))
    good, bad = Csat(count=1, total=5, satisfied=1), Csat(count=1, total=2, satisfied=0)
    fair = Csat(count=1, total=4, satisfied=1)
    assert await store.csat_by(ALL, "queue") == {(None,): fair, ("sales",): good, ("support",): bad}
    assert await store.csat_by(ALL, "agent") == {(None,): fair, ("101",): good, ("102",): bad}
    assert await store.csat_by(ALL, "version") == {
        ("main", 3): good,
        ("main", 4): Csat(count=2, total=6, satisfied=1),
    }
    assert await store.csat_by(replace(ALL, queue="sales"), "version") == {("main", 3): good}
    assert await store.csat_by(replace(ALL, until=T0), "queue") == {}


async def test_consents_are_only_ever_added(store: Store) -> None:
    twice = Store(Twice(store._access))
    refused = replace(CONSENT, given=ConsentGiven.REFUSED, at=T0 + SECOND)
    other = replace(CONSENT, call_id="1.2", kind="marketing", at=T0 + HOUR)
    for consent in (refused, CONSENT, other):
        assert await twice.put_consent(consent)
        assert not await store.put_consent(replace(consent, given=ConsentGiven.ACCEPTED))
    assert await store.consents(call_id="1.1") == [CONSENT, refused]
    assert await store.consents(number="+12025550143") == [CONSENT, refused, other]
    assert await store.consents(number="+12025550199") == []


async def test_consents_are_asked_for_by_call_or_by_number(store: Store) -> None:
    with pytest.raises(ValueError, match="by call or by number"):
        await store.consents()
    with pytest.raises(ValueError, match="by call or by number"):
        await store.consents(call_id="1", number="2")
