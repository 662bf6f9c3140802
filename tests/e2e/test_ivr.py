"""Flows on real calls: keys by RFC 4733, sounds told apart as the phone heard them, and what is kept of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from callcenter.care import CallbackState, PaymentState
from callcenter.records import Outcome
from ivr.service.flows import Flows
from ivr.testing.replay import replay
from ivr.trail import Trail
from sim.phones import people, voices
from sim.phones.audio import Samples, read_wav, rms, tone
from sim.phones.people import PersonPlan
from sim.phones.plans import Keys
from tests.e2e.conftest import eventually
from tests.e2e.ivr_centre import DESTINATION, SHIPPED, FlowCentre, Told, in_order, running_flow_centre
from tests.e2e.ivr_flows import say

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD, EXPIRY, CODE = "4242424242424242", "1231", "987"  # in no test case of a shipped flow: those are in the store
IN_CLEAR_HZ, IN_SECRET_HZ = 600, 900
ANSWERS = PersonPlan(number=DESTINATION, outcome=people.Outcome.ANSWERS, ring_s=0.5, greeting_s=0.5, patience_s=90.0)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FlowCentre]:
    async with running_flow_centre(tmp_path_factory.mktemp("flows"), f"flows-{os.getpid()}") as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def played(office: FlowCentre) -> AsyncIterator[dict[str, asyncio.Task[Any]]]:
    """Calls that need nothing of one another, all at once: each test waits for its own."""
    plays: dict[str, Coroutine[Any, Any, Any]] = {
        "callback": a_callback(office),
        "message": a_message(office, "#"),
        "message, hung up": a_message(office, "hang up"),
        "silence": a_message(office, ""),
        "card": a_payment(office),
        "spanish": pressed(office, "language-test", "2"),
        "nowhere": pressed(office, "nowhere-test"),
        **{f"http {account}": pressed(office, "http-test", account) for account in "124567"},
    }
    tasks = {name: asyncio.create_task(play, name=name) for name, play in plays.items()}
    yield tasks
    for task in tasks.values():
        task.cancel()


async def pressed(office: FlowCentre, flow: str, keys: str = "", after_s: float = 1.2) -> Told:
    """Call a flow and press keys."""
    leg = office.place(flow, keys=(Keys(after_s=after_s, digits=keys),) if keys else ())
    return await office.told(leg)


# ------------------------------------------------------------------------------------------- a key in the wait flow


async def a_callback(office: FlowCentre) -> Told:
    leg = office.place("wait-test", patience_s=40)
    await office.centre.until_queued(leg.call.caller)
    await asyncio.sleep(3.5)  # music, a word, music
    await leg.press("1")
    await asyncio.sleep(10)  # the number is said back
    await leg.press("1")
    return await office.told(leg)


async def test_a_key_in_the_wait_flow_keeps_the_place_for_a_call_back(
    office: FlowCentre, played: dict[str, asyncio.Task[Told]]
) -> None:
    told = await played["callback"]
    assert in_order(told.heard, "en/please-wait", "en/still-waiting", "en/callback-booked", "en/goodbye"), told.heard
    record = await office.centre.record(told.call)
    (wish,) = await office.centre.store.callbacks(number=told.call.caller)
    assert (wish.queue, wish.call_id, wish.state) == ("collections", record.id, CallbackState.OPEN)
    assert record.queued_at is not None
    assert abs(wish.since - record.queued_at) < timedelta(seconds=1)
    assert record.outcome is Outcome.CALL_BACK
    assert await office.centre.store.waiting(record.id) is None
    assert (await office.session(told.call)).ended_at is not None


# --------------------------------------------------------------------------------------------------------- messages


async def a_message(office: FlowCentre, end: str) -> Told:
    """Leave a message of two seconds and end it by a key or by hanging up; "": say nothing."""
    leg = office.place("voicemail-test")
    await leg.answered()
    await asyncio.sleep(2.0)  # the prompt and the tone
    if end:
        leg.play(voices.hello(2.0, 7))
        await asyncio.sleep(2.6)
    if end == "hang up":
        await leg.hang_up()
    elif end:
        await leg.press(end)
    return await office.told(leg)


@pytest.mark.parametrize("end", ["message", "message, hung up"])
async def test_a_message_is_kept_and_has_a_voice_on_it(
    office: FlowCentre, played: dict[str, asyncio.Task[Told]], end: str
) -> None:
    told = await played[end]
    assert ("en/message-saved" in told.heard) is (end == "message")
    session = await office.session(told.call)
    mine = [mail for mail in await office.centre.store.voicemails("sales") if mail.call_id == session.call_id]
    (mail,) = mine
    assert mail.number == told.call.caller
    assert 1.5 < mail.length_s < 4.0
    sound = read_wav(office.centre.box.asterisk.instance.recordings / mail.file)
    assert rms(sound[sound.size // 3 : sound.size // 2]) > 0.01


async def test_silence_is_no_message(office: FlowCentre, played: dict[str, asyncio.Task[Told]]) -> None:
    told = await played["silence"]
    assert told.heard[-1] == "en/did-not-hear"
    session = await office.session(told.call)
    assert session.call_id not in {mail.call_id for mail in await office.centre.store.voicemails("sales")}


# ---------------------------------------------------------------------------------------------------------- payment


async def a_payment(office: FlowCentre) -> Told:
    """Speak in clear, then give a card while speaking as well: a tone each, to be found on the recording or not."""
    leg = office.place("payment-test", patience_s=60)
    await leg.answered()
    await asyncio.sleep(1.5)
    leg.play(tone(IN_CLEAR_HZ, 1.0))
    await asyncio.sleep(1.3)
    await leg.press("4711#")
    await asyncio.sleep(1.5)
    for keys in (f"{CARD}#", f"{EXPIRY}#", f"{CODE}#"):
        leg.play(tone(IN_SECRET_HZ, 0.5))
        await asyncio.sleep(1.0)
        await leg.press(keys)
        await asyncio.sleep(1.0)
    return await office.told(leg)


async def test_a_card_is_charged_and_its_digits_are_nowhere(
    office: FlowCentre, played: dict[str, asyncio.Task[Told]]
) -> None:
    told = await played["card"]
    assert in_order(told.heard, "en/consent-announce", "en/card-number", "en/card-code", "en/goodbye"), told.heard
    session = await office.session(told.call)
    now = await office.centre.store.now()
    (payment,) = await office.centre.store.payments(now - timedelta(hours=1), now + timedelta(hours=1), 10)
    assert (payment.state, payment.last4, payment.amount) == (PaymentState.PAID, CARD[-4:], 1250)
    assert (payment.reference, payment.call_id) == ("4711", session.call_id)
    (consent,) = await office.centre.store.consents(call_id=session.call_id)
    assert consent.kind == "recording"
    for file in _texts(office):
        text = file.read_bytes()
        assert CARD.encode() not in text, file
        assert f"{CODE}#".encode() not in text, file
    masked = [entry["secure"] for entry in session.inputs if "secure" in entry]
    assert masked == [16, 4, 3]


def _texts(office: FlowCentre) -> list[Path]:
    """Everything that was written: logs, the database with its journal, Asterisk's console and records."""
    folder = office.centre.box.settings.data_dir
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".wav", ".so"}]
    wanted = [path for path in files if "root" not in path.parts or "log" in path.parts]
    # Asterisk's console is a file where it runs in a chroot; a container keeps it to itself until the end.
    assert {"ivr.log", "acd.log", "callcenter.db"} <= {path.name for path in wanted}
    return wanted


async def test_the_call_is_recorded_and_the_secret_part_is_not(
    office: FlowCentre, played: dict[str, asyncio.Task[Told]]
) -> None:
    told = await played["card"]
    session = await office.session(told.call)
    (file,) = (office.centre.box.asterisk.instance.recordings / "calls").rglob(f"{session.call_id}-*.wav")
    sound = read_wav(file)
    assert _holds(sound, IN_CLEAR_HZ)
    assert not _holds(sound, IN_SECRET_HZ)
    assert 1.5 < sound.size / 8000 < 12


def _holds(sound: Samples, hz: int) -> bool:
    """Whether a tenth of a second of `sound` is this tone, clearly."""
    size = 800
    frames = sound[: sound.size // size * size].reshape(-1, size)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    share = power[:, hz // 10] / np.maximum(power.sum(axis=1), 1.0)
    return bool((share > 0.5).any())


# --------------------------------------------------------------------------------------------- language, http, lists


async def test_a_chosen_language_is_spoken_from_then_on(played: dict[str, asyncio.Task[Told]]) -> None:
    told = await played["spanish"]
    assert in_order(told.heard, "en/choose-language", "es/welcome", "en/closed", "es/goodbye"), told.heard
    assert "en/welcome" not in told.heard


@pytest.mark.parametrize(
    ("account", "heard"),
    [
        ("1", ["en/welcome", "en/goodbye"]),
        ("2", ["en/goodbye"]),
        ("4", ["en/did-not-hear"]),
        ("5", ["en/still-waiting"]),
        ("6", ["en/all-busy"]),
        ("7", ["en/all-busy"]),
    ],
    ids=["rich", "poor", "unknown", "dead", "huge", "leads on"],
)
async def test_the_answer_of_another_system_decides_and_no_answer_is_an_exit(
    played: dict[str, asyncio.Task[Told]], account: str, heard: list[str]
) -> None:
    told = await played[f"http {account}"]
    assert [name for name in told.heard if name != "en/enter-account"] == heard


async def test_a_flow_cannot_reach_what_the_centre_does_not_list(played: dict[str, asyncio.Task[Told]]) -> None:
    told = await played["nowhere"]
    assert told.heard == ("en/connecting", "en/all-busy")


# ------------------------------------------------------------------------------------------------------ transferred


async def test_who_is_transferred_talks_and_comes_back_though_the_ivr_was_restarted(office: FlowCentre) -> None:
    office.centre.people[DESTINATION] = ANSWERS
    leg = office.place("transfer-test", patience_s=90)
    *_, there = await office.centre.carrier.until(lambda calls: any(call.answered_at for call in calls))
    office.centre.ivr.kill()
    await office.centre.services_up()
    await office.centre.carrier.leg(there).hang_up()
    told = await office.told(leg)
    assert in_order(told.heard, "en/connecting", "en/goodbye"), told.heard
    assert await office.way(told.call) == ["go answered", "bye next", "end"]
    assert office.centre.carrier.calls[-1].number == DESTINATION


async def test_who_is_not_taken_there_is_told(office: FlowCentre) -> None:
    office.centre.people[DESTINATION] = PersonPlan(number=DESTINATION, outcome=people.Outcome.BUSY)
    told = await office.told(office.place("transfer-test"))
    assert told.heard == ("en/connecting", "en/all-busy", "en/goodbye")


# ------------------------------------------------------------------------------------------ calls of the past on a flow


async def test_what_calls_left_behind_goes_the_same_way_again(
    office: FlowCentre, played: dict[str, asyncio.Task[Told]]
) -> None:
    for name in ("callback", "message", "silence", "card", "spanish", "http 1"):
        session = await office.session((await played[name]).call)
        bundle = await Flows(office.centre.store).pinned(session.flow, session.versions)
        one = replay(Trail.from_json(session.inputs), bundle, bundle)
        assert (one.moves, one.before.unknown) == ((), ""), name
        visits = await office.centre.store.visits(session.call_id)
        went = {(v.node if v.flow == session.flow else f"{v.flow}:{v.node}", v.exit) for v in visits}
        replayed = {(place, way.split(" ")[0]) for place, ways in one.before.left.items() for way in ways}
        assert replayed == went, name


# ------------------------------------------------------------------------------------------------------ after the call


async def test_an_answer_after_the_call_is_kept_with_the_agent(office: FlowCentre) -> None:
    await office.centre.log_in("11")
    leg = office.place("survey-test", patience_s=40)
    await leg.agent_heard()
    await asyncio.sleep(0.5)
    await office.centre.agents.nailed("11").press("*0")
    await asyncio.sleep(2.5)
    await leg.press("5")
    told = await office.told(leg)
    session = await office.session(told.call)

    async def kept() -> bool:
        return bool(await office.centre.store.answers(session.call_id))

    await eventually(kept, 5, "the answer")
    (answer,) = await office.centre.store.answers(session.call_id)
    assert (answer.score, answer.agent, answer.flow) == (5, "11", "survey-test")
    assert told.heard[-1] == "en/goodbye"


# -------------------------------------------------------------------------------------------------- what may go wrong


async def test_a_prompt_that_is_missing_cut_or_empty_is_replaced_by_the_next_best(office: FlowCentre) -> None:
    (office.sounds / "es" / "welcome.wav").unlink()
    (office.sounds / "es" / "closed.wav").write_bytes(b"")
    whole = office.sounds / "es" / "main-menu.wav"
    whole.write_bytes(b"RIFF" + whole.read_bytes()[44:])
    told = await office.told(office.place("prompts-test"))
    assert told.heard == ("en/welcome", "en/closed", "en/main-menu", "es/goodbye")

    async def alarmed() -> bool:
        state = await office.centre.store.service_state("ivr:main")
        return state is not None and all(name in state.text for name in ("es/welcome", "es/closed", "es/main-menu"))

    await eventually(alarmed, 10, "the alarm")


async def test_callers_who_hang_up_anywhere_leave_one_record_each_and_no_row(office: FlowCentre) -> None:
    flows = ("wait-test", "voicemail-test", "payment-test", "http-test", "transfer-test", "version-test", *SHIPPED)
    office.centre.people[DESTINATION] = ANSWERS
    keys = (Keys(after_s=1.0, digits="1"), Keys(after_s=2.5, digits="3"))
    legs = [office.place(flow, keys=keys, hang_up_s=0.4 + 0.3 * place) for place, flow in enumerate(flows * 2)]
    for leg in legs:
        record = await office.centre.record(await leg.ended(), timeout_s=10)
        session = await office.centre.store.session(record.id)
        assert session is None or session.ended_at is not None
        assert await office.centre.store.waiting(record.id) is None
    assert await office.centre.store.all_waiting() == []


async def test_a_call_stays_on_its_versions_while_flows_are_published_all_the_time(office: FlowCentre) -> None:
    """The versions of both flows say different prompts; each call hears those of one pair."""
    main, inner = office.flows["version-test"], office.flows["version-inner"]
    other = {**main, "nodes": {**main["nodes"], "say": say("closed", then="inner")}}
    other_inner = {**inner, "nodes": {**inner["nodes"], "say": say("still-waiting", then="r")}}
    legs = []

    async def publish() -> None:
        pairs = [(main, inner), (other, other_inner)]
        for place in range(60):
            for body in pairs[place % 2]:
                await office.publish(body["name"], {**body, "about": f"version {place}"})
            await asyncio.sleep(0.1)

    publishing = asyncio.create_task(publish())
    for place in range(12):
        legs.append(office.place("version-test", keys=(Keys(after_s=1.2 + 0.1 * place, digits="1"),)))
        await asyncio.sleep(0.2)
    calls = await asyncio.gather(*(leg.ended() for leg in legs))
    await publishing
    seen = set()
    for call in calls:
        session = await office.session(call)
        visits = await office.centre.store.visits(session.call_id)
        assert {visit.version for visit in visits if visit.flow == "version-test"} == {session.version}
        assert all(visit.version == session.versions[visit.flow] for visit in visits)
        assert session.versions["version-test"] - session.versions["version-inner"] in (-1, 0, 1)
        seen.add(session.version)
    assert len(seen) > 3
