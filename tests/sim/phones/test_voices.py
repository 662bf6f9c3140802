"""Simulated voices: heard as speech by level and rhythm, by nobody as an agent's tone."""

import numpy as np
import pytest

from sim.phones.audio import FRAME, RATE, Samples, pure_tone, rms
from sim.phones.voices import BEEP_HZ, BEEP_S, GAP_S, LEAD_S, hello, machine


def frames(samples: Samples) -> list[Samples]:
    return [samples[start : start + FRAME] for start in range(0, samples.size - FRAME + 1, FRAME)]


@pytest.mark.parametrize("voice", range(8))
def test_no_voice_is_a_tone(voice: int) -> None:
    sounds = [*frames(hello(1.0, voice)), *frames(machine(5.0, voice))[: round((LEAD_S + 5.0) / 0.02)]]
    assert {pure_tone(frame) for frame in sounds} == {None}


@pytest.mark.parametrize("voice", range(8))
def test_a_person_says_one_word(voice: int) -> None:
    word = hello(0.8, voice)
    assert word.size == round((LEAD_S + 0.8) * RATE)
    assert rms(word[: round(LEAD_S * RATE)]) == 0
    # An answering machine detector counts a pause from 50 ms on: three frames in a row.
    quiet = [rms(frame) < 256 / 32768 for frame in frames(word[round(LEAD_S * RATE) :])]
    assert not any(all(quiet[i : i + 3]) for i in range(len(quiet) - 2))


@pytest.mark.parametrize("voice", range(8))
def test_a_machine_says_many_words_without_a_long_pause(voice: int) -> None:
    greeting = machine(5.0, voice)[round(LEAD_S * RATE) : round((LEAD_S + 5.0) * RATE)]
    loud = [rms(frame) >= 256 / 32768 for frame in frames(greeting)]
    words = sum(loud[i] and not loud[i - 1] for i in range(1, len(loud)))
    longest = max(len(run) for run in "".join("x" if one else "." for one in loud).split("x"))
    assert words >= 6
    assert longest * FRAME / RATE <= GAP_S + 0.06
    assert 0.05 < rms(greeting) < 0.25


def test_a_machine_ends_with_its_beep() -> None:
    beep = machine(4.0, 1)[-round(BEEP_S * RATE) :]
    assert {pure_tone(frame) for frame in frames(beep)} == {BEEP_HZ}


def test_voices_differ_and_are_always_the_same() -> None:
    assert np.array_equal(hello(0.8, 3), hello(0.8, 3))
    assert not np.array_equal(hello(0.8, 3), hello(0.8, 4))


def test_who_says_nothing_is_silent() -> None:
    assert rms(hello(0.0, 1)) == 0
