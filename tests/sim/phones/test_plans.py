"""What a simulated phone refuses, and how agents are told apart by ear."""

import pytest

from callcenter.errors import ConfigError
from sim.phones.plans import TONES, AgentPhone, Keys, Line, agents_by_tone, tone_hz


@pytest.mark.parametrize("password", ["two words", "br[acket]", 'quo"te', "<tag>"])
def test_a_password_that_sipp_would_read_as_markup_is_refused(password: str) -> None:
    with pytest.raises(ConfigError, match="line 'a'"):
        Line(name="a", server_port=5060, user="a", password=password)


def test_a_password_is_not_shown() -> None:
    assert "geheim" not in repr(Line(name="a", server_port=5060, user="a", password="geheim"))
    assert "4711" not in repr(AgentPhone(agent="1", user="a", password="geheim", pin="4711"))


@pytest.mark.parametrize("digits", ["", "12a", "1 2", "1\r\nX-To: 2"])
def test_only_keys_of_a_telephone_can_be_pressed(digits: str) -> None:
    with pytest.raises(ConfigError):
        Keys(after_s=1, digits=digits)


def test_an_agent_presses_the_pin_after_a_second_unless_told_otherwise() -> None:
    assert AgentPhone(agent="1", user="a", password="x", pin="4711").login_keys == (Keys(after_s=1.0, digits="4711#"),)
    other = (Keys(after_s=3, digits="1#"),)
    assert AgentPhone(agent="1", user="a", password="x", pin="4711", keys=other).login_keys == other


def test_each_agent_has_a_tone_of_its_own() -> None:
    agents = [AgentPhone(agent=str(i), user=str(i), password="x") for i in range(TONES)]
    assert list(agents_by_tone(agents).values()) == [str(i) for i in range(TONES)]


def test_tones_are_none_of_a_key_and_pass_a_telephone_line() -> None:
    assert all(1633 < tone_hz(i) < 3400 for i in range(TONES))
