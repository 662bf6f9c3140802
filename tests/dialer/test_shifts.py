"""What the log of agents' states tells: spans, wrap-ups, who was on duty."""

from datetime import UTC, datetime, timedelta

from callcenter.records import AgentChange
from dialer.shifts import Span, on_duty, spans, wraps_after

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def change(agent: str, minutes: float, state: str, call: str | None = None) -> AgentChange:
    return AgentChange(agent=agent, state=state, at=at(minutes), call_id=call)


LOG = [
    change("7", -30, "ready"),
    change("7", 1, "reserved", "a"),
    change("8", 2, "ready"),
    change("7", 1.5, "on-call", "a"),
    change("7", 3, "wrap-up", "a"),
    change("7", 3.5, "ready"),
    change("8", 4, "on-call", "b"),
    change("8", 6, "wrap-up", "b"),
    change("8", 30, "ready"),
    change("7", 50, "logged-out"),
]


def test_spans_are_cut_to_the_time_asked_for() -> None:
    mine = [span for span in spans(LOG, NINE, at(60)) if span.agent == "7"]
    assert [(span.state, span.start, span.end) for span in mine] == [
        ("ready", NINE, at(1)),
        ("reserved", at(1), at(1.5)),
        ("on-call", at(1.5), at(3)),
        ("wrap-up", at(3), at(3.5)),
        ("ready", at(3.5), at(50)),
        ("logged-out", at(50), at(60)),
    ]


def test_wrap_ups_after_the_talks_asked_for_but_none_that_somebody_forgot() -> None:
    assert wraps_after(LOG, {"a", "b"}) == [30.0]
    assert wraps_after(LOG, {"c"}) == []
    assert wraps_after([], {"a"}) == []
    assert wraps_after(LOG[:5], {"a"}) == []  # not over yet


def test_on_duty_is_who_is_ready_or_on_a_call_of_ours() -> None:
    def doing(state: str, call: str | None = None) -> bool:
        return on_duty(Span(agent="7", state=state, call=call, start=NINE, end=at(1)), {"a"})

    assert doing("ready")
    assert doing("on-call", "a")
    assert doing("wrap-up", "a")
    assert not doing("on-call", "b")
    assert not doing("paused")
    assert not doing("logged-out", "a")
