"""When a caller begins to speak, and when they have ended."""

from collections.abc import Iterable

import pytest

from ivr.speech.ear import BARGE_IN, DEAF_S, END_SILENCE_S, LEAD_S, PAUSE_S, UTTERANCE_MAX_S, Ear, Sign, frames

QUIET, SPEECH, FADING = 0.02, 0.98, 0.4
DEAF, PAUSE, END, LEAD = frames(DEAF_S), frames(PAUSE_S), frames(END_SILENCE_S), frames(LEAD_S)


def heard(ear: Ear, probabilities: Iterable[float]) -> list[tuple[int, Sign]]:
    """Feed all; return the signs with the number of their frame."""
    signs = [(number, ear.hear(probability)) for number, probability in enumerate(probabilities, 1)]
    return [(number, sign) for number, sign in signs if sign is not Sign.NOTHING]


def after_prompt(timeout_s: float = 4.0) -> Ear:
    ear = Ear(timeout_s=timeout_s)
    ear.prompt_ended()
    return ear


def test_an_utterance_ends_after_the_silence_and_has_a_lead() -> None:
    ear = after_prompt()
    signs = heard(ear, [QUIET] * 20 + [SPEECH] * 30 + [QUIET] * END)
    assert signs == [(23, Sign.BEGAN), (50 + PAUSE, Sign.PAUSED), (50 + END, Sign.ENDED)]
    assert ear.utterance == (20 - LEAD, 50 + END)


def test_who_speaks_at_once_has_no_more_lead_than_there_is() -> None:
    ear = after_prompt()
    signs = heard(ear, [SPEECH] * 10 + [QUIET] * END)
    assert signs == [(3, Sign.BEGAN), (10 + PAUSE, Sign.PAUSED), (10 + END, Sign.ENDED)]
    assert ear.utterance == (0, 10 + END)


def test_a_pause_for_breath_does_not_end_it() -> None:
    ear = after_prompt()
    signs = heard(ear, [SPEECH] * 10 + [QUIET] * (END - 1) + [SPEECH] * 10 + [QUIET] * END)
    second = 10 + END - 1
    assert signs == [
        (3, Sign.BEGAN),
        (10 + PAUSE, Sign.PAUSED),
        (second + 1, Sign.GOES_ON),
        (second + 10 + PAUSE, Sign.PAUSED),
        (second + 10 + END, Sign.ENDED),
    ]


def test_what_was_said_before_a_pause_is_known_then() -> None:
    ear = after_prompt()
    heard(ear, [QUIET] * 20 + [SPEECH] * 30 + [QUIET] * PAUSE)
    assert ear.utterance == (20 - LEAD, 50 + PAUSE)


def test_between_words_nobody_pauses() -> None:
    signs = heard(after_prompt(), [SPEECH] * 10 + ([QUIET] * (PAUSE - 1) + [SPEECH] * 5) * 4)
    assert signs == [(3, Sign.BEGAN)]


def test_soft_endings_of_words_belong_to_the_utterance() -> None:
    signs = heard(after_prompt(), [SPEECH] * 10 + [FADING] * 5 + [QUIET] * END)
    assert signs[-1] == (15 + END, Sign.ENDED)


def test_a_short_no_is_heard_after_the_prompt() -> None:
    assert heard(after_prompt(), [QUIET] * 9 + [SPEECH] * 4 + [QUIET] * END)[-1][1] is Sign.ENDED


def test_a_click_is_nobody() -> None:
    assert heard(after_prompt(), ([QUIET] * 6 + [SPEECH] * 2) * 8) == []


def test_the_prompt_is_stopped_only_by_clear_speech() -> None:
    playing = Ear(timeout_s=4)
    assert heard(playing, [QUIET] * DEAF + [SPEECH] * (BARGE_IN[0] - 1) + [QUIET] * 20) == []
    assert heard(Ear(timeout_s=4), [QUIET] * DEAF + [SPEECH] * 9) == [(DEAF + BARGE_IN[0], Sign.BEGAN)]


def test_one_doubtful_frame_does_not_keep_the_prompt_going() -> None:
    probabilities = [QUIET] * DEAF + [SPEECH] * 3 + [QUIET] + [SPEECH] * 5
    assert heard(Ear(timeout_s=4), probabilities) == [(DEAF + 8, Sign.BEGAN)]


def test_the_beginning_of_a_prompt_is_not_listened_to() -> None:
    assert heard(Ear(timeout_s=4), [SPEECH] * DEAF + [QUIET] * 20) == []


def test_silence_counts_from_the_end_of_the_prompt() -> None:
    ear = Ear(timeout_s=1.0)
    assert heard(ear, [QUIET] * 100) == []
    ear.prompt_ended()
    assert heard(ear, [QUIET] * 40) == [(number, Sign.SILENT) for number in range(frames(1.0), 41)]


def test_who_begins_in_the_last_moment_is_not_silent() -> None:
    ear = after_prompt(timeout_s=1.0)
    signs = heard(ear, [QUIET] * (frames(1.0) - 1) + [SPEECH] * 8)
    assert signs == [(frames(1.0) + 2, Sign.BEGAN)]


def test_nobody_speaks_for_ever() -> None:
    longest = frames(UTTERANCE_MAX_S)
    assert heard(after_prompt(), [SPEECH] * longest)[-1] == (longest, Sign.ENDED)


def test_after_a_cough_the_ear_is_open_again() -> None:
    ear = after_prompt(timeout_s=2.0)
    heard(ear, [SPEECH] * 6 + [QUIET] * END)
    ear.resume()
    assert heard(ear, [QUIET] * frames(2.0))[0] == (frames(2.0), Sign.SILENT)
    ear.resume()
    signs = heard(ear, [QUIET] * 5 + [SPEECH] * 10 + [QUIET] * END)
    assert [sign for _, sign in signs] == [Sign.BEGAN, Sign.PAUSED, Sign.ENDED]


@pytest.mark.parametrize("noise", [0.3, 0.45])
def test_doubtful_frames_alone_are_nobody(noise: float) -> None:
    assert heard(after_prompt(timeout_s=9), [noise] * 200) == []
