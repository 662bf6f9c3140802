"""`callcenter flow test`: a thousand test cases of the shipped flow main, as somebody at a terminal waits for them.

The whole command is timed, with the start of Python and of the processes it works in, which share this machine's
processors. The cases are main's own, over and over, each under a name of its own. How long a caller's wait takes is
one call that waits ten minutes in a queue.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Final

from app.flow_files import shipped, shipped_names
from bench.figures import Figure, least, most, told
from ivr.bundle import gather
from ivr.session import CallInfo
from ivr.testing.call import Situation, VirtualCall
from ivr.testing.cases import Case, Given
from ivr.testing.files import load_cases, to_text
from ivr.testing.voice import Voice
from ivr.testing.world import GivenWorld

ROOT: Final = Path(__file__).parent.parent
FLOW: Final = "main"
CASES: Final = 1_000
TARGET_S: Final = 5.0
ROUNDS: Final = 3
WAIT_S: Final = 600.0
TARGET_WAIT_MS: Final = 10.0


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="flows-") as folder:
        file = _flows(Path(folder))
        took_s, passed = zip(*(_timed(file) for _ in range(ROUNDS)), strict=True)
    fastest, wait_ms = min(took_s), 1000 * median(_waited_s() for _ in range(20))
    return [
        least("flow test: cases passed", passed[0], "cases", CASES),
        most(f"flow test: {CASES:,} cases, the whole command", fastest, "s", TARGET_S),
        most("flow test: ten minutes in a queue", wait_ms, "ms", TARGET_WAIT_MS),
    ]


def _flows(folder: Path) -> Path:
    """Write the shipped flows, and CASES cases of main beside it; return its file."""
    for path in (ROOT / "ivr/flows").glob("*.json"):
        shutil.copy(path, folder)
    own = [located.case for located in load_cases((ROOT / f"ivr/flows/{FLOW}.tests.yaml").read_text("utf-8"), FLOW)]
    cases = [_named(case, number) for number, case in enumerate(islice(cycle(own), CASES))]
    (folder / f"{FLOW}.tests.yaml").write_text(to_text(cases), "utf-8")
    return folder / f"{FLOW}.json"


def _named(case: Case, number: int) -> Case:
    return case.model_copy(update={"name": f"{case.name[:150]} {number}"})


def _timed(file: Path) -> tuple[float, int]:
    """Return how long the command took in seconds, and how many cases passed."""
    began = time.perf_counter()
    command = (str(Path(sys.executable).with_name("callcenter")), "flow", "test", str(file))
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    found = re.search(rf"{FLOW}: (\d+)", done.stdout)
    return time.perf_counter() - began, int(found[1]) if found else 0


def _waited_s() -> float:
    """Return how long a call takes that waits WAIT_S in a queue for an agent."""
    flows = {name: shipped(name).flow for name in shipped_names()}
    bundle = gather(flows[FLOW], flows.get)
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    situation = Situation(call=CallInfo(call_id="bench"), at=at, voice=Voice({}))
    call = VirtualCall(bundle, situation, GivenWorld(Given()))
    call.settle()
    call.typed = "2"
    call.settle()
    began = time.perf_counter()
    call.idle(call.now_s + WAIT_S)
    took_s = time.perf_counter() - began
    if not call.queued:
        raise RuntimeError(f"the caller waits in no queue: {call.standing()}")
    return took_s


if __name__ == "__main__":
    sys.exit(told(run()))
