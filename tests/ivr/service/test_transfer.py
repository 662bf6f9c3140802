"""Callers sent to a destination, and back; people who are called back."""

from datetime import timedelta

import pytest

from callcenter.care import Callback
from callcenter.dialplan import VAR_DESTINATION, VAR_NEXT, VAR_NUMBER, VAR_PERSON_LANGUAGE, VAR_QUEUE, VAR_RING
from ivr.session import Session
from tests.doubles import START, FakeChannel, Gone
from tests.ivr.made_up import END, say
from tests.ivr.service.office import CALL, WAIT, Office

TRANSFER = {
    "name": "main",
    "start": "go",
    "nodes": {
        "go": {
            "kind": "transfer",
            "destination": "night-desk",
            "ring_s": 20,
            "exits": {"answered": "bye", "failed": "sorry", "busy": "busy"},
        },
        "bye": say("goodbye", then="end"),
        "busy": say("all-busy", then="end"),
        "sorry": say("please-wait", then="end"),
        "end": END,
    },
}


async def test_the_dialplan_is_told_the_destination_once_the_session_is_stored() -> None:
    office = Office(TRANSFER)
    channel = await office.call()
    assert office.journal[-2:] == [
        "session main:go",
        "CC_DESTINATION=night-desk CC_RING_S=20 CC_NEXT=transfer",
    ]
    told = {name: channel.variables[name] for name in (VAR_DESTINATION, VAR_RING, VAR_NEXT)}
    assert told == {"CC_DESTINATION": "night-desk", "CC_RING_S": "20", "CC_NEXT": "transfer"}
    assert office.store.sessions[CALL].ended_at is None


@pytest.mark.parametrize(
    ("status", "heard"),
    [
        ("ANSWER", "goodbye"),
        ("BUSY", "all-busy"),
        ("NOANSWER", "please-wait"),
        ("CHANUNAVAIL", "please-wait"),
        ("CONGESTION", "please-wait"),
        ("FAILED", "please-wait"),  # no such destination
    ],
)
async def test_the_caller_comes_back_to_the_stored_session_also_in_another_process(status: str, heard: str) -> None:
    office = Office(TRANSFER)
    await office.call()
    office.ivr = office.made()
    channel = await office.transferred(status)
    assert channel.heard[-1] == heard
    assert channel.variables[VAR_NEXT] == "hangup"
    assert office.store.sessions[CALL].ended_at is not None
    assert office.store.way(CALL)[0].startswith("main:go ")


async def test_a_session_that_cannot_be_stored_is_no_transfer() -> None:
    office = Office(TRANSFER)
    office.store.broken = {"save_session"}
    channel = await office.call()
    assert channel.heard[-1] == "please-wait"
    assert channel.variables[VAR_NEXT] == "hangup"


@pytest.mark.parametrize(("status", "word"), [("ANSWER", "hangup"), ("BUSY", "fallback")])
async def test_who_was_answered_is_not_queued_because_what_comes_after_fails(status: str, word: str) -> None:
    office = Office(TRANSFER)
    await office.call()
    office.store.broken = {"session"}
    assert (await office.transferred(status)).variables[VAR_NEXT] == word


async def test_who_hangs_up_while_it_rings_leaves_a_session_for_the_acd_to_close() -> None:
    """The IVR hears nothing of it; the end of the leg closes the session with the call."""
    office = Office(TRANSFER)
    await office.call()
    await office.store.end_session(CALL, office.clock())
    assert office.store.sessions[CALL].ended_at is not None


# ------------------------------------------------------------------------------------------------- called back


CALLBACK = {
    "name": "callback",
    "languages": ["en", "es"],
    "start": "ask",
    "nodes": {
        "ask": {
            "kind": "menu",
            "prompts": ["callback-greeting"],
            "choices": {"agent": {"keys": ["1"]}},
            "exits": {"agent": "queue", "failed": "end"},
        },
        "queue": {
            "kind": "queue",
            "queue": "support",
            "called_back": True,
            "exits": {"done": "end", "unavailable": "end"},
        },
        "end": END,
    },
}
PROMISED = Callback(
    id="cb1",
    number="+12025550143",
    queue="sales",
    since=START - timedelta(minutes=20),
    due_at=START,
    intent="buy",
    language="es",
    priority=3,
    data={"account": "4711"},
    updated_at=START,
)


async def called_back(office: Office, **acts: object) -> FakeChannel:
    channel = office.channel({"callback-greeting": ["1"], "wait": [Gone()]}, agi_arg_1="cb1")
    channel.variables |= {
        VAR_NUMBER: "+12025550143",
        VAR_QUEUE: "sales",
        VAR_PERSON_LANGUAGE: "es",
    }
    await office.ivr.routes["callback"](channel)
    return channel


async def test_who_is_called_back_waits_where_they_were_promised() -> None:
    office = Office(CALLBACK, WAIT)
    office.store.callbacks["cb1"] = PROMISED
    channel = await called_back(office)
    row = office.store.rows[CALL]
    assert (row.queue, row.since, row.intent, row.priority, row.language) == ("sales", PROMISED.since, "buy", 3, "es")
    assert row.data["account"] == "4711"
    assert channel.paths[0] == "/sounds/es/callback-greeting"
    assert Session.from_json(office.store.sessions[CALL].state).caller == "+12025550143"


async def test_a_promise_that_cannot_be_read_still_leads_to_its_queue() -> None:
    office = Office(CALLBACK, WAIT)
    office.store.broken = {"callback"}
    await called_back(office)
    assert office.store.rows[CALL].queue == "sales"


async def test_without_a_flow_of_that_name_the_shipped_one_is_taken() -> None:
    office = Office(WAIT)
    office.store.callbacks["cb1"] = PROMISED
    await called_back(office)
    assert office.store.rows[CALL].queue == "sales"


ASKS = {
    "name": "main",
    "start": "promise",
    "nodes": {
        "promise": {
            "kind": "callback",
            "queue": "sales",
            "exits": {"booked": "bye", "failed": "bye", "declined": "bye"},
        },
        "bye": say("goodbye", then="end"),
        "end": END,
    },
}


async def test_who_hangs_up_while_they_hear_that_we_will_call_has_been_promised_that() -> None:
    office = Office(ASKS)
    await office.call({"callback-number": ["1"], "callback-booked": [Gone()]})
    (booked,) = office.store.callbacks.values()
    assert (booked.queue, booked.call_id) == ("sales", CALL)
    assert office.journal.count("event CallDone Outcome=call-back") == 1


async def test_who_is_promised_nothing_is_not_recorded_as_if() -> None:
    office = Office(ASKS)
    await office.call({"callback-number": ["*"]})
    assert office.store.callbacks == {}
    assert "event CallDone Outcome=self-service" in office.journal
