"""`callcenter flow run|test|mutate`: flows tried without a telephone."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE
from typing import Annotated

import typer

from app.files import PUBLIC, write_atomic
from app.flow_files import bundle, languages, look
from app.flow_suites import Suite, Work, around, find_killers, processors, run_suites, suites, voice
from callcenter.errors import ConfigError, NotFound
from ivr.folder import TESTS
from ivr.nodes.words import LANGUAGE
from ivr.player import play
from ivr.session import CallInfo
from ivr.testing import files
from ivr.testing.call import Situation
from ivr.testing.cases import DEFAULT_CALLER, DEFAULT_DID
from ivr.testing.coverage import Coverage, coverage
from ivr.testing.junit import junit
from ivr.testing.mutants import mutants
from ivr.testing.runner import Result
from ivr.testing.words import instant_in

Name = Annotated[
    str, typer.Argument(metavar="FLOW", help="A JSON or YAML file, a flow, or a version: main@7, main@draft.")
]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes at once; one per processor.")]


def run_command(  # noqa: PLR0913, PLR0917 - one parameter per option
    flow: Name,
    at: Annotated[str | None, typer.Option(help='When it is: "2026-03-02 09:30 America/New_York"; now.')] = None,
    language: Annotated[str, typer.Option(help="The caller's; the flow's first if left out.")] = "",
    caller: Annotated[str, typer.Option(help="The caller's number.")] = DEFAULT_CALLER,
    did: Annotated[str, typer.Option(help="The number they dialled.")] = DEFAULT_DID,
    speech: Annotated[bool, typer.Option("--speech", help="Callers may speak: type their words.")] = False,
    record: Annotated[Path | None, typer.Option(help="Add what was played as a test case to this file.")] = None,
    name: Annotated[str, typer.Option(help="What the recorded test case is called.")] = "",
) -> None:
    """Play a flow: type the keys a caller would press. Its clock never waits."""
    found, others = look(flow)
    _check_language(language)
    try:
        began = instant_in(at) if at else datetime.now(UTC).replace(microsecond=0)
    except ValueError as error:
        raise ConfigError(f"--at: {error}") from None
    before = _text_of(record) if record is not None else ""
    call = CallInfo(call_id="terminal", caller=caller, did=did, language=language)
    situation = Situation(call=call, at=began, voice=voice(), speech=speech)
    played = play(bundle(found, others), situation, _ask, typer.echo)
    if record is not None:
        case = played.as_case(name)
        try:
            _write(record, files.with_case(before, case, str(record)))
        except ConfigError:
            typer.echo(files.to_text([case]))  # what was played is not lost
            raise
        typer.echo(f"recorded in {record}: {case.name}")


def run_tests(
    flow: Annotated[list[str] | None, typer.Argument(metavar="[FLOW]…", help="Which; all shipped ones.")] = None,
    junit_file: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML there.")] = None,
    min_coverage: Annotated[
        float | None, typer.Option(min=0, max=100, help="Percent of nodes and exits that must be passed.")
    ] = None,
    jobs: Jobs = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of test cases, do nothing.")] = False,
) -> None:
    """Run the test cases beside flows; say what they never pass. Exit 1 if one fails or too little is passed."""
    if schema:
        typer.echo(json.dumps(files.schema(), indent=2, ensure_ascii=False))
        return
    found = _with_cases(suites(flow or ()))
    results = run_suites(Work(found, voice()), jobs or processors())
    failed = 0
    for suite in found:
        failed += _tell_failures(suite, results[suite.flow.name])
    visits = frozenset(visit for ran in results.values() for result in ran for visit in result.visits)
    covered = [coverage(suite.flow, visits) for suite in found]
    for one in covered:
        _tell(one, results[one.flow])
    few = [one for one in covered if min_coverage is not None and one.share * 100 < min_coverage]
    for one in few:
        typer.echo(f"{one.flow}: {one.share:.1%} is passed, must be {min_coverage:g}%", err=True)
    if junit_file is not None:
        _write(junit_file, junit(results))
    if failed or few:
        raise typer.Exit(1)


def mutate(
    flow: Name,
    allow: Annotated[int, typer.Option(min=0, help="So many may survive.")] = 0,
    jobs: Jobs = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say which case kills which.")] = False,
) -> None:
    """Put faults into a flow, one at a time; its test cases must fail on each. Exit 1 if more survive than allowed."""
    own, *more = around(flow)
    found, prompts = _with_cases([own, *more]), voice()
    results = run_suites(Work(found, prompts), jobs or processors())
    if failed := sum(_tell_failures(suite, results[suite.flow.name]) for suite in found):
        raise ConfigError(f"{failed} test cases fail on the flow as it is; mend that first")
    made = list(mutants(own.flow))
    visited = [[frozenset((f, n) for f, n, _ in result.visits) for result in results[s.flow.name]] for s in found]
    killers = find_killers(Work(found, prompts, made, visited), jobs or processors())
    survivors = [mutant for mutant, killer in zip(made, killers, strict=True) if not killer]
    if verbose:
        for mutant, killer in zip(made, killers, strict=True):
            typer.echo(f"{mutant}  {'killed by: ' + killer if killer else 'SURVIVES'}")
    for mutant in survivors:
        typer.echo(f"survives: {mutant}")
    typer.echo(f"{own.flow.name}: {len(made)} mutants, {len(made) - len(survivors)} killed, "
               f"{len(survivors)} survive")  # fmt: skip
    if len(survivors) > allow:
        raise typer.Exit(1)


def _with_cases(found: Sequence[Suite]) -> list[Suite]:
    """Return the suites that have cases; raise NotFound if none has."""
    have = [suite for suite in found if suite.cases]
    if not have:
        file = found[0].file if found else ""
        there, where = ("", f" in {file}") if file.endswith(TESTS) else (f" with {file}", " beside the flow's file")
        raise NotFound(f"there are no test cases{there}: write them{where}, or play the flow with `flow run --record`")
    return have


def _tell_failures(suite: Suite, results: Sequence[Result]) -> int:
    failed = 0
    for located, result in zip(suite.cases, results, strict=True):
        if not result.passed:
            failed += 1
            line = f":{located.line}" if located.line else ""
            typer.echo(f"FAILED {suite.flow.name}: {result.case} ({suite.file}{line})\n{result.told()}\n")
    return failed


def _tell(one: Coverage, results: Sequence[Result]) -> None:
    passed = sum(result.passed for result in results)
    cases = f"{passed} of {len(results)} cases passed" if passed < len(results) else f"{passed} cases passed"
    typer.echo(f"{one.flow}: {cases}, {one.share:.0%} of {one.nodes} nodes and {one.exits} exits")
    for missed in one.missed:
        typer.echo(f"  never: {missed}")


def _text_of(path: Path) -> str:
    """Return what is in a file to which a case will be added; raise before the call is played if that cannot be."""
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}")
    if text.strip():
        files.load_cases(text, str(path))
    return text


def _write(path: Path, text: str) -> None:
    """Write a file, whole or not at all; raise ConfigError. Its rights stay as they were."""
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}")
    if not path.exists() or path.is_file():
        write_atomic(path, text, mode=S_IMODE(path.stat().st_mode) if path.exists() else PUBLIC)
        return
    try:  # such as /dev/stdout
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None


def _check_language(language: str) -> None:
    there = languages()
    if language and (not re.fullmatch(LANGUAGE, language) or language.partition("-")[0] not in there):
        raise ConfigError(f"--language: there are no prompts in {language!r}, only in {', '.join(there)}")


def _ask(question: str) -> str | None:
    sys.stdout.write(question)
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None
