"""When is an answer complete."""

import pytest

from ivr.commands import Collect
from ivr.happenings import Digits
from ivr.keys import answer, may_still_end

ACCOUNT = Collect(prompts=("x",), max_digits=4, timeout_s=5, inter_digit_s=3, terminator="#")
MENU = Collect(prompts=("x",), max_digits=1, timeout_s=5, inter_digit_s=3)


@pytest.mark.parametrize(
    ("question", "typed", "keys", "terminated", "rest"),
    [
        (MENU, "1", "1", False, ""),
        (MENU, "12", "1", False, "2"),
        (MENU, "#", "#", False, ""),  # a menu has no terminator: # may be a choice
        (ACCOUNT, "12#", "12", True, ""),
        (ACCOUNT, "#", "", True, ""),
        (ACCOUNT, "1234", "1234", False, ""),
        (ACCOUNT, "1234#", "1234", True, ""),
        (ACCOUNT, "12345#", "1234", False, "5#"),
        (ACCOUNT, "12#9", "12", True, "9"),
    ],
)
def test_an_answer_is_complete(question: Collect, typed: str, keys: str, terminated: bool, rest: str) -> None:
    assert answer(question, typed) == (Digits(keys=keys, terminated=terminated), rest)


@pytest.mark.parametrize(("question", "typed"), [(MENU, ""), (ACCOUNT, ""), (ACCOUNT, "123")])
def test_more_may_come(question: Collect, typed: str) -> None:
    assert answer(question, typed) is None


def test_the_terminator_may_follow_a_full_number() -> None:
    assert may_still_end(ACCOUNT, Digits(keys="1234"))
    assert not may_still_end(ACCOUNT, Digits(keys="1234", terminated=True))
    assert not may_still_end(MENU, Digits(keys="1"))


def test_keys_never_show_in_a_log() -> None:
    assert "4111" not in repr(Digits(keys="4111"))
