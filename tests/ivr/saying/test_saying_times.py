"""Dates, times of day and durations as they are said, against babel and num2words."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from babel.dates import format_date, format_time
from hypothesis import example, given
from hypothesis import strategies as st
from num2words import num2words

from ivr.saying import between_minutes
from tests.ivr.saying.words import TEXTS, language, oracle, said

days = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@given(day=days)
def test_an_english_date_is_that_of_babel_and_num2words(day: date) -> None:
    month, ordinal = format_date(day, "MMMM", locale="en_US"), num2words(day.day, lang="en", to="ordinal")
    year = num2words(day.year, lang="en", to="year") if day.year % 1000 >= 10 else oracle(day.year, "en")
    year = year.replace("oh-", "oh ").replace(" and ", " ")
    assert said("date", day.isoformat(), "en") == f"{month} {ordinal} {year}"


@given(day=days)
def test_a_spanish_date_is_that_of_babel_in_words(day: date) -> None:
    number = "primero" if day.day == 1 else oracle(day.day, "es")
    written = format_date(day, "d 'de' MMMM 'de' y", locale="es_MX")
    words = written.replace(f"{day.day} de", f"el {number} de", 1).replace(str(day.year), oracle(day.year, "es"))
    assert said("date", day.isoformat(), "es") == words


@given(day=days)
def test_a_french_date_is_that_of_babel_in_words(day: date) -> None:
    number = "premier" if day.day == 1 else oracle(day.day, "fr")
    assert said("date", day.isoformat(), "fr") == (
        f"le {number} {format_date(day, 'MMMM', locale='fr')} {oracle(day.year, 'fr')}"
    )


@given(language=language, today=days, away=st.integers(-400, 400))
def test_the_nearer_a_date_the_shorter_it_is_said(language: str, today: date, away: int) -> None:
    day = today + timedelta(days=away)
    if not 1900 <= day.year <= 2099:
        return
    near = {
        "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
        "es": {-1: "ayer", 0: "hoy", 1: "mañana"},
        "fr": {-1: "hier", 0: "aujourd'hui", 1: "demain"},
    }[language]
    text = said("date", day.isoformat(), language, today=today)
    full = said("date", day.isoformat(), language)
    weekday = format_date(day, "EEEE", locale=language)
    if away in near:
        assert text == near[away]
    elif 1 < away <= 6:
        assert weekday in text
        assert format_date(day, "MMMM", locale=language) in text
    elif abs(away) > 180:
        assert text == full
    else:
        assert full.startswith(text)
        assert len(text) < len(full)


@given(moment=st.times())
def test_an_english_time_has_the_hour_and_half_of_babel(moment: time) -> None:
    text = said("time", f"{moment:%H:%M}", "en")
    if moment.minute == 0 and moment.hour in {0, 12}:
        assert text == format_time(moment.replace(second=0, microsecond=0), "b", locale="en_US")
        return
    hour, half = format_time(moment, "h|a", locale="en_US").split("|")
    minute = oracle(moment.minute, "en") if moment.minute >= 10 else f"oh {oracle(moment.minute, 'en')}"
    middle = f" {minute}" if moment.minute else ""
    assert text == f"{oracle(int(hour), 'en')}{middle} {half[0].lower()}.m."


@given(moment=st.times())
def test_a_spanish_time_has_the_part_of_the_day_of_cldr(moment: time) -> None:
    text = said("time", f"{moment:%H:%M}", "es")
    hour, part = format_time(moment.replace(second=0, microsecond=0), "h|B", locale="es_MX").split("|")
    if moment.minute == 0 and moment.hour == 0:
        part = "de la noche"  # CLDR: "de la madrugada"
    assert text.endswith(f" {part}")
    assert text.split()[:2] == (["la", "una"] if hour == "1" else ["las", oracle(int(hour), "es")])


@given(moment=st.times())
def test_a_french_time_is_hours_and_minutes_in_words(moment: time) -> None:
    text = said("time", f"{moment:%H:%M}", "fr")
    if moment.minute == 0 and moment.hour in {0, 12}:
        assert text == ("midi" if moment.hour else "minuit")
        return
    number = re.sub(r"\bun$", "une", oracle(moment.hour, "fr"))
    minute = re.sub(r"\bun$", "une", oracle(moment.minute, "fr")) if moment.minute else ""
    assert text == f"{number} heure{'s' if moment.hour > 1 else ''} {minute}".strip()


# One and twenty-one before a noun, as the oracle says them alone.
SPANISH = {"un": "uno", "una": "uno", "veintiún": "veintiuno", "veintiuna": "veintiuno"}


@example(language="es", seconds=1_197_000)  # trece días y veintiuna horas
@given(language=language, seconds=st.integers(0, 40 * 86_400))
def test_a_duration_is_right_to_the_unit_it_is_rounded_to(language: str, seconds: int) -> None:
    units = {
        "en": {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1},
        "es": {"día": 86_400, "hora": 3_600, "minuto": 60, "segundo": 1},
        "fr": {"jour": 86_400, "heure": 3_600, "minute": 60, "seconde": 1},
    }[language]
    numbers = {oracle(number, language): number for number in range(100)}
    total = 0
    text = said("duration", seconds, language)
    for words, noun in re.findall(rf"(?:^| and | y | et )(.+?) ((?:{'|'.join(units)})s?)\b", text):
        plain = SPANISH.get(words, words) if language == "es" else words
        plain = re.sub("(y) un$", r"\1 uno", plain) if language == "es" else re.sub(r"\bune$", "un", plain)
        number = numbers[plain]
        assert noun == (noun.removesuffix("s") if number in ({1} if language != "fr" else {0, 1}) else noun)
        total += number * units[noun.removesuffix("s")]
    finest = 1 if seconds < 3_600 else 60 if seconds < 86_400 else 3_600
    assert abs(total - seconds) <= finest / 2


@pytest.mark.parametrize(
    ("language", "low", "high", "heard"),
    [
        ("en", 2, 5, "between two and five minutes"),
        ("es", 1, 2, "entre uno y dos minutos"),
        ("es", 10, 21, "entre diez y veintiún minutos"),
        ("fr", 1, 2, "entre une et deux minutes"),
        ("fr", 6, 10, "entre six et dix minutes"),
        ("en", 1, 1, "one minute"),
        ("es", 21, 21, "veintiún minutos"),
    ],
)
def test_a_range_of_minutes(language: str, low: int, high: int, heard: str) -> None:
    assert " ".join(TEXTS[language][key] for key in between_minutes(low, high, language)) == heard
