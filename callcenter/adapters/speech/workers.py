"""The recognition workers as the service sees them: a few processes, a deadline for each request, never a wait.

A worker that dies, or that is not back long after its deadline, is replaced; while none is there nothing is recognised,
which callers notice only by being asked for keys.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from callcenter.adapters.speech import frames
from callcenter.adapters.speech.worker import Plan, command
from callcenter.spoken import Reading

log = logging.getLogger("speech")

DEADLINE_S: Final = 1.5
READY_S: Final = 180.0  # reading models from a cold disk on a busy machine
HUNG_S: Final = 20.0  # no utterance takes this long, on a busy machine either
LESSON: Final = 8  # texts; some 20 ms each
MENUS_MAX: Final = 256
AGAIN_S: Final = (0.5, 1.0, 2.0, 5.0, 15.0)  # between a worker's end and the next one
STABLE_S: Final = 60.0  # who lived as long has not died of what it was started with


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """What may be said: phrases by exit, and sentences in the same language that mean none of them."""

    language: str
    phrases: Mapping[str, Sequence[str]]
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a worker can do."""

    engine: str
    languages: tuple[str, ...]
    intents: bool


@dataclass(slots=True)
class _Job:
    """A request under way."""

    header: Mapping[str, Any]
    sound: bytes = b""
    done: asyncio.Future[dict[str, Any]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Workers:
    """`async with Workers(plan, count)`: so many workers, each a process. Returns at once; `up` waits for the first.

    `command` says how one is started. `ready`: what they can do, None while none is there; `failed`: why the last one
    ended or could not begin. `counts`: requests done, late and failed, and workers that died. `cpu_s`: what the latest
    requests took of a core.
    """

    def __init__(self, plan: Plan, count: int = 1, command: Callable[[Plan], list[str]] = command) -> None:
        self._command, self._count = command(plan), count
        self._jobs: deque[_Job] = deque()
        self._menus: OrderedDict[str, Menu] = OrderedDict()
        self._bell = asyncio.Event()  # a job or a menu has come
        self._tasks: list[asyncio.Task[None]] = []
        self._there: dict[int, Ready] = {}  # by the worker's process id
        self._first = asyncio.Event()
        self._fell = asyncio.Event()  # a worker has ended that never was ready
        self._idle = asyncio.Event()  # the last worker that looked had nothing to do or to learn
        self.failed = ""
        self.cpu_s: deque[float] = deque(maxlen=1000)
        self.counts = dict.fromkeys(("done", "late", "failed", "died"), 0)

    @property
    def ready(self) -> Ready | None:
        return next(iter(self._there.values()), None)

    @property
    def languages(self) -> tuple[str, ...]:
        """What can be recognised now; () while no worker is there."""
        return self.ready.languages if self.ready else ()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that are there."""
        return tuple(self._there)

    async def up(self, timeout_s: float = READY_S, *, patient: bool = True) -> Ready | None:
        """Wait for a worker; return what it can do, None if none came in time.

        `patient`: also if the first one fails to begin, for those that take its place.
        """
        looked_for = [self._first] if patient else [self._first, self._fell]
        waits = [asyncio.create_task(event.wait()) for event in looked_for]
        try:
            await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return self.ready

    def learn(self, menu: Menu) -> None:
        """Teach all workers, and those to come, a menu's phrases; until then only the very phrases count."""
        key = repr((menu.language, menu.phrases))
        if key not in self._menus:
            self._menus[key] = menu
            self._idle.clear()
            while len(self._menus) > MENUS_MAX:
                self._menus.popitem(last=False)
            self._bell.set()

    async def taught(self, timeout_s: float) -> bool:
        """Wait until the workers know all menus they were taught; return whether they do."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        return self._idle.is_set()

    async def recognise(self, sound: bytes, menu: Menu, deadline_s: float = DEADLINE_S) -> tuple[Reading, ...] | None:
        """Return the readings of `sound` (8 kHz, 16-bit, one utterance), None if they are not there in time."""
        ready = self.ready
        if ready is None or menu.language not in ready.languages:
            return None
        self.learn(menu)
        header = {"do": "recognise", "language": menu.language, "phrases": _plain_dict(menu.phrases)}
        job = _Job(header, sound)
        self._jobs.append(job)
        self._bell.set()
        try:
            async with asyncio.timeout(deadline_s):
                answer = await job.done
        except TimeoutError:
            self.counts["late"] += 1
            log.warning("an utterance of %.1f s was not recognised within %.1f s", len(sound) / 16_000, deadline_s)
            return None
        if "readings" not in answer:
            self.counts["failed"] += 1
            log.error("an utterance was not recognised: %s", answer.get("error", "no reading"))
            return None
        self.counts["done"] += 1
        self.cpu_s.append(answer["cpu_s"])
        return tuple(Reading(**reading) for reading in answer["readings"])

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._keep_one(), name=f"speech worker {n}") for n in range(self._count)]
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in self._jobs:
            job.done.cancel()

    async def _keep_one(self) -> None:
        """Have one worker at all times."""
        loop, falls = asyncio.get_running_loop(), 0
        while True:
            begun = loop.time()
            process = await _start(self._command)
            try:
                await self._while_alive(process)
            except (OSError, ValueError, EOFError, TimeoutError) as error:
                self.counts["died"] += 1
                self.failed = str(error) or type(error).__name__
                log.error("speech worker %d is replaced: %s", process.pid, self.failed)
            finally:
                if self._there.pop(process.pid, None) is None:
                    self._fell.set()
                await _end(process)
            falls = 0 if loop.time() - begun > STABLE_S else falls + 1
            await asyncio.sleep(AGAIN_S[min(falls, len(AGAIN_S)) - 1] if falls else AGAIN_S[0])

    async def _while_alive(self, process: asyncio.subprocess.Process) -> None:
        """Let a worker serve; raise what ended it. One that dies while nobody asks anything is noticed too."""
        serving = asyncio.create_task(self._serve_by(_Process(process)))
        dying = asyncio.create_task(process.wait())
        try:
            await asyncio.wait([serving, dying], return_when=asyncio.FIRST_COMPLETED)
            if not serving.done() and process.pid in self._there:
                raise EOFError("it died")
            await serving  # or it has failed, and its last words say why
        finally:
            serving.cancel()
            dying.cancel()
            await asyncio.gather(serving, dying, return_exceptions=True)

    async def _serve_by(self, process: _Process) -> None:
        """Let one worker answer requests until it ends; raise what ended it."""
        async with asyncio.timeout(READY_S):
            first = await process.receive()
        if "ready" not in first:
            raise EOFError(str(first.get("failed", "no worker of ours")))
        ready = self._there[process.pid] = Ready(
            engine=first["ready"]["engine"],
            languages=tuple(first["ready"]["languages"]),
            intents=bool(first["ready"]["intents"]),
        )
        self._first.set()
        log.info("speech worker %d: %s, languages %s", process.pid, ready.engine, " ".join(ready.languages))
        taught: set[str] = set()
        lessons: Iterator[_Job] = iter(())
        while True:
            job = self._next_job() or next(lessons, None)
            if job is None and (untaught := next((k for k in self._menus if k not in taught), None)) is not None:
                taught.add(untaught)
                lessons = _lessons(self._menus[untaught]) if ready.intents else iter(())
            elif job is None:
                self._idle.set()
                self._bell.clear()
                await self._bell.wait()
            else:
                await process.perform(job)

    def _next_job(self) -> _Job | None:
        while self._jobs:
            job = self._jobs.popleft()
            if not job.done.done():  # nobody waits for it any more
                return job
        return None


class _Process:
    """The pipes of one worker."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.pid, self._in, self._out, self._number = process.pid, process.stdin, process.stdout, 0

    async def perform(self, job: _Job) -> None:
        """Have the worker do `job`. Raise EOFError if it dies, TimeoutError if it hangs; the job then has failed."""
        self._number += 1
        try:
            self._in.write(frames.pack({"id": self._number, **job.header}, job.sound))
            async with asyncio.timeout(HUNG_S):
                await self._in.drain()
                answer = await self.receive()
            if answer.get("id") != self._number:
                raise ValueError("a worker's answer to another request")
        except BaseException:
            if not job.done.done():
                job.done.set_result({"error": "the worker died"})
            raise
        if not job.done.done():
            job.done.set_result(answer)

    async def receive(self) -> dict[str, Any]:
        """Return the next header. Raise EOFError when the worker is gone, ValueError for what no worker says."""
        head = await self._out.readexactly(frames.LENGTHS.size)  # IncompleteReadError is an EOFError
        header, body = frames.lengths(head)
        return frames.header((await self._out.readexactly(header + body))[:header])


async def _start(command: Sequence[str]) -> asyncio.subprocess.Process:
    """Start a process; if this is cancelled, none is left behind."""
    pipe = asyncio.subprocess.PIPE
    starting = asyncio.ensure_future(asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a process and see it off, also if this is cancelled."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    gone = asyncio.ensure_future(process.wait())
    try:
        await asyncio.shield(gone)
    except asyncio.CancelledError:
        await gone  # at once: nothing can hold a killed process
        raise


def _lessons(menu: Menu) -> Iterator[_Job]:
    """Yield what teaches a menu, in pieces so short that an utterance between them does not wait long."""
    texts = [text for ones in menu.phrases.values() for text in ones] + list(menu.others)
    for start in range(0, len(texts), LESSON):
        yield _Job({"do": "embed", "texts": texts[start : start + LESSON]})
    yield _Job({"do": "learn", "phrases": _plain_dict(menu.phrases), "others": list(menu.others)})


def _plain_dict(phrases: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: list(ones) for name, ones in phrases.items()}
