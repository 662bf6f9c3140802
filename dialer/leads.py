"""Leads from a list (CSV). Bad rows are told with line, column and how to mend them; the others are imported.

Columns: `number` (needed), `name`, `language`, `external_id`, `time_zone`, `any_hour_consent` (where it is on record
that this person agreed to be called at any time) and `priority`; every other column goes to the lead's `data` under its
own name, for the agent's screen. So does one called `consent`: in most lists that is consent to be called at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from callcenter.compliance.places import zones_of
from callcenter.outbound import Lead
from dialer.cells import (
    ID_LENGTH,
    NAME_LENGTH,
    callable_number_in,
    language_in,
    line_in,
    on_record_in,
    priority_in,
    time_zone_in,
)
from dialer.sheet import Row, RowFault, read_sheet

NUMBER: Final = "number"
READERS: Final[dict[str, Callable[[str], Any]]] = {
    "name": partial(line_in, length=NAME_LENGTH),
    "language": language_in,
    "external_id": partial(line_in, length=ID_LENGTH),
    "time_zone": time_zone_in,
    "any_hour_consent": on_record_in,
    "priority": priority_in,
}
KNOWN: Final = (NUMBER, *READERS)
FIELDS: Final = {"any_hour_consent": "consent"}  # of Lead, where a column is called otherwise
OF_OTHER_MEANING: Final = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What a list gives. `notes`: what was mended in rows that are imported, and what is hardly meant, a line each."""

    leads: tuple[Lead, ...]
    faults: tuple[RowFault, ...]
    notes: tuple[str, ...] = ()

    @property
    def any_hour(self) -> int:
        """How many of the leads may be called at any hour where the law lets consent lift its hours."""
        return sum(bool(lead.consent) for lead in self.leads)


@dataclass(slots=True)
class _Reading:
    """The list while it is read: numbers with the line they came on, damages with the first line and their count."""

    campaign: str
    region: str
    now: datetime
    lines: dict[str, int]
    first_mended: dict[str, int]
    mended: Counter[str]


def read_leads(lines: Iterable[str], *, campaign: str, region: str, now: datetime, source: str = "leads") -> Import:
    """Return the leads in `lines` (text of a CSV file) for `campaign`, callable from `now` on.

    Numbers without + are read as dialled in `region`. Raise FaultsError naming `source` if the header cannot be used.
    """
    reading = _Reading(campaign, region, now, {}, {}, Counter())
    sheet = read_sheet(lines, known=KNOWN, required=NUMBER, source=source)
    leads: list[Lead] = []
    faults: list[RowFault] = []
    for row in sheet.rows:
        result = _lead(row, reading) if isinstance(row, Row) else row
        if isinstance(result, Lead):
            leads.append(result)
        else:
            faults.append(result)
    notes = (*_notes(reading), *_of_other_meaning(sheet.columns))
    return Import(leads=tuple(leads), faults=tuple(faults), notes=notes)


def _lead(row: Row, reading: _Reading) -> Lead | RowFault:
    """Return the row as a lead, or the first thing wrong with it."""
    column = NUMBER
    try:
        read = callable_number_in(row.cells.get(NUMBER, ""), reading.region)
        values = {}
        for column, reader in READERS.items():
            values[FIELDS.get(column, column)] = reader(row.cells.get(column, ""))
    except ValueError as error:
        return RowFault(line=row.line, column=column, text=str(error))
    if not zones_of(read.number, values["time_zone"], reading.now):
        text = f'{read.number} does not tell its time zone: give one, e.g. "America/New_York"'
        return RowFault(line=row.line, column="time_zone", text=text)
    first = reading.lines.setdefault(read.number, row.line)
    if first != row.line:
        return RowFault(line=row.line, column=NUMBER, text=f"{read.number} stands on line {first} already")
    if read.mended:
        reading.first_mended.setdefault(read.mended, row.line)
        reading.mended[read.mended] += 1
    return Lead(
        campaign=reading.campaign,
        number=read.number,
        data={name: cell for name, cell in row.cells.items() if name not in KNOWN and cell},
        next_at=reading.now,
        created_at=reading.now,
        **values,
    )


def _of_other_meaning(columns: Iterable[str]) -> Iterator[str]:
    for column in columns:
        if column.casefold() == OF_OTHER_MEANING:
            yield f'column "{column}" does not lift calling hours and is kept for the agent: that is any_hour_consent'


def _notes(reading: _Reading) -> tuple[str, ...]:
    return tuple(
        f"left out {what}, {count} time{'s' * (count > 1)}, first on line {reading.first_mended[what]}"
        for what, count in reading.mended.items()
    )
