"""A stream of sound cut into frames, and the utterance cut out of it."""

import pytest

from ivr.speech.ear import END_SILENCE_S, LEAD_S, Sign, frames
from ivr.speech.hearing import FRAME_BYTES, Hearing

VOICE, QUIET = b"\x01" * FRAME_BYTES, bytes(FRAME_BYTES)
END, LEAD = frames(END_SILENCE_S), frames(LEAD_S)


def judge(frame: bytes) -> float:
    assert len(frame) == FRAME_BYTES
    return 1.0 if frame[0] else 0.0


def hearing(timeout_s: float = 5.0) -> Hearing:
    found = Hearing(judge, timeout_s)
    found.prompt_ended()
    return found


def feed(ear: Hearing, sound: bytes, piece: int) -> list[Sign]:
    signs = [ear.feed(sound[start : start + piece]) for start in range(0, len(sound), piece)]
    return [sign for sign in signs if sign is not Sign.NOTHING]


@pytest.mark.parametrize("piece", [1, 320, 512, 1000, 4000])
def test_however_sound_is_cut_the_utterance_is_the_same(piece: int) -> None:
    ear = hearing()
    sound = QUIET * 100 + VOICE * 20 + QUIET * (END + 8)
    signs: list[Sign] = []
    for start in range(0, len(sound), piece):
        signs.append(ear.feed(sound[start : start + piece]))
        if signs[-1] is Sign.ENDED:
            break
    while ear.speaking and signs[-1] is not Sign.ENDED:  # a large piece may hold both signs
        signs.append(ear.feed(b""))
    assert [sign for sign in signs if sign is not Sign.NOTHING] == [Sign.BEGAN, Sign.PAUSED, Sign.ENDED]
    assert ear.utterance == QUIET * LEAD + VOICE * 20 + QUIET * END


def test_a_long_wait_is_not_kept() -> None:
    ear = hearing(timeout_s=1000)
    feed(ear, QUIET * 2000, 4000)
    feed(ear, VOICE * 10, 320)
    assert len(ear.utterance) <= FRAME_BYTES * (3 * LEAD + 10)


def test_after_an_utterance_that_was_none_the_next_is_heard() -> None:
    ear = hearing()
    assert feed(ear, VOICE * 6 + QUIET * END, 320) == [Sign.BEGAN, Sign.PAUSED, Sign.ENDED]
    ear.resume()
    assert feed(ear, QUIET * 30 + VOICE * 12 + QUIET * END, 320) == [Sign.BEGAN, Sign.PAUSED, Sign.ENDED]
    assert ear.utterance == QUIET * LEAD + VOICE * 12 + QUIET * END
