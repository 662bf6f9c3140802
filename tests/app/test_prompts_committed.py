"""The prompts of the repository: complete in each language, and their audio as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.prompt_scripts import scripts_of
from app.prompts_cli import lacks
from callcenter.adapters import prompt_audio as audio
from callcenter.adapters import prompts_build, prompts_kept
from callcenter.adapters.tts_kokoro import SPEAKERS
from ivr.prompts import load_catalogue

PROMPTS = Path(__file__).parents[2] / "prompts"
CATALOGUES = {
    language: load_catalogue((PROMPTS / f"{language}.yaml").read_text("utf-8"), language)
    for language in ("en", "es", "fr")
}
by_language = pytest.mark.parametrize("language", CATALOGUES)


@by_language
def test_no_language_lacks_a_prompt_that_another_has(language: str) -> None:
    assert lacks(language, CATALOGUES) == []
    assert list(CATALOGUES[language].texts)[:100] == list(CATALOGUES["en"].texts)[:100]


@by_language
def test_every_prompt_is_there_current_and_sound(language: str) -> None:
    """Telephone rate, no clipping, no silence, all at one level, made from the text that stands in the catalogue."""
    assert prompts_build.check(scripts_of(CATALOGUES[language]), PROMPTS / language) == ()


@by_language
def test_one_natural_voice_speaks_all_of_a_language(language: str) -> None:
    (voice,) = prompts_kept.voices(PROMPTS / language)
    assert SPEAKERS[language].name in voice


@by_language
def test_each_prompt_lasts_as_long_as_its_words_and_its_pads_are_those_of_its_kind(language: str) -> None:
    odd = []
    for key, script in scripts_of(CATALOGUES[language]).items():
        found = audio.measure(prompts_kept.file_of(PROMPTS / language, key))
        letters = sum(letter.isalpha() for letter in script.text)
        pads_ms = found.length_ms - found.speech_ms
        # A short word takes its time, and "p.m." has few letters.
        if not (25 <= (found.speech_ms - 150) / letters <= 100 or 180 <= found.speech_ms <= 550):
            odd.append(f"{key}: {found.speech_ms} ms for {letters} letters")
        if not -20 <= pads_ms - script.cut.before_ms - script.cut.after_ms <= 100:  # a word may end in a soft breath
            odd.append(f"{key}: {pads_ms} ms of silence")
    assert odd == []


def test_the_prompts_of_all_languages_stay_small() -> None:
    assert sum(file.stat().st_size for file in PROMPTS.glob("*/*.ulaw")) < 20_000_000
