"""The commands that set a centre up, from their arguments to the files and what they print."""

import asyncio
import json
import shutil
import stat
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer

from app import installation, secrets_file
from app.centre_file import STARTER, load
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from callcenter.pins import verify_pin
from callcenter.records import Publication
from tests.app.first_day import APPLY, Centre, begin


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Centre:
    return begin(tmp_path / "data", monkeypatch)


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the README's commands were given."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        centre = begin(tmp_path_factory.mktemp("first-day"), monkeypatch)
        centre("queue", "add", "sales", "--title", "Sales", "--key", "1")
        centre("queue", "add", "support")
        centre("number", "add", "+12025550100", "--flow", "main", "--queue", "support")
        centre("agent", "add", "7", "--name", "First desk", "--phone", "1007", "--queue", "sales", "--queue", "support")
        return centre.folder


@pytest.fixture
def whole(centre: Centre, first_day: Path) -> Centre:
    shutil.copytree(first_day, centre.folder)
    return centre


def test_readme_order_makes_a_valid_centre_with_the_starters_comments(whole: Centre) -> None:
    found = load(whole.file)
    assert [queue.name for queue in found.queues] == ["sales", "support"]
    assert found.numbers[0].did == "+12025550100"
    assert found.agents[0].queues == ("sales", "support")
    assert whole.text.startswith(STARTER)
    assert stat.S_IMODE(whole.file.stat().st_mode) == 0o600


def test_queue_add_keeps_every_option(centre: Centre) -> None:
    options = ("--title", "Sales", "--key", "1", "--wrap-up", "5", "--max-wait", "60", "--service-level", "10")
    assert centre("queue", "add", "sales", *options) == f"queue sales added. {APPLY}\n"
    assert centre.raw["queue"] == [
        {"name": "sales", "title": "Sales", "key": "1", "wrap_up_s": 5, "max_wait_s": 60, "service_level_s": 10}
    ]


def test_queue_add_refuses(whole: Centre) -> None:
    assert "name: 'sales' is already used" in whole.refused("queue", "add", "sales")
    assert "is no name" in whole.refused("queue", "add", "Big Sales")
    assert "[[queue]] other, key: '1' is already used by [[queue]] sales" in whole.refused(
        "queue", "add", "other", "--key", "1"
    )


def test_queue_remove_refuses_while_somebody_refers_to_it(whole: Centre) -> None:
    assert whole.refused("queue", "remove", "support") == (
        "queue support is still used by number +12025550100, agent 7 (First desk): change or remove them first"
    )
    assert whole.refused("queue", "remove", "none") == 'there is no queue "none"'
    whole("agent", "remove", "7")
    assert whole("queue", "remove", "sales") == f"queue sales removed. {APPLY}\n"
    assert [queue.name for queue in load(whole.file).queues] == ["support"]


def test_lists(whole: Centre) -> None:
    assert whole("queue", "list").splitlines()[:2] == [
        "name     title  key  wrap_up_s  max_wait_s  service_level_s",
        "sales    Sales  1    15         900         20",
    ]
    assert json.loads(whole("queue", "list", "--json"))[1]["name"] == "support"
    assert json.loads(whole("number", "list", "--json")) == [
        {"did": "+12025550100", "flow": "main", "alias": "live", "fallback_queue": "support"}
    ]
    assert whole("trunk", "list") == "none\n"
    assert json.loads(whole("agent", "list", "--json")) == [
        {"id": "7", "name": "First desk", "phone": "1007", "queues": ["sales", "support"], "skills": {}, "pin": True}
    ]


def test_nothing_to_list_without_a_centre(centre: Centre) -> None:
    assert (
        centre.refused("queue", "list")
        == "centre.toml does not exist: begin with `callcenter queue add`, or copy one there"
    )


def test_numbers_are_kept_as_e164_and_removed_however_they_are_written(whole: Centre) -> None:
    whole("number", "add", "(202) 555-0101", "--flow", "main", "--queue", "sales")
    assert whole.raw["number"][1]["did"] == "+12025550101"
    whole.file.write_text(whole.text.replace('"+12025550101"', '"202-555-0101" # by hand'))
    assert whole("number", "remove", "1 202 555 0101") == f"number +12025550101 removed. {APPLY}\n"
    assert len(whole.raw["number"]) == 1
    assert whole.refused("number", "remove", "+12025550199") == 'there is no number "+12025550199"'


def test_number_add_refuses(whole: Centre) -> None:
    common = ("--flow", "main", "--queue", "sales")
    assert whole.refused("number", "add", "911", *common) == (
        "'911' is no telephone number in US: write it as +12025550100"
    )
    assert "already used" in whole.refused("number", "add", "+12025550100", *common)
    assert 'fallback_queue: there is no queue "sale"; did you mean "sales"?' in whole.refused(
        "number", "add", "+12025550101", "--flow", "main", "--queue", "sale"
    )
    assert 'flow: there is no flow "mian"; did you mean "main"?' in whole.refused(
        "number", "add", "+12025550101", "--flow", "mian", "--queue", "sales"
    )


def test_a_number_may_lead_to_what_is_tried_on_staging(whole: Centre) -> None:
    whole("number", "add", "+12025550101", "--flow", "main", "--queue", "sales", "--alias", "staging")
    assert [number.alias for number in installation.centre().numbers] == ["live", "staging"]
    assert installation.centre().records().numbers[1].alias == "staging"


def test_number_add_knows_the_flows_of_the_store(whole: Centre) -> None:
    async def publish() -> None:
        async with await Store.open(installation.settings().sql_url) as store:
            await store.migrate()
            await store.publish_flow(Publication(name="winter", body={}, author="admin"), await store.now())

    asyncio.run(publish())
    whole("number", "add", "+12025550101", "--flow", "winter", "--queue", "sales")
    refused = whole.refused("number", "add", "+12025550102", "--flow", "xyz", "--queue", "sales")
    there_are = refused.partition("there are ")[2].split(", ")
    assert {"main", "winter"} <= set(there_are)


def test_number_add_trusts_the_operator_where_the_store_is_away(whole: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", "postgresql+psycopg://nobody:x@127.0.0.1:1/none")
    whole("number", "add", "+12025550101", "--flow", "winter", "--queue", "sales")
    assert whole.raw["number"][1]["flow"] == "winter"


def test_agent_add_tells_once_what_the_phone_and_the_person_need(whole: Centre) -> None:
    said = whole("agent", "add", "8", "--name", "Second desk", "--phone", "1008", "--queue", "sales").splitlines()
    password = whole.secrets["phone"]["1008"]
    assert said[0] == "agent 8 (Second desk) added"
    assert said[1:3] == ["  SIP user   1008", f"  password   {password}"]
    assert said[3].startswith("  server     ")
    assert said[3].endswith(" port 5060 (UDP or TCP)")
    pin = said[4].removeprefix("  log in     dial *1 and enter the PIN ")
    assert len(pin) == 6
    assert verify_pin(pin, whole.raw["agent"][1]["pin_hash"])
    assert said[5].startswith(APPLY)
    assert said[6] == "note: no trunk has emergency = true: agents' phones cannot reach emergency services"
    assert password not in whole("agent", "show", "8")
    assert pin not in whole.text
    assert password not in whole.text


def test_agent_add_takes_pin_and_skills(whole: Centre) -> None:
    skills = ("--skill", "english=8", "--skill", "billing")
    said = whole("agent", "add", "8", "--name", "B", "--phone", "1008", *skills, "--stdin", stdin="4271\n")
    assert "4271" not in said
    assert whole.raw["agent"][1]["skills"] == {"english": 8, "billing": 5}
    assert verify_pin("4271", whole.raw["agent"][1]["pin_hash"])


@pytest.mark.parametrize(
    ("options", "stdin", "said"),
    [
        (("7", "--name", "B", "--phone", "1008"), "", "id: '7' is already used by an entry above"),
        (("8", "--name", "B", "--phone", "1007"), "", "phone: '1007' is already used by [[agent]] 7"),
        (("8", "--name", "B", "--phone", "911"), "", "phone: 911 is an emergency number"),
        (("8", "--name", "B", "--phone", "sip1"), "", "phone: 'sip1' must be 2 to 10 digits"),
        (("8x", "--name", "B", "--phone", "1008"), "", "id: '8x' must be 1 to 8 digits"),
        (("8", "--name", "B\nC", "--phone", "1008"), "", "name: needs 1 to 80 printable characters on one line"),
        (("8", "--name", "B", "--phone", "1008", "--queue", "sale"), "", 'no queue "sale"; did you mean "sales"?'),
        (("8", "--name", "B", "--phone", "1008", "--skill", "a=x"), "", "--skill a=x: write NAME=LEVEL with a level"),
        (
            ("8", "--name", "B", "--phone", "1008", "--skill", "a=11"),
            "",
            "skills.a: should be less than or equal to 10",
        ),
        (("8", "--name", "B", "--phone", "1008", "--stdin"), "1234\n", "one digit repeated or a plain run"),
        (("8", "--name", "B", "--phone", "1008", "--stdin"), "12x4\n", "a PIN is 4 to 12 digits"),
    ],
)
def test_agent_add_refuses(whole: Centre, options: tuple[str, ...], stdin: str, said: str) -> None:
    assert said in whole.refused("agent", "add", *options, stdin=stdin)
    assert set(whole.secrets["phone"]) == {"1007"}


def test_agent_show(whole: Centre) -> None:
    password = whole.secrets["phone"]["1007"]
    assert whole("agent", "show", "7").splitlines()[:5] == [
        "agent 7 (First desk)",
        "  queues     sales support",
        "  skills     -",
        "  PIN        set",
        "  SIP user   1007",
    ]
    assert f"  password   {password}\n" in whole("agent", "show", "7", "--password")
    assert whole.refused("agent", "show", "70") == 'there is no agent "70"'


def test_agent_pin_replaces_the_pin_alone(whole: Centre) -> None:
    before = whole.raw
    assert whole("agent", "pin", "7", "--stdin", stdin="998877\n") == f"PIN of agent 7 changed. {APPLY}\n"
    made = whole("agent", "pin", "7").removeprefix("PIN of agent 7 changed to ").removesuffix(f". {APPLY}\n")
    after = whole.raw
    assert verify_pin(made, after["agent"][0].pop("pin_hash"))
    before["agent"][0].pop("pin_hash")
    assert after == before
    assert whole.refused("agent", "pin", "70") == 'there is no agent "70"'


def test_agent_remove_takes_the_phones_password_along(whole: Centre) -> None:
    first = whole.secrets["phone"]["1007"]
    whole("agent", "remove", "7")
    assert whole.secrets["phone"] == {}
    assert "agent" not in whole.raw
    said = whole("agent", "add", "7", "--name", "Other", "--phone", "1007")
    assert first not in said


def test_the_server_told_to_phones_is_where_asterisk_is_reached(whole: Centre) -> None:
    whole.file.write_text(whole.text.replace('bind = "0.0.0.0"', 'bind = "10.1.2.3"').replace("5060", "5080"))
    assert "  server     10.1.2.3 port 5080 (UDP or TCP)\n" in whole("agent", "show", "7")
    nat = 'port = 5080\nexternal_address = "203.0.113.10"\nlocal_nets = ["10.0.0.0/8"]\n'
    whole.file.write_text(whole.text.replace("port = 5080\n", nat))
    assert "  server     203.0.113.10 port 5080 (UDP or TCP)\n" in whole("agent", "show", "7")


def test_a_trunk_that_registers(whole: Centre) -> None:
    options = ("--register", "u123@sip.example.com:5070", "--caller-id", "202 555 0199", "--emergency")
    limits = ("--channels", "10", "--calls-per-second", "2.5", "--qualify", "0", "--match", "192.0.2.0/28")
    assert whole("trunk", "add", "carrier", *options, *limits, "--stdin", stdin="pass;word\n") == (
        f"trunk carrier added. {APPLY}\n"
    )
    assert whole.raw["trunk"] == [
        {
            "name": "carrier",
            "kind": "register",
            "host": "sip.example.com",
            "port": 5070,
            "username": "u123",
            "match": ["sip.example.com", "192.0.2.0/28"],
            "caller_id": "202 555 0199",
            "emergency": True,
            "channels": 10,
            "calls_per_second": 2.5,
            "qualify_s": 0,
        }
    ]
    assert load(whole.file).trunks[0].caller_id == "+12025550199"
    assert whole.secrets["trunk"] == {"carrier": "pass;word"}
    assert "pass;word" not in whole.text + whole("trunk", "list") + whole("trunk", "list", "--json")
    whole("trunk", "password", "carrier", "--stdin", stdin="other\n")
    assert whole.secrets["trunk"] == {"carrier": "other"}
    assert whole("trunk", "remove", "carrier") == (
        f"trunk carrier removed. {APPLY}\n"
        "note: no trunk has emergency = true: agents' phones cannot reach emergency services\n"
    )
    assert whole.secrets["trunk"] == {}


def test_a_trunk_known_by_its_addresses(whole: Centre) -> None:
    whole("trunk", "add", "one", "--ip", "192.0.2.1")
    whole("trunk", "add", "two", "--ip", "192.0.2.2, 192.0.2.3")
    assert whole.raw["trunk"] == [
        {"name": "one", "kind": "ip", "host": "192.0.2.1"},
        {"name": "two", "kind": "ip", "host": "192.0.2.2", "match": ["192.0.2.2", "192.0.2.3"]},
    ]
    assert whole("trunk", "list").splitlines()[2].split()[:3] == ["two", "ip", "192.0.2.2"]
    assert whole.refused("trunk", "password", "one", "--stdin") == (
        "trunk one has no password: it is known by its addresses"
    )


@pytest.mark.parametrize(
    ("options", "stdin", "said"),
    [
        ((), "", "give either --register USER@HOST or --ip ADDRESS"),
        (("--ip", "192.0.2.9", "--register", "u@h"), "", "give either --register USER@HOST or --ip ADDRESS"),
        (("--register", "u123"), "", "--register u123: write USER@HOST or USER@HOST:PORT"),
        (("--register", "u@h:x"), "", "--register u@h:x: 'x' is no port"),
        (("--register", "u@h",), "", "no terminal to ask for the Password at the carrier on: give it with --stdin"),
        (("--register", "u@h", "--stdin"), "\n", "a password is 1 to 128 printable ASCII characters"),
        (("--register", "u u@h", "--stdin"), "pw\n", "username: 'u u' is no SIP user name"),
        (("--ip", "192.0.2.9", "--emergency"), "", "emergency = true needs caller_id"),
        (("--ip", "192.0.2.300"), "", "host: '192.0.2.300' is neither an IP address nor a host name"),
        (("--ip", "192.0.2.1"), "", 'calls from 192.0.2.1 would belong to trunk "there" as well'),
    ],
)  # fmt: skip
def test_trunk_add_refuses(whole: Centre, options: tuple[str, ...], stdin: str, said: str) -> None:
    whole("trunk", "add", "there", "--ip", "192.0.2.1")
    assert said in whole.refused("trunk", "add", "new", *options, stdin=stdin)


def test_adding_a_trunk_twice_keeps_the_first_ones_password(whole: Centre) -> None:
    whole("trunk", "add", "carrier", "--register", "u@h", "--stdin", stdin="first\n")
    assert whole.refused("trunk", "add", "carrier", "--register", "u@h", "--stdin", stdin="second\n") == (
        "there is a trunk carrier already"
    )
    assert whole.secrets["trunk"] == {"carrier": "first"}


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_secrets_are_asked_for_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    def prompt(text: str, **options: Any) -> str:
        asked.append((text, options))
        return "4271"

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(typer, "prompt", prompt)
    assert installation.ask_secret("PIN", from_stdin=False, empty="nothing: one is made") == "4271"
    assert asked == [
        ("PIN (nothing: one is made)", {"default": "", "hide_input": True, "show_default": False}),
    ]


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("4271\n"))
    assert installation.ask_secret("PIN", from_stdin=False, empty="one is made") == ""
    with pytest.raises(ConfigError, match="--stdin"):
        installation.ask_secret("Password", from_stdin=False, empty="")
    assert installation.ask_secret("Password", from_stdin=True, empty="") == "4271"


def test_a_phone_keeps_its_password(tmp_path: Path) -> None:
    first = secrets_file.phone_password(tmp_path, "1007")
    assert secrets_file.phone_password(tmp_path, "1007") == first
    assert secrets_file.phone_password(tmp_path, "1008") != first
