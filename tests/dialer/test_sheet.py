"""Lists as spreadsheets write them: whatever is wrong with one row, the others are read."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcenter.errors import ConfigError
from callcenter.faults import FaultsError
from dialer.sheet import MAX_CELL, MAX_COLUMNS, MAX_LINE, MAX_LINES, Row, RowFault, decode, read_sheet


def rows(text: str) -> list[Row | RowFault]:
    return list(
        read_sheet(text.splitlines(keepends=True), known=("number", "name"), required="number", source="x").rows
    )


def cells(text: str) -> list[dict[str, str] | str]:
    return [dict(row.cells) if isinstance(row, Row) else str(row) for row in rows(text)]


def refused(text: str) -> str:
    with pytest.raises(FaultsError) as error:
        rows(text)
    return str(error.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_any_end_of_line(delimiter: str, end: str) -> None:
    text = "Number|NAME|Due Date$1|Ann|May$$2|Bob|"
    assert cells(text.replace("|", delimiter).replace("$", end)) == [
        {"number": "1", "name": "Ann", "Due Date": "May"},
        {"number": "2", "name": "Bob", "Due Date": ""},
    ]


def test_the_delimiter_is_the_one_that_finds_the_number() -> None:
    assert cells("debt, in euros;number;name\n1,5;2;Ann\n") == [{"debt, in euros": "1,5", "number": "2", "name": "Ann"}]


def test_a_byte_order_mark_and_sep_are_left_out() -> None:
    assert cells("\ufeffnumber,name\n1,Ann\n") == [{"number": "1", "name": "Ann"}]
    assert cells("\ufeffsep=|\r\nnumber|name\r\n1|Ann\r\n") == [{"number": "1", "name": "Ann"}]


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks() -> None:
    found = rows('number,note\n1,"a, ""b""\nc"\n2,plain "quote"\n')
    assert [row.line for row in found] == [2, 4]
    assert cells('number,note\n1,"a, ""b""\nc"\n2,plain "quote"\n') == [
        {"number": "1", "note": 'a, "b"\nc'},
        {"number": "2", "note": 'plain "quote"'},
    ]


def test_lines_may_come_without_their_ends() -> None:
    sheet = read_sheet(["number,note", '1,"a', 'b"', "2,c"], known=("number",), required="number", source="x")
    assert [row.cells for row in sheet.rows if isinstance(row, Row)] == [
        {"number": "1", "note": "a\nb"},
        {"number": "2", "note": "c"},
    ]


def test_empty_rows_and_trailing_delimiters_are_nothing() -> None:
    assert cells("number,name,,\n1,Ann,,,,\n,,\n;;\n   \n2\n") == [
        {"number": "1", "name": "Ann"},
        {"number": ";;"},
        {"number": "2"},
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "x: the file is empty"),
        ("\n \n", "x: the file is empty"),
        (
            "sep=;\n",
            'x: line 2, number: there is no column "number", only nothing: rename the one with the telephone numbers',
        ),
        (
            "tel,name\n",
            'x: line 1, number: there is no column "number", only tel, name: rename the one with the telephone numbers',
        ),
        (
            "\n\n2025550143,Ann\n",
            'x: line 3, number: the first line must name the columns, e.g. "number,name"; this one looks like a row',
        ),
        ("number,Name,name\n", "x: line 1, name: column 3 has the same name as column 2"),
        ("number,Debt,debt\n", "x: line 1, debt: column 3 has the same name as column 2"),
        ("number,,name\n", "x: line 1: column 2 has no name"),
        ('number,"na\nme"\n', 'x: line 1: a " is opened and never closed'),
        ('number,"na"me\n', "x: line 1: cannot be read as CSV: ',' expected after '\"'"),
        ("number,a\x07b\n", "x: line 1: the name of column 2 needs to be one line of at most 100 characters"),
    ],
)
def test_a_header_that_cannot_be_used(text: str, fault: str) -> None:
    assert refused(text) == fault


def test_all_faults_of_a_header_are_told_at_once() -> None:
    assert refused("a,,a\n").count("; ") == 2


def test_too_much_of_anything() -> None:
    header = ",".join(f"c{number}" for number in range(MAX_COLUMNS))
    assert f"{MAX_COLUMNS + 1} columns are too many" in refused(f"number,{header}\n")
    assert "longer than" in refused("number," + "x" * MAX_LINE)
    assert cells(f"number,note\n1,{'x' * MAX_CELL}\n2,{'x' * (MAX_CELL + 1)}\n3,{'x' * MAX_LINE}\n4,ok\n")[1:] == [
        f"line 3, note: {MAX_CELL + 1} characters are too many: {MAX_CELL} at most",
        f"line 4: the line is longer than {MAX_LINE} characters",
        {"number": "4", "note": "ok"},
    ]


def test_bad_rows_are_told_and_the_others_read() -> None:
    text = 'number,name\n1,Ann\n2,Bo,b\n3,a\x00b\n4,"x"y\n5,\x1b[31m\n6,Zoe\n'
    assert cells(text) == [
        {"number": "1", "name": "Ann"},
        "line 3: 3 cells, but 2 columns: put a cell that holds the delimiter into quotes",
        "line 4, name: control characters: delete and type the cell again",
        "line 5: cannot be read as CSV: ',' expected after '\"'",
        "line 6, name: control characters: delete and type the cell again",
        {"number": "6", "name": "Zoe"},
    ]


def test_a_quote_that_is_never_closed_spoils_its_own_line_only() -> None:
    unclosed = 'a " is opened and never closed'
    more = "".join(f"{number},x\n" for number in range(3, 3 + 2 * MAX_LINES))
    assert cells(f'number,name\n1,"Ann\n2,Bob\n{more}')[:2] == [f"line 2: {unclosed}", {"number": "2", "name": "Bob"}]
    assert len(cells(f'number,name\n1,"Ann\n2,Bob\n{more}')) == 2 + 2 * MAX_LINES
    # The next quote in the file is no end of this one.
    assert cells('number,name\n1,"Ann\n2,Bob\n3,"Carl, jr."\n') == [
        f"line 2: {unclosed}",
        {"number": "2", "name": "Bob"},
        {"number": "3", "name": "Carl, jr."},
    ]


@example('number\n"')
@example("number\n\r\r")
@example('sep=,\nnumber\n1,"\n"x"1\n')
@given(st.text(alphabet=st.sampled_from('number,;\t"\n\r \x00é1|=sep'), max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for start in ("", "number,name\n"):
        try:
            found = rows(start + text)
        except FaultsError:
            continue
        lines = [row.line for row in found]
        assert lines == sorted(set(lines))


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9), min_size=2, max_size=2),
        max_size=8,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_is_written_is_read(table: list[list[str]], delimiter: str) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([["number", "name"], *table])
    sheet = read_sheet(file.getvalue().split("\r\n"), known=("number", "name"), required="number", source="x")
    assert [list(row.cells.values()) for row in sheet.rows if isinstance(row, Row)] == table


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_decoded(encoding: str) -> None:
    assert decode("number,Müller\n".encode(encoding)) == "number,Müller\n"


def test_other_encodings_are_named() -> None:
    assert decode("Müller".encode("windows-1252"), "windows-1252") == "Müller"


@pytest.mark.parametrize(
    ("data", "encoding", "fault"),
    [
        (
            "number,name\n1,Jürgen Müller\n".encode("windows-1252"),
            "",
            'the file is not UTF-8: line 2 has byte 0xfc, in Windows-1252 "1,Jürgen Müller"; save it as "CSV UTF-8" or '
            "name its encoding",
        ),
        (
            b"\xfc",
            "",
            'the file is not UTF-8: line 1 has byte 0xfc, in Windows-1252 "ü"; save it as "CSV UTF-8" or name its '
            "encoding",
        ),
        (
            b"\n\n\x81",
            "",
            'the file is not UTF-8: line 3 has byte 0x81, in Windows-1252 "\ufffd"; save it as "CSV UTF-8" or name its '
            "encoding",
        ),
        (b"PK\x03\x04\x14", "", 'this is a workbook, not a CSV file: save it as "CSV UTF-8" and import that'),
        (b"a", "klingon", 'there is no encoding "klingon"; use e.g. "windows-1252"'),
        (b"a", "hex", 'there is no encoding "hex"; use e.g. "windows-1252"'),
        ("é\n".encode(), "ascii", "the file is not ascii: line 1 cannot be read"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, encoding: str, fault: str) -> None:
    with pytest.raises(ConfigError) as error:
        decode(data, encoding)
    assert str(error.value) == fault
