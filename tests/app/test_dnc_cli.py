"""`callcenter dnc`: numbers nobody calls."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.outbound import LeadState
from tests.app.office import Office

ANN = "+12025550143"


def listed(office: Office, number: str) -> dict[str | None, str]:
    """Campaign (None: all) → reason."""
    return {entry.campaign: entry.reason for entry in office.store(lambda store: store.dnc(number))}


def test_add_for_all_campaigns_and_for_one(office: Office) -> None:
    office.add()
    said = office("dnc", "add", "(202) 555-0143", "--reason", "asked by letter")
    assert said == f"{ANN} is on the do-not-call list\n"
    assert office("dnc", "add", ANN, "--campaign", "spring") == f"{ANN} is on the do-not-call list of campaign spring\n"
    assert listed(office, ANN) == {None: "asked by letter", "spring": ""}


def test_adding_twice_keeps_the_first_reason_and_says_so(office: Office) -> None:
    office("dnc", "add", ANN, "--reason", "asked by letter")
    today = datetime.now(UTC).date().isoformat()
    said = office("dnc", "add", ANN, "--reason", "again")
    assert said.startswith(f"{ANN} is on the do-not-call list already, since {today[:7]}")
    assert said.endswith(": asked by letter\n")
    assert listed(office, ANN) == {None: "asked by letter"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("12",), 'number: "12" is too short'),
        (("call me",), 'number: "call me" has letters: give the digits'),
        ((ANN, "--campaign", "autumn"), 'there is no campaign "autumn": make it with `callcenter campaign add`'),
        ((ANN, "--reason", "x" * 201), "--reason: needs to be one line of at most 200 characters"),
        ((ANN, "--reason", "a\nb"), "--reason: needs to be one line of at most 200 characters"),
    ],
)
def test_what_cannot_be_added_is_told(office: Office, arguments: tuple[str, ...], said: str) -> None:
    assert office.refused("dnc", "add", *arguments).startswith(said)
    assert office.audits() == []


def test_without_a_centre_numbers_need_their_country(office: Office) -> None:
    office.file.unlink()
    assert '"2025550143"' in office.refused("dnc", "add", "2025550143")
    office("dnc", "add", ANN)


def test_show_and_remove(office: Office) -> None:
    office.add()
    assert office("dnc", "show", ANN) == f"{ANN} is not on the do-not-call list\n"
    assert json.loads(office("dnc", "show", ANN, "--json")) == []
    office("dnc", "add", ANN, "--campaign", "spring")
    assert office.refused("dnc", "remove", ANN) == f"{ANN} is not on the do-not-call list, only for campaign spring"
    office("dnc", "add", ANN)
    assert [row["campaign"] for row in json.loads(office("dnc", "show", "202 555 0143", "--json"))] == ["all", "spring"]
    assert office("dnc", "remove", ANN) == (
        f"{ANN} is removed from the do-not-call list\nnote: it is still listed for campaign spring\n"
    )
    assert office("dnc", "remove", ANN, "--campaign", "spring") == (
        f"{ANN} is removed from the do-not-call list of campaign spring\n"
    )
    assert office.refused("dnc", "remove", ANN) == f"{ANN} is not on the do-not-call list"


def test_an_entry_made_by_mistake_costs_no_lead(office: Office) -> None:
    office.add()
    office("leads", "import", "-", "--campaign", "spring", stdin=b"number\n2025550143\n2065550144\n")
    office("dnc", "add", ANN)
    (lead,) = [lead for lead in office.leads() if lead.number == ANN]
    office.store(lambda store: store.finish_leads([lead.id]))
    office("dnc", "remove", ANN)
    assert [lead.state for lead in office.leads()] == [LeadState.READY, LeadState.READY]


def test_import_of_plain_numbers_tables_and_the_us_registry(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("# asked us\n(202) 555-0143\n2065550144\nnobody 1\n")
    result = office.result("dnc", "import", str(file))
    assert result.exit_code == 0
    assert result.stdout == "2 added, 0 already there, 1 rows at fault\n"
    assert result.stderr == 'line 4, number: "nobody 1" has letters: give the digits\n'
    assert listed(office, ANN) == {None: f"import {file}"}
    table = b"number;reason\n2075550145;by letter\n2025550143;\n"
    assert office("dnc", "import", "-", stdin=table) == "1 added, 1 already there, 0 rows at fault\n"
    assert listed(office, "+12075550145") == {None: "by letter"}
    told = json.loads(office("dnc", "import", "-", "--json", "--reason", "registry", stdin=b"208,5550146\n"))
    assert told == {"added": 1, "already_there": 0, "faults": []}
    assert listed(office, "+12085550146") == {None: "registry"}


def test_import_for_one_campaign_and_from_another_country(office: Office) -> None:
    office.add()
    office("dnc", "import", "-", "--campaign", "spring", "--region", "GB", stdin=b"020 7946 0000\n")
    assert listed(office, "+442079460000") == {"spring": "import standard input"}


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("-",), b"name,phone\n", 'standard input: line 1, number: there is no column "number"'),
        (("-", "--region", "uk"), b"1\n", "--region: 'uk' is no region"),
        (("-", "--campaign", "autumn"), b"2025550143\n", 'there is no campaign "autumn"'),
        (("-",), b"\xff\xfe\xfa", "standard input: the file is not utf-16-le"),
        (("/none/list.txt",), b"", "cannot read /none/list.txt: No such file or directory"),
    ],
)
def test_a_list_that_is_none_is_refused(office: Office, arguments: tuple[str, ...], stdin: bytes, said: str) -> None:
    assert office.refused("dnc", "import", *arguments, stdin=stdin).startswith(said)
    assert office.audits() == []


def test_a_list_without_a_single_number_exits_1(office: Office) -> None:
    result = office.result("dnc", "import", "-", stdin=b"# nothing\n")
    assert (result.exit_code, result.stdout) == (1, "0 added, 0 already there, 0 rows at fault\n")


def test_a_database_that_fails_on_the_way_says_how_far_it_came(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(self: Store, entries: list[object]) -> int:
        raise StoreError("SQLite x: the disk is full: make room")

    monkeypatch.setattr(Store, "add_dnc", fails)
    assert office.refused("dnc", "import", "-", stdin=b"2025550143\n") == (
        "0 numbers were added, then: SQLite x: the disk is full: make room; import again, none is added twice"
    )


def test_who_did_what_is_noted(office: Office) -> None:
    office.add()
    office("dnc", "add", ANN, "--campaign", "spring")
    office("dnc", "import", "-", stdin=b"2025550143\n")
    office("dnc", "remove", ANN)
    assert office.audits()[1:] == [
        f"dnc: add {ANN} of campaign spring",
        "dnc: import standard input: 1 new",
        f"dnc: remove {ANN}",
    ]
