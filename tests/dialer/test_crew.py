"""The agents as the dialer knows them, from the acd's picture and its messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acd.floor import Floor
from acd.picture import draw
from callcenter.messages import AgentChanged
from callcenter.outbound import Campaign, CampaignKind
from callcenter.records import Agent, Queue
from dialer.crew import STALE, Crew
from dialer.pacing.picture import Activity
from dialer.sharing import IdleAgent

T0 = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CAMPAIGN = Campaign(
    name="spring",
    title="Spring",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="demo",
    caller_id="+12025550100",
    region="US",
    company="Test",
    callback="+12025550100",
    skills=("french",),
    created_at=T0,
)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def agent(state: str, since: float = -60, **more: object) -> dict[str, Any]:
    entry = {
        "state": state,
        "since": at(since).timestamp(),
        "call": None,
        "queue": None,
        "idle_since": at(since).timestamp(),
        "queues": ["sales"],
        "skills": ["french"],
    }
    return {**entry, **more}


def picture(drawn: float, **agents: dict[str, Any]) -> dict[str, Any]:
    people = [{"id": name, **entry} for name, entry in agents.items()]
    return {"at": at(drawn).timestamp(), "fresh": True, "agents": people}


def changed(state: str, seconds: float, call: str | None = None, name: str = "ann") -> AgentChanged:
    return AgentChanged(agent=name, state=state, at=at(seconds).timestamp(), call_id=call)


def crew_of(**agents: dict[str, Any]) -> Crew:
    crew = Crew()
    crew.see(picture(0, **agents), at(0))
    return crew


def seen(crew: Crew, *, counted: tuple[str, ...] = (), calls: tuple[str, ...] = ()) -> dict[str, tuple[str, float]]:
    """Return what a pacer sees: agent → activity, and since when."""
    people = crew.seen_by(CAMPAIGN, counted, calls, {})
    return {one.agent: (one.activity, round(one.since - T0.timestamp(), 4)) for one in people}


def activities(crew: Crew, *, counted: tuple[str, ...] = (), calls: tuple[str, ...] = ()) -> dict[str, str]:
    return {name: activity for name, (activity, _) in seen(crew, counted=counted, calls=calls).items()}


def idle_since(crew: Crew) -> dict[str, float]:
    return {one.id: one.idle_since - T0.timestamp() for one in crew.idle()}


# ---------------------------------------------------------------------------------------------------- freshness


def test_without_a_picture_nothing_is_fresh() -> None:
    crew = Crew()
    assert not crew.is_fresh(at(0))
    crew.see(None, at(0))
    assert not crew.is_fresh(at(0))


def test_a_picture_is_fresh_for_a_while() -> None:
    crew = crew_of()
    assert crew.is_fresh(at(0) + STALE)
    assert not crew.is_fresh(at(0) + STALE + timedelta(microseconds=1))


def test_the_same_picture_again_does_not_become_fresher() -> None:
    """Redis may go on showing the last picture of an acd that is dead."""
    crew = crew_of()
    for second in range(1, 5):
        crew.see(picture(0), at(second))
        crew.see(None, at(second))
    assert not crew.is_fresh(at(4))
    crew.see(picture(5), at(5))
    assert crew.is_fresh(at(5))


def test_what_counts_is_our_clock_and_not_the_acds() -> None:
    crew = Crew()
    crew.see(picture(-3600), at(0))
    assert crew.is_fresh(at(0))


def test_a_picture_the_acd_does_not_trust_itself_stops_us_at_once() -> None:
    crew = crew_of(ann=agent("ready"))
    crew.see(picture(1, bob=agent("ready")) | {"fresh": False}, at(1))
    assert not crew.is_fresh(at(1))
    crew.see(picture(0, ann=agent("ready")), at(1.5))  # nor does the old one count again
    assert not crew.is_fresh(at(1.5))
    crew.see(picture(2, ann=agent("ready")), at(2))
    assert crew.is_fresh(at(2))


# ---------------------------------------------------------------------------------------------------- whose word counts


def test_a_message_that_is_newer_than_the_picture_wins() -> None:
    crew = crew_of(ann=agent("ready"))
    crew.hear(changed("reserved", 1.2, "leg"))
    crew.see(picture(1, ann=agent("ready", queues=["sales", "support"])), at(1.5))
    assert activities(crew, calls=("leg",)) == {"ann": Activity.TALKING}
    crew.see(picture(2, ann=agent("on-call", since=1.3, call="leg", queue="sales")), at(2.5))
    assert seen(crew, calls=("leg",)) == {"ann": (Activity.TALKING, 1.3)}


def test_a_picture_that_is_newer_than_the_message_wins() -> None:
    crew = crew_of(ann=agent("ready"))
    crew.hear(changed("paused", 1))
    crew.see(picture(2, ann=agent("ready", since=1.5)), at(2))
    assert [one.id for one in crew.idle()] == ["ann"]


def test_what_a_picture_says_of_queues_and_skills_counts_even_if_a_message_was_quicker() -> None:
    crew = crew_of(ann=agent("paused"))
    crew.hear(changed("ready", 1.2))
    crew.see(picture(1, ann=agent("paused", queues=["support"], skills=[])), at(1.5))
    (ann,) = crew.idle()
    assert (set(ann.queues), set(ann.skills)) == ({"support"}, set())


def test_an_old_message_changes_nothing() -> None:
    crew = crew_of(ann=agent("paused", since=-1))
    crew.hear(changed("ready", -1.001))
    assert crew.idle() == []
    crew.hear(changed("ready", -1))
    assert [one.id for one in crew.idle()] == ["ann"]


def test_of_an_agent_nobody_has_seen_the_next_picture_tells() -> None:
    crew = crew_of()
    crew.hear(changed("ready", 1))
    assert crew.idle() == []
    crew.see(picture(2, ann=agent("ready", since=1)), at(2))
    assert [one.id for one in crew.idle()] == ["ann"]


def test_who_is_not_in_the_picture_any_more_is_gone() -> None:
    crew = crew_of(ann=agent("ready"), bob=agent("ready"))
    crew.see(picture(1, bob=agent("ready")), at(1))
    assert [one.id for one in crew.idle()] == ["bob"]


# ---------------------------------------------------------------------------------------------------- the idle ones


def test_idle_are_those_who_are_ready_with_all_that_sharing_needs() -> None:
    states = ("ready", "reserved", "on-call", "wrap-up", "paused", "logged-out")
    crew = crew_of(**{state: agent(state, since=-5, idle_since=at(-90).timestamp()) for state in states})
    assert crew.idle() == [
        IdleAgent(
            id="ready",
            queues=frozenset({"sales"}),
            skills=frozenset({"french"}),
            idle_since=at(-90).timestamp(),
        )
    ]


def test_idle_time_counts_as_the_acd_counts_it() -> None:
    """From the log-in, the end of the last call, or a caller who did not get through; a pause does not end it."""
    crew = crew_of(ann=agent("logged-out"))
    crew.hear(changed("ready", 1))
    assert idle_since(crew) == {"ann": 1}
    crew.hear(changed("reserved", 2, "leg"))
    crew.hear(changed("ready", 3))
    assert idle_since(crew) == {"ann": 3}
    crew.hear(changed("paused", 4))
    crew.hear(changed("ready", 5))
    assert idle_since(crew) == {"ann": 3}
    for state, seconds in (("reserved", 6), ("on-call", 7), ("wrap-up", 8), ("ready", 9)):
        crew.hear(changed(state, seconds, None if state == "ready" else "leg"))
    assert idle_since(crew) == {"ann": 8}


# ---------------------------------------------------------------------------------------------------- what pacers see


def test_logged_out_agents_and_those_of_others_are_not_seen() -> None:
    crew = crew_of(
        ann=agent("ready"),
        bob=agent("logged-out"),
        cem=agent("ready", queues=["support"]),
        dot=agent("ready", skills=["german"]),
        eve=agent("paused", queues=["support", "sales"], skills=["german", "french"]),
    )
    assert activities(crew) == {"ann": Activity.AWAY, "eve": Activity.AWAY}


def test_only_a_ready_agent_who_is_counted_is_idle() -> None:
    crew = crew_of(ann=agent("ready"), bob=agent("ready"), cem=agent("paused"))
    assert activities(crew, counted=("ann", "cem")) == {
        "ann": Activity.IDLE,
        "bob": Activity.AWAY,
        "cem": Activity.AWAY,
    }


@pytest.mark.parametrize(
    ("state", "activity"),
    [("reserved", Activity.TALKING), ("on-call", Activity.TALKING), ("wrap-up", Activity.WRAPPING)],
)
def test_an_agent_on_a_call_of_the_campaign(state: str, activity: Activity) -> None:
    by_call = crew_of(ann=agent(state, since=-7, call="leg"))
    assert seen(by_call, calls=("leg",)) == {"ann": (activity, -7)}
    assert seen(by_call, calls=("other",)) == {"ann": (Activity.AWAY, -7)}
    by_queue = crew_of(ann=agent(state, call="gone", queue="sales"))
    assert activities(by_queue) == {"ann": activity}
    other_queue = crew_of(ann=agent(state, call="x", queue="support", queues=["support", "sales"]))
    assert activities(other_queue) == {"ann": Activity.AWAY}


def test_a_person_and_the_agent_reserved_for_them_leave_the_count_together() -> None:
    crew = crew_of(ann=agent("ready"))
    crew.hear(changed("reserved", 1, "leg"))
    assert activities(crew, counted=("ann",), calls=("leg",)) == {"ann": Activity.TALKING}
    crew.hear(changed("on-call", 1.01, "leg"))
    assert seen(crew, counted=("ann",), calls=("leg",)) == {"ann": (Activity.TALKING, 1.01)}


def test_the_queue_of_the_last_call_says_nothing_of_the_next() -> None:
    crew = crew_of(ann=agent("on-call", call="leg", queue="sales", queues=["sales", "support"]))
    crew.hear(changed("wrap-up", 1, "leg"))
    assert activities(crew) == {"ann": Activity.WRAPPING}
    crew.hear(changed("ready", 2))
    crew.hear(changed("reserved", 3, "caller"))
    assert activities(crew, calls=("leg",)) == {"ann": Activity.AWAY}


# ---------------------------------------------------------------------------------------------------- the acd's own


def test_a_picture_as_the_acd_draws_it() -> None:
    ann = Agent(id="ann", name="Ann", phone="1001", queues=("sales",), skills={"french": 3})
    floor = Floor()
    floor.configure([ann], [Queue(name="sales", title="Sales")], T0)
    floor.log_in(ann, "leg", "PJSIP/1001", at(1))
    crew = Crew()
    crew.see(draw(floor, at(2)), at(2))
    assert crew.is_fresh(at(2))
    assert crew.idle() == [
        IdleAgent(id="ann", queues=frozenset({"sales"}), skills=frozenset({"french"}), idle_since=at(1).timestamp())
    ]
    assert seen(crew, counted=("ann",)) == {"ann": (Activity.IDLE, 1)}
    crew.see(draw(floor, at(3), fresh=False), at(3))
    assert not crew.is_fresh(at(3))


# ---------------------------------------------------------------------------------------------------- whose agents


@pytest.mark.parametrize(
    ("works_for", "sees"), [({}, "talking"), ({"ann": "spring"}, "talking"), ({"ann": "autumn"}, "away")]
)
def test_an_agent_on_another_call_of_the_queue_is_seen_by_the_campaign_they_work_for(
    works_for: dict[str, str], sees: str
) -> None:
    crew = crew_of(ann=agent("on-call", call="inbound", queue="sales"))
    (ann,) = crew.seen_by(CAMPAIGN, (), (), works_for)
    assert ann.activity == sees


def test_who_has_asked_for_a_pause_is_leaving() -> None:
    crew = crew_of(ann=agent("on-call", call="leg", queue="sales", leaving=True), bob=agent("ready"))
    assert {one.agent: one.leaving for one in crew.seen_by(CAMPAIGN, (), ("leg",), {})} == {"ann": True, "bob": False}


def test_who_is_with_whom_and_who_is_there() -> None:
    crew = crew_of(
        ann=agent("on-call", call="leg", queue="sales"),
        bob=agent("logged-out"),
        cid=agent("paused"),
        dot=agent("ready", skills=[]),
    )
    assert crew.talking() == {"ann": "leg"}
    assert crew.present() == {"ann", "cid", "dot"}
    assert crew.suited(CAMPAIGN) == 2
