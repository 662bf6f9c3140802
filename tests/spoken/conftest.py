"""Tests that need the extra `speech`: models, and calls of people who talk. `make test-speech` runs them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from callcenter.adapters.prompts_kept import lengths_s
from callcenter.adapters.speech import capabilities
from sim.phones.audio import FRAME, RATE, Samples, read_wav, rms
from sim.phones.phone import Leg
from sim.phones.plans import CallerPlan
from tests.e2e.conftest import TestCentre, eventually, running_centre

ROOT = Path(__file__).parents[2]
SPEECH_UP_S = 240.0  # a worker's models and its self-test, on a busy machine
PAY = read_wav(capabilities.RECORDING)  # "I want to pay my bill"
SILENT = 0.003  # root mean square of a frame in which nothing is said


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


@dataclass(slots=True, kw_only=True)
class TalkingCentre:
    """A centre with the shipped flows whose callers talk."""

    __test__ = False

    centre: TestCentre
    prompts_s: dict[str, float]

    def call(self, **plan: object) -> Leg:
        wanted: dict[str, object] = {"patience_s": 120.0, "record": True, **plan}
        number = self.centre.caller()
        return self.centre.callers.place(CallerPlan(did=self.centre.did, caller=number, **wanted))  # type: ignore[arg-type]

    async def listening(self, at_least: int = 1) -> None:
        """Return when the ivr listens to so many callers."""

        async def count() -> bool:
            return self.connections() >= at_least

        await eventually(count, 60, f"{at_least} callers listened to")

    def connections(self) -> int:
        """AudioSocket connections of the ivr now, as the system knows them."""
        port = self.audio_port()
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(int(line[1].rpartition(":")[2], 16) == port and line[3] == "01" for line in lines)

    def audio_port(self) -> int:
        return int(self.log_line("listening for AudioSocket on").rpartition(":")[2])

    def log_line(self, words: str) -> str:
        """The last line of the ivr's log with these words, "" if there is none."""
        lines = [line for line in self.centre.ivr.log.read_text(errors="replace").splitlines() if words in line]
        return lines[-1] if lines else ""

    def descriptors(self) -> int:
        """Files and sockets that the ivr has open."""
        return len(os.listdir(f"/proc/{self.centre.ivr.pid}/fd"))

    def workers(self) -> list[int]:
        """Process ids of the recognition workers."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().decode(errors="replace")
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == self.centre.ivr.pid and "speech.worker" in words:
                found.append(int(folder.name))
        return found

    async def speech_up(self) -> None:
        """Return when callers may speak."""

        async def up() -> str:
            return self.log_line("speech: whisper")

        await eventually(up, SPEECH_UP_S, "a recogniser that has passed its self-test")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_talking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TalkingCentre]:
    name = f"spoken-{os.getpid()}"
    environ = {"CALLCENTER_SPEECH_WORKERS": "1"}
    async with running_centre(tmp_path_factory.mktemp("centre"), name, environ=environ) as centre:
        await centre.services_up()
        made = TalkingCentre(centre=centre, prompts_s=dict(await asyncio.to_thread(lengths_s, ROOT / "prompts")))
        await made.speech_up()
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def talking(whole_talking: TalkingCentre) -> TalkingCentre:
    await whole_talking.centre.services_up()
    return whole_talking


def spoken(sound: Samples) -> list[bool]:
    """For each 20 ms, whether anything is said."""
    frames = sound[: sound.size // FRAME * FRAME].reshape(-1, FRAME)
    return [rms(frame) > SILENT for frame in frames]


def seconds(frames: int) -> float:
    return frames * FRAME / RATE
