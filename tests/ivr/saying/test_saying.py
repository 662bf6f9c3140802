"""Numbers, money and digits in words: against num2words as an independent oracle, and known-hard cases.

num2words does not know everything: where its words differ from how people speak, the difference is named below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from ivr.saying import SayAs, pieces, spell
from ivr.saying.currencies import CURRENCIES
from tests.ivr.saying.words import LANGUAGES, TEXTS, amounts, language, oracle, said


@given(language=language, value=amounts)
def test_a_whole_number_is_in_the_words_of_num2words(language: str, value: int) -> None:
    assert said("number", value, language) == oracle(value, language)


@given(language=language, value=st.integers(1, 10**9))
def test_below_zero_and_as_text_are_the_same_number(language: str, value: int) -> None:
    minus = {"en": "minus", "es": "menos", "fr": "moins"}[language]
    assert said("number", -value, language) == f"{minus} {said('number', value, language)}"
    assert spell("number", str(value), language) == spell("number", value, language)
    assert spell("number", float(value), language) == spell("number", value, language)


@pytest.mark.parametrize("nothing", ["-0", -0.0, -1e-9, "-0.00"])
def test_nothing_has_no_sign(nothing: str | float) -> None:
    assert said("number", nothing, "en").startswith("zero")


@given(language=language, whole=st.integers(0, 10**6), decimals=st.text("0123456789", min_size=1, max_size=6))
def test_decimals_are_said_one_by_one(language: str, whole: int, decimals: str) -> None:
    point = {"en": "point", "es": "punto", "fr": "virgule"}[language]
    behind = " ".join(oracle(int(digit), language) for digit in decimals)
    assert said("number", f"{whole}.{decimals}", language) == f"{oracle(whole, language)} {point} {behind}"


NOUNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {  # major one, major several, minor one, minor several
    "en": {
        "USD": ("dollar", "dollars", "cent", "cents"),
        "EUR": ("euro", "euros", "cent", "cents"),
        "GBP": ("pound", "pounds", "penny", "pence"),
        "MXN": ("peso", "pesos", "centavo", "centavos"),
        "CHF": ("franc", "francs", "centime", "centimes"),
    },
    "es": {
        "USD": ("dólar", "dólares", "centavo", "centavos"),
        "EUR": ("euro", "euros", "céntimo", "céntimos"),
        "GBP": ("libra", "libras", "penique", "peniques"),
        "MXN": ("peso", "pesos", "centavo", "centavos"),
        "CHF": ("franco", "francos", "céntimo", "céntimos"),
    },
    "fr": {
        "USD": ("dollar", "dollars", "cent", "cents"),
        "EUR": ("euro", "euros", "centime", "centimes"),
        "GBP": ("livre", "livres", "penny", "pence"),
        "MXN": ("peso", "pesos", "centavo", "centavos"),
        "CHF": ("franc", "francs", "centime", "centimes"),
    },
}


FEMININE = {"libra", "libras", "livre", "livres"}


def counted(amount: int, nouns: tuple[str, ...], language: str) -> str:
    """Number and noun with agreement, worked out on the text and by another way than the grammars do."""
    number, noun = oracle(amount, language), nouns[0 if amount == 1 else 1]
    if language == "fr" and amount == 0:
        noun = nouns[0]  # plural from two on
    if language == "es":
        millions, rest = re.match(r"^(.*mill(?:ón|ones) ?)?(.*)$", number).groups("")  # type: ignore[union-attr]
        if noun in FEMININE:  # what there are millions of is no concern of the millions
            rest = re.sub(r"(cient|quinient)os\b", r"\1as", re.sub(r"\b(veinti)?(?:un|ún|uno)\b", r"\1una", rest))
        else:
            rest = re.sub(r"\buno$", "un", re.sub(r"\bveintiuno$", "veintiún", rest))
        number = millions + rest
    if language == "fr" and noun in FEMININE:
        number = re.sub(r"\bun$", "une", number)
    if amount and amount % 1_000_000 == 0 and language != "en":
        noun = f"d'{noun}" if noun[0] == "e" else f"de {noun}"
    return f"{number} {noun}"


@given(
    language=language,
    minor=st.one_of(st.integers(0, 30_000), st.integers(0, 10**11)),
    currency=st.sampled_from(sorted(NOUNS["en"])),
)
def test_an_amount_is_two_counts_that_agree_with_their_nouns(language: str, minor: int, currency: str) -> None:
    units, cents = divmod(minor, 100)
    nouns = NOUNS[language][currency]
    parts = [counted(units, nouns[:2], language)] if units or not cents else []
    parts += [counted(cents, nouns[2:], language)] if cents else []
    joint = {"en": " and ", "es": " con ", "fr": " et "}[language]
    assert said("money", minor, language, currency=currency) == joint.join(parts)


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_minor_units_are_those_of_iso_4217(currency: str) -> None:
    iso = {"COP": 2}.get(currency, get_currency_precision(currency))  # CLDR rounds away what is on paper
    assert CURRENCIES[currency].digits == iso


HARD = [
    ("en", "money", 100, {"currency": "USD"}, "one dollar"),
    ("en", "money", 101, {"currency": "USD"}, "one dollar and one cent"),
    ("en", "money", 1, {"currency": "GBP"}, "one penny"),
    ("en", "money", -2_150, {"currency": "USD"}, "minus twenty-one dollars and fifty cents"),
    ("en", "money", "12550", {"currency": "CAD"}, "one hundred twenty-five dollars and fifty cents"),
    ("en", "money", 5_000, {"currency": "CLP"}, "five thousand pesos"),
    ("es", "money", 2_100, {"currency": "EUR"}, "veintiún euros"),
    ("es", "money", 100, {"currency": "GBP"}, "una libra"),
    ("es", "money", 50_000, {"currency": "GBP"}, "quinientas libras"),
    ("es", "money", 3_100, {"currency": "GBP"}, "treinta y una libras"),
    ("es", "money", 20_000_000, {"currency": "GBP"}, "doscientas mil libras"),
    ("es", "money", 20_000_000_000, {"currency": "GBP"}, "doscientos millones de libras"),
    ("es", "money", 100_000_000, {"currency": "EUR"}, "un millón de euros"),
    ("es", "money", 100_000_100, {"currency": "MXN"}, "un millón un pesos"),
    ("es", "money", 10_000, {"currency": "MXN"}, "cien pesos"),
    ("es", "money", 10_150, {"currency": "MXN"}, "ciento un pesos con cincuenta centavos"),
    ("es", "money", 2_100_000, {"currency": "USD"}, "veintiún mil dólares"),
    ("es", "number", 1_000, {}, "mil"),
    ("es", "number", 31_000_000, {}, "treinta y un millones"),
    ("fr", "money", 8_000, {"currency": "EUR"}, "quatre-vingts euros"),
    ("fr", "money", 20_000, {"currency": "EUR"}, "deux cents euros"),
    ("fr", "money", 20_300, {"currency": "USD"}, "deux cent trois dollars"),
    ("fr", "money", 100_000_000, {"currency": "EUR"}, "un million d'euros"),
    ("fr", "money", 200_000_000, {"currency": "GBP"}, "deux millions de livres"),
    ("fr", "money", 2_100, {"currency": "GBP"}, "vingt et une livres"),
    ("fr", "money", 2_100_000, {"currency": "GBP"}, "vingt et un mille livres"),
    ("fr", "money", 0, {"currency": "EUR"}, "zéro euro"),
    ("fr", "money", 200_000, {"currency": "EUR"}, "deux mille euros"),
    ("fr", "money", 8_000_000, {"currency": "EUR"}, "quatre-vingt mille euros"),
    ("fr", "number", 71, {}, "soixante et onze"),
    ("fr", "number", 80_000, {}, "quatre-vingt mille"),
    ("fr", "number", 200_000, {}, "deux cent mille"),
    ("fr", "number", 80_000_000, {}, "quatre-vingts millions"),
    ("en", "date", "2026-03-03", {}, "March third twenty twenty-six"),
    ("en", "date", "2005-12-31", {}, "December thirty-first two thousand five"),
    ("en", "date", "1905-07-12", {}, "July twelfth nineteen oh five"),
    ("en", "date", "1900-01-01", {}, "January first nineteen hundred"),
    ("es", "date", "2026-03-01", {}, "el primero de marzo de dos mil veintiséis"),
    ("es", "date", "1999-08-21", {}, "el veintiuno de agosto de mil novecientos noventa y nueve"),
    ("fr", "date", "2026-03-01", {}, "le premier mars deux mille vingt-six"),
    ("fr", "date", "2000-08-21", {}, "le vingt et un août deux mille"),
    ("en", "time", "00:00", {}, "midnight"),
    ("en", "time", "12:00", {}, "noon"),
    ("en", "time", "12:05", {}, "twelve oh five p.m."),
    ("en", "time", "9:30", {}, "nine thirty a.m."),
    ("es", "time", "13:00", {}, "la una de la tarde"),
    ("es", "time", "14:30", {}, "las dos y media de la tarde"),
    ("es", "time", "09:15", {}, "las nueve y cuarto de la mañana"),
    ("es", "time", "00:00", {}, "las doce de la noche"),
    ("es", "time", "20:01", {}, "las ocho y un minuto de la noche"),
    ("fr", "time", "14:30", {}, "quatorze heures trente"),
    ("fr", "time", "01:00", {}, "une heure"),
    ("fr", "time", "21:21", {}, "vingt et une heures vingt et une"),
    ("fr", "time", "12:00", {}, "midi"),
    ("en", "duration", 3_725, {}, "one hour and two minutes"),
    ("es", "duration", 3_660, {}, "una hora y un minuto"),
    ("es", "duration", 1_260, {}, "veintiún minutos"),
    ("fr", "duration", 61, {}, "une minute et une seconde"),
    ("fr", "duration", 90_000, {}, "un jour et une heure"),
    ("en", "duration", 0, {}, "zero seconds"),
    ("fr", "duration", 0, {}, "zéro seconde"),
    ("en", "duration", 86_399, {}, "one day"),
    ("en", "duration", 59.6, {}, "one minute"),
]


@pytest.mark.parametrize(("language", "kind", "value", "more", "heard"), HARD)
def test_known_hard_cases(language: str, kind: str, value: Any, more: dict[str, Any], heard: str) -> None:
    assert said(kind, value, language, **more) == heard


def grouped(value: Any, language: str) -> str:
    """Return the digits with a bar where the voice falls and a pause follows."""
    keys = (key.removeprefix("say-") for key in spell("digits", value, language))
    return "".join(key.replace("-end", "|") for key in keys).removesuffix("|")


@pytest.mark.parametrize(
    ("language", "value", "heard"),
    [
        ("en", "4242", "4242"),
        ("en", "12345", "123|45"),
        ("en", 123456, "123|456"),
        ("en", "5550100", "555|0100"),
        ("en", "4111111111111111", "4111|1111|1111|1111"),
        ("en", "+12025550100", "202|555|0100"),
        ("es", "+525512345678", "55|1234|5678"),
        ("fr", "+33612345678", "06|12|34|56|78"),
        ("fr", "0612345678", "06|12|34|56|78"),
        ("es", "AB", ""),
        ("en", "555-01 00", "555|01|00"),
    ],
)
def test_digits_are_grouped_as_people_read_them(language: str, value: Any, heard: str) -> None:
    if not heard:
        with pytest.raises(ValueError, match="'AB' is no row of digits"):
            grouped(value, language)
    else:
        assert grouped(value, language) == heard


@given(language=language, digits=st.text("0123456789", min_size=1, max_size=40))
def test_no_digit_is_lost_and_no_group_is_long(language: str, digits: str) -> None:
    groups = grouped(digits, language).split("|")
    assert "".join(groups) == digits
    assert all(len(group) <= 4 for group in groups)
    assert len(digits) == 1 or len(groups) == 1 or all(len(group) > 1 for group in groups)


@pytest.mark.parametrize(
    ("kind", "value", "more", "error"),
    [
        ("number", "twelve", {}, "'twelve' is no number"),
        ("number", None, {}, "None is no number"),
        ("number", True, {}, "True is no number"),
        ("number", float("nan"), {}, "nan is no number"),
        ("number", 10**12, {}, "1000000000000 is too long a number to be said"),
        ("number", "1.1234567", {}, "is too long a number to be said: 12 digits, and 6 behind the point"),
        ("number", "", {}, "'' is no number"),
        ("number", "1e5", {}, "'1e5' is no number"),
        ("money", 12.5, {"currency": "USD"}, "12.5 is not an amount in minor units: it must be a whole number"),
        ("money", 100, {}, "an amount needs a currency; there are ARS,"),
        ("money", 100, {"currency": "XAU"}, "'XAU' cannot be said; there are ARS,"),
        ("money", 10**15, {"currency": "USD"}, "is too large an amount to be said"),
        ("date", "2026-02-30", {}, "'2026-02-30' is no date such as 2026-03-02"),
        ("date", "1850-01-01", {}, "the year 1850 cannot be said; from 1900 to 2099"),
        ("date", None, {}, "None cannot be said so: text is needed"),
        ("time", "24:00", {}, "'24:00' is no time of the day"),
        ("time", "half past", {}, "'half past' is no time such as 14:30"),
        ("time", "9:5", {}, "'9:5' is no time such as 14:30"),
        ("duration", -1, {}, "-1 is no duration in seconds"),
        ("digits", "", {}, "'' cannot be said so: text is needed"),
        ("digits", "1" * 41, {}, "41 digits are too many to be said; at most 40"),
        ("digits", "+1", {}, "'\\+1' is no telephone number"),
        ("shout", "1", {}, "'shout' is not a valid SayAs"),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_reason(
    kind: str, value: Any, more: dict[str, Any], error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        spell(kind, value, "en", **more)


def test_a_language_without_a_grammar_has_no_pieces_and_says_so() -> None:
    assert pieces("tlh") == {}
    with pytest.raises(ValueError, match="numbers cannot be said in 'tlh'; there are en, es, fr"):
        spell(SayAs.NUMBER, 1, "tlh")


@given(
    language=language,
    kind=st.sampled_from(SayAs),
    value=st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
)
def test_any_value_is_said_in_pieces_there_are_or_refused(language: str, kind: SayAs, value: Any) -> None:
    try:
        keys = spell(kind, value, language, currency="EUR")
    except ValueError:
        return  # with which words is above
    assert keys
    assert set(keys) <= set(TEXTS[language])


@pytest.mark.parametrize("language", ["es-MX", "es_419"])
def test_a_country_speaks_its_language(language: str) -> None:
    assert spell("number", 21, language) == spell("number", 21, "es")


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_are_files_names_and_texts_are_words(language: str) -> None:
    for key, text in TEXTS[language].items():
        assert re.fullmatch(r"say-[a-z0-9][a-z0-9-]*", key)
        assert text == text.strip()
        assert not re.search(r"\d", text)


def test_true_and_one_are_not_the_same_to_the_cache() -> None:
    assert spell("number", 1, "en") == ("say-1",)
    with pytest.raises(ValueError, match="True is no number"):
        spell("number", True, "en")
