"""`callcenter flow run|test|mutate`: flows tried without a telephone, from the command line."""

import json
import os
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest

from app import flow_test_cli
from tests.app.office import Office

PROMPTS = Path(__file__).parents[2] / "prompts"
NIGHT = """
    name: night
    start: hello
    nodes:
      hello: {kind: play, prompts: [welcome], exits: {next: choose}}
      choose:
        kind: menu
        prompts: [main-menu]
        choices: {wait: {keys: [1]}, bye: {keys: [2]}}
        exits: {wait: wait, bye: end, failed: end}
      wait: {kind: queue, queue: sales, wait_flow: idle, exits: {done: end, unavailable: end}}
      end: {kind: hangup}
"""
IDLE = """
    name: idle
    start: music
    nodes:
      music: {kind: music, exits: {next: music}}
"""
CASES = """
    cases:
      - name: Says goodbye
        steps: [press: 2]
        expect:
          path: [hello -> next, choose -> bye, end]
          prompts: [welcome, main-menu]
      - name: Waits
        steps: [press: 1, wait: 1m, agent: answers, agent: leaves]
        expect:
          queue: {name: sales, priority: 0}
          prompts: [welcome, main-menu, please-wait]
          path: [..., "idle:music -> next", ..., end]
"""
REST = """
      - name: Is silent
        steps: [press: 3, silence, silence]
        expect: {path: [..., choose -> failed, end]}
      - name: Comes when nobody is there
        given: {queue: {unavailable: true}}
        steps: [press: 1]
        expect: {path: [..., wait -> unavailable, ..., end]}
"""


@pytest.fixture(autouse=True)
def prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_PROMPTS_DIR", str(PROMPTS))


@pytest.fixture
def night(office: Office) -> str:
    """A folder with flow night, the flow it runs, and some test cases; its file."""
    folder = office.folder / "flows"
    folder.mkdir()
    for name, text in (("night.yaml", NIGHT), ("idle.yaml", IDLE), ("night.tests.yaml", CASES)):
        (folder / name).write_text(dedent(text))
    return str(folder / "night.yaml")


def add(night: str, cases: str) -> None:
    path = Path(night).with_name("night.tests.yaml")
    path.write_text(path.read_text() + dedent(cases).replace("\n", "\n  ").lstrip("\n").rstrip() + "\n")


def test_what_is_never_passed_is_said(office: Office, night: str) -> None:
    assert office("flow", "test", night).splitlines() == [
        "night: 2 cases passed, 80% of 4 nodes and 6 exits",
        "  never: choose -> failed",
        "  never: wait -> unavailable",
    ]
    result = office.result("flow", "test", night, "--min-coverage", "90")
    assert (result.exit_code, result.stderr) == (1, "night: 80.0% is passed, must be 90%\n")
    add(night, REST)
    assert office("flow", "test", night, "--min-coverage", "100") == (
        "night: 4 cases passed, 100% of 4 nodes and 6 exits\n"
    )


def test_a_failure_says_what_was_expected_heard_and_where(office: Office, night: str) -> None:
    path = Path(night).with_name("night.tests.yaml")
    path.write_text(path.read_text().replace("[welcome, main-menu]", "[welcome]"))
    result = office.result("flow", "test", night, "--junit", str(office.folder / "junit.xml"))
    assert result.exit_code == 1
    said = result.stdout.splitlines()
    assert said[0] == f"FAILED night: Says goodbye ({path}:3)"
    assert said[1:5] == [
        "  prompts: goes on after what is expected",
        "    expected: [welcome]",
        "    was:      [welcome, main-menu]",
        "  heard",
    ]
    assert "    choose -> bye" in said
    assert said[-3] == "night: 1 of 2 cases passed, 80% of 4 nodes and 6 exits"
    suite = ElementTree.parse(office.folder / "junit.xml").getroot()[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("night", "2", "1")
    assert suite[0][0].get("message") == "prompts: goes on after what is expected"
    assert "expected: [welcome]" in str(suite[0][0].text)
    assert len(suite[1]) == 0


def test_many_cases_run_in_several_processes(office: Office, night: str) -> None:
    cases = "".join(
        f"\n- name: Number {n}\n  steps: [press: {n % 2 + 1}]\n  expect: {{path: [...]}}" for n in range(90)
    )
    add(night, cases)
    assert office("flow", "test", night, "-j", "2").startswith("night: 92 cases passed")
    assert office("flow", "mutate", night, "-j", "2", "--allow", "99").startswith("survives: ")


def test_mutants_that_survive_are_named(office: Office, night: str) -> None:
    add(night, REST)
    result = office.result("flow", "mutate", night)
    assert result.exit_code == 0, result.stdout
    assert result.stdout == "night: 11 mutants, 11 killed, 0 survive\n"
    path = Path(night).with_name("night.tests.yaml")
    path.write_text(path.read_text().replace("[welcome, main-menu]", "[..., main-menu]").replace(", priority: 0", ""))
    result = office.result("flow", "mutate", night)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "survives: wait.priority: 0 → 1",
        "night: 11 mutants, 10 killed, 1 survive",
    ]
    assert office("flow", "mutate", night, "--allow", "1").endswith("1 survive\n")
    verbose = office("flow", "mutate", night, "--allow", "1", "--verbose")
    assert "choose.choices.bye.keys: key 2 → 0  killed by: Says goodbye" in verbose
    assert "wait.priority: 0 → 1  SURVIVES" in verbose


def test_a_flow_is_tried_by_the_cases_of_those_that_run_it(office: Office, night: str) -> None:
    idle = str(Path(night).with_name("idle.yaml"))
    assert office("flow", "mutate", idle, "--allow", "9").startswith("idle: ")


def test_a_flow_of_the_store_is_tried_by_the_cases_of_those_that_run_it_there(office: Office, night: str) -> None:
    office("flow", "import", str(Path(night).parent), "-m", "first")
    assert office("flow", "mutate", "idle", "--allow", "9").startswith("idle: ")


def test_what_lies_beside_flows_is_passed_over_where_all_files_are_named(office: Office, night: str) -> None:
    folder = Path(night).parent
    (folder / "night.layout.json").write_text('{"nodes": {"hello": {"x": 1, "y": 2}}}')
    said = office("flow", "test", *map(str, sorted(folder.iterdir())))
    assert said.startswith("night: 2 cases passed")
    refused = office.refused("flow", "check", str(folder / "night.layout.json"))
    assert refused.endswith("night.layout.json: lies beside a flow and is none: name the flow's own file")


def test_cases_that_fail_already_kill_nothing(office: Office, night: str) -> None:
    path = Path(night).with_name("night.tests.yaml")
    path.write_text(path.read_text().replace("[welcome, main-menu]", "[welcome]"))
    assert office.refused("flow", "mutate", night) == "1 test cases fail on the flow as it is; mend that first"


def test_cases_that_cannot_be_read_are_refused_with_their_line(office: Office, night: str) -> None:
    path = Path(night).with_name("night.tests.yaml")
    path.write_text(path.read_text().replace("press: 2", "pres: 2"))
    assert office.refused("flow", "test", night).startswith(
        f"{path}: line 4: 'Says goodbye': step 1: {{\"pres\": 2}} is"
    )
    path.unlink()
    assert office.refused("flow", "test", night) == (
        f"there are no test cases: write them in {path}, or play the flow with `flow run --record`"
    )


def test_cases_of_a_draft_and_of_a_version(office: Office, night: str) -> None:
    office("flow", "publish", str(Path(night).with_name("idle.yaml")), "-m", "first")
    office("flow", "save", night)
    assert office("flow", "test", "night@draft").startswith("night: 2 cases passed")
    assert "there are no test cases with idle, version 1: write them beside the flow's file, or" in office.refused(
        "flow", "test", "idle"
    )


def test_what_is_played_becomes_a_test_case(office: Office, night: str) -> None:
    tests = str(Path(night).with_name("night.tests.yaml"))
    at = ("--at", "2026-03-02 09:30 America/New_York")
    said = office("flow", "run", night, *at, "--record", tests, stdin=b"1\nwait 90\nagent\nleave\n")
    assert said.endswith(f"recorded in {tests}: A caller presses 1, waits 1m 30s, an agent answers, the agent leaves\n")
    office("flow", "run", night, *at, "--record", tests, "--name", "Is silent", stdin=b"3\n\n\n")
    office("flow", "run", night, *at, "--record", tests, "--name", "Is silent", stdin=b"\n")
    assert office("flow", "test", night).startswith("night: 5 cases passed")
    assert "# a comment" not in Path(tests).read_text()
    assert "name: Is silent (2)" in Path(tests).read_text()


def test_a_new_file_of_cases_and_comments_that_stay(office: Office, night: str) -> None:
    tests = Path(night).with_name("night.tests.yaml")
    tests.unlink()
    office("flow", "run", night, "--record", str(tests), stdin=b"2\n")
    tests.write_text(tests.read_text() + "# a comment\n")
    office("flow", "run", night, "--record", str(tests), stdin=b"3\n")
    assert "# a comment" in tests.read_text()
    assert office("flow", "test", night).startswith("night: 2 cases passed")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--at", "soon"), "--at: 'soon' is no time; write for example 2026-03-02 09:30 America/New_York"),
        (("--at", "0001-01-01 00:00 Asia/Tokyo"), "--at: '0001-01-01 00:00 Asia/Tokyo' is no time"),
        (("--record", "nowhere/x.yaml"), "nowhere/x.yaml: there is no folder nowhere"),
        (("--language", "tlh"), "--language: there are no prompts in 'tlh', only in en, es, fr"),
        (("--language", "en-gb"), "--language: there are no prompts in 'en-gb', only in en, es, fr"),
    ],
)
def test_what_cannot_be_played(office: Office, night: str, arguments: tuple[str, ...], said: str) -> None:
    assert said in office.refused("flow", "run", night, *arguments, stdin=b"2\n")


def test_what_was_played_is_not_lost_where_it_cannot_be_written(
    office: Office, night: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(flow_test_cli.typer, "echo", said.append)
    refused = office.refused("flow", "run", night, "--record", "/proc/x.yaml", stdin=b"2\n")
    assert refused.startswith("cannot write /proc/x.yaml: ")
    assert said[-1].startswith("cases:\n  - name: A caller presses 2\n")


def test_results_that_cannot_be_written_are_told_all_the_same(
    office: Office, night: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(flow_test_cli.typer, "echo", said.append)
    refused = office.refused("flow", "test", night, "--junit", "nowhere/junit.xml")
    assert refused == "nowhere/junit.xml: there is no folder nowhere"
    assert said[0].startswith("night: 2 cases passed")


def test_results_may_go_into_a_pipe(office: Office, night: str) -> None:
    end, begin = os.pipe()
    office("flow", "test", night, "--junit", f"/dev/fd/{begin}")
    os.close(begin)
    with os.fdopen(end) as results:
        assert '<testsuite name="night" tests="2"' in results.read()


def test_a_file_that_is_none_is_refused_before_the_call_is_played(office: Office, night: str) -> None:
    other = office.folder / "other.yaml"
    other.write_text("a: b\n")
    assert "cases: is required" in office.refused("flow", "run", night, "--record", str(other), stdin=b"2\n")


def test_a_flow_is_played_in_the_callers_language_and_with_words(office: Office, night: str) -> None:
    said = office("flow", "run", night, "--language", "es", "--speech", stdin=b"pay my bill\n2\n")
    assert "Gracias por llamar" in said
    assert "  type keys, an empty line for silence, or hangup" in said


def test_the_schema_is_printed(office: Office) -> None:
    assert json.loads(office("flow", "test", "--schema"))["title"] == "CaseFile"
