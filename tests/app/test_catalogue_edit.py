"""Editing a catalogue: one text changes, every other line stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue_edit import bring_to, remove, set_text, written
from callcenter.errors import NotFound
from ivr.plain import parse

TEXT = """\
# What is said.
welcome: Thank you.  # to all

# Menus.
menu: >-
  For sales, press 1.

  For support, press 2.
# the last
quoted: "Yes: no."
"""
LINES = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co"]), min_size=1, max_size=200)
TEXTS = st.dictionaries(
    st.sampled_from(["bye", "hello", "hello--speech", "menu"]),
    LINES.map(lambda text: " ".join(text.split())).filter(bool),
)


def test_a_text_over_several_lines_is_replaced_as_a_whole() -> None:
    changed = set_text(TEXT, "menu", "Press 1.")
    assert changed == TEXT.replace(">-\n  For sales, press 1.\n\n  For support, press 2.", "Press 1.")


def test_a_new_key_comes_to_the_end() -> None:
    assert set_text(TEXT, "new", "It is new.") == TEXT + "new: It is new.\n"
    assert set_text("a: b", "new", "It is new.") == "a: b\nnew: It is new.\n"


def test_a_long_text_is_folded() -> None:
    long = "word " * 60
    changed = set_text(TEXT, "new", long)
    assert max(map(len, changed.splitlines())) <= 120
    assert parse(changed)["new"] == long.strip()


def test_a_key_that_goes_takes_its_lines_along() -> None:
    gone = remove(TEXT, "menu")
    assert gone == TEXT.replace("menu: >-\n  For sales, press 1.\n\n  For support, press 2.\n", "")
    with pytest.raises(NotFound):
        remove(TEXT, "men")


@given(LINES)
def test_what_is_written_is_what_is_read(text: str) -> None:
    wanted = " ".join(text.split())
    for catalogue, key in ((TEXT, "menu"), (TEXT, "welcome"), ("", "new")):
        found = parse(set_text(catalogue, key, text))
        assert found[key] == wanted
        assert {**found, key: ""} == {**(parse(catalogue) or {}), key: ""}


@given(now=TEXTS, wanted=TEXTS)
def test_a_catalogue_brought_to_other_texts_says_just_them(now: dict[str, str], wanted: dict[str, str]) -> None:
    text = bring_to("# all that is said\n" + written(now), now, wanted)
    assert (parse(text) or {}) == wanted
    assert text.startswith("# all that is said\n")
