"""`callcenter person`, `debt`, `voicemail`, `callback`, `survey`: what is kept of callers, and their lists."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.adapters.store import Store
from callcenter.care import (
    Callback,
    CallbackState,
    Debt,
    DebtState,
    SurveyAnswer,
    Voicemail,
)
from callcenter.records import CallRecord, Direction, Person
from tests.app.office import Office

ANN, BEN = "+12025550143", "+12025550144"
NOW = datetime.now(UTC).replace(microsecond=0)


def persons(office: Office) -> dict[str, Person]:
    return {one.number: replace(one, id=0) for one in office.store(lambda store: store.persons(1000))}


def debts(office: Office, *numbers: str) -> dict[str, Debt]:
    async def look(store: Store) -> list[Debt]:
        return [one for number in numbers for one in await store.debts(number)]

    return {one.reference: one for one in office.store(look)}


def rows(office: Office, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(office(*arguments, "--json"))
    return found


# ---------------------------------------------------------------------------------------------------------- persons


def test_a_person_is_entered_and_changed_by_what_is_given(office: Office) -> None:
    assert (
        office("person", "add", "(202) 555-0143", "--name", "Zoë", "--language", "ES", "--vip") == f"{ANN} is entered\n"
    )
    assert persons(office) == {ANN: Person(number=ANN, name="Zoë", language="es", vip=True)}
    assert office("person", "add", ANN, "--note", "prefers mornings") == f"{ANN} is changed\n"
    assert persons(office)[ANN] == Person(number=ANN, name="Zoë", language="es", vip=True, note="prefers mornings")
    office("person", "add", ANN, "--no-vip", "--language", "", "--note", "")
    assert persons(office)[ANN] == Person(number=ANN, name="Zoë")
    assert office.audits() == [f"person: add {ANN}"] * 3


def test_calls_of_a_person_stay_counted(office: Office) -> None:
    office.store(lambda store: store.person_seen(ANN, NOW, "fr"))
    office("person", "add", ANN, "--name", "Zoë")
    (row,) = rows(office, "person", "list")
    assert row == {
        "number": ANN, "name": "Zoë", "language": "fr", "vip": False, "calls": 1, "last_seen": NOW.isoformat(),
        "note": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("12",), 'number: "12" is too short'),
        ((ANN, "--language", "english"), "--language: 'english' is no language"),
        ((ANN, "--name", "a\nb"), "--name: needs to be one line of at most 200 characters"),
        ((ANN, "--note", "x" * 501), "--note: needs to be one line of at most 500 characters"),
    ],
)
def test_what_says_nothing_of_a_person_is_refused(office: Office, arguments: tuple[str, ...], said: str) -> None:
    assert office.refused("person", "add", *arguments).startswith(said)
    assert persons(office) == {}


LIST = """number;name;language;VIP;note
(202) 555-0143;Zoë;es;yes;"likes; mornings"
2025550144;;;;
12;Nobody;;;
+12025550145;Carl;klingon;;
+12025550146;Dora;;perhaps;
+12025550143;Again;;;
"""


def test_a_list_of_persons_is_entered_but_for_bad_rows(office: Office) -> None:
    result = office.result("person", "import", "-", stdin=LIST.encode())
    assert result.stdout == "2 new, 0 known already, changed where the list says so, 4 rows at fault\n"
    assert result.stderr.splitlines() == [
        'line 4, number: "12" is too short; a number from elsewhere needs + and its country code',
        'line 5, language: \'klingon\' is no language: use e.g. "en" or "en_GB", the name of a folder of prompts',
        'line 6, vip: "perhaps" is neither yes nor no',
        f"line 7, number: {ANN} stands on line 2 already",
    ]
    assert persons(office) == {
        ANN: Person(number=ANN, name="Zoë", language="es", vip=True, note="likes; mornings"),
        BEN: Person(number=BEN),
    }
    assert office.audits() == ["person: import standard input: 2 new, 2 read"]


def test_a_column_the_list_does_not_have_stays_as_it_is(office: Office) -> None:
    office("person", "add", ANN, "--name", "Zoë", "--vip", "--note", "old")
    said = office("person", "import", "-", stdin=f"number,note\n{ANN},\n{BEN},new\n".encode())
    assert said.startswith("1 new, 1 known already")
    assert persons(office) == {ANN: Person(number=ANN, name="Zoë", vip=True), BEN: Person(number=BEN, note="new")}


def test_a_dry_run_enters_nobody(office: Office) -> None:
    assert office("person", "import", "-", "--dry-run", stdin=f"number\n{ANN}\n".encode()) == (
        "1 rows could be imported, 0 rows at fault\n"
    )
    assert persons(office) == {}


def test_a_list_may_be_told_as_json_and_read_in_another_country(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("number,name\n020 7946 0958,Zoë\nx,\n".encode("windows-1252"))
    said = json.loads(office("person", "import", str(file), "--region", "GB", "--encoding", "windows-1252", "--json"))
    assert (said["good"], said["new"], [fault["line"] for fault in said["faults"]]) == (1, 1, [3])
    assert set(persons(office)) == {"+442079460958"}


def test_a_list_without_a_single_person_is_an_error(office: Office) -> None:
    assert office.result("person", "import", "-", stdin=b"number\nx\n").exit_code == 1
    assert 'no column "number"' in office.refused("person", "import", "-", stdin=b"phone\n1\n")
    assert "--region" in office.refused("person", "import", "-", "--region", "XX", stdin=b"number\n1\n")


def test_only_vips_are_listed_if_wished(office: Office) -> None:
    office("person", "import", "-", stdin=f"number,vip\n{ANN},no\n{BEN},yes\n".encode())
    assert [row["number"] for row in rows(office, "person", "list", "--vip")] == [BEN]
    assert [row["number"] for row in rows(office, "person", "list", "--limit", "1")] == [ANN]


# ------------------------------------------------------------------------------------------------------------ debts

OWED = f"""number,reference,amount,currency,due
{ANN},A-1,120.50,USD,2026-02-01
{ANN},A-2,7,jpy,2026-03-01
{BEN},B-1,0,USD,2026-01-01
{BEN},B-2,"1,234",USD,2026-01-01
{BEN},B-3,5,dollars,2026-01-01
{BEN},B-4,5,USD,01/02/2026
{BEN},,5,USD,2026-01-01
x,B-5,5,USD,2026-01-01
{BEN},A-1,5,USD,2026-01-01
"""


def test_a_list_of_debts_is_taken_over_but_for_bad_rows(office: Office) -> None:
    result = office.result("debt", "import", "-", stdin=OWED.encode())
    assert result.stdout == "3 new or changed, 0 as they were, 6 rows at fault\n"
    assert result.stderr.splitlines() == [
        'line 5, amount: "1,234" may mean two amounts: write it like 1234.00',
        'line 6, currency: "dollars" is no currency: use its ISO code, e.g. USD or EUR',
        'line 7, due: "01/02/2026" is no day: write it like 2026-03-31',
        "line 8, reference: is empty",
        'line 9, number: "x" has letters: give the digits',
        "line 10, reference: A-1 stands on line 2 already",
    ]
    found = debts(office, ANN, BEN)
    assert {key: (one.number, one.amount, one.currency, one.due_on, one.state) for key, one in found.items()} == {
        "A-1": (ANN, 12050, "USD", date(2026, 2, 1), DebtState.OPEN),
        "A-2": (ANN, 7, "JPY", date(2026, 3, 1), DebtState.OPEN),
        "B-1": (BEN, 0, "USD", date(2026, 1, 1), DebtState.PAID),
    }
    assert office.audits() == ["debt: import standard input: 3 new or changed, 3 read"]


def test_a_later_list_changes_debts(office: Office) -> None:
    head = "number,reference,amount,due\n"
    office("debt", "import", "-", "--currency", "usd", stdin=f"{head}{ANN},A-1,120.50,2026-02-01\n".encode())
    office("debt", "import", "-", "--currency", "usd", stdin=f"{head}{ANN},A-1,20,2026-02-01\n".encode())
    assert debts(office, ANN)["A-1"].amount == 2000
    office("debt", "import", "-", "--currency", "usd", stdin=f"{head}{ANN},A-1,0,2026-02-01\n".encode())
    assert debts(office, ANN)["A-1"].state is DebtState.PAID


def test_debts_are_listed_with_what_is_owed_first(office: Office) -> None:
    office("debt", "import", "-", stdin=OWED.encode())
    assert rows(office, "debt", "list") == [
        {
            "reference": "A-1", "number": ANN, "amount": "120.50", "currency": "USD", "due": "2026-02-01",
            "state": "open", "promised": None,
        },
        {
            "reference": "A-2", "number": ANN, "amount": "7", "currency": "JPY", "due": "2026-03-01",
            "state": "open", "promised": None,
        },
    ]  # fmt: skip
    assert [row["reference"] for row in rows(office, "debt", "list", "--number", BEN)] == ["B-1"]
    assert [row["reference"] for row in rows(office, "debt", "list", "--limit", "1")] == ["A-1"]


def test_a_list_of_debts_without_what_it_needs_is_refused(office: Office) -> None:
    said = office.refused("debt", "import", "-", stdin=b"number,reference\n1,2\n")
    assert "line 1, amount: there is no such column; line 1, due: there is no such column" in said
    assert "currency" in office.refused("debt", "import", "-", stdin=b"number,reference,amount,due\n")
    assert "--currency" in office.refused("debt", "import", "-", "--currency", "$", stdin=OWED.encode())
    office("debt", "import", "-", "--dry-run", stdin=OWED.encode())
    assert debts(office, ANN, BEN) == {}


# -------------------------------------------------------------------------------------------------------- voicemails

MESSAGE = Voicemail(
    id="v1", call_id="c1", box="support", number=ANN, language="es", file="voicemail/2026-03-02/abc", length_s=12.4,
    recorded_at=NOW,
)  # fmt: skip


@pytest.fixture
def tapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of recordings, with one."""
    folder = tmp_path / "recordings"
    (folder / "voicemail" / "2026-03-02").mkdir(parents=True)
    (folder / "voicemail" / "2026-03-02" / "abc.wav").write_bytes(b"RIFF\x00\xff")
    (tmp_path / "outside.wav").write_bytes(b"no")
    monkeypatch.setenv("CALLCENTER_RECORDINGS_DIR", str(folder))
    return folder


def keep(office: Office, *messages: Voicemail) -> None:
    async def put(store: Store) -> None:
        for message in messages:
            await store.put_voicemail(message)

    office.store(put)


def test_mailboxes_and_their_messages_are_listed(office: Office) -> None:
    keep(office, MESSAGE, replace(MESSAGE, id="v2", recorded_at=NOW + timedelta(seconds=1)))
    keep(office, replace(MESSAGE, id="v3", box="sales", heard_at=NOW, heard_by="me"))
    assert rows(office, "voicemail", "list") == [
        {"box": "sales", "messages": 1, "unheard": 0},
        {"box": "support", "messages": 2, "unheard": 2},
    ]
    assert [row["box"] for row in rows(office, "voicemail", "list", "--unheard")] == ["support"]
    first, second = rows(office, "voicemail", "list", "support")
    assert (first["id"], second["id"]) == ("v2", "v1")
    assert second == {
        "id": "v1", "from": ANN, "at": NOW.isoformat(), "seconds": 12, "language": "es", "heard_by": "",
    }  # fmt: skip
    assert rows(office, "voicemail", "list", "sales", "--unheard") == []


def test_a_message_is_written_to_a_private_new_file(office: Office, tapes: Path, tmp_path: Path) -> None:
    keep(office, MESSAGE)
    target = tmp_path / "out.wav"
    assert office("voicemail", "export", "v1", str(target)) == f"{target}: 6 bytes\n"
    assert target.read_bytes() == b"RIFF\x00\xff"
    assert target.stat().st_mode & 0o777 == 0o600
    assert "File exists" in office.refused("voicemail", "export", "v1", str(target))
    assert "No such file" in office.refused("voicemail", "export", "v1", str(tmp_path / "no" / "x.wav"))
    assert office.audits()[0] == "voicemail: export v1"
    assert rows(office, "voicemail", "list") == [{"box": "support", "messages": 1, "unheard": 1}]


@pytest.mark.parametrize(
    ("file", "said"),
    [("../outside", "does not lie in"), ("/etc/hostname", "does not lie in"), ("voicemail/gone", "cannot be read")],
)
def test_no_other_file_is_exported(office: Office, tapes: Path, tmp_path: Path, file: str, said: str) -> None:
    keep(office, replace(MESSAGE, file=file))
    assert said in office.refused("voicemail", "export", "v1", str(tmp_path / "x.wav"))
    assert not (tmp_path / "x.wav").exists()
    assert office.audits() == []


def test_a_message_that_is_not_there_is_told(office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "there is no voicemail 'v9'" in office.refused("voicemail", "export", "v9", str(tmp_path / "x.wav"))
    office.refused("voicemail", "heard", "v9")
    keep(office, MESSAGE)
    monkeypatch.delenv("CALLCENTER_RECORDINGS_DIR", raising=False)
    assert "CALLCENTER_RECORDINGS_DIR" in office.refused("voicemail", "export", "v1", str(tmp_path / "x.wav"))


def test_who_heard_a_message_first_is_noted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(office, MESSAGE)
    monkeypatch.setattr("app.voicemail_cli.operator", lambda: "first")
    assert office("voicemail", "heard", "v1") == "v1 is heard\n"
    monkeypatch.setattr("app.voicemail_cli.operator", lambda: "second")
    assert office("voicemail", "heard", "v1").startswith("v1 was heard already, by first at ")
    assert rows(office, "voicemail", "list", "support", "--unheard") == []


# --------------------------------------------------------------------------------------------------------- callbacks

CALL = Callback(id="cb1", number=ANN, queue="sales", since=NOW, due_at=NOW, priority=3, updated_at=NOW)


def book(office: Office, *callbacks: Callback) -> None:
    async def put(store: Store) -> None:
        for callback in callbacks:
            await store.book_callback(callback)

    office.store(put)


def test_callbacks_are_listed(office: Office) -> None:
    later = replace(CALL, id="cb2", number=BEN, queue="support", due_at=NOW + timedelta(hours=1))
    book(office, later, CALL, replace(CALL, id="cb3", state=CallbackState.DONE, ended_at=NOW))
    assert rows(office, "callback", "list")[0] == {
        "id": "cb1", "number": ANN, "queue": "sales", "state": "open", "due_at": NOW.isoformat(),
        "since": NOW.isoformat(), "priority": 3, "tries": 0, "reason": "",
    }  # fmt: skip
    assert [row["id"] for row in rows(office, "callback", "list")] == ["cb1", "cb2"]
    assert [row["id"] for row in rows(office, "callback", "list", "--queue", "support")] == ["cb2"]
    assert [row["id"] for row in rows(office, "callback", "list", "--number", "(202) 555-0143")] == ["cb1"]
    assert {row["id"] for row in rows(office, "callback", "list", "--all")} == {"cb1", "cb2", "cb3"}


def test_a_callback_is_cancelled_once(office: Office) -> None:
    book(office, CALL)
    assert office("callback", "cancel", "cb1", "--reason", "found us") == f"{ANN} is not called back any more\n"
    assert rows(office, "callback", "list") == []
    assert rows(office, "callback", "list", "--all")[0]["reason"] == "found us"
    assert office.refused("callback", "cancel", "cb1") == "callback cb1 is over already: cancelled, found us"
    assert "there is no callback 'cb9'" in office.refused("callback", "cancel", "cb9")
    assert "--reason" in office.refused("callback", "cancel", "cb1", "--reason", "a\nb")
    assert office.audits() == ["callback: cancel cb1: found us"]


# ----------------------------------------------------------------------------------------------------------- surveys


def answer(office: Office, *answers: tuple[int, str | None, str | None, int]) -> None:
    """Score, queue and agent, version."""

    async def put(store: Store) -> None:
        for place, (score, queue, agent, version) in enumerate(answers):
            call = CallRecord(id=str(place), direction=Direction.INBOUND, started_at=NOW, queue=queue, agent=agent)
            await store.open_call(call)
            await store.put_answer(
                SurveyAnswer(call_id=str(place), question="csat", score=score, flow="main", version=version, at=NOW)
            )

    office.store(put)


def test_scores_are_reported_by_queue_agent_and_version(office: Office) -> None:
    answer(office, (5, "sales", "7", 2), (4, "sales", "8", 10), (1, "support", "7", 10), (3, None, None, 10))
    assert [(row["queue"], row["answers"], row["satisfied"]) for row in rows(office, "survey", "report")] == [
        ("none", 1, 0), ("sales", 2, 2), ("support", 1, 0), ("all", 4, 2),
    ]  # fmt: skip
    by_agent = rows(office, "survey", "report", "--by", "agent")
    assert [(row["agent"], row["mean"]) for row in by_agent] == [("none", 3.0), ("7", 3.0), ("8", 4.0), ("all", 3.25)]
    by_version = rows(office, "survey", "report", "--by", "version")
    assert [row["version"] for row in by_version] == ["main 2", "main 10", "all"]
    (one, total) = rows(office, "survey", "report", "--queue", "sales", "--by", "version", "--agent", "8")
    assert (one["version"], one["csat"], total["answers"]) == ("main 10", 1.0, 1)
    assert 0.0 < one["csat_low"] < one["csat_high"] == 1.0


def test_a_report_is_readable(office: Office) -> None:
    answer(office, (5, "sales", "7", 2), (4, "sales", "8", 2), (2, "sales", "8", 2))
    assert office("survey", "report").splitlines() == [
        "queue  answers  mean  4_or_5  csat  95%",
        "sales  3        3.67  2       67%   21% to 94%",
        "all    3        3.67  2       67%   21% to 94%",
    ]


def test_what_is_older_or_of_another_question_does_not_count(office: Office) -> None:
    assert rows(office, "survey", "report") == [
        {"queue": "all", "answers": 0, "mean": None, "satisfied": 0, "csat": None, "csat_low": 0.0, "csat_high": 1.0}
    ]
    assert office("survey", "report").splitlines()[-1] == "all    0        -     0       -     -"
    answer(office, (5, "sales", "7", 2))
    assert rows(office, "survey", "report", "--question", "other")[-1]["answers"] == 0
    assert rows(office, "survey", "report", "--flow", "other")[-1]["answers"] == 0
    assert "--since" in office.refused("survey", "report", "--since", "yesterday")
