"""Once a second, and at once when an event wakes the pacer."""

from dialer.pacing.cadence import Cadence


def asked(events: list[tuple[float, str]], until: float) -> list[float]:
    """When the pacer is asked, to the millisecond, while these events come."""
    cadence, times = Cadence(wake=frozenset({"idle"})), []
    for millisecond in range(int(until * 1_000) + 1):
        now = millisecond / 1_000
        while events and events[0][0] <= now:
            cadence.note(events.pop(0)[1])
        if cadence.due_at <= now:
            cadence.decided(now)
            times.append(now)
    return times


def test_once_a_second_without_events() -> None:
    assert asked([], 3.5) == [0.0, 1.0, 2.0, 3.0]


def test_at_once_after_an_event_that_wakes() -> None:
    assert asked([(0.42, "idle")], 2.0) == [0.0, 0.42, 1.42]


def test_others_do_not_wake() -> None:
    assert asked([(0.42, "ringing")], 2.0) == [0.0, 1.0, 2.0]


def test_a_burst_is_decided_together() -> None:
    assert asked([(0.5 + 0.01 * i, "idle") for i in range(15)], 2.0) == [0.0, 0.5, 0.6, 0.7, 1.7]
