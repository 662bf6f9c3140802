"""Do-not-call lists from files: one number a line, a table with a `number` column, or the US registry's download.

More is taken than from a list of leads: a number need only be possible, not valid, since a number too many on this
list harms nobody. A number listed twice is one entry.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Final

from dialer.cells import possible_number_in
from dialer.sheet import DELIMITERS, Row, RowFault, read_sheet

NUMBER: Final = "number"
REASON: Final = "reason"
REASON_LENGTH: Final = 200
COMMENT: Final = "#"
# Full list of the US National Do Not Call Registry: area code, comma, number (FTC, download as flat text file).
REGISTRY: Final = re.compile(r"([2-9]\d\d),([2-9]\d{6})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A number nobody may call, E.164, and why."""

    number: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DncImport:
    numbers: tuple[Listed, ...]
    faults: tuple[RowFault, ...]


def read_numbers(lines: Iterable[str], region: str, source: str = "do-not-call list") -> DncImport:
    """Return the numbers in `lines`, each once, and the lines that hold none.

    Numbers without + are read as dialled in `region`. Lines that begin with # are comments. A first line without any
    digit is a header; raise FaultsError naming `source` if it has no column `number`.
    """
    rest = iter(lines)
    before: list[str] = []
    first = ""
    for line in rest:
        text = line.removeprefix("\ufeff")
        if text.strip() and not text.lstrip().startswith(COMMENT):
            first = text
            break
        before.append("")  # keeps the numbers of the lines
    texts = chain(before, [first], rest)
    if first and not any(char.isdigit() for char in first):
        rows: Iterable[Row | RowFault] = read_sheet(texts, known=(NUMBER, REASON), required=NUMBER, source=source).rows
    else:
        rows = _plain(texts)
    return _collect(rows, region)


def _plain(lines: Iterable[str]) -> Iterable[Row]:
    for line, text in enumerate(lines, 1):
        written = text.strip().rstrip(DELIMITERS)
        if not written or written.startswith(COMMENT):
            continue
        registry = REGISTRY.fullmatch(written)
        if registry is not None:
            yield Row(line=line, cells={NUMBER: f"+1{registry[1]}{registry[2]}"})
            continue
        delimiter = next((char for char in DELIMITERS if char in written), ",")
        number, *others = next(csv.reader([written], delimiter=delimiter))
        yield Row(line=line, cells={NUMBER: number.strip(), REASON: " ".join(others).strip()})


def _collect(rows: Iterable[Row | RowFault], region: str) -> DncImport:
    found: dict[str, str] = {}
    faults: list[RowFault] = []
    for row in rows:
        if isinstance(row, RowFault):
            faults.append(row)
            continue
        written = row.cells.get(NUMBER, "")
        reason = "".join(char for char in row.cells.get(REASON, "") if char.isprintable())[:REASON_LENGTH]
        try:
            found.setdefault(possible_number_in(written, region).number, reason)
        except ValueError as error:
            faults.append(RowFault(line=row.line, column=NUMBER, text=str(error)))
    return DncImport(numbers=tuple(Listed(number=n, reason=r) for n, r in found.items()), faults=tuple(faults))
