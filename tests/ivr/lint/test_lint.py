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


def test_a_language_that_callers_get_into_must_be_one_of_the_flow() -> None:
    offers = [{"language": "en", "key": "1"}, {"language": "es", "key": "2"}]
    choose = {"kind": "language", "offers": offers, "exits": {"next": "b"}}
    look_up = {"kind": "caller", "languages": ["en", "fr"], "exits": {"known": "end", "unknown": "end"}}
    nodes = {"a": choose, "b": look_up, "end": END}
    assert said(a_flow(nodes)) == [
        "error a.offers.1.language: the flow is not written in 'es'; add it to the flow's languages [unknown-language]",
        "error b.languages.1: the flow is not written in 'fr'; add it to the flow's languages [unknown-language]",
    ]
    assert said(a_flow(nodes, languages=["en", "es", "fr"])) == []


def test_an_offer_may_name_its_prompt_with_the_language() -> None:
    offers = [{"language": "en", "key": "1"}, {"language": "es", "key": "2", "prompt": "es/choose-language"}]
    choose = {"kind": "language", "offers": offers, "exits": {"next": "end"}}
    known = Known(prompts={language: frozenset({"choose-language"}) for language in ("en", "es")})
    assert said(a_flow({"a": choose, "end": END}, languages=["en", "es"]), known) == []


def test_a_flow_that_runs_here_must_speak_what_callers_speak_here() -> None:
    call = {"kind": "subflow", "flow": "inner", "arguments": {"amount": "5"}, "exits": {"failed": "end", "paid": "end"}}
    assert said(a_flow({"a": call, "end": END}, languages=["en", "es"]), FLOWS) == [
        "error a.flow: flow 'inner' is not written in 'es', which callers may speak here; add it there "
        "[unknown-language]"
    ]
    assert said(a_flow({"a": call, "end": END}, languages=["en-GB"]), FLOWS) == []


def test_phrases_that_nobody_is_heard_with() -> None:
    def menu(**phrases: list[str]) -> Flow:
        choice = {"keys": ["1"], "phrases": phrases}
        return a_flow(
            {
                "a": {"kind": "menu", "prompts": ["x"], "choices": {"one": choice}}
                | {"exits": {"one": "end", "failed": "end"}},
                "end": END,
            },
            languages=["en-GB"],
        )

    assert said(menu(en=["agent"])) == []
    assert said(menu(de=["ja"])) == [
        "warning a.choices.one.phrases.de: nobody speaks 'de' in this flow; add it to the flow's languages "
        "[unknown-language]"
    ]
    assert said(menu(en=["um, please"])) == [
        "warning a.choices.one.phrases.en: 'um, please' is nothing but fillers, which are not listened to; say more "
        "[empty-phrase]"
    ]


def test_phrases_are_the_same_if_the_recogniser_cannot_tell_them_apart() -> None:
    choices = {
        "one": {"keys": ["1"], "phrases": {"en": ["I can't log in"], "es": ["sí"]}},
        "two": {"keys": ["2"], "phrases": {"en": ["I cannot log in, please"], "es": ["Si"]}},
    }
    menu = {"kind": "menu", "prompts": ["x"], "choices": choices}
    flow = a_flow({"a": menu | {"exits": {"one": "end", "two": "end", "failed": "end"}}, "end": END})
    errors = [(issue.code, issue.field) for issue in lint(flow, Known()) if issue.severity == "error"]
    assert errors == [("duplicate-phrase", "choices.two.phrases.en"), ("duplicate-phrase", "choices.two.phrases.es")]


def test_results_must_be_variables_of_the_flow_that_runs() -> None:
    call = {"kind": "subflow", "flow": "inner", "arguments": {"amount": "5"}, "exits": {"failed": "end", "paid": "end"}}
    assert said(a_flow({"a": {**call, "results": {"x": "amuont"}}, "end": END}), FLOWS) == [
        "error a.results.x: flow 'inner' has no variable 'amuont'; did you mean 'amount'? [wrong-result]"
    ]
    assert said(a_flow({"a": {**call, "results": {"x": "amount"}}, "end": END}), FLOWS) == []


def test_values_that_would_be_left_out_in_silence() -> None:
    def tell(**saying: str) -> Flow:
        told = {"say": "money", "value": "5", **saying}
        question = {"name": "q", "prompts": [told]}
        survey = {"kind": "survey", "prompts": [], "questions": [question], "exits": {"done": "end", "declined": "end"}}
        play = {"kind": "play", "prompts": [told], "exits": {"next": "b"}}
        return a_flow({"a": play, "b": survey, "end": END}, languages=["en-GB"])

    assert said(tell(currency="EUR")) == []
    there = "there are ARS, AUD, CAD, CHF, CLP, COP, EUR, GBP, MXN, NZD, PEN, USD"
    assert said(tell()) == [
        f"error a.prompts: money needs a currency; {there} [unsayable]",
        f"error b.questions.0.prompts: money needs a currency; {there} [unsayable]",
    ]
    assert said(tell(currency="XYZ"))[0] == f"error a.prompts: currency 'XYZ' cannot be said; {there} [unsayable]"
    assert codes(tell(currency="EUR", value="nothing")) == {"undefined-variable"}
    german = a_flow({"a": {"kind": "play", "prompts": [{"say": "number", "value": "5"}], "exits": {"next": "end"}}}
                    | {"end": END}, languages=["de"])  # fmt: skip
    assert said(german) == [
        "warning a.prompts: values cannot be said in 'de'; there are en, es, fr; say a prompt there instead [unsayable]"
    ]


def test_a_payment_needs_a_card_that_somebody_takes() -> None:
    exits = {"paid": "end", "declined": "end", "failed": "end"}
    pay = {"kind": "payment", "amount": "5", "currency": "USD", "reference": "5", "exits": exits}
    paying = a_flow({"a": pay, "end": END})
    assert said(paying, Known(flows={})) == [
        f"error a.{field}: nothing takes secret '{field}'; take it by a secure collect node, into this name "
        "[undefined-secret]"
        for field in ("card_number", "card_expiry", "card_code")
    ]

    def taking(into: str, takes: str, then: str) -> dict[str, Any]:
        ask = {"kind": "collect", "prompts": ["x"], "into": into, "takes": takes}
        return {**ask, "exits": {"done": then, "failed": "end"}}

    card = {
        "a": taking("card_number", "card", "b"),
        "b": taking("card_expiry", "expiry", "c"),
        "c": taking("card_code", "code", "end"),
    }
    assert said(a_flow({**card, "c": taking("card_cod", "code", "d"), "d": pay, "end": END}), Known(flows={})) == [
        "error d.card_code: nothing takes secret 'card_code'; did you mean 'card_cod'? [undefined-secret]"
    ]
    # Secrets are the call's: a flow that runs within this one may take them, or one that runs this.
    within = read({"name": "card", "start": "a", "nodes": {**card, "end": {"kind": "return"}}})
    call = {"kind": "subflow", "flow": "card", "exits": {"next": "p"}}
    assert "undefined-secret" not in codes(a_flow({"a": call, "p": pay, "end": END}), Known(flows={"card": within}))
    outer = read({"name": "outer", "start": "a", "nodes": {**card, "end": {"kind": "subflow", "flow": "test"}}})
    assert "undefined-secret" not in codes(paying, Known(flows={"outer": outer}))


def test_what_may_not_wait_does_not_break_a_circle() -> None:
    decide = {"kind": "branch", "cases": [{"when": "1 > 2", "exit": "out"}], "exits": {"out": "end", "else": "a"}}
    back = {"kind": "language", "offers": [{"language": "en"}], "exits": {"next": "b"}}
    tell = {"kind": "consent", "exits": {"next": "b"}}
    for node in (back, tell, {**tell, "ask": "no"}):
        assert codes(a_flow({"a": node, "b": decide, "end": END})) == {"loop-without-wait"}
    assert codes(a_flow({"a": {**tell, "ask": "yes"}, "b": decide, "end": END})) == set()


def test_music_without_end_is_for_those_who_wait_in_a_queue() -> None:
    round_and_round = a_flow({"a": {"kind": "music", "exits": {"next": "a"}}})
    assert said(round_and_round, Known(flows={})) == [
        "warning a.exits: never ends, which is right only for a flow that queue nodes name as their wait_flow, and "
        "none does [no-way-to-hang-up]"
    ]
    waiting = read({"name": "main", "start": "a", "nodes": {"a": queue(wait_flow="test"), "end": END}})
    assert said(round_and_round, Known(flows={"main": waiting})) == []


def test_a_long_ring_is_shown_by_its_beginning() -> None:
    ring = {f"n{n:02}": {"kind": "set", "intent": "x", "exits": {"next": f"n{(n + 1) % 40:02}"}} for n in range(40)}
    (issue,) = (one for one in lint(a_flow(ring, start="n00"), Known()) if one.code == "loop-without-wait")
    assert issue.text.startswith("runs in a circle without waiting: n00 → n01 → ")
    assert "→ n11 → … → n00; put a menu" in issue.text


def test_what_leads_into_a_circle_is_none_of_it() -> None:
    step = {"kind": "set", "intent": "x"}
    nodes = {name: {**step, "exits": {"next": then}} for name, then in {"a": "b", "b": "c", "c": "b"}.items()}
    found = [issue.node for issue in lint(a_flow(nodes), Known()) if issue.code == "loop-without-wait"]
    assert found == ["b"]


def test_a_wait_flow_is_given_nothing() -> None:
    assert said(a_flow({"a": queue(wait_flow="inner"), "end": END}), FLOWS)[0] == (
        "warning a.exits.paid: flow 'inner' may be left by 'paid'; without this exit the caller goes on waiting "
        "[unhandled-return]"
    )
    assert said(a_flow({"a": queue(wait_flow="inner"), "end": END}), FLOWS)[1] == (
        "error a.wait_flow: flow 'inner' needs amount, and here it is given nothing [wrong-argument]"
    )


def test_what_a_wait_flow_runs_must_not_queue_again_either() -> None:
    outer = read({"name": "wait", "start": "a", "nodes": {"a": {"kind": "subflow", "flow": "deep"}}})
    deep = read({"name": "deep", "start": "a", "nodes": {"a": queue(wait_flow=""), "end": END}})
    issues = lint(a_flow({"a": queue(), "end": END}), Known(flows={"wait": outer, "deep": deep}))
    assert [issue.text for issue in issues if issue.code == "not-while-waiting"] == [
        "flow 'deep', which flow 'wait' runs, has a queue node (a), which cannot be used while an agent may come; "
        "return an exit from it and do that here"
    ]
