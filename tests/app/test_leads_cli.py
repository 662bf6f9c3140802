"""`callcenter leads`: lists in, what became of each row out."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import leads_cli
from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.outbound import AttemptOutcome, DncEntry, LeadState
from desk.service import lists
from tests.app.office import Office

LIST = """number,name,time_zone,priority,city
(202) 555-0143,Ann,,5,New York
+12065550144,Bea,America/Chicago,,Seattle
"""
BAD = """number,name
202555014x,Ann
2025550143,Bea
+442079460000,Cem
2025550143,Dan
"""


@pytest.fixture
def spring(office: Office) -> Office:
    office.add()
    return office


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    return path


def test_a_list_becomes_leads_that_may_be_called_at_once(spring: Office, file: Path) -> None:
    assert (
        spring("leads", "import", str(file), "--campaign", "spring") == "2 imported, 0 already there, 0 rows at fault\n"
    )
    ann, bea = sorted(spring.leads(), key=lambda lead: lead.number)
    assert (ann.number, ann.name, ann.priority, ann.data) == ("+12025550143", "Ann", 5, {"city": "New York"})
    assert (bea.number, bea.time_zone, bea.state) == ("+12065550144", "America/Chicago", LeadState.READY)
    assert ann.next_at <= datetime.now(UTC)


def test_importing_again_adds_only_what_is_new(spring: Office, file: Path) -> None:
    spring("leads", "import", str(file), "--campaign", "spring")
    file.write_text(LIST + "2075550145,Cyd,,,\n")
    assert (
        spring("leads", "import", str(file), "--campaign", "spring") == "1 imported, 2 already there, 0 rows at fault\n"
    )
    assert (
        spring("leads", "import", str(file), "--campaign", "spring") == "0 imported, 3 already there, 0 rows at fault\n"
    )
    assert len(spring.leads()) == 3


def test_rows_at_fault_are_told_on_standard_error_and_spoil_no_other(spring: Office, file: Path) -> None:
    file.write_text(BAD)
    result = spring.result("leads", "import", str(file), "--campaign", "spring")
    assert result.exit_code == 0
    assert result.stdout == "1 imported, 0 already there, 3 rows at fault\n"
    assert result.stderr.splitlines() == [
        'line 2, number: "202555014x" has letters: give the digits',
        "line 4, number: +442079460000: it is a number of GB; the campaign calls AS, GU, MP, PR, US, VI",
        "line 5, number: +12025550143 stands on line 3 already",
    ]


def test_for_programs_everything_is_in_one_object(spring: Office) -> None:
    result = spring.result("leads", "import", "-", "--campaign", "spring", "--json", stdin=BAD.encode())
    assert result.stderr == ""
    told = json.loads(result.stdout)
    assert [fault["line"] for fault in told.pop("faults")] == [2, 4, 5]
    assert told == {"good": 1, "imported": 1, "already_there": 0, "on_dnc": 0, "any_hour": 0, "notes": []}


def test_of_many_faults_the_first_are_told(spring: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads_cli, "FAULTS_TOLD", 2)
    result = spring.result("leads", "import", "-", "--campaign", "spring", stdin=BAD.encode())
    assert result.stderr.splitlines()[2:] == ["… and 1 more rows at fault; --json tells all"]


@pytest.mark.parametrize("text", ["number,name\n", "number,name\nnone,Ann\n"])
def test_a_list_without_a_single_lead_exits_1(spring: Office, text: str) -> None:
    result = spring.result("leads", "import", "-", "--campaign", "spring", stdin=text.encode())
    assert result.exit_code == 1
    assert result.stdout.startswith("0 imported, 0 already there, ")


def test_a_dry_run_changes_nothing(spring: Office, file: Path) -> None:
    said = spring("leads", "import", str(file), "--campaign", "spring", "--dry-run")
    assert said == "2 rows could be imported, 0 rows at fault\n"
    told = json.loads(spring("leads", "import", str(file), "--campaign", "spring", "--dry-run", "--json"))
    assert (told["good"], told["imported"], told["already_there"]) == (2, None, None)
    assert spring.leads() == []
    assert [audit for audit in spring.audits() if audit.startswith("leads")] == []


def test_numbers_on_the_do_not_call_list_are_counted(spring: Office, file: Path) -> None:
    entry = DncEntry(number="+12065550144", reason="", since=datetime.now(UTC))
    spring.store(lambda store: store.add_dnc([entry]))
    result = spring.result("leads", "import", str(file), "--campaign", "spring")
    assert result.stderr == "note: 1 are on the do-not-call list and are not called\n"


def test_how_many_may_be_called_at_any_hour_is_said(spring: Office) -> None:
    text = b"number,any_hour_consent\n2025550143,form of 2026-05-04\n2065550144,\n2075550145,yes\n"
    result = spring.result("leads", "import", "-", "--campaign", "spring", "--dry-run", stdin=text)
    assert result.stdout == "2 rows could be imported, 1 rows at fault\n"
    assert result.stderr.splitlines()[-1] == "note: 1 may be called at any hour, as far as the law allows"
    told = json.loads(spring("leads", "import", "-", "--campaign", "spring", "--json", stdin=text))
    assert told["any_hour"] == 1
    assert {lead.number: lead.consent for lead in spring.leads()} == {
        "+12025550143": "form of 2026-05-04",
        "+12065550144": "",
    }


def done(office: Office, outcomes: dict[str, AttemptOutcome]) -> None:
    """Let leads of campaign spring, by number, be done."""

    async def work(store: Store) -> None:
        for lead in await store.leads("spring"):
            if lead.number in outcomes:
                await store.finish_leads([lead.id], outcomes[lead.number])

    office.store(work)


def test_leads_that_are_done_are_called_once_more(spring: Office) -> None:
    ends = {
        "+12025550143": AttemptOutcome.NO_ANSWER,
        "+12065550144": AttemptOutcome.CONNECTED,
        "+12075550145": AttemptOutcome.BUSY,
    }
    spring("leads", "import", "-", "--campaign", "spring", stdin="\n".join(["number", *ends]).encode())

    def ready() -> set[str]:
        return {lead.number for lead in spring.leads() if lead.state is LeadState.READY}

    done(spring, ends)
    reset = ("leads", "reset", "--campaign", "spring")
    assert spring(*reset, "--outcome", "busy") == "1 leads of campaign spring are ready again\n"
    assert ready() == {"+12075550145"}
    assert spring(*reset) == "1 leads of campaign spring are ready again\n"
    assert ready() == {"+12025550143", "+12075550145"}
    assert spring(*reset) == "0 leads of campaign spring are ready again\n"
    # Who talked with an agent only if somebody says so.
    assert spring(*reset, "--outcome", "connected") == "1 leads of campaign spring are ready again\n"
    assert spring.audits()[-4:] == [
        "leads: reset spring, those that ended as busy",
        "leads: reset spring, those but for connected",
        "leads: reset spring, those but for connected",
        "leads: reset spring, those that ended as connected",
    ]
    assert spring.refused("leads", "reset", "--campaign", "sprin").startswith('there is no campaign "sprin"')


def test_what_a_spreadsheet_did_is_noted(spring: Office) -> None:
    result = spring.result("leads", "import", "-", "--campaign", "spring", stdin=b"number\n'2025550143\n")
    assert result.stderr == "note: left out an apostrophe before the number, 1 time, first on line 2\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_any_spreadsheet_ends_them(spring: Office, end: str) -> None:
    text = 'number,name\n2025550143,"A\u2028n\x85n"\n2065550144,Bea\n'.replace("\n", end)
    result = spring.result("leads", "import", "-", "--campaign", "spring", stdin=text.encode())
    # U+2028 and U+0085 end no line; the second is a control character, which a name may not hold.
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["line 2, name"]
    assert [lead.number for lead in spring.leads()] == ["+12065550144"]


def test_other_encodings(spring: Office) -> None:
    text = "number;name\n2025550143;Zoë\n"
    command = ("leads", "import", "-", "--campaign", "spring")
    told = spring.refused(*command, stdin=text.encode("windows-1252"))
    assert told.startswith('standard input: the file is not UTF-8: line 2 has byte 0xeb, in Windows-1252 "')
    spring(*command, "--encoding", "windows-1252", stdin=text.encode("windows-1252"))
    assert [lead.name for lead in spring.leads()] == ["Zoë"]
    assert "there is no encoding" in spring.refused(*command, "--encoding", "x", stdin=text.encode())
    assert spring(*command, stdin=text.encode("utf-16")) == "0 imported, 1 already there, 0 rows at fault\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"phone,name\n", 'line 1, number: there is no column "number", only phone, name'),
        (b"2025550143,Ann\n", "line 1, number: the first line must name the columns"),
        (b"PK\x03\x04", "this is a workbook, not a CSV file"),
    ],
)
def test_a_file_that_is_no_list_is_refused_by_name(spring: Office, file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    told = spring.refused("leads", "import", str(file), "--campaign", "spring")
    assert told.startswith(f"{file}: {said}")
    assert told.count(str(file)) == 1


def test_a_file_that_cannot_be_read_is_told(spring: Office, tmp_path: Path) -> None:
    assert spring.refused("leads", "import", str(tmp_path / "none.csv"), "--campaign", "spring").startswith(
        f"cannot read {tmp_path}/none.csv: No such file or directory"
    )
    assert spring.refused("leads", "import", str(tmp_path), "--campaign", "spring") == (
        f"cannot read {tmp_path}: Is a directory"
    )


def test_a_campaign_that_does_not_exist_is_told(spring: Office, file: Path) -> None:
    for arguments in (("import", str(file)), ("list",)):
        told = spring.refused("leads", *arguments, "--campaign", "sprin")
        assert told == 'there is no campaign "sprin"; did you mean "spring"?'


def test_a_database_that_fails_on_the_way_says_how_far_it_came(
    spring: Office, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Store.add_leads
    calls = []

    async def fails(self: Store, leads: list[object]) -> list[bool]:
        calls.append(len(leads))
        if len(calls) > 1:
            raise StoreError("SQLite x: the disk is full: make room")
        return await really(self, leads)  # type: ignore[arg-type]

    monkeypatch.setattr(lists, "SLICE", 1)
    monkeypatch.setattr(Store, "add_leads", fails)
    assert spring.refused("leads", "import", str(file), "--campaign", "spring") == (
        "1 leads were added, then: SQLite x: the disk is full: make room; import again, none is added twice"
    )
    monkeypatch.setattr(Store, "add_leads", really)
    assert (
        spring("leads", "import", str(file), "--campaign", "spring") == "1 imported, 1 already there, 0 rows at fault\n"
    )


def test_the_list_of_leads(spring: Office, file: Path) -> None:
    assert spring("leads", "list", "--campaign", "spring") == "none\n"
    spring("leads", "import", str(file), "--campaign", "spring")
    head, first, _ = spring("leads", "list", "--campaign", "spring").splitlines()
    assert head.split() == ["number", "name", "state", "next_at", "tries", "last_outcome", "priority"]
    assert first.split()[:3] == ["+12025550143", "Ann", "ready"]
    assert len(json.loads(spring("leads", "list", "--campaign", "spring", "--limit", "1", "--json"))) == 1
    assert spring("leads", "list", "--campaign", "spring", "--state", "done") == "none\n"


def test_who_imported_what_is_noted(spring: Office, file: Path) -> None:
    spring("leads", "import", str(file), "--campaign", "spring")
    assert spring.audits()[-1] == f"leads: import {file} into spring: 2 new, 2 read, 0 rows at fault"
