"""Edits TOML text entry by entry and leaves every other byte as it was: comments, order, blank lines.

A document is cut into *blocks*: a header line (`[sip]`, `[[agent]]`) with what belongs to it, up to its last key.
Comments above a header belong to that header's neighbourhood and stay when an entry before them goes. tomlkit writes
keys and values within a block; given the whole document it would move comments along and regroup interleaved tables.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import tomlkit
from tomlkit.items import Table

from callcenter.errors import ConfigError, NotFound

HEADER: Final = re.compile(r"[ \t]*(\[\[?)[ \t]*([A-Za-z0-9_\"'.-][^\]\n]*?)[ \t]*\]")
LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`text[start:end]` of a document: header line to last key line. `name` is the table, `entry` true for [[…]]."""

    name: str
    entry: bool
    start: int
    end: int


def read(text: str, source: str) -> dict[str, Any]:
    """Return `text` as a dict; raise ConfigError naming `source` and the line if it is no TOML.

    >>> read("a = 1", "x.toml")
    {'a': 1}
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        raise ConfigError(f"{source}: {said[:1].lower()}{said[1:]}") from None


def add_entry(text: str, table: str, values: Mapping[str, Any]) -> str:
    """Append an entry to [[table]], behind its last one or at the end; values that are empty are left out.

    >>> print(add_entry('[[queue]]\\nname = "a"\\n# agents\\n', "queue", {"name": "b", "title": ""}), end="")
    [[queue]]
    name = "a"
    <BLANKLINE>
    [[queue]]
    name = "b"
    # agents
    """
    kept = [_line(key, value) for key, value in values.items() if value not in (None, (), [], {}, "")]
    block = f"[[{table}]]\n" + "".join(kept)
    present = _entries(text, table)
    at = present[-1].end if present else len(text)
    before, after = text[:at], text[at:]
    joint = "" if not before.strip() else "\n" if before.endswith("\n") else "\n\n"
    return before + joint + block + after


def remove_entry(text: str, table: str, where: tuple[str, str]) -> str:
    """Remove the entry of [[table]] found by `where` (key, value) and the blank lines above it; raise NotFound.

    >>> remove_entry('[[a]]\\nid = 7 # seven\\n# end\\n', "a", ("id", "7"))
    '# end\\n'
    """
    block = _entry(text, table, where)
    before = text[: block.start].rstrip("\n")
    return before + ("\n" if before else "") + text[block.end :]


def set_value(text: str, table: str, where: tuple[str, str], item: tuple[str, Any]) -> str:
    """Set key and value `item` in the entry of [[table]] found by `where` (key, value); raise NotFound.

    >>> set_value('[[a]]\\nid = "7" # seven\\n# end\\n', "a", ("id", "7"), ("x", 1))
    '[[a]]\\nid = "7" # seven\\nx = 1\\n# end\\n'
    """
    block = _entry(text, table, where)
    key, value = item
    body = text[block.start : block.end]
    document = tomlkit.parse(body)
    entry = document[table][0]
    if isinstance(entry, Table) and key in entry:
        entry[key] = value
        changed = tomlkit.dumps(document)
    else:
        own = next((b.start for b in _blocks(body) if b.start > 0), len(body))  # before its sub-tables
        own = _last_key(body, 0, own)
        changed = body[:own] + ("" if body[:own].endswith("\n") else "\n") + _line(key, value) + body[own:]
    return text[: block.start] + changed + text[block.end :]


def _entries(text: str, table: str) -> list[Block]:
    found = [block for block in _blocks(text) if block.name == table]
    if not all(block.entry for block in found) or (not found and table in tomllib.loads(text)):
        raise ConfigError(f"{table} must be written as [[{table}]] with its keys below: there may be several")
    # An entry goes on through its sub-tables, [agent.skills].
    blocks = list(_blocks(text))
    return [_with_subtables(block, blocks) for block in found]


def _entry(text: str, table: str, where: tuple[str, str]) -> Block:
    key, value = where
    for block in _entries(text, table):
        entry = tomllib.loads(text[block.start : block.end])[table][0]
        if str(entry.get(key)) == value:
            return block
    raise NotFound(f'there is no {table} "{value}"')


def _with_subtables(block: Block, blocks: list[Block]) -> Block:
    end = block.end
    for other in blocks:
        if other.start >= end:
            if not other.name.startswith(block.name + "."):
                break
            end = other.end
    return Block(name=block.name, entry=block.entry, start=block.start, end=end)


def _blocks(text: str) -> Iterator[Block]:
    """Cut `text` at its headers. A line in brackets is one only where what stands before it is complete TOML."""
    heads: list[tuple[int, re.Match[str]]] = []
    begin = at = 0
    for line in LINE.findall(text):
        found = HEADER.match(line)
        if found and _complete(text[begin:at]):
            heads.append((at, found))
            begin = at
        at += len(line)
    for index, (start, found) in enumerate(heads):
        stop = heads[index + 1][0] if index + 1 < len(heads) else len(text)
        yield Block(name=found[2], entry=found[1] == "[[", start=start, end=_last_key(text, start, stop))


def _complete(part: str) -> bool:
    try:
        tomllib.loads(part)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _last_key(text: str, start: int, stop: int) -> int:
    """Where the last line of `text[start:stop]` ends that is neither blank nor a comment."""
    end = stop
    for line in reversed(LINE.findall(text[start:stop])):
        if line.strip() and not line.lstrip().startswith("#"):
            break
        end -= len(line)
    return end


def _line(key: str, value: Any) -> str:
    document = tomlkit.document()
    if isinstance(value, Mapping):
        inline = tomlkit.inline_table()
        inline.update(value)
        document.append(key, inline)
    else:
        document.append(key, list(value) if isinstance(value, tuple) else value)
    return document.as_string().rstrip("\n") + "\n"
