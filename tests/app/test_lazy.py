"""Groups that import a command when it is run: what their tables say is so, and nothing else is imported."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from typer import Context
from typer.core import TyperGroup

from app.cli import app
from app.lazy import Elsewhere, LazyGroup

ROOT = Path(__file__).parents[2]
HEAVY = {"acd", "aiohttp", "alembic", "desk", "dialer", "ivr", "numpy", "phonenumbers", "pydantic", "redis", "sim"}
NOT_NEEDED = {
    "app.flow_check_cli": {
        *("acd", "aiohttp", "desk.models", "desk.ports", "desk.service.app", "dialer", "numpy"),
        *("redis", "sim", "sqlalchemy"),
    },
    "app.setup_cli": {"acd", "aiohttp", "desk", "dialer", "ivr", "numpy", "redis", "sim", "sqlalchemy"},
    "app.user_cli": {"acd", "aiohttp", "alembic", "desk.service.app", "dialer", "ivr", "numpy", "redis", "sim"},
    "app.serve.ivr": {"acd", "alembic", "desk", "dialer", "pydub", "redis", "sim"},
    "app.serve.acd": {"aiohttp", "alembic", "desk", "dialer", "ivr", "numpy", "redis", "sim"},
    "app.serve.dialer": {"acd", "aiohttp", "alembic", "desk", "ivr", "numpy", "redis", "sim"},
    "app.serve.desk": {"acd", "alembic", "dialer.service", "redis", "sim"},
}


def agree(group: LazyGroup) -> None:
    """Check that a group's table says of its commands what they say of themselves, and so on below."""
    for line in group.commands.values():
        assert isinstance(line, Elsewhere)
        command = line.load()
        assert command.name == line.name
        assert inspect.cleandoc(command.help).split("\n\n")[0].replace("\n", " ") == line.help
        if isinstance(command, LazyGroup):
            agree(command)


def test_every_line_leads_to_a_command_of_its_name_and_help() -> None:
    agree(app)


def imported(program: str, *arguments: str) -> tuple[str, set[str]]:
    """Run a program in a process of its own; return what it printed, and the modules it imported."""
    code = f"try: {program}\nfinally: import sys; print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    return done.stdout, set(done.stderr.split())


def test_help_lists_every_command_and_imports_none() -> None:
    printed, modules = imported("from app.cli import main; main()", "--help")
    assert [name for name in app.commands if f"│ {name} " not in printed] == []
    assert modules & HEAVY == set()


@pytest.mark.parametrize("module", NOT_NEEDED)
def test_a_command_imports_only_what_it_needs(module: str) -> None:
    _, modules = imported(f"import {module}")
    assert modules & NOT_NEEDED[module] == set()


def run(*arguments: str) -> int:
    """Run `callcenter` here; return what it exits with."""
    with pytest.raises(SystemExit) as caught:
        app(arguments, prog_name="callcenter")
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_a_mistyped_command_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("flw", "check") == 2
    assert "No such command 'flw'. Did you mean 'flow'?" in capsys.readouterr().err


def test_a_group_tells_its_own_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("trunk", "--help") == 0
    printed = capsys.readouterr().out
    assert "Usage: callcenter trunk [OPTIONS] COMMAND [ARGS]..." in printed
    assert "│ password " in printed


def completed(*words: str) -> list[str]:
    """What a shell offers after `words`, of which the last is not finished."""
    group: TyperGroup = app
    context = Context(app, info_name="callcenter", resilient_parsing=True)
    for word in words[:-1]:
        _, group, _ = group.resolve_command(context, [word])  # type: ignore[assignment]
        context = Context(group, parent=context, info_name=word, resilient_parsing=True)
    return [item.value for item in group.shell_complete(context, words[-1])]


def test_names_are_completed() -> None:
    assert completed("c") == ["close", "check", "callback", "campaign"]
    assert completed("trunk", "p") == ["password"]
