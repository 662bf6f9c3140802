"""How long to wait after failed sign-ins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from desk.throttle import BOTH, FORGOTTEN, MAX_KEPT, NAME, PLACE, Throttle

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = timedelta()


def failures(throttle: Throttle, name: str, address: str, count: int) -> None:
    for _ in range(count):
        throttle.failed(name, address, T0)


def test_the_first_mistakes_cost_nothing_then_each_doubles_the_wait() -> None:
    waits = []
    throttle = Throttle()
    for _ in range(8):
        throttle.failed("ann", "here", T0)
        waits.append(throttle.wait("ann", "here", T0).total_seconds())
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16]


def test_no_wait_is_longer_than_its_slope_says() -> None:
    throttle = Throttle()
    failures(throttle, "ann", "here", 1_000)
    assert throttle.wait("ann", "here", T0) == BOTH.longest


def test_the_wait_passes() -> None:
    throttle = Throttle()
    failures(throttle, "ann", "here", 4)
    assert throttle.wait("ann", "here", T0 + timedelta(seconds=0.5)) == timedelta(seconds=0.5)
    assert throttle.wait("ann", "here", T0 + timedelta(seconds=1)) == NOW


def test_the_owner_of_a_name_that_others_guess_can_still_sign_in() -> None:
    throttle = Throttle()
    for number in range(1_000):
        throttle.failed("ann", f"place {number}", T0)
    assert throttle.wait("ann", "home", T0) == NAME.longest == timedelta(seconds=10)


def test_who_tries_many_names_is_slowed_down_by_the_place() -> None:
    throttle = Throttle()
    for number in range(PLACE.free + 2):
        throttle.failed(f"name {number}", "here", T0)
    assert throttle.wait("another", "here", T0) == timedelta(seconds=2)
    assert throttle.wait("another", "there", T0) == NOW


def test_a_shift_of_people_who_sign_in_from_one_place_is_not_slowed_down() -> None:
    throttle = Throttle()
    for number in range(200):
        throttle.failed(f"agent {number}", "floor", T0)
        throttle.passed(f"agent {number}", "floor")
    assert throttle.wait("agent 7", "floor", T0) == NOW


def test_who_signs_in_is_forgiven() -> None:
    throttle = Throttle()
    failures(throttle, "ann", "here", 9)
    throttle.passed("ann", "here")
    throttle.failed("ann", "here", T0)
    assert throttle.wait("ann", "here", T0) == NOW


def test_failures_are_forgotten_after_an_hour() -> None:
    throttle = Throttle()
    failures(throttle, "ann", "here", 20)
    later = T0 + FORGOTTEN
    throttle.failed("ann", "here", later)
    assert throttle.wait("ann", "here", later) == NOW


def test_memory_is_bounded() -> None:
    throttle = Throttle()
    for number in range(MAX_KEPT):
        throttle.failed(f"name {number}", f"place {number}", T0)
    assert len(throttle._kept) == MAX_KEPT
