"""Edits the text of a catalogue (`prompts/<language>.yaml`) key by key and leaves every other line as it was."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from typing import Final

from callcenter.errors import NotFound

WIDTH: Final = 118
# What YAML reads as the same text without quotes: no sign that means something to it where it stands.
PLAIN: Final = re.compile(r"[A-Za-zÀ-ÿ](?!.*(: |:$| #))[^\n]*[^\s:]", re.DOTALL)
WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def set_text(catalogue: str, key: str, text: str) -> str:
    """Return `catalogue` with `text` under `key`, which comes to the end if it is new.

    >>> set_text("# all\\na: One.\\nb: Two.\\n", "a", "Three.")
    '# all\\na: Three.\\nb: Two.\\n'
    """
    found = _place(catalogue, key)
    said = _line(key, " ".join(text.split()))
    if found is None:
        return catalogue + ("" if catalogue.endswith("\n") or not catalogue else "\n") + said
    return catalogue[: found[0]] + said + catalogue[found[1] :]


def remove(catalogue: str, key: str) -> str:
    """Return `catalogue` without `key`; raise NotFound.

    >>> remove("a: >-\\n  One\\n  more.\\n\\nb: Two.\\n", "a")
    '\\nb: Two.\\n'
    """
    found = _place(catalogue, key)
    if found is None:
        raise NotFound(f"there is no prompt {key!r} in this catalogue")
    return catalogue[: found[0]] + catalogue[found[1] :]


def bring_to(catalogue: str, now: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """Return `catalogue`, which says `now`, saying `wanted` instead: only lines of what differs are touched.

    >>> bring_to("# all\\na: One.\\nb: Two.\\n", {"a": "One.", "b": "Two."}, {"a": "One.", "c": "Three."})
    '# all\\na: One.\\nc: Three.\\n'
    """
    for key in now.keys() - wanted.keys():
        catalogue = remove(catalogue, key)
    for key, text in wanted.items():
        if now.get(key) != text:
            catalogue = set_text(catalogue, key, text)
    return catalogue


def written(texts: Mapping[str, str]) -> str:
    """Return a catalogue of these texts.

    >>> written({"a": "One."})
    'a: One.\\n'
    """
    return "".join(_line(key, text) for key, text in texts.items())


def _place(catalogue: str, key: str) -> tuple[int, int] | None:
    """Where the entry of `key` begins and ends: its line, and the ones below that are further in."""
    head = re.search(
        rf"^(?:{re.escape(key)}|\"{re.escape(key)}\"|'{re.escape(key)}')[ \t]*:.*\n?", catalogue, re.MULTILINE
    )
    if head is None:
        return None
    end = head.end()
    for line in re.findall(r"[^\n]*\n|[^\n]+", catalogue[end:]):
        if line.strip() and not line.startswith((" ", "\t")):
            break
        end += len(line)
    # Blank lines belong to what comes after.
    kept = catalogue[head.start() : end].rstrip("\n")
    return head.start(), min(end, head.start() + len(kept) + 1)


def _line(key: str, text: str) -> str:
    plain = PLAIN.fullmatch(text) is not None and text.casefold() not in WORDS
    if plain and len(key) + 2 + len(text) <= WIDTH:
        return f"{key}: {text}\n"
    if plain:
        folded = textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        return f"{key}: >-\n{folded}\n"
    return f"{key}: {json.dumps(text, ensure_ascii=False)}\n"
