"""Do-not-call lists in the forms they come in."""

import pytest

from callcenter.faults import FaultsError
from dialer.dnc import DncImport, Listed, read_numbers


def read(text: str, region: str = "US") -> DncImport:
    return read_numbers(text.splitlines(keepends=True), region)


def test_one_number_a_line_with_a_reason_or_without() -> None:
    result = read("# asked in May\n\n2025550143\n+442079460000, asked twice\n(202) 555-0144;complaint\n\n# end\n")
    assert result.numbers == (
        Listed(number="+12025550143"),
        Listed(number="+442079460000", reason="asked twice"),
        Listed(number="+12025550144", reason="complaint"),
    )
    assert result.faults == ()


@pytest.mark.parametrize("before", ["", "\ufeff", "# list\n\n", "\n\n"])
def test_a_table_with_a_header(before: str) -> None:
    result = read(f"{before}Name;Number;Reason\nAnn;2025550143;asked\nBob;x;\nCarl;2025550144;\n")
    assert result.numbers == (Listed(number="+12025550143", reason="asked"), Listed(number="+12025550144"))
    assert [str(fault) for fault in result.faults] == [
        f'line {3 + before.count(chr(10))}, number: "x" has letters: give the digits'
    ]


def test_the_us_registrys_download() -> None:
    assert read("202,5550143\n212,5550144\n").numbers == (Listed(number="+12025550143"), Listed(number="+12125550144"))


def test_a_number_twice_is_one_entry_with_the_first_reason() -> None:
    assert read("2025550143,first\n+12025550143,second\n").numbers == (Listed(number="+12025550143", reason="first"),)


def test_a_number_in_no_known_range_is_listed_all_the_same() -> None:
    assert read("1115550143\n").numbers == (Listed(number="+11115550143"),)


def test_lines_that_hold_no_number_are_told() -> None:
    result = read("2025550143\nfoo\n1.2E+10\n'2025550144\n12\n")
    assert [listed.number for listed in result.numbers] == ["+12025550143", "+12025550144"]
    assert [fault.line for fault in result.faults] == [2, 3, 5]


def test_a_decimal_is_not_read_as_one_more_digit() -> None:
    # Without its ".0" a number of nine digits would pass for one of ten.
    assert read("0301234567.0\n", region="DE").numbers == (Listed(number="+49301234567"),)


def test_a_table_without_numbers_is_refused() -> None:
    with pytest.raises(FaultsError, match='there is no column "number", only phone, reason'):
        read("phone,reason\n2025550143,asked\n")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_an_empty_list_is_empty(text: str) -> None:
    assert read(text) == DncImport(numbers=(), faults=())
