"""What is said on a line: prompts in their language or the next best thing, music, and keys."""

from collections.abc import Collection

import pytest

from callcenter.errors import ActionRefused
from ivr.commands import Collect, Music, Play
from ivr.happenings import Digits, Heard, NoInput
from ivr.service.line import Answer, Line
from ivr.service.sounds import Sounds, Voice
from tests.doubles import Act, Clock, FakeChannel, Gone, Missing

SOUNDS = Sounds(
    folder="/sounds",
    lengths_s={"en/main-menu": 2.0, "en/main-menu--speech": 3.0, "es/main-menu": 2.5},
    language="en",
)
MENU = Collect(prompts=("main-menu",), max_digits=1, timeout_s=6, inter_digit_s=6)


def line(acts: dict[str, list[Act]] | None = None, sounds: Sounds = SOUNDS) -> tuple[FakeChannel, Line]:
    channel = FakeChannel(Clock(), acts)
    return channel, Line(channel, Voice(sounds), channel.clock)


async def test_each_command_speaks_its_own_language() -> None:
    channel, talk = line()
    await talk.play(Play(prompts=("welcome",), language="es"))
    await talk.play(Play(prompts=("fr/choose-language", "welcome"), language="en"))
    assert channel.paths == ["/sounds/es/welcome", "/sounds/fr/choose-language", "/sounds/en/welcome"]


@pytest.mark.parametrize(
    ("language", "key", "missing", "heard"),
    [
        ("es", "welcome", ["es/welcome"], "en/welcome"),
        ("es", "fr/welcome", ["fr/welcome"], "en/welcome"),
        ("es-MX", "welcome", ["es-MX/welcome"], "es/welcome"),
        ("es-MX", "welcome", ["es-MX/welcome", "es/welcome"], "en/welcome"),
    ],
)
async def test_a_missing_prompt_is_said_in_the_next_best_language(
    language: str, key: str, missing: list[str], heard: str, caplog: pytest.LogCaptureFixture
) -> None:
    channel, talk = line()
    channel.missing = {f"/sounds/{name}" for name in missing}
    await talk.play(Play(prompts=(key, "goodbye"), language=language))
    await talk.play(Play(prompts=(key,), language=language))
    assert channel.paths[len(missing)] == f"/sounds/{heard}"
    assert channel.heard[-1] == "welcome"
    for name in missing:
        assert caplog.text.count(f"prompt {name} cannot be played") == 1


async def test_a_prompt_no_language_has_is_passed_over_and_the_rest_is_said() -> None:
    channel, talk = line({"welcome": [Missing(), Missing()]})
    await talk.play(Play(prompts=("welcome", "goodbye"), language="es"))
    assert channel.heard == ["welcome", "welcome", "goodbye"]


async def test_a_question_nobody_can_hear_is_no_question() -> None:
    _, talk = line({"main-menu": [Missing()]})
    with pytest.raises(ActionRefused):
        await talk.ask(MENU)


async def test_a_prompt_whose_file_is_damaged_is_not_played(caplog: pytest.LogCaptureFixture) -> None:
    sounds = Sounds(folder="/sounds", damaged=frozenset({"es/welcome", "en/goodbye"}))
    channel, talk = line(sounds=sounds)
    await talk.play(Play(prompts=("welcome", "goodbye", "closed"), language="es"))
    assert channel.paths == ["/sounds/en/welcome", "/sounds/es/goodbye", "/sounds/es/closed"]
    assert caplog.text.count("its file is not the one that was built") == 2


async def test_a_prompt_takes_as_long_as_it_is_known_to_take() -> None:
    channel, talk = line()
    await talk.play(Play(prompts=("main-menu", "unknown"), language="es"))
    assert channel.longest_s == {"main-menu": 3.5, "unknown": 30.0}


class Ear:
    """Understands English, and hears "sales" whatever is said."""

    languages: Collection[str] = ("en",)

    async def ask(self, line: Line, question: Collect) -> Answer:
        await line.say_question(question, spoken=True)
        return Heard(choice="sales", score=0.9)


@pytest.mark.parametrize(
    ("language", "phrases", "path"),
    [
        ("en", {"sales": ("sales",)}, "/sounds/en/main-menu--speech"),
        ("en", {}, "/sounds/en/main-menu"),
        ("es", {"sales": ("ventas",)}, "/sounds/es/main-menu"),
    ],
)
async def test_who_may_speak_is_told_so(language: str, phrases: dict[str, tuple[str, ...]], path: str) -> None:
    channel = FakeChannel(Clock(), {"wait": ["1"]})
    talk = Line(channel, Voice(SOUNDS), channel.clock, listener=Ear())
    question = Collect(
        prompts=("main-menu",), max_digits=1, timeout_s=6, inter_digit_s=6, language=language, phrases=phrases
    )
    answer = await talk.ask(question)
    assert channel.paths == [path]
    assert answer == (Heard(choice="sales", score=0.9) if path.endswith("speech") else Digits(keys="1"))


async def test_who_typed_ahead_is_not_asked_to_speak() -> None:
    channel = FakeChannel(Clock(), {"welcome": ["1"]})
    talk = Line(channel, Voice(SOUNDS), channel.clock, listener=Ear())
    await talk.play(Play(prompts=("welcome",)))
    question = Collect(
        prompts=("main-menu",), max_digits=1, timeout_s=6, inter_digit_s=6, phrases={"sales": ("sales",)}
    )
    assert await talk.ask(question) == Digits(keys="1")


# ----------------------------------------------------------------------------------------------------------- music


async def test_music_plays_on_over_keys_that_mean_nothing() -> None:
    channel, talk = line({"wait": ["7", "1"]})
    assert await talk.music(Music(seconds=60, keys="12")) == Digits(keys="1")
    assert channel.journal == ["music callcenter"]


async def test_music_ends_by_itself() -> None:
    channel, talk = line()
    before = channel.clock()
    assert await talk.music(Music(seconds=42, music_class="quiet")) == NoInput()
    assert (channel.clock() - before).total_seconds() == 42
    assert channel.journal == ["music quiet"]


async def test_a_key_pressed_before_counts_for_the_music() -> None:
    _, talk = line({"welcome": ["1"]})
    await talk.play(Play(prompts=("welcome",)))
    assert await talk.music(Music(seconds=60, keys="1")) == Digits(keys="1")


# ---------------------------------------------------------------------------------------------------- in a queue


class Queue:
    """A wait that is looked at; `near`: looks during which an agent is on the way."""

    def __init__(self, near: int = 0) -> None:
        self.looks, self.near = 0, near

    @property
    def agent_is_near(self) -> bool:
        self.near -= 1
        return self.near >= 0

    async def check(self) -> None:
        self.looks += 1


async def test_in_a_queue_silence_is_filled_with_music_and_the_wait_is_looked_at() -> None:
    channel, talk = line()
    talk.wait = queue = Queue()
    assert await talk.ask(MENU) == NoInput()
    assert channel.journal == ["say main-menu", "music callcenter"]
    assert queue.looks == 4  # before the prompt, then every two seconds of six


async def test_nothing_is_said_while_an_agent_is_on_the_way_and_then_it_is() -> None:
    channel, talk = line()
    talk.wait = Queue(near=3)
    before = channel.clock()
    await talk.play(Play(prompts=("welcome",)))
    assert channel.journal == ["music callcenter", "say welcome"]
    assert (channel.clock() - before).total_seconds() == 7


async def test_whoever_is_taken_away_meanwhile_hears_nothing_of_it() -> None:
    channel, talk = line({"wait": [Gone()]})
    talk.wait = Queue(near=3)
    with pytest.raises(Exception, match="gone"):
        await talk.play(Play(prompts=("welcome",)))
    assert channel.heard == []
