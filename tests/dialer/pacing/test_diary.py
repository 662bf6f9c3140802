"""What is kept of a pacer's decisions: all that did something, and one a minute."""

from dataclasses import replace

from dialer.pacing import PacingDecision, PacingSnapshot
from dialer.pacing.diary import Diary, floor_of

IDLE = PacingDecision(originate=0, reasons=("no agent is ready",))
CALLS = PacingDecision(originate=7, reasons=("5 agents will be free", "price 4 %"))


def test_decisions_that_do_something_are_all_kept() -> None:
    diary = Diary()
    assert all(diary.keeps("spring", t, CALLS, 7) for t in (0.0, 1.0, 1.1))
    assert diary.keeps("spring", 2.0, replace(IDLE, cancel=("a",)), 0)


def test_of_those_that_do_nothing_one_a_minute_is_kept() -> None:
    diary = Diary()
    assert [t for t in range(200) if diary.keeps("spring", float(t), IDLE, 0)] == [0, 60, 120, 180]


def test_the_first_that_does_nothing_after_one_that_did_is_kept() -> None:
    diary = Diary()
    assert diary.keeps("spring", 0.0, CALLS, 7)
    assert diary.keeps("spring", 1.0, IDLE, 0)
    assert not diary.keeps("spring", 2.0, IDLE, 0)


def test_each_campaign_has_its_own() -> None:
    diary = Diary()
    assert diary.keeps("spring", 0.0, IDLE, 0)
    assert diary.keeps("autumn", 1.0, IDLE, 0)


def test_the_floor_is_kept_by_name() -> None:
    snapshot = PacingSnapshot(
        t=0.0, cap=0.03, day_end=60.0, max_wait=2.0, n_idle=2, n_ringing=5, trunk_free=9, cps_free=1, peek=lambda k: []
    )
    floor = floor_of(snapshot)
    assert (floor["idle"], floor["ringing"], floor["trunk_free"]) == (2.0, 5.0, 9.0)
