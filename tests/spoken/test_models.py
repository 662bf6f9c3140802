"""The models of the extra: that they are there and do what the rest counts on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callcenter.adapters.speech import capabilities, sphinx
from callcenter.adapters.speech.intents import OTHER, Intents
from callcenter.adapters.speech.silero import FRAME_BYTES, Silero
from callcenter.adapters.speech.sphinx import Sphinx
from callcenter.adapters.speech.whisper import Whisper
from callcenter.adapters.speech.worker import Plan, readers, shipped_model
from callcenter.adapters.speech.workers import Menu, Workers
from callcenter.errors import ConfigError
from callcenter.spoken import plain
from ivr.nodes.confirming import ACCEPT
from ivr.speech.decision import decide
from ivr.speech.others import OTHERS

PHRASES = {
    "collections": ("pay my bill", "I want to pay my bill", "billing", "make a payment"),
    "support": ("technical support", "my internet is not working", "something is broken"),
    "agent": ("speak to an agent", "operator", "a real person please"),
}
SOUND = capabilities._recording()


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    folder = shipped_model()
    assert folder is not None
    return Whisper(folder)


@pytest.fixture(scope="module")
def intents() -> Intents:
    made = Intents()
    made.learn(PHRASES, [plain(text) for text in OTHERS["en"]])
    return made


def test_everything_of_the_extra_is_found_and_works() -> None:
    assert capabilities.found() == capabilities.Found(engine="whisper", intents=True, lacking=())


async def test_the_self_test_passes() -> None:
    there = await capabilities.capabilities()
    assert (there.stt, there.intent, there.vad, there.languages) == ("whisper", True, "silero", ("en",))


async def test_a_folder_without_a_model_is_said_to_be_none(tmp_path: Path) -> None:
    there = await capabilities.capabilities(str(tmp_path))
    assert there.installed
    assert str(tmp_path) in str(there)


def test_a_model_of_english_alone_is_refused_for_other_languages() -> None:
    with pytest.raises(ConfigError, match="English only"):
        readers(Plan(engine="whisper", model_dir=str(shipped_model())))


def test_the_recording_is_read_with_and_without_a_hint(whisper: Whisper) -> None:
    reader = whisper.reader("en")
    readings = reader.read(SOUND, list(PHRASES.values()))
    assert [plain(text) for text, _ in readings] == ["i want to pay my bill"] * 2
    assert all(0.5 < sure <= 1.0 for _, sure in readings)
    assert len(reader.read(SOUND, [])) == 1


@pytest.mark.parametrize("sound", [b"", b"\0", bytes(1600), bytes(16_000)])
def test_silence_and_scraps_are_read_without_harm(whisper: Whisper, sound: bytes) -> None:
    for text, sure in whisper.reader("en").read(sound, list(PHRASES.values())):
        assert isinstance(text, str)
        assert 0.0 <= sure <= 1.0


def test_an_utterance_longer_than_the_window_is_read(whisper: Whisper) -> None:
    assert "pay my bill" in plain(whisper.reader("en").read(SOUND * 7, [])[0][0])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("i have come to pay a bill", "collections"),
        ("the router does not do anything anymore", "support"),
        ("let me speak with somebody", "agent"),
        ("the cat is on the roof", OTHER),
        ("what a lovely day", OTHER),
    ],
)
def test_other_words_than_the_phrases_are_understood(intents: Intents, said: str, meant: str) -> None:
    found = intents.probabilities(said, PHRASES)
    assert max(found, key=found.__getitem__) == meant
    assert sum(found.values()) == pytest.approx(1.0)


def test_what_was_never_learnt_or_never_said_has_no_intent(intents: Intents) -> None:
    assert intents.probabilities("pay my bill", {"other": ("menu",)}) == {}
    assert intents.probabilities("", PHRASES) == {}


def test_small_talk_that_a_menu_asks_for_is_no_small_talk_there(intents: Intents) -> None:
    phrases = {"hours": ("when do you close", "opening hours"), "agent": ("speak to an agent", "operator")}
    intents.learn(phrases, [plain(text) for text in OTHERS["en"]])
    found = intents.probabilities("when do you close", phrases)
    assert max(found, key=found.__getitem__) == "hours"


def test_the_detector_tells_words_from_pauses_and_streams_apart() -> None:
    silero = Silero()
    one, other = silero.stream(), silero.stream()
    frames = [SOUND[start : start + FRAME_BYTES] for start in range(0, len(SOUND) - FRAME_BYTES + 1, FRAME_BYTES)]
    judged = []
    for frame in frames:
        judged.append(one.probability(frame))
        assert other.probability(bytes(FRAME_BYTES)) < 0.1
    assert max(judged) > 0.9
    assert np.mean(judged[:5]) < 0.1


def test_pocketsphinx_finds_a_phrase_and_is_never_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sphinx, "GRAMMARS_MAX", 2)
    small = Sphinx()
    for number in range(5):  # menus come and go
        phrases = [*PHRASES.values(), (f"option {['one', 'two', 'three', 'four', 'five'][number]}",)]
        ((text, sure),) = small.read(SOUND, phrases)
        assert text == "i want to pay my bill"
        assert 0 < sure < 1
    assert small.read(SOUND, [("blorf zyxx",)]) == [("", 0.0)]
    assert small.read(bytes(16_000), list(PHRASES.values()))[0][1] <= sphinx.CONFIDENCE


@pytest.mark.parametrize("engine", ["whisper", "sphinx"])
async def test_a_worker_understands_the_recording(engine: str) -> None:
    plan = Plan(engine=engine, intents=engine == "whisper")
    menu = Menu(language="en", phrases=PHRASES, others=OTHERS["en"])
    async with Workers(plan) as workers:
        ready = await workers.up(120)
        assert ready is not None, workers.failed
        workers.learn(menu)
        assert await workers.taught(120)
        readings = await workers.recognise(SOUND, menu, 60)
    heard = decide(readings or (), PHRASES)
    assert heard.choice == "collections"
    assert (heard.score >= ACCEPT) == (engine == "whisper")
