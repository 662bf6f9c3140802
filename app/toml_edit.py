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
from tomlkit.items import AoT, Array, InlineTable, Item, Table

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
    kept = [_line(key, value) for key, value in values.items() if not _is_empty(value)]
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
    """Set key and value `item` in the entry of [[table]] found by `where` (key, value); None removes the key.

    Raise NotFound.

    >>> set_value('[[a]]\\nid = "7" # seven\\n# end\\n', "a", ("id", "7"), ("x", 1))
    '[[a]]\\nid = "7" # seven\\nx = 1\\n# end\\n'
    """
    key, value = item
    block = _entry(text, table, where)
    return text[: block.start] + _with(text[block.start : block.end], table, key, value) + text[block.end :]


def change_entry(text: str, table: str, where: tuple[str, str], values: Mapping[str, Any]) -> str:
    """Set keys of the entry of [[table]] found by `where`; a value that is empty removes its key. Raise NotFound."""
    for key, value in values.items():
        text = set_value(text, table, where, (key, None if _is_empty(value) else value))
    return text


def change_table(text: str, table: str, values: Mapping[str, Any]) -> str:
    """Set keys of the table [table], which is added at the end if it is not there; an empty value removes its key.

    >>> change_table('[sip]\\nport = 5060 # usual\\n# end\\n', "sip", {"port": 5062})
    '[sip]\\nport = 5062 # usual\\n# end\\n'
    """
    if _single(text, table) is None:
        kept = "".join(_line(key, value) for key, value in values.items() if not _is_empty(value))
        joint = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{joint}[{table}]\n{kept}" if kept else text
    for key, value in values.items():
        block = _single(text, table)
        assert block is not None
        value = None if _is_empty(value) else value  # noqa: PLW2901
        text = text[: block.start] + _with(text[block.start : block.end], table, key, value) + text[block.end :]
    return text


def remove_table(text: str, table: str) -> str:
    """Remove the table [table] and the blank lines above it, if it is there."""
    block = _single(text, table)
    if block is None:
        return text
    before = text[: block.start].rstrip("\n")
    return before + ("\n" if before else "") + text[block.end :]


def _single(text: str, table: str) -> Block | None:
    blocks = list(_blocks(text))
    found = next((block for block in blocks if block.name == table and not block.entry), None)
    if found is None and table in tomllib.loads(text):
        raise ConfigError(f"{table} must be written as [{table}] with its keys below, to be changed from here")
    return None if found is None else _with_subtables(found, blocks)


def _with(body: str, table: str, key: str, value: Any) -> str:
    """Return a block with `key` set, or without it."""
    document = tomlkit.parse(body)
    first = document[table]
    owner = first[0] if isinstance(first, AoT) else first
    if not isinstance(owner, Table):
        return body
    if value is None:
        if key not in owner:
            return body
        owner.remove(key)
    elif key in owner:
        _put(owner, key, value)
    else:
        own = next((b.start for b in _blocks(body) if b.start > 0), len(body))  # before its sub-tables
        own = _last_key(body, 0, own)
        return body[:own] + ("" if body[:own].endswith("\n") else "\n") + _line(key, value) + body[own:]
    return tomlkit.dumps(document)


def _put(owner: Table | InlineTable, key: str, value: Any) -> None:
    """Set a key that is there, and leave as much as possible of how it is written."""
    there = owner[key]
    if isinstance(value, Mapping) and isinstance(there, Table | InlineTable):
        for name in [name for name in there if name not in value]:
            there.remove(name)
        for name, inner in value.items():
            if name in there:
                _put(there, name, inner)
            else:
                there.append(name, _item(inner))
    elif isinstance(value, list | tuple) and isinstance(there, Array):
        _put_list(there, [_plain(one) for one in value])
    elif _plain(there) != _plain(value):
        owner[key] = _item(value)


def _put_list(there: Array, wanted: list[Any]) -> None:
    """Bring an array to `wanted`: what is in both stays where it is, with the comments beside it."""
    for place in range(len(there) - 1, -1, -1):
        if _plain(there[place]) not in wanted:
            del there[place]
    if [_plain(one) for one in there] != [one for one in wanted if one in map(_plain, there)]:
        there.clear()  # in another order
    for place, one in enumerate(wanted):
        if place >= len(there) or _plain(there[place]) != one:
            there.insert(place, _item(one))


def _plain(value: Any) -> Any:
    return value.unwrap() if isinstance(value, Item) else list(value) if isinstance(value, tuple) else value


def _is_empty(value: Any) -> bool:
    return value is None or (not isinstance(value, bool) and value in ((), [], {}, ""))


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
    document.append(key, _item(value))
    return document.as_string().rstrip("\n") + "\n"


def _item(value: Any) -> Any:
    """`value` as it is written on one line."""
    if isinstance(value, Mapping):
        inline = tomlkit.inline_table()
        inline.update({name: _item(inner) for name, inner in value.items()})
        return inline
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        array.extend(_item(one) for one in value)
        return array
    return value
