"""A list of leads: good rows become leads, bad rows are told by line, column and how to mend them."""

from datetime import UTC, datetime

import pytest

from callcenter.faults import FaultsError
from callcenter.outbound import LeadState
from dialer.leads import Import, read_leads

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def read(text: str, region: str = "US") -> Import:
    return read_leads(text.splitlines(keepends=True), campaign="spring", region=region, now=NOW)


def test_a_row_becomes_a_lead() -> None:
    result = read(
        "Number,Name,Language,External ID,Time zone,Priority,Debt\n202 555 0143,Ann,en,a-1,America/New_York,5,12.50\n"
    )
    (lead,) = result.leads
    assert (lead.campaign, lead.number, lead.name, lead.language) == ("spring", "+12025550143", "Ann", "en")
    assert (lead.external_id, lead.time_zone, lead.priority) == ("a-1", "America/New_York", 5)
    assert (lead.id, lead.state, lead.tries, lead.next_at, lead.created_at) == (0, LeadState.READY, 0, NOW, NOW)
    assert lead.data == {"Debt": "12.50"}
    assert (result.faults, result.notes) == ((), ())


def test_consent_to_be_called_at_any_hour_says_where_it_is_on_record() -> None:
    result = read("number,any_hour_consent\n2025550143,form of 2026-05-04\n2025550144,\n")
    assert [lead.consent for lead in result.leads] == ["form of 2026-05-04", ""]
    assert (result.any_hour, result.faults, result.notes) == (1, (), ())


@pytest.mark.parametrize("cell", ["no", "yes", "0", "1", "true", "False", "Y", "N", "x", "X"])
def test_a_word_for_yes_or_no_is_no_record_of_consent(cell: str) -> None:
    result = read(f"number,any_hour_consent\n2025550143,{cell}\n")
    assert (result.leads, result.any_hour) == ((), 0)
    assert [str(fault) for fault in result.faults] == [
        f'line 2, any_hour_consent: "{cell}" is no record: say where it is on record, e.g. form of 2026-05-04, '
        "or leave it empty"
    ]


@pytest.mark.parametrize("column", ["consent", "Consent"])
def test_a_column_called_consent_lifts_no_hours_and_this_is_said(column: str) -> None:
    result = read(f"number,{column}\n2025550143,web form\n2025550144,no\n")
    assert [lead.consent for lead in result.leads] == ["", ""]
    assert [dict(lead.data) for lead in result.leads] == [{column: "web form"}, {column: "no"}]
    assert result.notes == (
        f'column "{column}" does not lift calling hours and is kept for the agent: that is any_hour_consent',
    )


def test_only_the_number_is_needed() -> None:
    (lead,) = read("number\n2025550143\n").leads
    assert (lead.name, lead.language, lead.time_zone, lead.priority, lead.data) == ("", "", "", 0, {})


def test_other_columns_keep_their_names_and_empty_cells_are_left_out() -> None:
    leads = read("number;Due Date;Account No.\n2025550143;May;\n2025550144;;7\n").leads
    assert [dict(lead.data) for lead in leads] == [{"Due Date": "May"}, {"Account No.": "7"}]


def test_bad_rows_are_told_and_the_others_imported() -> None:
    result = read(
        "number,name,language,time_zone,priority\n"
        "2025550143,Ann,,,\n"
        "1.2E+10,Bob,,,\n"
        "2025550144,Carl,klingon,,\n"
        "2025550145,Dora,,EST,\n"
        "2025550146,Emil,,,first\n"
        ",Fritz,,,\n"
        "+18765550143,Gina,,,\n"
        "2025550147,Hans,,,,,9\n"
        "2025550148,Ida,,,\n"
    )
    assert [lead.name for lead in result.leads] == ["Ann", "Ida"]
    assert [str(fault).split(": ")[0] for fault in result.faults] == [
        "line 3, number",
        "line 4, language",
        "line 5, time_zone",
        "line 6, priority",
        "line 7, number",
        "line 8, number",
        "line 9",
    ]
    assert str(result.faults[5]) == (
        "line 8, number: +18765550143: it is a number of JM; the campaign calls AS, GU, MP, PR, US, VI"
    )


def test_a_number_given_twice_names_the_first_line() -> None:
    result = read("number,name\n2025550143,Ann\n2025550144,Bob\n+1 202-555-0143,Ann again\n2025550143,and again\n")
    assert [lead.name for lead in result.leads] == ["Ann", "Bob"]
    assert [str(fault) for fault in result.faults] == [
        "line 4, number: +12025550143 stands on line 2 already",
        "line 5, number: +12025550143 stands on line 2 already",
    ]


def test_a_row_that_is_left_out_takes_no_number() -> None:
    result = read("number,priority\n2025550143,first\n2025550143,1\n")
    assert [lead.priority for lead in result.leads] == [1]


def test_mended_numbers_are_noted_once_for_each_kind() -> None:
    result = read("number\n'2025550143\n2025550144.0\n'2025550145\n2025550146\n")
    assert [lead.number[-1] for lead in result.leads] == ["3", "4", "5", "6"]
    assert result.notes == (
        "left out an apostrophe before the number, 2 times, first on line 2",
        'left out ".0" after the number, 1 time, first on line 3',
    )


def test_a_row_over_several_lines_is_named_by_its_first() -> None:
    result = read('number,note\n2025550143,"a\nb\nc"\nx,d\n')
    assert result.leads[0].data == {"note": "a\nb\nc"}
    assert [fault.line for fault in result.faults] == [5]


def test_a_list_without_numbers_is_refused_with_its_name() -> None:
    with pytest.raises(
        FaultsError, match=r'may\.csv: line 1, number: there is no column "number", only phone'
    ) as error:
        read_leads(["phone\n", "2025550143\n"], campaign="spring", region="US", now=NOW, source="may.csv")
    assert error.value.code == "config"


def test_many_rows() -> None:
    text = "number,name\n" + "".join(f"+1202555{number:04},Somebody\n" for number in range(2_000))
    result = read(text)
    assert (len(result.leads), len(result.faults)) == (2_000, 0)
