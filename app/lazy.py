"""Groups of commands that are imported when they are run.

Of each command a group knows where it is and its line of help, which is all that help, completion and a mistyped name
need. Importing them all costs seconds, and every service and every command would pay.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

Table = Mapping[str, tuple[str, str]]  # name → "module:attribute", the first paragraph of its help


class Elsewhere(TyperCommand):
    """A command not imported yet."""

    def __init__(self, name: str, place: str, line: str) -> None:
        super().__init__(name, help=line)
        self._place = place

    def load(self) -> Any:
        """Import the command: a function, a Typer, or again a group whose commands are elsewhere."""
        module, _, attribute = self._place.partition(":")
        gc.disable()  # nothing that is imported goes again; to look for it would be an eighth of a start
        try:
            found = getattr(import_module(module), attribute)
        finally:
            gc.enable()
        if isinstance(found, TyperGroup):
            return found
        parent = typer.Typer()
        if isinstance(found, typer.Typer):
            parent.add_typer(found, name=self.name)
        else:
            parent.command(self.name)(found)
        return get_group(parent).commands[str(self.name)]


class LazyGroup(TyperGroup):
    """A group of commands that are elsewhere."""

    def __init__(self, name: str, *, help: str, table: Table) -> None:
        commands = [Elsewhere(one, place, line) for one, (place, line) in table.items()]
        super().__init__(name=name, help=help, commands=commands, no_args_is_help=True)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Import the command that `args` begin with: it is about to run, or to complete its arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Elsewhere) else command, rest
