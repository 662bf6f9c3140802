"""Whose phone a page may speak for: its own, whatever it says."""

import pytest

from desk.browser import phone_of, trouble_with

USER = phone_of("secret").user


def message(method: str = "INVITE", *headers: str, source: str = USER, to: str = "try-1") -> str:
    lines = (
        f"{method} sip:{to}@callcenter.invalid SIP/2.0",
        f"From: <sip:{source}@callcenter.invalid>;tag=1",
        f"To: <sip:{to}@callcenter.invalid>",
        *headers,
    )
    return "\r\n".join((*lines, "", "v=0"))


def test_name_and_password_say_nothing_of_the_session() -> None:
    phone = phone_of("secret")
    assert phone.uri == f"sip:{phone.user}@callcenter.invalid"
    assert "secret" not in repr(phone)
    assert phone.password not in repr(phone)
    assert phone.id != phone.password[:16]
    int(phone.id, 16)
    int(phone.password, 16)


@pytest.mark.parametrize(
    "said",
    [
        message(),
        message("BYE"),
        message("REGISTER", to=USER),
        message("REGISTER", f'Authorization: Digest algorithm=MD5, username="{USER}", realm="asterisk"', to=USER),
        "\r\n\r\n",
        "SIP/2.0 200 OK\r\nFrom: <sip:somebody@x>\r\n\r\n",
    ],
)
def test_its_own_words_pass(said: str) -> None:
    assert trouble_with(said, USER) == ""


@pytest.mark.parametrize(
    "said",
    [
        message(source="1011"),
        message("REGISTER", to="1011"),
        message("INVITE", "From: <sip:1011@x>;tag=2"),
        message("INVITE", "f: <sip:1011@x>;tag=2"),
        message("INVITE", "From\t: <sip:1011@x>"),
        message("INVITE", 'Authorization: Digest username="1011", realm="asterisk"'),
        message("INVITE", 'Proxy-Authorization: Digest realm="asterisk",\r\n username="1011"'),
        message("INVITE", "Authorization: Digest realm=1"),
        message("MESSAGE"),
        message("SUBSCRIBE"),
        message("REFER"),
        message("PUBLISH"),
        message("invite"),
        "INVITE sip:try-1@x SIP/2.0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "nonsense",
    ],
)
def test_others_words_do_not(said: str) -> None:
    assert trouble_with(said, USER)


def test_a_body_may_say_what_it_likes() -> None:
    assert trouble_with(message() + "\r\nFrom: <sip:1011@x>\r\n", USER) == ""
