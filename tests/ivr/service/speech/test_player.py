"""Prompts sent at the pace of speech."""

import asyncio

from ivr.service.speech.player import AHEAD_S, Player
from ivr.service.speech.wire import FRAME_BYTES, FRAME_S

SOUND = bytes(range(256)) * 25  # 20 frames, 0.4 s


async def test_a_prompt_is_sent_whole_and_in_its_own_time() -> None:
    loop = asyncio.get_running_loop()
    sent: list[tuple[float, bytes]] = []
    ended = asyncio.Event()
    player = Player(SOUND, lambda frame: sent.append((loop.time(), frame)), ended.set)
    began = loop.time()
    player.start()
    await asyncio.wait_for(ended.wait(), 5)
    taken = loop.time() - began
    assert b"".join(frame for _, frame in sent) == SOUND
    assert {len(frame) for _, frame in sent} == {FRAME_BYTES}
    assert taken >= 0.4 - 0.001
    for number, (at, _) in enumerate(sent):
        assert at - began >= number * FRAME_S - AHEAD_S - 0.001  # never further ahead than agreed
    assert not player.playing


async def test_a_stopped_prompt_is_silent_at_once() -> None:
    sent: list[bytes] = []
    ends: list[None] = []
    player = Player(SOUND, sent.append, lambda: ends.append(None))
    player.start()
    assert player.playing
    before = len(sent)
    player.stop()
    await asyncio.sleep(0.1)
    assert len(sent) == before <= AHEAD_S / FRAME_S + 1
    assert len(ends) == 1
    player.stop()
    assert len(ends) == 1


async def test_what_is_late_is_not_caught_up_by_talking_faster() -> None:
    loop = asyncio.get_running_loop()
    sent: list[float] = []
    ended = asyncio.Event()
    player = Player(SOUND, lambda _: sent.append(loop.time()), ended.set)
    player.start()
    before = len(sent)
    pause_until = loop.time() + 0.35
    while loop.time() < pause_until:  # the loop is busy
        pass
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(sent) - before <= AHEAD_S / FRAME_S + 1
    await asyncio.wait_for(ended.wait(), 5)
    assert len(sent) == 20
