"""Spoken words as they are compared."""

import pytest

from callcenter.spoken import plain


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("Pay my bill.", "pay my bill"),
        ("I'd like to pay, please!", "i would like to pay"),
        ("I’d like to pay", "i would like to pay"),  # a typographer's apostrophe
        ("I can't pay", "i can not pay"),
        ("I cannot pay", "i can not pay"),
        ("It doesn't work", "it does not work"),
        ("That's right, isn't it?", "that is right is not it"),
        ("Um, uh, agent", "agent"),
        ("¿Cuánto debo, por favor?", "cuanto debo por favor"),
        ("Ça c'est réglé", "ca c est regle"),
        ("no no no no", "no"),
        ("Call me back. Call me back.", "call me back"),
        ("a b a b a c", "a b a c"),
        ("...", ""),
        ("", ""),
    ],
)
def test_words_are_compared_without_what_makes_no_difference(said: str, compared: str) -> None:
    assert plain(said) == compared


def test_comparing_twice_changes_nothing() -> None:
    assert plain(plain("I'll pay, I'll pay – it's 20!")) == plain("I'll pay, I'll pay – it's 20!")
