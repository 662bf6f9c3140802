"""Prompts are recognised in what a phone heard. They are synthesised: vowels with gliding formants, as in speech."""

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sim.phones.audio import RATE, Samples, decode_ulaw, encode_ulaw, write_wav
from sim.phones.heard import Heard, find, heard


def speech(seed: int, seconds: float) -> Samples:
    """Return something that sounds like speech to a correlator: syllables of a voice with moving formants, pauses."""
    rng = random.Random(seed)
    parts: list[Samples] = [np.zeros(400, dtype=np.float32)]
    while sum(part.size for part in parts) < seconds * RATE:
        size = rng.randint(800, 2400)
        pitch = np.cumsum(np.linspace(rng.uniform(90, 140), rng.uniform(90, 140), size)) / RATE
        syllable = np.zeros(size)
        for low, high in ((300, 800), (900, 2300)):
            formant = np.linspace(rng.uniform(low, high), rng.uniform(low, high), size)
            for harmonic in range(1, 30):
                weight = np.exp(-(((harmonic * 115 - formant) / 120) ** 2))
                syllable += weight * np.sin(2 * np.pi * harmonic * pitch + rng.uniform(0, 6))
        syllable *= np.hanning(size) * 0.2 / max(1.0, float(np.abs(syllable).max()))
        parts += [syllable.astype(np.float32), np.zeros(rng.choice((80, 400, 1200)), dtype=np.float32)]
    return np.concatenate(parts)


@cache
def prompts() -> dict[str, Samples]:
    return {f"prompt-{seed}": speech(seed, 1.0 + seed % 4) for seed in range(12)}


def on_a_line(*parts: Samples, level: float = 0.7, seed: int = 7) -> Samples:
    sound = level * np.concatenate(parts)
    hiss = np.random.default_rng(seed).normal(0, 0.001, sound.size).astype(np.float32)
    return decode_ulaw(encode_ulaw(sound + hiss))


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def names(found: list[Heard]) -> list[str]:
    return [place.name for place in found]


def test_prompts_are_found_in_their_order_and_at_their_time() -> None:
    sound = on_a_line(silence(0.5), prompts()["prompt-3"], silence(0.2), prompts()["prompt-1"], prompts()["prompt-7"])
    found = find(sound, prompts())
    assert names(found) == ["prompt-3", "prompt-1", "prompt-7"]
    second = 0.7 + prompts()["prompt-3"].size / RATE
    third = second + prompts()["prompt-1"].size / RATE
    assert [place.start_s for place in found] == pytest.approx([0.5, second, third], abs=0.02)
    assert all(place.share > 0.95 for place in found)


def test_a_prompt_cut_short_by_a_key_is_found_with_how_much_was_heard() -> None:
    sound = on_a_line(silence(0.3), prompts()["prompt-3"][:12_000], prompts()["prompt-5"])
    first, second = find(sound, prompts())
    assert (first.name, second.name) == ("prompt-3", "prompt-5")
    assert first.end_s == pytest.approx(1.8, abs=0.2)
    assert first.share < 0.6


def test_of_two_prompts_with_the_same_beginning_the_one_that_was_played_is_found() -> None:
    shared = speech(100, 1.0)
    known = {
        "thanks": shared,
        "thanks-goodbye": np.concatenate([shared, speech(101, 1.0)]),
        "thanks-hold": np.concatenate([shared, speech(102, 1.5)]),
    }
    for name, samples in known.items():
        assert names(find(on_a_line(silence(0.2), samples, silence(1.0)), known)) == [name]


def test_a_prompt_cut_short_within_words_that_others_say_too_may_be_any_of_them() -> None:
    shared = speech(100, 2.0)
    known = {
        "menu": np.concatenate([shared, speech(101, 1.0)]),
        "short-menu": np.concatenate([shared, speech(102, 0.5)]),
        "other": speech(103, 2.0),
    }
    (found,) = find(on_a_line(silence(0.2), shared[:12_000], silence(1.0)), known)
    assert found.may_be("menu")
    assert found.may_be("short-menu")
    assert not found.may_be("other")
    (found,) = find(on_a_line(silence(0.2), known["menu"], silence(1.0)), known)
    assert (found.name, found.or_else) == ("menu", ())


def test_a_prompt_played_twice_is_found_twice() -> None:
    sound = on_a_line(prompts()["prompt-2"], silence(1.0), prompts()["prompt-2"])
    assert names(find(sound, prompts())) == ["prompt-2", "prompt-2"]


def test_lost_and_repeated_packets_do_not_hide_a_prompt() -> None:
    prompt = prompts()["prompt-3"]
    torn = np.concatenate([prompt[:8000], prompt[8160:14_000], prompt[13_840:]])
    (found,) = find(on_a_line(silence(0.5), torn), prompts())
    assert found.name == "prompt-3"
    assert found.share > 0.95


@pytest.mark.parametrize("level", [0.05, 1.0])
def test_the_level_does_not_matter(level: float) -> None:
    assert names(find(on_a_line(silence(0.5), prompts()["prompt-6"], level=level), prompts())) == ["prompt-6"]


def test_other_speech_silence_and_noise_are_no_prompt() -> None:
    hiss = np.random.default_rng(3).normal(0, 0.1, RATE).astype(np.float32)
    assert find(on_a_line(silence(0.5), speech(999, 5.0), hiss), prompts()) == []
    assert find(silence(2.0), prompts()) == []
    assert find(silence(0.0), prompts()) == []


def test_wav_files_are_read(tmp_path: Path) -> None:
    paths = {}
    for name in ("prompt-1", "prompt-2"):
        paths[name] = tmp_path / f"{name}.wav"
        write_wav(paths[name], prompts()[name])
    write_wav(tmp_path / "call.wav", on_a_line(silence(1.0), prompts()["prompt-2"]))
    (found,) = heard(tmp_path / "call.wav", paths)
    assert (found.name, round(found.start_s, 1)) == ("prompt-2", 1.0)
