"""Lists of persons and of debts (CSV). Bad rows are told with line, column and how to mend them; the others count.

Persons: `number`, `name`, `language`, `vip` (yes or no), `note`. A column that is not there leaves what is known; an
empty cell empties it. Debts: `number`, `reference`, `amount` (what is still to be paid; 0: paid), `currency`, `due`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final, Generic, TypeVar

from callcenter.care import Debt, DebtState
from callcenter.faults import Fault, FaultsError
from callcenter.money import amount_in, currency_in
from callcenter.records import Person
from dialer.cells import ID_LENGTH, NAME_LENGTH, language_in, line_in, possible_number_in
from dialer.sheet import Row, RowFault, Sheet, read_sheet

T = TypeVar("T")

NUMBER: Final = "number"
NOTE_LENGTH: Final = 500
YES: Final = frozenset({"yes", "y", "true", "1", "x", "vip"})
NO: Final = frozenset({"no", "n", "false", "0", "", "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """What a list gives. `columns`: those it has."""

    rows: tuple[T, ...]
    faults: tuple[RowFault, ...]
    columns: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtList:
    """How a list of debts is read: numbers as in `region`, amounts without a currency in `currency` ("": none)."""

    region: str
    currency: str
    now: datetime
    source: str = "debts"


class CellFault(ValueError):
    """A cell that cannot be used, with its column."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


def vip_in(text: str) -> bool:
    """Read yes or no; empty is no."""
    word = text.strip().casefold()
    if word not in YES | NO:
        raise ValueError(f'"{text}" is neither yes nor no')
    return word in YES


def due_in(text: str) -> date:
    """Read a day as ISO 8601 has it: any other order of day and month means two days."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no day: write it like 2026-03-31') from None


def reference_in(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return line_in(text, ID_LENGTH)


PERSON_CELLS: Final[Mapping[str, Callable[[str], Any]]] = {
    "name": partial(line_in, length=NAME_LENGTH),
    "language": lambda text: language_in(text) or None,
    "vip": vip_in,
    "note": partial(line_in, length=NOTE_LENGTH),
}
DEBT_CELLS: Final = ("reference", "amount", "currency", "due")


def read_persons(lines: Iterable[str], region: str, source: str = "persons") -> Listed[Person]:
    """Return the persons in `lines`; raise FaultsError naming `source` if the header cannot be used."""
    sheet = read_sheet(lines, known=(NUMBER, *PERSON_CELLS), required=NUMBER, source=source)

    def person(row: Row) -> Person:
        number = _cell(row, NUMBER, lambda text: possible_number_in(text, region).number)
        values = {column: _cell(row, column, read) for column, read in PERSON_CELLS.items()}
        return Person(number=number, **values)

    return _read(sheet, person, lambda found: found.number, NUMBER)


def read_debts(lines: Iterable[str], how: DebtList) -> Listed[Debt]:
    """Return the debts in `lines`, as of `how.now`; raise FaultsError naming the source."""
    sheet = read_sheet(lines, known=(NUMBER, *DEBT_CELLS), required=NUMBER, source=how.source)
    needed = ("reference", "amount", "due", *(() if how.currency else ("currency",)))
    missing = [Fault(table="line 1", key=column, text="there is no such column") for column in needed]
    missing = [fault for fault in missing if fault.key not in sheet.columns]
    if missing:
        raise FaultsError(how.source, missing)

    def debt(row: Row) -> Debt:
        currency = _cell(row, "currency", lambda text: currency_in(text or how.currency))
        amount = _cell(row, "amount", lambda text: amount_in(text, currency))
        return Debt(
            number=_cell(row, NUMBER, lambda text: possible_number_in(text, how.region).number),
            reference=_cell(row, "reference", reference_in),
            amount=amount,
            currency=currency,
            due_on=_cell(row, "due", due_in),
            state=DebtState.OPEN if amount else DebtState.PAID,
            updated_at=how.now,
        )

    return _read(sheet, debt, lambda found: found.reference, "reference")


def kept(person: Person, known: Person | None, columns: frozenset[str]) -> Person:
    """Return what is to be kept of a listed person: where the list has no such column, what is known."""
    if known is None:
        return person
    return replace(person, **{name: getattr(known, name) for name in PERSON_CELLS if name not in columns})


def _cell(row: Row, column: str, read: Callable[[str], T]) -> T:
    try:
        return read(row.cells.get(column, ""))
    except ValueError as error:
        raise CellFault(column, str(error)) from None


def _read(sheet: Sheet, make: Callable[[Row], T], key: Callable[[T], str], column: str) -> Listed[T]:
    """Make a value of each row; of rows with the same key the first counts, the others are at fault."""
    rows: list[T] = []
    faults: list[RowFault] = []
    first: dict[str, int] = {}
    for row in sheet.rows:
        if isinstance(row, RowFault):
            faults.append(row)
            continue
        try:
            made = make(row)
        except CellFault as error:
            faults.append(RowFault(line=row.line, column=error.column, text=str(error)))
            continue
        line = first.setdefault(key(made), row.line)
        if line == row.line:
            rows.append(made)
        else:
            faults.append(RowFault(line=row.line, column=column, text=f"{key(made)} stands on line {line} already"))
    return Listed(rows=tuple(rows), faults=tuple(faults), columns=frozenset(sheet.columns))
