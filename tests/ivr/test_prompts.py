"""The catalogue of prompts, and that it has every prompt something says."""

import re
from pathlib import Path

import pytest

from callcenter.errors import ConfigError
from ivr import company
from ivr.flow import load
from ivr.prompts import load_catalogue

ROOT = Path(__file__).parents[2]
CATALOGUES = {
    language: load_catalogue((ROOT / f"prompts/{language}.yaml").read_text("utf-8"), language)
    for language in ("en", "es", "fr")
}
EN = CATALOGUES["en"]
by_language = pytest.mark.parametrize("language", CATALOGUES)


def test_a_text_is_one_line_and_has_a_length() -> None:
    catalogue = load_catalogue("a: >-\n  one two\n  three\n", "en")
    assert catalogue.text("a") == "one two three"
    assert 0.5 < catalogue.length_s("a") < 2
    assert catalogue.text("missing") == "[missing]"


def test_what_numbers_are_put_together_from_belongs_to_each_language_with_numbers() -> None:
    assert load_catalogue("a: one", "en").text("say-21") == "twenty-one"
    assert load_catalogue("a: uno", "es").text("say-21-m") == "veintiún"
    assert load_catalogue("a: ein", "de").keys == {"a"}


def test_a_catalogue_may_word_a_piece_anew() -> None:
    catalogue = load_catalogue("say-pm: in the afternoon", "en")
    assert catalogue.text("say-pm") == "in the afternoon"
    assert catalogue.text("say-am") == "a.m."


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "prompts/en.yaml: must be a list of lines `key: text`"),
        ("- a", "prompts/en.yaml: must be a list of lines `key: text`"),
        ("a: one\na: two", "prompts/en.yaml: line 2: 'a' is there twice"),
        ("a: 'x", "prompts/en.yaml: line 1, column 6: found unexpected end of stream"),
        ("a: 1", "prompts/en.yaml: a: has no text"),
        ("a: ''", "prompts/en.yaml: a: has no text"),
        (
            "A b: x\nyes: y",
            "prompts/en.yaml: key 'A b' is not made of small letters, digits and hyphens; "
            "key True is not made of small letters, digits and hyphens",
        ),
        ("say-twelve: twelve", "prompts/en.yaml: say-twelve: no number or date has such a piece; name it otherwise"),
        ("a--speech: x", "prompts/en.yaml: a--speech: there is no a, which is said where callers cannot speak"),
        ("../x: y", "prompts/en.yaml: key '../x' is not made of small letters, digits and hyphens"),
        ("a: " + "x" * 1001, "prompts/en.yaml: a: has 1001 characters, at most 1000 are said in one go"),
    ],
)
def test_a_wrong_catalogue_is_refused_in_one_line(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_catalogue(text, "en")
    assert str(refused.value) == error


@by_language
def test_every_language_says_the_same_things(language: str) -> None:
    own, english = (
        [key for key in catalogue.texts if not key.startswith("say-")] for catalogue in (CATALOGUES[language], EN)
    )
    assert own == english


@by_language
def test_everything_the_shipped_flows_say_is_in_the_catalogue(language: str) -> None:
    flows = [load(path.read_text("utf-8")) for path in (ROOT / "ivr/flows").glob("*.json")]
    used = {key for flow in flows for node in flow.nodes.values() for _, key in node.prompts_used() if "/" not in key}
    assert "welcome" in used
    assert used <= CATALOGUES[language].keys


@by_language
def test_everything_a_waiting_caller_may_hear_is_in_the_catalogue(language: str) -> None:
    assert set(company.prompts_used(company.Wish(place=True, estimate=True))) <= CATALOGUES[language].keys


@by_language
def test_keys_are_spoken_of_in_words_and_sentences_end(language: str) -> None:
    """A voice reads "1" as it likes; what is followed by a number, an amount or a day has no end of its own."""
    parts = {key for key, text in CATALOGUES[language].texts.items() if text[-1].isalpha() or text[-1] == ","}
    followed = "did-you-mean you-entered number-is amount-is date-is time-is wait-range callback-booked-at opens-again"
    followed += " balance-is balance-due card-is you-pay card-ending pay-reference promise-is promise-by"
    assert {key for key in parts if not key.startswith("say-")} == set(followed.split())
    if language != "en":
        assert [key for key, text in CATALOGUES[language].texts.items() if re.search(r"\d", text)] == []


def test_everything_the_dialplan_says_is_in_the_catalogue() -> None:
    dialplan = (ROOT / "asterisk/conf/extensions.conf").read_text("utf-8")
    said = set(re.findall(r"\$\{CC_LANGUAGE\}/([a-z0-9-]+)", dialplan))
    assert {"technical-difficulty", "all-busy", "enter-pin"} <= said
    assert said <= EN.keys


@pytest.mark.parametrize(
    "key",
    ["fallback-menu", "closed-emergency", "enter-pin", "wrong-pin", "logged-in", "logged-out", "paused", "ready"],
)
def test_prompts_that_other_parts_name(key: str) -> None:
    assert EN.text(key).endswith(".")
