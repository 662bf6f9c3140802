"""What lint says of flows that can be read but are not sound."""

from typing import Any

from callcenter.errors import Issue
from ivr.flow import Flow, read
from ivr.lint import Known, lint, returns_of

END = {"kind": "hangup"}


def a_flow(nodes: dict[str, Any], **more: Any) -> Flow:
    return read({"name": "test", "start": "a", "nodes": nodes, **more})


def said(flow: Flow, known: Known | None = None) -> list[str]:
    return [f"{issue.severity} {issue}" for issue in lint(flow, known or Known())]


def codes(flow: Flow, known: Known | None = None) -> set[str]:
    return {issue.code for issue in lint(flow, known or Known())}


def queue(**fields: Any) -> dict[str, Any]:
    return {"kind": "queue", "queue": "sales", "exits": {"done": "end", "unavailable": "end"}, **fields}


WAIT = read(
    {
        "name": "wait",
        "start": "m",
        "nodes": {
            "m": {"kind": "music", "keys": {"1": "call-me"}, "exits": {"next": "m", "call-me": "r"}},
            "r": {"kind": "return", "by": "callback"},
        },
    }
)
INNER = read(
    {
        "name": "inner",
        "start": "a",
        "parameters": ["amount"],
        "nodes": {
            "a": {"kind": "play", "prompts": [{"say": "number", "value": "amount"}], "exits": {"next": "r"}},
            "r": {"kind": "return", "by": "paid"},
        },
    }
)
FLOWS = Known(flows={"wait": WAIT, "inner": INNER})


def test_a_flow_that_is_never_left_may_go_round_if_it_is_one_for_waiting() -> None:
    music = {"kind": "music", "exits": {"next": "a"}}
    assert lint(a_flow({"a": music}), Known()) == ()
    menu = {"kind": "menu", "prompts": ["x"], "choices": {"one": {"keys": ["1"]}}, "exits": {"one": "a", "failed": "a"}}
    assert codes(a_flow({"a": menu})) == {"no-way-to-hang-up"}


def test_a_way_out_of_the_wait_flow_that_is_not_connected_is_a_warning() -> None:
    flow = a_flow({"a": queue(), "end": END})
    assert said(flow, FLOWS) == [
        "warning a.exits.callback: flow 'wait' may be left by 'callback'; without this exit the caller goes on waiting "
        "[unhandled-return]"
    ]
    connected = queue(exits={"done": "end", "unavailable": "end", "callback": "end"})
    assert lint(a_flow({"a": connected, "end": END}), FLOWS) == ()


def test_a_way_out_of_a_sub_flow_that_is_not_connected_is_an_error() -> None:
    call = {"kind": "subflow", "flow": "inner", "arguments": {"amount": "5"}, "exits": {"failed": "end"}}
    assert said(a_flow({"a": call, "end": END}), FLOWS) == [
        "error a.exits.paid: flow 'inner' (flow) may be left by 'paid'; connect this exit to a node [unhandled-return]"
    ]


def test_an_exit_that_the_other_flow_never_takes() -> None:
    exits = {"failed": "end", "paid": "end", "payed": "end"}
    call = {"kind": "subflow", "flow": "inner", "arguments": {"amount": "5"}, "exits": exits}
    assert said(a_flow({"a": call, "end": END}), FLOWS) == [
        "error a.exits.payed: a subflow node has no such exit here; its exits are failed, paid [unknown-exit]"
    ]
    # As long as the other flow is not known, nothing can be said.
    assert codes(a_flow({"a": call, "end": END})) == set()


def test_arguments_and_parameters_must_match() -> None:
    exits = {"failed": "end", "paid": "end"}
    call = {"kind": "subflow", "flow": "inner", "arguments": {"sum": "5"}, "exits": exits}
    issues = lint(a_flow({"a": call, "end": END}), FLOWS)
    assert [(issue.code, issue.field) for issue in issues] == [
        ("wrong-argument", "arguments.sum"),
        ("wrong-argument", "arguments.amount"),
    ]


def test_a_flow_that_does_not_exist_and_one_that_runs_itself() -> None:
    call = {"kind": "subflow", "flow": "iner", "exits": {}}
    (issue,) = lint(a_flow({"a": call, "end": END}), FLOWS)[:1]
    assert issue.code in {"unknown-flow", "unreachable-node"}
    assert "unknown-flow" in codes(a_flow({"a": call}), FLOWS)
    back = read({"name": "b", "start": "a", "nodes": {"a": {"kind": "subflow", "flow": "test", "exits": {"x": "a"}}}})
    forth = a_flow({"a": {"kind": "subflow", "flow": "b", "exits": {"x": "a"}}})
    found = [issue for issue in lint(forth, Known(flows={"b": back})) if issue.code == "flow-runs-itself"]
    assert [str(issue) for issue in found] == [
        "a.flow: runs in a circle: test → b → test; a flow cannot run itself [flow-runs-itself]"
    ]


def test_a_wait_flow_must_not_queue_again() -> None:
    twice = read({"name": "wait", "start": "a", "nodes": {"a": queue(), "end": END}})
    assert "not-while-waiting" in codes(a_flow({"a": queue(), "end": END}), Known(flows={"wait": twice}))


def test_variables_that_nothing_sets_or_not_on_every_way() -> None:
    ask = {"kind": "collect", "prompts": ["x"], "into": "account", "max_digits": 4}
    tell = {"kind": "play", "prompts": [{"say": "digits", "value": "account"}], "exits": {"next": "end"}}
    flow = a_flow(
        {
            "a": {"kind": "menu", "prompts": ["x"], "choices": {"one": {"keys": ["1"]}}}
            | {"exits": {"one": "ask", "failed": "tell"}},
            "ask": ask | {"exits": {"done": "tell", "failed": "end"}},
            "tell": tell,
            "end": END,
        }
    )
    assert said(flow) == [
        "warning tell.prompts: variable 'account' may not be set yet when a caller comes here; set it before "
        "[maybe-undefined]"
    ]
    assert said(a_flow({"a": tell, "end": END})) == [
        "error a.prompts: nothing sets variable 'account'; there are agent, call_id, caller, did, intent, language "
        "[undefined-variable]"
    ]
    assert lint(a_flow({"a": tell, "end": END}, parameters=["account"]), Known()) == ()


def test_a_prompt_of_another_language_must_be_there_in_that_language() -> None:
    flow = a_flow({"a": {"kind": "play", "prompts": ["es/hello"], "exits": {"next": "end"}}, "end": END})
    known = Known(prompts={"en": frozenset({"hello"}), "es": frozenset({"hola"})})
    assert [(issue.code, issue.field) for issue in lint(flow, known)] == [("missing-prompt", "prompts")]
    assert lint(flow, Known(prompts={"en": frozenset(), "es": frozenset({"hello"})})) == ()


def test_returns_count_only_where_a_caller_can_get_there() -> None:
    nodes = {"a": {"kind": "return", "by": "one"}, "b": {"kind": "return", "by": "two"}}
    assert returns_of(a_flow(nodes)) == frozenset({"one"})


def test_errors_come_with_place_and_mending() -> None:
    issue = Issue(code="unknown-queue", node="a", field="queue", text="queue 'sails' does not exist; there are sales")
    assert lint(a_flow({"a": queue(queue="sails"), "end": END}), Known(queues=frozenset({"sales"}))) == (issue,)


def test_asking_other_systems_in_a_circle_is_no_wait() -> None:
    ask = {"kind": "http", "url": "https://crm.example/", "exits": {"ok": "end", "failed": "a"}}
    assert "loop-without-wait" in codes(a_flow({"a": ask, "end": END}))
    again = {"kind": "menu", "prompts": ["x"], "choices": {"again": {"keys": ["1"]}}}
    asked = {
        "a": {**ask, "exits": {"ok": "end", "failed": "b"}},
        "b": {**again, "exits": {"again": "a", "failed": "end"}},
    }
    assert "loop-without-wait" not in codes(a_flow({**asked, "end": END}))


def test_a_wait_flow_must_not_promise_a_call_back_itself() -> None:
    promise = {"kind": "callback", "queue": "sales", "exits": {"booked": "end", "failed": "end", "declined": "end"}}
    wait = read({"name": "wait", "start": "a", "nodes": {"a": promise, "end": END}})
    assert "not-while-waiting" in codes(a_flow({"a": queue(), "end": END}), Known(flows={"wait": wait}))
