"""`callcenter flow`: versions, aliases, folders, differences; judged by what the store then has."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from callcenter.errors import FlowError
from callcenter.records import Publication
from desk.premises import Premises
from desk.publishing import Warnings
from desk.service import flow_life
from ivr.flow import Flow, read
from tests.app.office import Office

PROMPTS = Path(__file__).parents[2] / "prompts"


@pytest.fixture(autouse=True)
def prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_PROMPTS_DIR", str(PROMPTS))


def a_flow(name: str = "night", cause: int = 16, **nodes: Any) -> dict[str, Any]:
    hello = {"kind": "play", "prompts": ["welcome"], "exits": {"next": "end"}}
    return {
        "name": name,
        "start": "hello",
        "nodes": {"hello": hello, "end": {"kind": "hangup", "cause": cause}, **nodes},
    }


def file(office: Office, plain: Mapping[str, Any], folder: str = "flows") -> str:
    path = office.folder / folder / f"{plain['name']}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(read(plain).to_text())
    return str(path)


def live(office: Office, name: str = "night", alias: str = "live") -> int:
    """The cause with which the flow hangs up that callers hear."""
    stored = office.store(lambda store: store.flow(name, alias=alias))
    assert stored is not None
    return int(read(stored.body).canonical()["nodes"]["end"].get("cause", 16))


def test_publish_go_back_and_try_on_staging(office: Office) -> None:
    said = office("flow", "publish", file(office, a_flow()), "-m", "first", "--author", "ann")
    assert said == "flow night: version 1 for new calls; calls under way stay on theirs\n"
    office("flow", "publish", file(office, a_flow(cause=17)), "-m", "busy")
    assert live(office) == 17
    said = office("flow", "publish", file(office, a_flow(cause=21)), "-m", "try", "--alias", "staging")
    assert said.startswith("flow night: version 3 for new calls of numbers that lead to staging")
    assert (live(office), live(office, alias="staging")) == (17, 21)
    assert office("flow", "rollback", "night") == "flow night: live is version 1 again, it was 2\n"
    assert live(office) == 16
    assert office("flow", "alias", "night", "live", "3") == "flow night: live is version 3\n"
    assert live(office) == 21
    rows = json.loads(office("flow", "versions", "night", "--json"))
    assert [(row["version"], row["aliases"], row["message"]) for row in rows] == [
        (3, ["live", "staging"], "try"),
        (2, [], "busy"),
        (1, [], "first"),
    ]
    assert rows[2]["author"] == "ann"
    assert len(office.audits()) >= 4


def test_going_back_to_a_version_with_faults_needs_a_word_more(office: Office) -> None:
    stale = a_flow(hello={"kind": "play", "prompts": ["gone-since"], "exits": {"next": "end"}})
    published = Publication(name="night", body=read(stale).canonical(), author="ann")
    office.store(lambda store: store.publish_flow(published, datetime.now(UTC)))
    office("flow", "publish", file(office, a_flow(cause=17)), "-m", "mended")
    assert "gone-since" in office.refused("flow", "rollback", "night")
    assert live(office) == 17
    back = office.result("flow", "rollback", "night", "--anyway")
    assert back.stdout == "flow night: live is version 1 again, it was 2\n"
    assert "gone-since" in back.stderr
    assert live(office) == 16
    assert "has no version 7" in office.refused("flow", "alias", "night", "live", "7", "--anyway")


def test_the_same_flow_again_is_no_new_version(office: Office) -> None:
    for _ in range(2):
        office("flow", "publish", file(office, a_flow()), "-m", "first")
    assert len(json.loads(office("flow", "versions", "night", "--json"))) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rollback", "night"), "flow 'night' has no version before 1"),
        (("rollback", "night", "--to", "7"), "flow 'night' has no version 7"),
        (("rollback", "day"), "flow 'day' has no version under 'live': publish one"),
        (("alias", "night", "staging", "4"), "flow 'night' has no version 4"),
        (("versions", "day"), "flow 'day' was never published"),
        (("diff", "night", "night@9"), "there is no night@9 in the store: name a file"),
        (("diff", "night", "night@draft"), "there is no night@draft in the store"),
        (("publish", "Night!", "-m", "x"), "'Night!' names no flow: name a file"),
        (("publish", "nowhere/night.json", "-m", "x"), "nowhere/night.json: there is no such file"),
        (("traffic", "night"), "no call was in flow 'night' since "),
        (("traffic", "night", "--since", "soon"), '--since: "soon" is no length of time: write e.g. 90m, 4h or 2d'),
        (("traffic", "night", "--since", "999999d"), '--since: "999999d" is more than a century'),
        (("split", "night", "hello"), "no call has left node 'hello' of flow 'night' since "),
        (("export", "out", "--alias", "stagging"), "no flow has a version under 'stagging'"),
        (("export", "out", "--flow", "day"), "there is no live version of day"),
        (("schema", "--kind", "plya"), "there is no node kind 'plya'"),
        (("import", "empty", "-m", "x"), "empty: "),
        (("check", "night@99999999999999999999"), "there is no night@99999999999999999999 in the store"),
        (("check", "n" * 300 + ".json"), "nnnnnnnnnn"),
        (("alias", "night", "draft", "1"), "no alias can be called 'draft': take small letters"),
        (("alias", "night", "7", "1"), "no alias can be called '7'"),
        (("publish", "main", "-m", "x", "--alias", "On trial"), "no alias can be called 'On trial'"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(office: Office, arguments: tuple[str, ...], said: str) -> None:
    office("flow", "publish", file(office, a_flow()), "-m", "first")
    assert office.refused("flow", *arguments).startswith(said)


@pytest.mark.parametrize(
    "arguments",
    [
        ("alias", "night", "staging"),
        ("discard", "night", "--lock"),
        ("prune", "--keep-last"),
        ("prune", "--keep-days"),
        ("publish", "night", "-m", "x", "--based-on"),
        ("replay", "--draft", "night@1", "--limit"),
        ("rollback", "night", "--to"),
        ("save", "night.json", "--lock"),
        ("split", "night", "hello", "--version"),
        ("traffic", "night", "--version"),
    ],
)
def test_numbers_that_no_database_knows_are_refused(office: Office, arguments: tuple[str, ...]) -> None:
    with pytest.raises(typer.BadParameter, match="less than or equal to"):
        office("flow", *arguments, "99999999999999999999")


def test_warnings_are_told_and_do_not_keep_from_publishing(office: Office) -> None:
    path = file(office, a_flow(nowhere={"kind": "hangup"}))
    said = office.result("flow", "publish", path, "-m", "x")
    assert said.stdout.startswith("flow night: version 1 for new calls")
    assert said.stderr == (
        "warning: night: nowhere: no caller can get here; lead an exit to it or delete it [unreachable-node]\n"
    )


def test_flows_that_are_tried_on_staging_are_checked_with_each_other(office: Office) -> None:
    def inner(by: str) -> dict[str, Any]:
        return {"name": "inner", "start": "a", "nodes": {"a": {"kind": "return", "by": by}}}

    def outer(by: str) -> dict[str, Any]:
        return a_flow(hello={"kind": "subflow", "flow": "inner", "exits": {by: "end"}})

    for flow in (inner("next"), outer("next")):
        office("flow", "publish", file(office, flow), "-m", "x")
    with pytest.raises(FlowError, match=r"may be left by 'other'; connect this exit to a node; night runs it"):
        office("flow", "publish", file(office, inner("other")), "-m", "x")
    file(office, outer("other"))
    office("flow", "import", str(office.folder / "flows"), "-m", "x", "--alias", "staging")
    assert office("flow", "check", "night@staging") == "flow night: 2 nodes, fit to publish\n"
    assert office("flow", "check", "night") == "flow night: 2 nodes, fit to publish\n"
    path = file(office, outer("other") | {"about": "again"}, folder="alone")
    office("flow", "publish", path, "-m", "x", "--alias", "staging")
    with pytest.raises(FlowError, match="may be left by 'next'"):
        office("flow", "publish", path, "-m", "x")


def test_who_publishes_what_is_based_on_an_older_version_is_told(office: Office) -> None:
    office("flow", "publish", file(office, a_flow()), "-m", "first", "--based-on", "0")
    office("flow", "publish", file(office, a_flow(cause=17)), "-m", "ann's", "--based-on", "1", "--author", "ann")
    refused = office.refused("flow", "publish", file(office, a_flow(cause=21)), "-m", "bob's", "--based-on", "1")
    assert refused.startswith("live of flow 'night' was pointed to version 2 by ann at ")
    assert (live(office), len(json.loads(office("flow", "versions", "night", "--json")))) == (17, 2)


def test_of_two_who_publish_at_once_the_second_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office("flow", "publish", file(office, a_flow()), "-m", "first")
    check = flow_life.check_all

    def ann_is_faster(flows: Mapping[str, Flow], there: Mapping[str, Flow], premises: Premises) -> Warnings:
        warnings = check(flows, there, premises)
        monkeypatch.undo()
        body = read(a_flow(cause=17)).canonical()
        of_ann = Publication(name="night", body=body, author="ann")
        with ThreadPoolExecutor(1) as elsewhere:  # another process, whose loop is its own
            elsewhere.submit(lambda: office.store(lambda store: store.publish_flow(of_ann, datetime.now(UTC)))).result()
        return warnings

    monkeypatch.setattr(flow_life, "check_all", ann_is_faster)
    refused = office.refused("flow", "publish", file(office, a_flow(cause=21)), "-m", "mine")
    assert refused.startswith("live of flow 'night' was pointed to version 2 by ann at ")
    assert live(office) == 17


def test_a_version_that_cannot_be_read_keeps_nothing_else_from_being_mended(office: Office) -> None:
    bad = {**a_flow(), "nodes": {"hello": {"kind": "of-tomorrow"}}}
    publication = Publication(name="night", body=bad, author="ann")
    office.store(lambda store: store.publish_flow(publication, datetime.now(UTC)))
    checked = office.result("flow", "check", file(office, a_flow("day")))
    assert (checked.exit_code, checked.stdout) == (0, "flow day: 2 nodes, fit to publish\n")
    assert checked.stderr.startswith("version 1, which callers hear, cannot be read: flow 'night' is refused: hello: ")
    assert office("flow", "publish", file(office, a_flow()), "-m", "mended").startswith("flow night: version 2 ")


def test_a_file_that_is_no_flow_is_named(office: Office) -> None:
    path = Path(file(office, a_flow()))
    path.with_name("notes.txt").write_text(path.read_text())
    refused = office.refused("flow", "check", str(path.with_name("notes.txt")))
    assert refused.endswith("notes.txt: flows are read from files called *.json, *.yaml, *.yml")
    path.write_bytes(b'{"name": "caf\xe9"}')
    assert office.refused("flow", "check", str(path)) == f"{path} is not UTF-8 text (byte 13): save it as UTF-8"


def test_dates_in_test_cases_may_do_without_quotes(office: Office) -> None:
    path = Path(file(office, a_flow()))
    tests = """
    cases:
      - name: Called last week
        given: {facts: {name: Ann, last_call_at: 2026-02-27}, variables: {due: 2026-03-03}}
        steps: []
        expect: {end: hung up, variables: {due: 2026-03-03}, recording: none}
    """
    path.with_name("night.tests.yaml").write_text(tests)
    for of in (str(path), "night@draft", "night"):
        assert office("flow", "test", of).startswith("night: 1 cases passed")
        office("flow", "save", str(path))
        office("flow", "publish", "night@draft", "-m", "x")
    assert "due: '2026-03-03'" in exported(office)


def exported(office: Office) -> str:
    out = office.folder / "out"
    office("flow", "export", str(out), "--flow", "night")
    return (out / "night.tests.yaml").read_text()


def test_import_after_going_back_says_what_callers_hear_then(office: Office) -> None:
    for cause in (16, 17):
        path = file(office, a_flow(cause=cause))
        office("flow", "publish", path, "-m", "x")
    office("flow", "rollback", "night")
    folder = str(Path(path).parent)
    assert office("flow", "import", folder, "-m", "x", "--dry-run") == "night: would be version 2 again\n"
    assert live(office) == 16
    assert office("flow", "import", folder, "-m", "x") == "night: version 2 again\n"
    assert live(office) == 17
    assert office("flow", "import", folder, "-m", "x") == "night: version 2, as it was\n"


def test_export_leaves_no_flow_there_twice(office: Office) -> None:
    path = Path(file(office, a_flow()))
    office("flow", "publish", str(path), "-m", "x")
    path.rename(path.with_suffix(".yaml"))
    refused = office.refused("flow", "export", str(path.parent), "--flow", "night")
    assert refused.endswith("flows has night.yaml: delete what would be there twice, or name another folder")
    assert not path.exists()


def test_what_the_centre_does_not_have_is_named(office: Office) -> None:
    ask = {"kind": "http", "url": "https://crm.example/{caller}", "exits": {"ok": "end", "failed": "end"}}
    pay = {"kind": "payment", "amount": 5, "currency": "USD", "reference": "5"}
    card = [("number", "card", "expiry"), ("expiry", "expiry", "code"), ("code", "code", "pay")]
    nodes = {
        name: {"kind": "collect", "prompts": ["card-number"], "takes": takes, "into": f"card_{name}"}
        | {"exits": {"done": then, "failed": "end"}}
        for name, takes, then in card
    }
    exits = {"paid": "end", "declined": "end", "failed": "end"}
    start = {"kind": "play", "prompts": ["welcome"], "exits": {"next": "ask"}}
    flow = a_flow(
        hello=start, ask={**ask, "exits": {"ok": "number", "failed": "end"}}, pay={**pay, "exits": exits}, **nodes
    )
    said = office.result("flow", "check", file(office, flow))
    assert (said.exit_code, said.stdout.splitlines()) == (
        1,
        [
            "warning: pay: nobody takes money yet, so each payment fails; name one as provider of [payment] in "
            "centre.toml [unknown-provider]",
            "error: ask.url: https://crm.example is not on the allow-list with this path: see [http] in centre.toml "
            "[unknown-address]",
        ],
    )


def test_what_has_an_error_is_not_published(office: Office) -> None:
    path = file(office, a_flow(hello={"kind": "play", "prompts": ["wellcome"], "exits": {"next": "ende"}}))
    with pytest.raises(FlowError) as refused:
        office("flow", "publish", path, "-m", "x")
    assert [(issue.code, issue.node, issue.field) for issue in refused.value.issues] == [
        ("dangling-exit", "hello", "exits.next"),
        ("missing-prompt", "hello", "prompts"),
    ]
    assert office.store(lambda store: store.flows()) == []


def caller_of(inner: str, exit: str) -> dict[str, Any]:
    return a_flow("outer", hello={"kind": "subflow", "flow": inner, "exits": {exit: "end"}})


def inner(by: str) -> dict[str, Any]:
    return {"name": "inner", "start": "r", "nodes": {"r": {"kind": "return", "by": by}}}


def test_what_would_break_a_flow_that_runs_it_is_not_published(office: Office) -> None:
    office("flow", "publish", file(office, inner("paid")), "-m", "x")
    office("flow", "publish", file(office, caller_of("inner", "paid")), "-m", "x")
    with pytest.raises(FlowError, match=r"outer:hello\.exits\.declined: .*connect this exit") as refused:
        office("flow", "publish", file(office, inner("declined")), "-m", "x")
    assert all("outer runs it" in issue.text for issue in refused.value.issues)
    # Both at once do.
    file(office, inner("declined"), "both")
    file(office, caller_of("inner", "declined"), "both")
    said = office("flow", "import", str(office.folder / "both"), "-m", "both")
    assert said == "inner: version 2\nouter: version 2\n"


def test_export_and_import_bring_back_the_same(office: Office) -> None:
    path = Path(file(office, a_flow()))
    path.with_name("night.layout.json").write_text('{"nodes": {"end": {"x": 300, "y": 40}, "hello": {"x": 1, "y": 2}}}')
    path.with_name("night.tests.yaml").write_text("cases:\n- name: hangs up\n  steps: [hang up]\n")
    office("flow", "publish", str(path), "-m", "first")
    out = office.folder / "out"
    assert office("flow", "export", str(out)) == f"1 flows in {out}: night\n"
    assert sorted(p.name for p in out.iterdir()) == ["night.json", "night.layout.json", "night.tests.yaml"]
    assert office("flow", "import", str(out), "-m", "again") == "night: version 1, as it was\n"
    (out / "night.json").write_text(read(a_flow(cause=17)).to_text())
    assert office("flow", "import", str(out), "-m", "busy", "--dry-run") == "night: would be version 2\n"
    assert live(office) == 16
    assert office("flow", "import", str(out), "-m", "busy") == "night: version 2\n"
    assert live(office) == 17
    stored = office.store(lambda store: store.flow("night"))
    assert stored is not None
    assert stored.layout == {"nodes": {"end": {"x": 300, "y": 40}, "hello": {"x": 1, "y": 2}}}
    assert stored.tests == ({"name": "hangs up", "steps": ["hang up"]},)


def test_diff_says_what_differs_and_exits_by_it(office: Office) -> None:
    office("flow", "publish", file(office, a_flow()), "-m", "first")
    path = file(office, a_flow(cause=17))
    result = office.result("flow", "diff", "night", path)
    assert (result.exit_code, result.stdout) == (1, "~ end.cause: 16 → 17\n")
    assert office("flow", "diff", "night@1", "night@live") == "no difference\n"


def test_a_draft_is_kept_with_its_faults_and_nobody_saves_over_anothers(office: Office) -> None:
    path = file(office, a_flow(hello={"kind": "play", "prompts": ["wellcome"], "exits": {"next": "end"}}))
    said = office("flow", "save", path, "--author", "ann")
    assert said == "draft of night: save 1; `callcenter flow check night@draft` has 1 to say\n"
    with pytest.raises(FlowError):
        office("flow", "publish", "night@draft", "-m", "x")
    path = file(office, a_flow(cause=17))
    refused = office.refused("flow", "save", path, "--author", "bob")
    assert refused.startswith("ann saved a draft of night at ")
    assert refused.endswith("then save over it with --lock 1")
    assert office("flow", "save", path, "--author", "bob", "--lock", "1") == "draft of night: save 2\n"
    assert "bob" in office.refused("flow", "save", path, "--author", "ann", "--lock", "1")
    office("flow", "publish", "night@draft", "-m", "x")
    assert live(office) == 17
    assert [row["author"] for row in json.loads(office("flow", "drafts", "--json"))] == ["bob"]
    assert office("flow", "discard", "night") == "draft of night deleted\n"
    assert office.refused("flow", "discard", "night") == "flow 'night' has no draft"


def test_schema_is_one_of_json_schema(office: Office) -> None:
    schema = json.loads(office("flow", "schema"))
    assert schema["$schema"].endswith("2020-12/schema")
    assert json.loads(office("flow", "schema", "--kind", "menu"))["properties"]["kind"]["const"] == "menu"
