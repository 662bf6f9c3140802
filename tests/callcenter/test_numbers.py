"""Telephone numbers: reading, spellings, masking, emergency numbers."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter import numbers


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+12025550100", "US", "+12025550100"),
        ("2025550100", "US", "+12025550100"),
        ("12025550100", "US", "+12025550100"),
        ("(202) 555-0100", "US", "+12025550100"),
        (" +1 202 555 0100 ", "GB", "+12025550100"),
        ("02079460000", "GB", "+442079460000"),
        ("442079460000", "GB", "+442079460000"),
        ("0044 20 7946 0000", "GB", "+442079460000"),
        ("011 44 20 7946 0000", "US", "+442079460000"),
        ("911", "US", None),
        ("1007", "US", None),
        ("+1202555", "US", None),
        ("anonymous", "US", None),
        ("1-800-FLOWERS", "US", None),
        ("tel:+12025550100", "US", None),
        ("+12025550100;ext=5", "US", None),
        ("+12025550100\n", "US", "+12025550100"),
        ("+1202555\n0100", "US", None),
        ("+٢٠٢٥٥٥٠١٠٠", "US", None),
        ("", "US", None),
    ],
)
def test_number_is_read_as_dialled_in_the_home_region(text: str, region: str, expected: str | None) -> None:
    assert numbers.to_e164(text, region) == expected


@given(st.text(max_size=30), st.sampled_from(["US", "GB", "DE"]))
def test_whatever_is_read_is_e164(text: str, region: str) -> None:
    read = numbers.to_e164(text, region)
    assert read is None or (read[0] == "+" and read[1:].isascii() and read[1:].isdecimal() and len(read) <= 18)


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FR", "IT", "BR", "AU"])
def test_every_spelling_is_read_back_as_the_same_number(region: str) -> None:
    example = phonenumbers.example_number(region)
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    spellings = numbers.spellings(e164, region)
    assert spellings[0] == e164
    assert len(set(spellings)) == len(spellings)
    dialled = [text for text in spellings if not text.startswith("+")]
    assert all(text.isascii() and text.isdecimal() for text in dialled)
    # The bare national number is for switches that strip the trunk prefix; elsewhere it may be ambiguous.
    assert {numbers.to_e164(text, region) for text in spellings[:3]} == {e164}


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+12025550143", "+1202•••0143"),
        ("12025550143", "1202•••0143"),
        ("2025550143", "202•••0143"),
        ("02079460000", "0207•••0000"),
        ("5550143", "•••43"),
        ("1007", "1007"),
        ("911", "911"),
        ("anonymous", "withheld"),
        ("", "withheld"),
        ("+1202\r\n5550143", "+1202•••0143"),
        ("sip:+12025550143@example.com", "1202•••0143"),
    ],
)
def test_mask(number: str, shown: str) -> None:
    assert numbers.mask(number) == shown


@given(st.from_regex(r"\+?[0-9]{7,15}", fullmatch=True))
def test_mask_hides_at_least_three_digits_of_a_full_number(number: str) -> None:
    shown = numbers.mask(number)
    digits = [char for char in number if char.isdigit()]
    assert len(digits) - sum(char.isdigit() for char in shown) >= 3


@given(st.text(max_size=40))
def test_mask_leaves_nothing_but_digits(text: str) -> None:
    assert numbers.mask(text) == "withheld" or set(numbers.mask(text)) <= set("+0123456789•")


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("US", ("112", "911")),
        ("GB", ("112", "999")),
        ("DE", ("110", "112")),
        ("FR", ("15", "17", "18", "112")),
        ("AU", ("000", "106", "112")),
        ("IO", ()),
    ],
)
def test_emergency_numbers_of_a_region(region: str, expected: tuple[str, ...]) -> None:
    assert numbers.emergency_numbers(region) == expected


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FR", "BR", "CZ", "AU", "JP", "IN"])
def test_emergency_numbers_are_what_libphonenumber_calls_so(region: str) -> None:
    listed = set(numbers.emergency_numbers(region))
    short = {f"{value:0{length}d}" for length in (2, 3) for value in range(10**length)}
    assert {n for n in short if phonenumbers.is_emergency_number(n, region)} == {n for n in listed if len(n) <= 3}


@pytest.mark.parametrize(
    ("number", "region", "expected"),
    [
        ("911", "US", True),
        ("9-1-1", "US", True),
        ("9111", "US", True),
        ("112", "US", True),
        ("+12025550100", "US", False),
        ("2025550100", "US", False),
        ("999", "US", False),
        ("999", "GB", True),
        ("", "US", False),
        ("anonymous", "US", False),
    ],
)
def test_is_emergency(number: str, region: str, expected: bool) -> None:
    assert numbers.is_emergency(number, region) is expected


def test_regions() -> None:
    assert numbers.is_region("US")
    assert not numbers.is_region("ZZ")
    assert not numbers.is_region("")
