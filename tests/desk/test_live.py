"""Pictures, their changes, and clients that are too slow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.records import Closure, DraftHead, FlowAlias, FlowVersion
from desk.live import (
    KEPT,
    OVERLAP,
    WALK_KEPT,
    WALK_SHOWN,
    Marks,
    News,
    Opened,
    Outbox,
    Topic,
    TopicName,
    Walks,
    closure_picture,
    drafts_picture,
    flows_picture,
)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PICTURES = st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), max_size=12)


def applied(picture: dict[str, object], news: list[News]) -> dict[str, object]:
    """What a client makes of what it is told."""
    for one in news:
        if one.kind == "snapshot":
            picture = dict(one.data)
        else:
            picture = {key: value for key, value in (picture | one.data["set"]).items() if key not in one.data["gone"]}
    return picture


def test_only_what_differs_is_told() -> None:
    topic = Topic(TopicName.FLOWS)
    first = topic.show({"a": 1, "b": 2}, T0)
    assert first is not None
    assert (first.seq, first.data) == (1, {"set": {"a": 1, "b": 2}, "gone": []})
    assert topic.show({"a": 1, "b": 2}, T0) is None
    second = topic.show({"b": 3}, T0)
    assert second is not None
    assert second.to_plain() == {
        "topic": "flows",
        "seq": 2,
        "type": "delta",
        "at": "2026-03-02T09:00:00Z",
        "data": {"set": {"b": 3}, "gone": ["a"]},
    }


def test_what_is_changed_is_marked_twice_and_nothing_before_the_first_look() -> None:
    marks = Marks()
    assert (marks.after, marks.note([(7, "block")])) == (None, {})
    assert marks.after == 0
    assert marks.note([(6, "block"), (7, "block")]) == {}
    assert marks.note([(7, "block"), (9, "people"), (10, "sign-in")]) == {"people": 1}
    assert marks.note([(9, "people")]) == {"people": 2}  # written a moment before what it tells of
    assert marks.note([(9, "people")]) == {"people": 2}
    # One whose number was given earlier, and that could be seen later.
    assert marks.note([(8, "dnc")]) == {"people": 2, "dnc": 1}
    assert marks.note([(8, "dnc"), (7 + OVERLAP, "block")])["block"] == 1
    assert marks.after == 7


def test_a_desk_on_which_nothing_was_ever_done_sees_the_first_change() -> None:
    marks = Marks()
    assert marks.note([]) == {}
    assert marks.note([(1, "people")]) == {"people": 1}


def test_the_way_of_a_call_grows_and_is_forgotten_an_hour_after_its_last_step() -> None:
    walks = Walks()
    walks.went("t", [[0, "main", "welcome", "next"], [1, "main", "choose", ""]], T0)
    # Told late, in the wrong order, or by a version that says more.
    walks.went("t", [[2, "main", "bye", ""], [1, "main", "choose", "sales"], ["?"], [3, "main", "x", "y", "z"]], T0)
    way = [["main", "welcome", "next"], ["main", "choose", "sales"], ["main", "bye", ""]]
    assert walks.picture(T0 + WALK_KEPT) == {"t": way}
    assert walks.picture(T0 + WALK_KEPT + timedelta(seconds=1)) == {}
    walks.went("u", [[seq, "main", "loop", "next"] for seq in range(WALK_SHOWN + 5)], T0)
    assert len(walks.picture(T0)["u"]) == WALK_SHOWN


@given(PICTURES, st.integers(0, 12))
def test_whoever_knows_any_number_of_changes_ends_with_the_whole_picture(
    pictures: list[dict[str, int]], at: int
) -> None:
    topic, known, seq = Topic(TopicName.FLOWS), {}, 0
    for place, picture in enumerate(pictures):
        topic.show(picture, T0)
        if place == at:
            known, seq = dict(topic.picture), topic.seq
    assert applied(known, topic.since(seq, T0)) == topic.picture
    assert applied({}, topic.since(None, T0)) == topic.picture


@pytest.mark.parametrize("known", [None, 0, 1, 10_000])
def test_who_knows_nothing_or_too_little_or_of_the_future_gets_the_whole(known: int | None) -> None:
    topic = Topic(TopicName.FLOWS)
    for number in range(KEPT + 2):
        topic.show({"a": number}, T0)
    [news] = topic.since(known, T0)
    assert (news.kind, news.seq, news.data) == ("snapshot", KEPT + 2, {"a": KEPT + 1})
    assert topic.since(KEPT + 2, T0) == []
    assert len(topic.since(2, T0)) == KEPT


def test_who_is_too_slow_begins_anew_and_takes_no_more_memory() -> None:
    outbox = Outbox(most=3)
    for number in range(10):
        outbox.put({"seq": number})
    assert outbox.take() is None
    assert outbox.lost()
    assert not outbox.lost()
    outbox.put({"seq": 11})
    assert outbox.take() == {"seq": 11}


def test_flows_are_shown_with_their_aliases() -> None:
    newest = FlowVersion(name="main", version=3, author="ann", message="new", created_at=T0)
    aliases = [
        FlowAlias(flow="main", alias=name, version=v, by="ben", at=T0) for name, v in (("live", 2), ("staging", 3))
    ]
    said = flows_picture(aliases, [newest])["main"]
    assert (said["live"], said["newest"], said["author"]) == (2, 3, "ann")
    assert said["aliases"]["staging"] == {"version": 3, "by": "ben", "at": "2026-03-02T09:00:00Z"}


def test_drafts_are_shown_with_who_has_them_open_each_once() -> None:
    opened = [
        Opened(flow=flow, name=name, since=T0) for flow, name in (("main", "ben"), ("main", "ben"), ("other", "ann"))
    ]
    said = drafts_picture([DraftHead(name="main", lock=4, author="ann", updated_at=T0)], opened)
    assert said["main"]["lock"] == 4
    assert said["main"]["open"] == [{"name": "ben", "since": "2026-03-02T09:00:00Z", "tabs": 2}]
    assert said["other"]["lock"] is None
    assert [one["name"] for one in said["other"]["open"]] == ["ann"]


def test_closure() -> None:
    assert closure_picture(None) == {"closure": None}
    closed = closure_picture(Closure(prompt="emergency", by="ann", since=T0))
    assert closed == {"closure": {"prompt": "emergency", "by": "ann", "since": "2026-03-02T09:00:00Z"}}
