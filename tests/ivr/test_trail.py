"""What is kept of a call's way: every input and every visit, and nothing of what was given in secret."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import StoreError
from callcenter.records import Visit as VisitRow
from ivr import engine
from ivr.bundle import Bundle
from ivr.commands import Collect
from ivr.engine import Turn, Visit
from ivr.flow import Flow, read
from ivr.happenings import (
    AgentConnected,
    AgentLeft,
    ConnectFailed,
    Digits,
    Done,
    Failed,
    Fetched,
    Happening,
    Heard,
    HungUp,
    Known,
    NoInput,
    Paid,
    Placed,
    QueueFailed,
    Recorded,
    Transferred,
)
from ivr.session import CallInfo, Session, Wait
from ivr.trail import MAX_BODY, MAX_INPUTS, MAX_VISITS, TAKEN, Trail

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
CALL = CallInfo(call_id="1.1", caller="+12025550143", did="+12025550100", variables={"debt": 1250}, since=NOW)


def flow(name: str, start: str, **nodes: object) -> Flow:
    return read({"name": name, "start": start, "nodes": nodes})


END = {"kind": "hangup"}
MENU = {
    "kind": "menu",
    "prompts": ["main-menu"],
    "choices": {"sales": {"keys": ["1"]}, "again": {"keys": ["2"]}},
    "exits": {"sales": "sales", "again": "choose", "failed": "end"},
}
SALES = {"kind": "queue", "queue": "sales", "exits": {"done": "end", "unavailable": "end", "callback": "end"}}
MAIN = flow("main", "choose", choose=MENU, sales=SALES, end=END)
WAIT = flow(
    "wait",
    "music",
    music={"kind": "music", "keys": {"1": "callback"}, "exits": {"next": "music", "callback": "back"}},
    back={"kind": "return", "by": "callback"},
)
BUNDLE = Bundle(main="main", flows={"main": MAIN, "wait": WAIT}, versions={"main": 3, "wait": 7})


def called(*happenings: Happening) -> tuple[Trail, Turn]:
    """The trail of a call to flow main to which this happened, a second apart each."""
    turn = engine.start(BUNDLE, CALL, NOW)
    trail = Trail.begun(CALL, turn, NOW)
    return trail, go_on(trail, turn, *happenings)


def go_on(trail: Trail, turn: Turn, *happenings: Happening) -> Turn:
    for happening in happenings:
        now = NOW + timedelta(seconds=len(trail.inputs) + 1)
        turn = engine.resume(BUNDLE, turn.session, happening, now)
        trail.went_on(happening, turn, now)
    return turn


def way(rows: tuple[VisitRow, ...]) -> list[str]:
    return [f"{row.seq} {row.flow}:{row.node} {row.exit}".rstrip() for row in rows]


def test_visits_are_counted_as_they_begin_and_get_their_exit_as_they_end() -> None:
    trail, _ = called(Digits(keys="2"), Digits(keys="9"), Digits(keys="1"), Digits(keys="1"))
    assert way(trail.rows()) == [
        "0 main:choose again",
        "1 main:choose sales",
        "2 main:sales callback",
        "3 wait:music callback",
        "4 wait:back callback",
        "5 main:end",
    ]
    assert {(row.flow, row.version) for row in trail.rows()} == {("main", 3), ("wait", 7)}
    assert [(row.at - NOW).seconds for row in trail.rows()] == [0, 1, 3, 3, 4, 4]


def test_an_agent_takes_the_caller_out_of_the_wait_flow() -> None:
    trail, _ = called(Digits(keys="1"), NoInput(), AgentLeft(agent="ann"))
    assert way(trail.rows()) == [
        "0 main:choose sales",
        "1 main:sales done",
        "2 wait:music next",
        f"3 wait:music {TAKEN}",
        "4 main:end",
    ]


def test_a_caller_who_hangs_up_was_last_in_the_queue_and_in_its_wait_flow() -> None:
    trail, _ = called(Digits(keys="1"), HungUp())
    assert way(trail.rows()) == ["0 main:choose sales", "1 main:sales", "2 wait:music"]


def test_only_what_changed_is_stored_again() -> None:
    trail, turn = called(Digits(keys="1"))
    trail.stored()
    assert trail.rows() == ()
    go_on(trail, turn, NoInput())
    assert way(trail.rows()) == ["2 wait:music next", "3 wait:music"]


def test_a_trail_read_again_goes_on_where_it_was() -> None:
    trail, turn = called(Digits(keys="1"), NoInput())
    stored = json.loads(json.dumps(trail.to_json()))
    again = Trail.from_json(stored)
    assert again.rows() == ()
    go_on(trail, turn, AgentLeft(agent="ann"))
    go_on(again, turn, AgentLeft(agent="ann"))
    assert again.to_json() == trail.to_json()
    assert way(again.rows()) == ["1 main:sales done", f"3 wait:music {TAKEN}", "4 main:end"]


def test_inputs_say_when_where_and_what() -> None:
    trail, _ = called(Digits(keys="1"), HungUp())
    head, *inputs = trail.to_json()
    assert head == {
        "kind": "call",
        "at": "2026-03-02T15:00:00+00:00",
        "call_id": "1.1",
        "caller": "+12025550143",
        "did": "+12025550100",
        "variables": {"debt": 1250},
        "since": "2026-03-02T15:00:00+00:00",
        "visits": 3,
        "open": [[1, "main", "sales"], [2, "wait", "music"]],
    }
    assert inputs == [
        {"after_s": 1.0, "flow": "main", "node": "choose", "kind": "digits", "keys": "1"},
        {"after_s": 2.0, "flow": "wait", "node": "music", "kind": "hung-up"},
    ]


def session(node: str = "card") -> Session:
    return Session(
        call_id="1.1", caller="", did="", language="en", flow="pay", node=node, started_at=NOW, wait=Wait.KEYS
    )


def asked(*, secure: bool) -> Turn:
    question = Collect(prompts=("x",), max_digits=19, timeout_s=8, inter_digit_s=4, secure=secure)
    return Turn(session=session(), commands=(question,), path=(Visit(flow="pay", node="card"),))


@pytest.mark.parametrize(
    ("happening", "kept"),
    [
        (Digits(keys="4111111111111111", terminated=True), {"kind": "digits", "terminated": True, "secure": 16}),
        (
            Heard(choice="yes", score=0.9, text="four one"),
            {"kind": "heard", "choice": "yes", "score": 0.9, "secure": 8},
        ),
    ],
)
def test_of_a_secure_answer_only_the_count_is_kept(happening: Happening, kept: dict[str, object]) -> None:
    trail = Trail.begun(CALL, asked(secure=True), NOW)
    trail.went_on(happening, asked(secure=False), NOW)
    *_, entry = trail.to_json()
    if isinstance(happening, Digits):
        kept = {"keys": "", **kept}
    assert entry == {"after_s": 0.0, "flow": "pay", "node": "card", **kept}
    assert "4111" not in json.dumps(trail.to_json()) + repr(trail)
    trail.went_on(Digits(keys="12"), asked(secure=False), NOW)
    assert trail.to_json()[-1]["keys"] == "12"


def test_what_a_trail_from_the_store_was_asked_is_not_known_and_taken_for_secret() -> None:
    trail = Trail.from_json(Trail.begun(CALL, asked(secure=False), NOW).to_json())
    trail.went_on(Digits(keys="4111111111111111"), asked(secure=False), NOW)
    assert "4111" not in json.dumps(trail.to_json())


def test_a_long_body_is_cut() -> None:
    trail = Trail.begun(CALL, asked(secure=False), NOW)
    trail.went_on(Fetched(status=200, body={"text": "x" * MAX_BODY}), asked(secure=False), NOW)
    trail.went_on(Fetched(status=200, body={"text": "x"}), asked(secure=False), NOW)
    cut, whole = Trail.from_json(trail.to_json()).inputs
    assert (cut.cut, cut.happening) == (True, Fetched(status=200))
    assert (whole.cut, whole.happening) == (False, Fetched(status=200, body={"text": "x"}))


EVERY_KIND: tuple[Happening, ...] = (
    Digits(keys="12", terminated=True),
    NoInput(),
    Heard(choice="sales", score=0.0, text="sales please"),
    AgentConnected(),
    AgentLeft(agent="ann"),
    ConnectFailed(),
    QueueFailed(reason="timeout"),
    Placed(position=1, p50_s=10.0, p90_s=None),
    Known(facts={"name": "x", "debts": 2}),
    Fetched(status=200, body=[1, None, ""]),
    Recorded(file="a.wav", length_s=0.0),
    Paid(reference="r", last4="1111"),
    Transferred(status="busy"),
    Done(),
    Failed(reason="", detail=""),
    HungUp(),
)


def test_every_kind_of_happening_is_kept_and_read_again() -> None:
    trail = Trail.begun(CALL, asked(secure=False), NOW)
    for happening in EVERY_KIND:
        trail.went_on(happening, asked(secure=False), NOW)
    again = Trail.from_json(json.loads(json.dumps(trail.to_json())))
    assert tuple(given.happening for given in again.inputs) == EVERY_KIND
    assert again.call == CALL
    assert {type(happening).__name__ for happening in EVERY_KIND} == {
        sort.__name__
        for sort in Happening.__args__  # type: ignore[attr-defined]
    }


def test_kinds_of_a_newer_program_are_left_out() -> None:
    entries = [*Trail.begun(CALL, asked(secure=False), NOW).to_json(), {"kind": "telepathy", "after_s": 1.0}]
    assert Trail.from_json(entries).inputs == []


@pytest.mark.parametrize(
    "entries",
    [[], [{}], [{"kind": "call"}], [{"kind": "call", "call_id": "1", "at": "x", "visits": 0, "open": []}], [1], ["x"]],
)
def test_a_damaged_trail_is_refused(entries: list[dict[str, object]]) -> None:
    with pytest.raises(StoreError, match="stored trail is damaged"):
        Trail.from_json(entries)


def test_a_call_without_end_does_not_grow_without_end() -> None:
    trail, turn = called(Digits(keys="1"))
    go_on(trail, turn, *[NoInput()] * (MAX_VISITS + 10))
    assert len(trail.inputs) == MAX_INPUTS
    assert len(trail.rows()) == MAX_VISITS
    assert trail.rows()[-1].seq == MAX_VISITS - 1


HAPPENINGS = st.sampled_from(
    [Digits(keys="1"), Digits(keys="2"), Digits(keys="9"), NoInput(), AgentConnected(), AgentLeft(), ConnectFailed()]
)


@given(st.lists(HAPPENINGS, max_size=30), st.integers(0, 30))
def test_wherever_a_trail_is_stored_and_read_the_visits_are_the_same(happenings: list[Happening], cut: int) -> None:
    whole, _ = called(*happenings)
    first, turn = called(*happenings[:cut])
    kept = {row.seq: row for row in first.rows()}
    second = Trail.from_json(first.to_json())
    go_on(second, turn, *happenings[cut:])
    for row in second.rows():
        # The store keeps the time of a visit it has.
        kept[row.seq] = VisitRow(**{**as_fields(row), "at": kept[row.seq].at if row.seq in kept else row.at})
    assert tuple(kept.values()) == whole.rows()
    assert second.to_json()[0] == whole.to_json()[0]


def as_fields(row: VisitRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("call_id", "seq", "flow", "version", "node", "exit", "at")}
