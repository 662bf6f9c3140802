"""`callcenter flow replay`: recorded calls through a draft, from the command line."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.adapters.store import Store
from callcenter.records import IvrSession, Publication
from ivr.bundle import Bundle
from ivr.flow import Flow, read
from ivr.testing.call import VirtualCall
from ivr.testing.caller import Listener, act
from ivr.testing.runner import situation_of
from ivr.testing.world import GivenWorld
from tests.app.office import Office
from tests.ivr.made_up import OFFICE, WAIT
from tests.ivr.testing.made_up_calls import VOICE, a_case

PROMPTS = Path(__file__).parents[2] / "prompts"
CENTRE = Bundle(main="office", flows={"office": OFFICE, "wait": WAIT}, versions={"office": 1, "wait": 1})
CALLS = (
    "steps: [press: 1, wait: 2m, agent: answers, agent: leaves]",
    "steps: [press: 1, wait: 20s, hang up]",
    "steps: [press: 3, press: '4711#', agent: answers, agent: leaves]",
)


@pytest.fixture(autouse=True)
def prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_PROMPTS_DIR", str(PROMPTS))


def session(number: int, written: str, ago: timedelta, now: Any) -> IvrSession:
    """What a call leaves behind in the store."""
    case = a_case(f"given: {{clock: {now - ago:%Y-%m-%dT%H:%M:%SZ}}}\n{written}")
    situation = situation_of(case, VOICE)
    situation = replace(situation, call=replace(situation.call, call_id=f"1.{number}"))
    call = VirtualCall(CENTRE, situation, GivenWorld(case.given))
    listener = Listener(call)
    for step in case.steps:
        act(call, listener, step)
    return IvrSession(
        call_id=call.trail.call.call_id,
        flow="office",
        version=1,
        state=call.turn.session.to_json(),
        updated_at=now,
        started_at=now - ago,
        versions=CENTRE.versions,
        inputs=call.trail.to_json(),
    )


@pytest.fixture
def called(office: Office) -> Office:
    """An office where three people called, half an hour ago and before."""

    async def work(store: Store) -> None:
        now = await store.now()
        for flow in (WAIT, OFFICE):
            await store.publish_flow(Publication(name=flow.name, body=flow.canonical(), author="ann"), now)
        for number, written in enumerate(CALLS):
            await store.save_session(session(number, written, timedelta(minutes=30 + 10 * number), now))

    office.store(work)
    return office


def draft(office: Office, **nodes: Any) -> str:
    plain = OFFICE.canonical()
    return file(office, read({**plain, "nodes": {**plain["nodes"], **nodes}}))


def file(office: Office, flow: Flow) -> str:
    path = office.folder / f"{flow.name}.json"
    path.write_text(flow.to_text())
    return str(path)


CHOOSE = OFFICE.canonical()["nodes"]["choose"]
TO_SUPPORT = {**CHOOSE, "exits": {**CHOOSE["exits"], "sales": "support"}}


def test_where_callers_would_have_gone_instead(called: Office) -> None:
    said = called("flow", "replay", "--draft", draft(called, choose=TO_SUPPORT), "--since", "2h")
    assert [" ".join(line.split()) for line in said.splitlines()] == [
        "calls into flow office: 3; the same way: 1; another way: 2; not known: 0",
        "",
        "place before now calls",
        "(queue) sales support 2",
        "choose sales → sales sales → support 2",
    ]


def test_each_call_is_told(called: Office) -> None:
    said = called("flow", "replay", "--draft", draft(called, choose=TO_SUPPORT), "--verbose")
    assert "\n\n1.1, " in said
    assert said.splitlines()[-2:] == ["  choose: sales → sales | sales → support", "  (queue): sales | support"]


def test_a_draft_in_the_store_and_another_flow_that_it_runs(called: Office) -> None:
    called("flow", "save", draft(called, choose=TO_SUPPORT))
    found = json.loads(called("flow", "replay", "--draft", "office", "--json"))
    assert (found["calls"], [move["calls"] for move in found["moves"]]) == (3, [2, 2])
    assert [one["call"] for one in found["differences"]] == ["1.1", "1.0"]
    tune = {"kind": "music", "exits": {"next": "tune"}}
    (called.folder / "office.json").unlink()  # it would be tried too, as it lies beside
    wait = file(called, read({"name": "wait", "start": "tune", "nodes": {"tune": tune}}))
    said = called("flow", "replay", "--draft", wait, "--of", "office")
    assert said.startswith("calls into flow office: 3; the same way: 2; another way: 1; not known: 0")
    assert "caller hung up at wait:tune" in said


def test_a_question_that_nobody_was_asked(called: Office) -> None:
    hello = {
        "kind": "menu",
        "prompts": ["x"],
        "choices": {"on": {"keys": ["1"]}},
        "exits": {"on": "choose", "failed": "end"},
    }
    welcome = {"kind": "play", "prompts": ["welcome"], "exits": {"next": "hello"}}
    said = called("flow", "replay", "--draft", draft(called, hello=hello, welcome=welcome))
    assert said.startswith("calls into flow office: 3; the same way: 0; another way: 0; not known: 3")
    assert "not known: asked at hello" in said


def test_when_and_how_many(called: Office) -> None:
    path = draft(called, choose=TO_SUPPORT)
    assert called("flow", "replay", "--draft", path, "--since", "35m").startswith("calls into flow office: 1;")
    assert called("flow", "replay", "--draft", path, "--since", "2h", "--until", "35m").startswith(
        "calls into flow office: 2;"
    )
    assert called("flow", "replay", "--draft", path, "--limit", "1").startswith("calls into flow office: 1;")
    assert called.refused("flow", "replay", "--draft", path, "--since", "1m") == (
        "no call came into flow 'office' in that time"
    )
    assert called.refused("flow", "replay", "--draft", path, "--since", "soon").startswith(
        '--since: "soon" is no length'
    )
    assert called.refused("flow", "replay", "--draft", "office").startswith("there is no office@draft in the store")


def test_calls_that_left_nothing_behind(called: Office) -> None:
    async def work(store: Store) -> None:
        now = await store.now()
        old = IvrSession(call_id="0.1", flow="office", version=1, state={}, updated_at=now, started_at=now)
        gone = session(9, CALLS[0], timedelta(minutes=1), now)
        await store.save_session(old)
        await store.save_session(
            IvrSession(
                call_id="0.2",
                flow="office",
                version=8,
                versions={"office": 8},
                state={},
                updated_at=now,
                started_at=now,
                inputs=gone.inputs,
            )
        )

    called.store(work)
    assert called("flow", "replay", "--draft", draft(called)) == (
        "calls into flow office: 5; the same way: 3; another way: 0; not known: 0; cannot be played, nothing that can "
        "be read was recorded: 1; cannot be played, flow 'office' has no version 8: 1\n"
    )
