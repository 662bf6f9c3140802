"""Flows with their test cases, and many runs of them in several processes at once."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.flow_files import Found, bundle, catalogue, find, languages, look, neighbours, shipped, shipped_names
from callcenter.errors import ConfigError
from ivr.bundle import Bundle, gather
from ivr.flow import Flow
from ivr.folder import LAYOUT, TESTS
from ivr.testing.files import Located, read_cases
from ivr.testing.mutants import Mutant
from ivr.testing.runner import Result, run_case
from ivr.testing.voice import Voice

FEW: Final = 40  # runs that are over before other processes would have begun
AT_ONCE: Final = 25  # runs that a process is given in one go


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The test cases of one flow, with the flows it runs. `file`: where the cases are written."""

    flow: Flow
    bundle: Bundle
    file: str
    cases: tuple[Located, ...]


def suites(references: Sequence[str]) -> list[Suite]:
    """Return the flows that are named, or all shipped ones that have test cases.

    Raise ConfigError, FlowError or NotFound for what cannot be found, CasesError for cases that are none.
    """
    if not references:
        flows = {name: shipped(name).flow for name in shipped_names()}
        found = [suite(shipped(name), flows) for name in flows]
        return [one for one in found if one.cases]
    # Who writes flows/*.json means the flows, not what lies beside them.
    return [suite(*look(reference)) for reference in references if not reference.endswith((LAYOUT, TESTS))]


def around(reference: str) -> list[Suite]:
    """Return a flow's own cases, and those of flows beside it that run it: first those of its own."""
    found, others = look(reference)
    own = suite(found, others)
    if found.folder is not None:
        beside = [one for name in neighbours(found) if (one := find(_file_of(found.folder, name))) is not None]
    else:
        within = (name for name, flow in others.items() if found.flow.name in gather(flow, others.get).flows)
        beside = [shipped(name) if found.source == "shipped" else look(name)[0] for name in within]
    more = (suite(one, others) for one in beside if one.flow.name != found.flow.name)
    return [own, *(one for one in more if one.cases and found.flow.name in one.bundle.flows)]


def suite(found: Found, others: dict[str, Flow]) -> Suite:
    file, cases = _cases(found)
    return Suite(flow=found.flow, bundle=bundle(found, others), file=file, cases=cases)


def _cases(found: Found) -> tuple[str, tuple[Located, ...]]:
    """Return the cases of a flow with the lines they are on, and where that is."""
    if found.folder is not None:
        path = found.folder / f"{Path(found.source).stem}{TESTS}"
        try:
            return str(path), read_cases(found.tests, str(path), path.read_text("utf-8") if path.is_file() else "")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}") from None
    name = f"{found.flow.name}{TESTS}"
    if found.source == "shipped":
        entry = resources.files("ivr").joinpath("flows", name)
        return name, read_cases(found.tests, name, entry.read_text("utf-8") if entry.is_file() else "")
    return f"{found.flow.name}, {found.source}", read_cases(found.tests, f"tests of {found.flow.name}")


def _file_of(folder: Path, name: str) -> str:
    return next((str(path) for ext in (".json", ".yaml", ".yml") if (path := folder / f"{name}{ext}").is_file()), name)


def voice() -> Voice:
    """Return what is heard in every language there are prompts in."""
    return Voice({language: catalogue(language) for language in languages()})


# ---------------------------------------------------------------------------------------------- many at once


@dataclass(frozen=True, slots=True)
class Work:
    """What every process needs: whole at the start, so that a run is named by numbers only."""

    suites: Sequence[Suite]
    voice: Voice
    mutants: Sequence[Mutant] = ()
    visited: Sequence[Sequence[frozenset[tuple[str, str]]]] = ()  # by suite and case: (flow, node)


_work: Work | None = None


def _begin(work: Work) -> None:
    global _work  # noqa: PLW0603 - what a worker process is about
    _work = work


def _run_one(number: tuple[int, int]) -> Result:
    if _work is None:
        raise RuntimeError("no work was given")
    one = _work.suites[number[0]]
    return run_case(one.bundle, one.cases[number[1]].case, _work.voice)


def _kill(number: int) -> str:
    """Return the first case that fails on a mutant, "" if none does."""
    if _work is None:
        raise RuntimeError("no work was given")
    mutant = _work.mutants[number]
    for index, one in enumerate(_work.suites):
        mutated = replace(one.bundle, flows={**one.bundle.flows, mutant.flow.name: mutant.flow})
        for place, located in enumerate(one.cases):
            # A case that never comes to the node cannot tell.
            if (mutant.flow.name, mutant.node) in _work.visited[index][place]:
                result = run_case(mutated, located.case, _work.voice)
                if not result.passed:
                    return located.case.name
    return ""


def run_suites(work: Work, jobs: int) -> dict[str, list[Result]]:
    """Run every case; return the results by flow, in the order they are written."""
    numbers = [(index, place) for index, one in enumerate(work.suites) for place in range(len(one.cases))]
    results = _run(_run_one, numbers, work, jobs)
    found: dict[str, list[Result]] = {one.flow.name: [] for one in work.suites}
    for (index, _), result in zip(numbers, results, strict=True):
        found[work.suites[index].flow.name].append(result)
    return found


def find_killers(work: Work, jobs: int) -> list[str]:
    """Return for every mutant the case that kills it, "" for one that survives."""
    return _run(_kill, list(range(len(work.mutants))), work, jobs)


def processors() -> int:
    return len(os.sched_getaffinity(0))


def _run(task: Callable[[Any], Any], numbers: Sequence[Any], work: Work, jobs: int) -> list[Any]:
    """Return what `task` returns for each of `numbers`, in their order, with a progress bar on a terminal."""
    if jobs <= 1 or len(numbers) <= FEW:
        _begin(work)
        with _bar(len(numbers)) as done:
            return [done(task(number)) for number in numbers]
    # Forked before the progress bar has a thread: what they need is in their memory already.
    context = multiprocessing.get_context("fork")
    at_most = -(-len(numbers) // AT_ONCE)  # they are all begun at once, needed or not
    with ProcessPoolExecutor(min(jobs, at_most), mp_context=context, initializer=_begin, initargs=(work,)) as pool:
        results = pool.map(task, numbers, chunksize=AT_ONCE)
        with _bar(len(numbers)) as done:
            return [done(result) for result in results]


@contextmanager
def _bar(total: int) -> Iterator[Callable[[Any], Any]]:
    columns = (TextColumn("testing"), BarColumn(), MofNCompleteColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with shown:
        bar = shown.add_task("", total=total)

        def done(result: Any) -> Any:
            shown.advance(bar)
            return result

        yield done
