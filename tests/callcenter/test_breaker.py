"""What fails again and again gets a probe now and then."""

from callcenter.breaker import Breaker


def breaker() -> Breaker:
    return Breaker(failures=3, probe_every_s=10.0)


def test_some_failures_are_nothing() -> None:
    one = breaker()
    one.failed()
    one.failed()
    assert (one.is_open, one.allowed(7, 0.0)) == (False, 7)
    one.worked()
    one.failed()
    assert one.allowed(7, 0.0) == 7


def test_many_in_a_row_leave_a_probe_every_so_often() -> None:
    one = breaker()
    for _ in range(3):
        one.failed()
    assert [one.allowed(7, at) for at in (0.0, 0.1, 9.9, 10.0, 10.1, 20.0)] == [1, 0, 0, 1, 0, 1]


def test_nobody_who_wants_nothing_uses_up_the_probe() -> None:
    one = breaker()
    for _ in range(3):
        one.failed()
    assert [one.allowed(wanted, at) for wanted, at in ((0, 0.0), (2, 0.1), (0, 10.2), (2, 10.3))] == [0, 1, 0, 1]


def test_a_probe_that_works_opens_the_way() -> None:
    one = breaker()
    for _ in range(3):
        one.failed()
    one.allowed(7, 0.0)
    one.worked()
    assert one.allowed(7, 0.1) == 7


def test_a_failure_with_its_time_lets_no_probe_go_before_it_has_rested() -> None:
    one = breaker()
    for at in (1.0, 2.0, 3.0):
        one.failed(at)
    assert [one.allowed(1, at) for at in (3.0, 12.9, 13.0, 13.1)] == [0, 0, 1, 0]
    one.failed(14.0)
    assert [one.allowed(1, at) for at in (23.9, 24.0)] == [0, 1]


def test_a_probe_nobody_hears_of_again_is_followed_by_another() -> None:
    one = breaker()
    for _ in range(3):
        one.failed(0.0)
    assert [one.allowed(1, at) for at in (10.0, 19.9, 20.0)] == [1, 0, 1]
