"""Questions that are asked and answered by keys although callers may speak."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.happenings import Digits
from ivr.service.speech import listener as module
from tests.ivr.service.speech.asking import Desk, open_desk, speaks
from tests.ivr.service.speech.talking import write_prompt


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        yield opened


async def test_a_question_is_asked_by_keys_where_no_connection_can_be_made(desk: Desk) -> None:
    channel = desk.call(None, keys=["3"])
    assert await desk.ask() == Digits(keys="3")
    assert channel.journal == ["audio socket", "say main-menu"]
    assert desk.listener.counts["lost"] == desk.listener.counts["keys"] == 1


async def test_a_question_is_asked_by_keys_where_nobody_connects_in_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_S", 0.05)
    monkeypatch.setattr(module, "SPARE_S", 0.05)
    channel = desk.call(speaks, keys=["3"])
    channel.slow_s = 5.0
    assert await desk.ask() == Digits(keys="3")
    assert desk.listener.counts["lost"] == 1


async def test_keys_typed_ahead_are_an_answer(desk: Desk) -> None:
    channel = desk.call()
    assert desk.line is not None
    desk.line.type_ahead("2")
    assert await desk.ask() == Digits(keys="2")
    assert channel.journal == []


@pytest.mark.parametrize("changed", [{"phrases": {}}, {"language": "es"}])
async def test_a_question_without_phrases_or_in_another_language_is_asked_by_keys(
    desk: Desk, changed: dict[str, object]
) -> None:
    channel = desk.call(keys=["1"])
    assert await desk.ask(**changed) == Digits(keys="1")
    assert channel.journal == ["say main-menu"]


async def test_a_secure_question_is_never_listened_to(desk: Desk) -> None:
    channel = desk.call(keys=["1"])
    assert await desk.ask(secure=True) == Digits(keys="1")
    assert channel.journal == ["say main-menu"]


async def test_a_question_whose_prompt_we_cannot_read_is_asked_by_keys(desk: Desk) -> None:
    write_prompt(desk.folder, "en/main-menu", 0.5, rate=16_000)
    channel = desk.call(keys=["1"])
    assert await desk.ask() == Digits(keys="1")
    assert channel.journal == ["say main-menu"]


async def test_more_callers_than_can_be_heard_are_asked_for_keys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LISTENING_MAX", 0)
    channel = desk.call(keys=["1"])
    assert await desk.ask() == Digits(keys="1")
    assert channel.journal == ["say main-menu"]
