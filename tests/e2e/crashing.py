"""`callcenter dialer serve`, killed by SIGKILL at one point of the first call it places: a program for tests.

    python -m tests.e2e.crashing reserved|sent|written|passed|answered

Nothing of the dialer is changed but what happens after the step: the machine loses it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from app.serve.dialer import serve_dialer
from app.serve.process import run
from callcenter.adapters.ami_link import Link, Pending
from callcenter.adapters.store import Store
from callcenter.logs import configure
from callcenter.outbound import Attempt
from callcenter.settings import Settings

Step = Callable[..., Awaitable[Any]]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(step: str, done: Callable[[Any, dict[str, Any]], object]) -> None:
    """Have the store's method `step` be our last if `done(result, keywords)` says that it did something."""
    real: Step = getattr(Store, step)

    async def last(self: Store, *args: Any, **keywords: Any) -> Any:
        result = await real(self, *args, **keywords)
        if done(result, keywords):
            die()
        return result

    setattr(Store, step, last)


def after_writing() -> None:
    """Die when the Originate is on its way to Asterisk: before any answer, or as it comes."""
    real = Link.start

    def start(self: Link, pendings: Sequence[Pending]) -> None:
        real(self, pendings)
        if any(pending["Action"] == "Originate" for pending in pendings):
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, die)  # the loop writes at the end of this round

    Link.start = start  # type: ignore[method-assign]


POINTS: Final[dict[str, Callable[[], None]]] = {
    "reserved": lambda: after("reserve", lambda answers, _: any(isinstance(answer, Attempt) for answer in answers)),
    "sent": lambda: after("mark_sent", lambda sent, _: sent),
    "written": after_writing,
    "passed": lambda: after("pass_gate", lambda passed, _: isinstance(passed, Attempt)),
    "answered": lambda: after("note_attempt", lambda noted, facts: noted and facts.get("answered_at")),
}

if __name__ == "__main__":
    POINTS[sys.argv[1]]()
    configure("INFO")
    run(Settings.from_env(os.environ), serve_dialer)
