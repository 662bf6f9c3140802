"""A list as spreadsheets write it: bytes to text, text to rows under named columns. A bad row spoils no other.

Comma, semicolon or tab between the cells, whichever the header has; quoted cells may hold line breaks; CRLF or LF. A
byte order mark and Excel's "sep=;" line are left out. Columns are known by name, whatever their order and case.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from callcenter.errors import ConfigError
from callcenter.faults import Fault, FaultsError

DELIMITERS: Final = ",;\t"
MAX_COLUMNS: Final = 100
MAX_CELL: Final = 1_000  # characters; an agent's screen shows no more of one cell
MAX_LINE: Final = 64_000  # characters of one line of the file, below the limit of the csv module for one cell
MAX_NAME: Final = 100  # characters of a column's name
MAX_LINES: Final = 50  # lines of one row: a longer one is a quote that was never closed
END: Final = "end"  # a row of ours put after another: if it is swallowed, a quote is open
UNCLOSED: Final = 'a " is opened and never closed'
DIGITS_OF_A_NUMBER: Final = 5  # more digits than a name of a column has
SEP_LINE: Final = re.compile(r"sep=([,;|\t])", re.IGNORECASE)
BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
WORKBOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods are zip files; .xls is an OLE file
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """Why a row was left out. `line`: the line of the file it begins on, from 1; `column`: as in the header, or ""."""

    line: int
    column: str
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: cells by column, stripped. `line`: the line of the file it begins on."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`columns` as in the header, known ones in lower case; `rows` is read once, in the order of the file."""

    columns: tuple[str, ...]
    rows: Iterator[Row | RowFault]


def decode(data: bytes, encoding: str = "") -> str:
    """Return the text of a file: UTF-8, UTF-16 with a byte order mark, or as `encoding` says.

    Raise ConfigError that names the line and what to do.
    """
    if data.startswith(WORKBOOK):
        raise ConfigError('this is a workbook, not a CSV file: save it as "CSV UTF-8" and import that')
    name, start = encoding or "utf-8", 0
    for mark, of in BOMS:
        if data.startswith(mark) and not encoding:
            name, start = of, len(mark)
    try:
        return data[start:].decode(name)
    except LookupError:
        raise ConfigError(f'there is no encoding "{encoding}"; use e.g. "windows-1252"') from None
    except UnicodeDecodeError as error:
        raise ConfigError(_not_text(data[start:], name, error.start)) from None


def read_sheet(lines: Iterable[str], *, known: Sequence[str], required: str, source: str) -> Sheet:
    """Return the sheet in `lines`; raise FaultsError naming `source` if its header cannot be used.

    `known`: columns whose names are matched whatever their case; `required`: the one that must be there.
    """
    records = _numbered(lines)
    number, text = next(records, (0, ""))
    if not number:
        raise FaultsError(source, [Fault(table="", key="", text="the file is empty")])
    found = SEP_LINE.fullmatch(text)
    if found is not None:
        number, text = next(records, (number + 1, ""))
    delimiter = found[1] if found else _delimiter(text, required)
    columns, faults = _header(_cells([text], delimiter), known, required)
    if faults:
        raise FaultsError(source, [Fault(table=f"line {number}", key=key, text=fault) for key, fault in faults])
    return Sheet(columns=columns, rows=_rows(_records(records, delimiter), columns))


def _not_text(data: bytes, name: str, at: int) -> str:
    line = data[:at].count(b"\n") + 1
    if name != "utf-8":
        return f"the file is not {name}: line {line} cannot be read"
    begins = data.rfind(b"\n", 0, at) + 1
    shown = data[max(begins, at - 12) : at + 12].decode("windows-1252", errors="replace").splitlines()[0]
    return (
        f'the file is not UTF-8: line {line} has byte 0x{data[at]:02x}, in Windows-1252 "{shown}"; '
        'save it as "CSV UTF-8" or name its encoding'
    )


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without the byte order mark and without empty lines before the header."""
    started = False
    for number, line in enumerate(lines, 1):
        text = line.removeprefix("\ufeff") if number == 1 else line
        started = started or bool(text.strip())
        if started:
            yield number, text.rstrip("\r\n")


def _delimiter(header: str, required: str) -> str:
    """Return the delimiter under which the header has the required column, else the one that is there most often."""

    def score(delimiter: str) -> tuple[bool, int]:
        names = _cells([header], delimiter)
        return isinstance(names, list) and required in map(_name, names), header.count(delimiter)

    return max(DELIMITERS, key=score)


def _name(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.strip().lower())


def _header(
    names: list[str] | str | None, known: Sequence[str], required: str
) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Return the columns and what is wrong with them, as (column, text)."""
    if not isinstance(names, list):
        return (), [("", names or UNCLOSED)]
    while names and not names[-1].strip():
        names.pop()
    columns = tuple(_name(name) if _name(name) in known else name.strip() for name in names)
    folded = [column.lower() for column in columns]
    faults: list[tuple[str, str]] = []
    if len(columns) > MAX_COLUMNS:
        faults.append(("", f"{len(columns)} columns are too many: {MAX_COLUMNS} at most"))
    for index, column in enumerate(columns):
        if not column:
            faults.append(("", f"column {index + 1} has no name"))
        elif len(column) > MAX_NAME or not column.isprintable():
            faults.append(("", f"the name of column {index + 1} needs to be one line of at most {MAX_NAME} characters"))
        elif folded[index] in folded[:index]:
            faults.append((column, f"column {index + 1} has the same name as column {folded.index(folded[index]) + 1}"))
    if required not in columns:
        faults.append((required, _missing(columns, required)))
    return columns, faults


def _missing(columns: tuple[str, ...], required: str) -> str:
    if columns and sum(char.isdigit() for char in columns[0]) >= DIGITS_OF_A_NUMBER:
        return f'the first line must name the columns, e.g. "{required},name"; this one looks like a row'
    there = ", ".join(column for column in columns[:8] if column) or "nothing"
    return f'there is no column "{required}", only {there}: rename the one with the telephone numbers'


def _records(lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Split lines into rows of cells, or say (as text) why it cannot be done. Empty rows are left out."""
    waiting: deque[tuple[int, str]] = deque()

    def take() -> tuple[int, str] | None:
        return waiting.popleft() if waiting else next(lines, None)

    while (first := take()) is not None:
        taken = [first]
        cells = _cells([first[1]], delimiter)
        while cells is None and len(taken) < MAX_LINES and (more := take()) is not None:
            taken.append(more)
            cells = _cells([text for _, text in taken], delimiter)
        if cells is None or (isinstance(cells, str) and len(taken) > 1):
            # A quote that was never closed takes the next one for its end: only the first line is at fault.
            waiting.extendleft(reversed(taken[1:]))
            cells = UNCLOSED
        if isinstance(cells, str) or any(cell.strip() for cell in cells):
            yield first[0], cells


def _cells(texts: list[str], delimiter: str) -> list[str] | str | None:
    """Return the cells of one row, None if a quote is still open, or why the row cannot be read."""
    if len(texts[-1]) > MAX_LINE:
        return f"the line is longer than {MAX_LINE} characters"
    lines = [text + "\n" for text in texts]
    try:
        if len(list(csv.reader([*lines, END], delimiter=delimiter))) == 1:
            return None
        return next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return f"cannot be read as CSV: {error}"


def _rows(records: Iterator[tuple[int, list[str] | str]], columns: tuple[str, ...]) -> Iterator[Row | RowFault]:
    for line, cells in records:
        if isinstance(cells, str):
            yield RowFault(line=line, column="", text=cells)
            continue
        while len(cells) > len(columns) and not cells[-1].strip():
            cells.pop()
        fault = _misfit(line, cells, columns)
        yield fault or Row(line=line, cells=dict(zip(columns, (cell.strip() for cell in cells), strict=False)))


def _misfit(line: int, cells: list[str], columns: tuple[str, ...]) -> RowFault | None:
    if len(cells) > len(columns):
        text = f"{len(cells)} cells, but {len(columns)} columns: put a cell that holds the delimiter into quotes"
        return RowFault(line=line, column="", text=text)
    for column, cell in zip(columns, cells, strict=False):
        if len(cell) > MAX_CELL:
            text = f"{len(cell)} characters are too many: {MAX_CELL} at most"
            return RowFault(line=line, column=column, text=text)
        if CONTROL.search(cell):
            return RowFault(line=line, column=column, text="control characters: delete and type the cell again")
    return None
