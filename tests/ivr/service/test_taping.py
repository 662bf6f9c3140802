"""Messages callers leave, and the recording of calls: begun when told, never at a secure question."""

import pytest

from callcenter.care import CallerFacts, ConsentGiven, PaymentState
from callcenter.dialplan import VAR_NEXT, VAR_RECORDING, VAR_RECORDING_PAUSED
from callcenter.errors import ActionRefused, ChannelGone, StoreError
from callcenter.outgoing import TimedOut
from callcenter.payments import Declined, DeclineReason
from ivr.service import conversation
from tests.doubles import START, Act, FakeChannel, Gone
from tests.ivr.made_up import END, say
from tests.ivr.service.office import CALL, Office

VOICEMAIL = {
    "name": "main",
    "start": "leave",
    "nodes": {
        "leave": {"kind": "voicemail", "box": "sales", "exits": {"saved": "bye", "empty": "empty", "failed": "sorry"}},
        "bye": say("goodbye", then="end"),
        "empty": say("did-not-hear", then="end"),
        "sorry": say("all-busy", then="end"),
        "end": END,
    },
}
EXITS = {"done": "pay", "failed": "sorry"}
PAYMENT = {
    "name": "main",
    "start": "told",
    "nodes": {
        "told": {"kind": "consent", "ask": "no", "exits": {"next": "number"}},
        "number": {
            "kind": "collect",
            "prompts": ["pay-card-number"],
            "takes": "card",
            "into": "card_number",
            "exits": {"done": "expiry", "failed": "sorry"},
        },
        "expiry": {
            "kind": "collect",
            "prompts": ["pay-card-expiry"],
            "takes": "expiry",
            "into": "card_expiry",
            "exits": {"done": "code", "failed": "sorry"},
        },
        "code": {
            "kind": "collect",
            "prompts": ["pay-card-code"],
            "takes": "code",
            "into": "card_code",
            "exits": {"done": "pay", "failed": "sorry"},
        },
        "pay": {
            "kind": "payment",
            "amount": "1250",
            "currency": "USD",
            "reference": "'D-1'",
            "exits": {"paid": "bye", "declined": "sorry", "failed": "sorry"},
        },
        "bye": say("goodbye", then="end"),
        "sorry": say("all-busy", then="end"),
        "end": END,
    },
}
CARD: dict[str, list[Act]] = {
    "pay-card-number": [""],
    "pay-card-expiry": [""],
    "pay-card-code": [""],
    "wait": ["", *"4242424242424242", "#", *"1230", "", *"123", "#"],
}


# -------------------------------------------------------------------------------------------------------- messages


async def test_a_message_is_recorded_kept_and_thanked_for() -> None:
    office = Office(VOICEMAIL)
    channel = await office.call({"record": ["#"]})
    assert office.journal[1:6] == [
        "event CallDone Outcome=voicemail",
        "say leave-message",
        "record voicemail beep",
        "voicemail sales",
        "say message-saved",
    ]
    (voicemail,) = office.store.voicemails.values()
    assert (voicemail.file, voicemail.length_s, voicemail.call_id) == ("voicemail/2026-03-02/0.wav", 4.0, CALL)
    assert channel.variables[VAR_NEXT] == "hangup"
    assert office.tapes.removed == []


async def test_who_hangs_up_after_the_message_has_left_it() -> None:
    office = Office(VOICEMAIL)
    channel = await office.call({"record": [Gone()]})
    (voicemail,) = office.store.voicemails.values()
    assert voicemail.box == "sales"
    assert channel.heard == ["leave-message"]
    session = office.store.sessions[CALL]
    assert session.ended_at is not None
    assert [entry["kind"] for entry in session.inputs] == ["call", "recorded", "done", "hung-up"]


@pytest.mark.parametrize("act", ["", Gone()])
async def test_silence_is_no_message(act: Act) -> None:
    office = Office(VOICEMAIL)
    office.tapes.voice_s = 0.0
    channel = await office.call({"record": [act]})
    assert office.store.voicemails == {}
    assert office.tapes.removed == office.tapes.made
    assert ("did-not-hear" in channel.heard) is (act == "")
    assert office.store.sessions[CALL].ended_at is not None


async def test_who_hangs_up_while_speaking_has_left_a_message_and_who_says_nothing_has_not() -> None:
    """The acd closes the record when the leg ends: what is said after that is too late."""
    office = Office(VOICEMAIL)
    await office.call({"record": [Gone()]})
    told = [entry for entry in office.journal if entry.startswith("event CallDone")]
    assert told == ["event CallDone Outcome=voicemail"]
    assert office.journal.index(told[0]) < office.journal.index("record voicemail beep")
    silent = Office(VOICEMAIL)
    silent.tapes.voice_s = 0.0
    await silent.call({"record": [""]})
    assert [entry for entry in silent.journal if entry.startswith("event CallDone")] == [
        "event CallDone Outcome=voicemail",
        "event CallDone Outcome=self-service",
    ]


async def test_a_key_before_the_tone_does_not_end_the_message() -> None:
    office = Office(VOICEMAIL)
    await office.call({"leave-message": ["#"], "record": ["#"]})
    assert "record voicemail beep" in office.journal
    assert len(office.store.voicemails) == 1


async def test_without_a_folder_nothing_is_recorded_and_the_flow_goes_on() -> None:
    office = Office(VOICEMAIL)
    office.ivr = office.made(tapes=None)
    channel = await office.call()
    assert channel.heard[-1] == "all-busy"
    assert channel.variables[VAR_NEXT] == "hangup"


async def test_a_folder_that_is_full_or_refused_is_a_word_for_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(VOICEMAIL)

    def full(kind: str, call_id: str = "") -> str:
        raise StoreError("no room")

    monkeypatch.setattr(office.tapes, "new", full)
    assert (await office.call()).heard[-1] == "all-busy"

    async def refused(channel: FakeChannel, path: str, **more: object) -> str:
        raise ActionRefused("no such folder")

    monkeypatch.undo()
    monkeypatch.setattr(FakeChannel, "record_voice", refused)
    assert (await office.call(agi_uniqueid="2.2")).heard[-1] == "all-busy"


async def test_a_message_that_an_agent_cuts_off_is_thrown_away() -> None:
    """In a queue a channel that is gone is most often on its way to an agent."""
    wait = {
        "name": "wait",
        "start": "leave",
        "nodes": {
            "leave": {
                "kind": "voicemail",
                "box": "sales",
                "exits": {"saved": "music", "empty": "music", "failed": "music"},
            },
            "music": {"kind": "music", "exits": {"next": "music"}},
        },
    }
    main = {
        "name": "main",
        "start": "q",
        "nodes": {
            "q": {"kind": "queue", "queue": "sales", "exits": {"done": "end", "unavailable": "end"}},
            "end": END,
        },
    }
    office = Office(main, wait)
    await office.call({"record": [Gone()]})
    assert office.store.voicemails == {}
    assert office.tapes.removed == office.tapes.made
    assert office.store.sessions[CALL].ended_at is None


# ------------------------------------------------------------------------------------------ the recording of the call


async def test_the_recording_stops_at_every_secure_question_and_goes_on_after_it() -> None:
    office = Office(PAYMENT)
    channel = await office.call(CARD)
    steps = [entry for entry in office.journal if "record" in entry or entry.startswith(("say", "consent"))]
    assert steps == [
        "say consent-announce",
        "recording begins",
        *(
            step
            for prompt in ("pay-card-number", "pay-card-expiry", "pay-card-code")
            for step in ("recording stops", f"say {prompt}", "recording goes on")
        ),
        "say pay-processing",
        "say goodbye",
    ]
    assert channel.variables[VAR_RECORDING].startswith("/tapes/calls/2026-03-02/")
    assert channel.variables[VAR_RECORDING_PAUSED] == ""
    (payment,) = office.store.payments.values()
    assert (payment.state, payment.last4) == (PaymentState.PAID, "4242")


async def test_card_digits_are_in_no_log_and_in_nothing_that_is_stored(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    office = Office(PAYMENT)
    await office.call(CARD)
    kept = repr([office.store.sessions, office.store.visits, office.store.payments, office.journal])
    for digits in ("4242424242424242", "1230", "'123'"):
        assert digits not in kept
        assert digits not in caplog.text
    masked = [entry.get("secure") for entry in office.store.sessions[CALL].inputs if entry["kind"] == "digits"]
    assert masked == [16, 4, 3]


async def test_who_is_taken_away_at_a_secure_question_is_recorded_on_by_the_dialplan() -> None:
    office = Office(PAYMENT)
    channel = await office.call({"pay-card-number": [Gone()]})
    assert channel.variables[VAR_RECORDING_PAUSED] == "yes"
    assert office.journal[-1] == "session ended"


async def test_a_call_that_comes_back_is_still_recorded_and_stops_at_secure_questions() -> None:
    flow = {**PAYMENT, "nodes": {**PAYMENT["nodes"], "told": {
        "kind": "queue", "queue": "sales", "wait_flow": "", "exits": {"done": "number", "unavailable": "end"},
    }}}  # fmt: skip
    office = Office(flow)
    await office.call({"wait": ["", "", Gone()]})
    office.journal.clear()
    variables = {"BRIDGERESULT": "SUCCESS", "CC_AGENT": "7", VAR_RECORDING: "/tapes/calls/x"}
    await office.resumed(variables, {**CARD, "wait": CARD["wait"][1:]})
    assert office.journal.count("recording stops") == 3
    assert office.journal.count("recording goes on") == 3


async def test_a_call_that_cannot_be_recorded_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    office = Office(PAYMENT)
    office.ivr = office.made(tapes=None)
    channel = await office.call(CARD)
    assert channel.heard[-1] == "goodbye"
    assert "is not recorded: no folder of recordings is set" in caplog.text
    assert office.journal.count("recording stops") == 0


@pytest.mark.parametrize(
    ("key", "given", "recorded"), [("1", ConsentGiven.ACCEPTED, True), ("2", ConsentGiven.REFUSED, False)]
)
async def test_nothing_is_recorded_before_the_caller_has_agreed(key: str, given: ConsentGiven, recorded: bool) -> None:
    flow = {
        "name": "main",
        "start": "ask",
        "nodes": {"ask": {"kind": "consent", "ask": "yes", "exits": {"next": "bye"}}, "bye": say("goodbye", then="end"),
                  "end": END},
    }  # fmt: skip
    office = Office(flow)
    await office.call({"consent-ask": [key]})
    await office.ivr._writer.flush(1.0)
    assert [consent.given for consent in office.store.consents] == [given]
    assert ("recording begins" in office.journal) is recorded
    if recorded:
        assert office.journal.index("say consent-ask") < office.journal.index("recording begins")


# --------------------------------------------------------------------------------------------- while others are asked


ASKING = {
    "name": "main",
    "start": "ask",
    "nodes": {
        "ask": {"kind": "http", "url": "https://crm/x", "exits": {"ok": "bye", "failed": "sorry"}},
        "bye": say("goodbye", then="end"),
        "sorry": say("all-busy", then="end"),
        "end": END,
    },
}


async def test_a_quick_answer_needs_no_music() -> None:
    office = Office(ASKING)
    office.http.answers["https://crm/x"] = {}
    assert (await office.call()).heard == ["goodbye"]
    assert "music callcenter" not in office.journal


async def test_an_answer_that_takes_long_is_waited_for_with_music(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "QUIET_S", 0.0)
    office = Office(ASKING)
    office.http.answers["https://crm/x"] = {}
    held = office.http.hold()
    call = {"wait": ["", "", "", held.set]}
    channel = await office.call(call)  # type: ignore[arg-type]
    assert office.journal.count("music callcenter") == 1
    assert channel.heard == ["goodbye"]


async def test_who_hangs_up_meanwhile_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "QUIET_S", 0.0)
    office = Office(ASKING)
    office.http.hold()
    await office.call({"wait": ["", "", Gone()]})
    assert office.store.sessions[CALL].state["end"]["kind"] == "caller"


async def test_a_payment_is_finished_even_if_the_caller_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "QUIET_S", 0.0)
    office = Office(PAYMENT)
    held = office.provider.hold()
    keys = CARD["wait"]

    def gone() -> None:
        held.set()
        raise ChannelGone("hung up")

    await office.call({**CARD, "wait": [*keys, "", gone]})
    (payment,) = office.store.payments.values()
    assert payment.state is PaymentState.PAID
    assert office.store.sessions[CALL].state["end"]["kind"] == "caller"


@pytest.mark.parametrize("answer", [TimedOut("late"), TimeoutError()])
async def test_an_error_of_others_is_an_exit_and_no_fallback(answer: Exception) -> None:
    office = Office(ASKING)
    office.http.answers["https://crm/x"] = answer
    channel = await office.call()
    assert channel.heard == ["all-busy"]
    assert channel.variables[VAR_NEXT] == "hangup"


async def test_a_declined_card_is_said() -> None:
    office = Office(PAYMENT)
    office.provider.answers = [Declined(DeclineReason.NO_FUNDS)]
    assert (await office.call(CARD)).heard[-1] == "all-busy"


async def test_what_is_known_of_a_caller_decides_the_way() -> None:
    flow = {
        "name": "main",
        "start": "who",
        "nodes": {
            "who": {"kind": "caller", "exits": {"known": "bye", "unknown": "sorry"}},
            "bye": say("goodbye", then="end"),
            "sorry": say("all-busy", then="end"),
            "end": END,
        },
    }
    office = Office(flow)
    assert (await office.call()).heard == ["all-busy"]
    number = "+12025550143"
    office.store.facts[number] = CallerFacts(number=number, name="A", calls=2, last_call_at=START)
    assert (await office.call(agi_uniqueid="2.2")).heard[-1] == "goodbye"
