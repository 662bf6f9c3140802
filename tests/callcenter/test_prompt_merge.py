"""What becomes of each prompt when others are shipped: a table of all cases, and what must hold for any of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.prompt_merge import NOTHING, SPEECH, Ledger, Merge, Prompt, Prompts, merge, plain

A, B, C = Prompt(words="a", sound="a"), Prompt(words="b", sound="b"), Prompt(words="c", sound="c")
RECORDED = Prompt(words="a", sound="mine")

KEYS = st.sampled_from(("bye", "bye--speech", "hello", "hello--speech", "say-1"))
HASHES = st.sampled_from(("a", "b", "c"))
PROMPT = st.builds(Prompt, words=HASHES, sound=HASHES) | st.builds(Prompt, sound=HASHES)
PROMPTS = st.dictionaries(KEYS, PROMPT)


def after(here: Prompts, found: Merge) -> dict[str, Prompt]:
    """What is here once all is done."""
    return {key: prompt for key, prompt in {**here, **found.put}.items() if prompt != NOTHING}


def groups(*states: Prompts) -> list[list[str]]:
    keys = {key for state in states for key in state}
    return [[key for key in keys if plain(key) == one] for one in sorted({plain(key) for key in keys})]


def alike(keys: list[str], one: Prompts, other: Prompts) -> bool:
    return all(one.get(key) == other.get(key) for key in keys)


@pytest.mark.parametrize(
    ("last", "here", "now", "becomes", "told"),
    [
        (None, None, A, A, False),  # new with this version
        (A, A, A, A, False),
        (A, A, B, B, False),  # nobody touched it
        (A, A, None, None, False),
        (A, RECORDED, A, RECORDED, False),
        (A, RECORDED, B, RECORDED, True),
        (A, RECORDED, None, RECORDED, False),  # from now on theirs alone
        (None, C, None, C, False),  # of their own making
        (None, C, A, C, True),
        (A, B, B, B, False),  # they did what we did
        (A, None, A, None, False),  # removed here
        (A, None, B, None, True),
    ],
)
def test_a_prompt_untouched_is_as_shipped_and_any_other_stays(
    last: Prompt | None, here: Prompt | None, now: Prompt | None, becomes: Prompt | None, told: bool
) -> None:
    def one(prompt: Prompt | None) -> dict[str, Prompt]:
        return {} if prompt is None else {"hello": prompt}

    found = merge(Ledger(shipped=one(last)), one(here), one(now))
    assert after(one(here), found) == one(becomes)
    assert found.both == (("hello",) if told else ())


def test_what_is_said_with_and_without_speaking_changes_together() -> None:
    shipped = {"menu": A, "menu--speech": A}
    found = merge(Ledger(shipped=shipped), {**shipped, "menu": RECORDED}, {"menu": B, "menu--speech": B})
    assert found.put == {}
    assert found.both == ("menu", "menu--speech")


def test_who_was_told_is_told_again_until_they_record_it_anew_or_take_the_shipped_one() -> None:
    first = merge(Ledger(shipped={"hello": A}), {"hello": RECORDED}, {"hello": B})
    again = merge(first.ledger, {"hello": RECORDED}, {"hello": B})
    assert again.both == ("hello",)
    assert merge(again.ledger, {"hello": C}, {"hello": B}).both == ()
    taken = merge(again.ledger, {"hello": RECORDED}, {"hello": B}, back=["hello"])
    assert (taken.put, taken.both) == ({"hello": B}, ())
    assert merge(taken.ledger, {"hello": B}, {"hello": C}).put == {"hello": C}


def test_a_language_that_was_removed_here_stays_so_until_it_is_wanted_back() -> None:
    known = Ledger(shipped={"hello": A})
    found = merge(known, None, {"hello": B, "new": A})
    assert (found.gone, found.put, found.ledger) == (True, {}, known)
    assert merge(known, None, {"hello": B, "new": A}, back=None).put == {"hello": B, "new": A}
    assert not merge(Ledger(), None, {"hello": B}).gone


@given(last=PROMPTS, here=PROMPTS, now=PROMPTS)
def test_nothing_that_was_made_here_is_lost(last: Prompts, here: Prompts, now: Prompts) -> None:
    found = merge(Ledger(shipped=last), here, now)
    becomes = after(here, found)
    for keys in groups(last, here, now):
        if alike(keys, here, last):
            assert alike(keys, becomes, now)
        else:
            assert alike(keys, becomes, here)


@given(last=PROMPTS, here=PROMPTS, now=PROMPTS)
def test_who_changed_what_is_shipped_anew_is_told_and_nobody_else(last: Prompts, here: Prompts, now: Prompts) -> None:
    found = merge(Ledger(shipped=last), here, now)
    told = {
        key
        for keys in groups(last, here, now)
        if not alike(keys, here, last) and not alike(keys, now, last) and not alike(keys, here, now)
        if any(key in now for key in keys)
        for key in keys
    }
    assert set(found.both) == told


@given(last=PROMPTS, here=PROMPTS, now=PROMPTS)
def test_a_second_update_finds_nothing_to_do_and_tells_the_same(last: Prompts, here: Prompts, now: Prompts) -> None:
    first = merge(Ledger(shipped=last), here, now)
    second = merge(first.ledger, after(here, first), now)
    assert (second.changes, second.both, second.ledger) == ((), first.both, first.ledger)


@given(data=st.data(), last=PROMPTS, here=PROMPTS, now=PROMPTS, later=PROMPTS)
def test_an_update_that_was_killed_anywhere_is_made_up_for(
    data: st.DataObject, last: Prompts, here: Prompts, now: Prompts, later: Prompts
) -> None:
    """Whatever of the words and sounds was in its place, and whichever version is shipped the next time."""
    begun = merge(Ledger(shipped=last), here, now)
    half = dict(here)
    for key in begun.changes:
        old, new = here.get(key, NOTHING), begun.put[key]
        mixed = Prompt(
            words=data.draw(st.sampled_from((old.words, new.words))),
            sound=data.draw(st.sampled_from((old.sound, new.sound))),
        )
        half = {**half, key: mixed} if mixed != NOTHING else {k: v for k, v in half.items() if k != key}
    coming = {key: begun.put[key] for key in begun.changes}
    killed = merge(Ledger(shipped=last, coming=coming), half, now)
    assert after(half, killed) == after(here, begun)
    assert killed.both == begun.both
    unharmed = merge(Ledger(shipped=last), here, later)
    assert after(half, merge(Ledger(shipped=last, coming=coming), half, later)) == after(here, unharmed)


@given(last=PROMPTS, here=PROMPTS, now=PROMPTS)
def test_no_wording_for_speakers_is_left_without_the_plain_one(last: Prompts, here: Prompts, now: Prompts) -> None:
    def sound(state: Prompts) -> Prompts:
        return {key: prompt for key, prompt in state.items() if not key.endswith(SPEECH) or plain(key) in state}

    here, now = sound(here), sound(now)
    becomes = after(here, merge(Ledger(shipped=last), here, now))
    assert sound(becomes) == becomes
