"""The virtual call: what a caller hears and when, keys typed ahead and into prompts, waits that take no time."""

from dataclasses import replace

import pytest

from ivr.bundle import Bundle
from tests.ivr.made_up import END, WAIT, a_flow
from tests.ivr.testing.made_up_calls import CENTRE, failures, one, ran

QUEUE = {"kind": "queue", "queue": "sales"}


def clock(written: str, bundle: Bundle = CENTRE) -> list[str]:
    return [str(said) for said in ran(written, bundle).heard]


def test_prompts_take_the_time_it_takes_to_say_them() -> None:
    assert clock("steps: [silence, hang up]") == [
        '00:00  "Welcome."',
        '00:00  "For sales press one."',
        '00:07  "We heard nothing."',
        '00:08  "For sales press one."',
        "00:10  x the caller hung up",
    ]


def test_a_caller_who_presses_has_listened_to_the_question() -> None:
    assert failures("steps: [press: 1]\nexpect: {prompts: [welcome, main-menu, please-wait], queue: sales}") == ""


def test_who_interrupts_hears_no_more_than_what_is_being_said() -> None:
    written = "steps: [hear: welcome, interrupt: 1]\nexpect: {prompts: [welcome, please-wait], queue: sales}"
    assert failures(written) == ""
    assert failures("steps: [interrupt: 1]\nexpect: {prompts: [please-wait], queue: sales}") == ""


def test_keys_typed_ahead_answer_the_next_question_and_cut_it_short() -> None:
    written = (
        "steps: [press: '34711#']\nexpect: {prompts: [welcome, main-menu, please-wait], variables: {account: '4711'}}"
    )
    assert failures(written) == ""


def test_a_key_typed_behind_a_mistake_cuts_the_apology_short_and_counts() -> None:
    # As on a line: Asterisk keeps the keys that nobody has read yet.
    written = "steps: [press: '91']\nexpect: {queue: sales, prompts: [welcome, main-menu, please-wait]}"
    assert failures(written) == ""


def test_the_terminator_after_a_full_number_belongs_to_it() -> None:
    written = "steps: [press: 3, press: '1234567890#']\nexpect: {variables: {account: '1234567890'}, end: queued}"
    assert failures(written) == ""


def test_too_few_keys_count_after_the_pause_between_keys() -> None:
    slow = ran("steps: [press: 3, press: '4711']\nexpect: {variables: {account: '4711'}}")
    fast = ran("steps: [press: 3, press: '4711#']\nexpect: {variables: {account: '4711'}}")
    assert (slow.failures, fast.failures) == ((), ())
    assert slow.heard[-1].at_s - fast.heard[-1].at_s == pytest.approx(4.0)


def test_ten_minutes_in_a_queue() -> None:
    waits = ran("steps: [press: 1, wait: 10m, agent: answers, agent: leaves]\nexpect: {end: hung up}")
    assert waits.failures == ()
    assert sum(visit == "wait:music -> next" for visit in waits.path) == 20
    assert waits.heard[-1].at_s > 600


def test_an_agent_who_comes_by_themselves_cuts_off_what_is_said() -> None:
    written = """
        given: {queue: {agent_after: 1s, agent: ann, talk: 2m}}
        steps: [press: 1, wait: 5m]
        expect: {prompts: [welcome, main-menu, goodbye], variables: {agent: ann}, path: [..., sales -> done, ..., end]}
    """
    assert failures(written) == ""
    assert '00:01  "Please wait for somebody." (cut off)' in clock(written)


def test_an_agent_takes_the_caller_out_of_the_wait_flow() -> None:
    written = "steps: [press: 1, wait: 10s, agent: answers, agent: leaves]"
    expect = "expect: {path: [..., sales -> done, wait:music -> taken, say-goodbye -> next, end]}"
    assert failures(f"{written}\n{expect}") == ""


def test_agent_answers_waits_for_the_one_who_is_given() -> None:
    written = "given: {queue: {agent_after: 90s}}\nsteps: [press: 1, agent: answers]\nexpect: {end: talking}"
    assert ran(written).heard[-1].at_s > 90
    assert failures(written) == ""


@pytest.mark.parametrize(
    ("queue", "steps", "at_s"),
    [
        ("{unavailable: true}", "[press: 1]", 1),
        ("{unavailable: true, limit: 5m}", "[press: 1]", 1),
        ("{limit: 5m}", "[press: 1, wait: 10m]", 301),
    ],
)
def test_a_queue_that_cannot_serve(queue: str, steps: str, at_s: float) -> None:
    written = f"given: {{queue: {queue}}}\nsteps: {steps}\nexpect: {{path: [..., sales, ..., say-busy -> next, end]}}"
    assert failures(written) == ""
    assert next(int(s.at_s) for s in ran(written).heard if s.text.startswith("~ the queue")) == at_s


def test_one_queue_is_otherwise_than_the_others() -> None:
    written = "given: {queues: {sales: {unavailable: true}}}\nsteps: [press: %s]\nexpect: {end: %s}"
    assert failures(written % (1, "hung up")) == failures(written % (2, "queued")) == ""


def test_the_nodes_own_longest_wait_counts_from_when_they_came() -> None:
    flow = one({**QUEUE, "max_wait_s": 60}, "done", "unavailable", "timeout")
    written = "steps: [wait: 50s, agent: gone, wait: 11s]\nexpect: {path: [a -> timeout, ..., to-timeout]}"
    assert failures(written, flow) == ""


def test_an_agent_who_was_gone_costs_nobody_their_place() -> None:
    written = "steps: [press: 1, wait: 1m, agent: gone, agent: answers, agent: leaves]\nexpect: {end: hung up}"
    assert failures(written) == ""


def test_who_waits_hears_what_is_said_meanwhile() -> None:
    wait = {
        "music": {"kind": "music", "exits": {"next": "say"}},
        "say": {"kind": "play", "prompts": ["still-waiting"], "exits": {"next": "music"}},
    }
    flow = Bundle.of(one(QUEUE, "done", "unavailable").flow, a_flow(wait, start="music", name="wait"))
    assert failures("steps: [hear: still-waiting, hear: forgotten you, agent: answers]", flow) == ""
    assert ran("steps: [hear: still-waiting, hear: forgotten you]", flow).heard[-1].at_s > 60


def test_a_key_of_the_music_leaves_the_queue() -> None:
    flow = one(QUEUE, "done", "unavailable", "callback")
    assert failures("steps: [wait: 10s, press: 1]\nexpect: {path: [a -> callback, ..., to-callback]}", flow) == ""


def test_without_a_wait_flow_music_plays_on() -> None:
    flow = one({**QUEUE, "wait_flow": ""}, "done", "unavailable")
    assert (
        failures("steps: [wait: 10m, agent: answers, agent: leaves]\nexpect: {path: [a -> done, to-done]}", flow) == ""
    )


# ------------------------------------------------------------------------------------------------------- words

MENU = {
    "kind": "menu",
    "prompts": ["main-menu"],
    "choices": {
        "bill": {"keys": ["1"], "phrases": {"en": ["pay my bill", "a bill"]}, "prompt": "a-bill"},
        "agent": {"keys": ["0"], "phrases": {"en": ["somebody"]}},
    },
}
SPEAKING = one(MENU, "bill", "agent", "failed")


def test_what_is_said_takes_a_choice() -> None:
    written = "steps: [say: I want to pay my bill]\nexpect: {path: [a -> bill, ...], prompts: [main-menu]}"
    assert failures(written, SPEAKING) == ""
    assert clock(written, SPEAKING)[0] == '00:00  "What can we do for you?"'


def test_what_was_heard_less_surely_is_asked_back() -> None:
    written = """
        steps: [{say: my bill, score: 0.6}, hear: a bill, say: "yes"]
        expect: {path: [a -> bill, ...], prompts: [main-menu, did-you-mean, a-bill, is-that-right]}
    """
    assert failures(written, SPEAKING) == ""


def test_what_means_nothing_is_not_understood() -> None:
    assert failures("steps: [say: what weather today, hear: did not understand]", SPEAKING) == ""


def test_where_nobody_is_understood_keys_are_asked_for() -> None:
    assert clock("steps: [press: 1]", SPEAKING)[0] == '00:00  "For sales press one."'
    assert failures("given: {speech: true}\nsteps: [press: 1]\nexpect: {path: [a -> bill, ...]}", SPEAKING) == ""
    assert failures("given: {speech: false}\nsteps: [say: a bill]", SPEAKING) == (
        "step 1, say: a bill: the question at a hears keys only, as no speech is given"
    )
    assert failures("given: {speech: true}\nsteps: [press: 3, say: a bill]") == (
        "step 2, say: a bill: the question at ask-account takes keys only"
    )


def test_prompts_of_another_language() -> None:
    flow = one({"kind": "play", "prompts": ["welcome", "es/welcome", "goodbye"]}, "next", languages=["es", "en"])
    assert failures("steps: []\nexpect: {prompts: [welcome, welcome, goodbye]}", flow) == ""
    assert clock("steps: []", flow)[2] == '00:00  "[es/goodbye]"'
    assert failures("given: {language: en}\nsteps: []\nexpect: {prompts: [welcome, es/welcome, goodbye]}", flow) == ""


# --------------------------------------------------------------------------------------------------- what fails


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "steps: [hear: enter-account]",
            "step 1, hear: enter-account: 'enter-account' is not said, but welcome, main-menu, before choose waits "
            "for an answer",
        ),
        (
            "steps: [hear: main-menu, hear: welcome]",
            "step 2, hear: welcome: 'welcome' is not said, nothing else either, before choose waits for an answer",
        ),
        (
            "steps: [hear: welcom-e]",
            "step 1, hear: welcom-e: 'welcom-e' is not said (no prompt has this key, and none was heard with this "
            "word), but welcome, main-menu, before choose waits for an answer",
        ),
        ("steps: [agent: answers]", "step 1, agent: answers: no agent can answer: choose waits for an answer"),
        ("steps: [agent: leaves]", "step 1, agent: leaves: no agent can leave: choose waits for an answer"),
        ("steps: [agent: gone]", "step 1, agent: gone: nobody waits in a queue: choose waits for an answer"),
        (
            "steps: [press: 1, agent: answers, press: 1]",
            "step 3, press: 1: nobody takes keys: the caller talks with an agent",
        ),
        (
            "steps: [press: 1, agent: answers, silence]",
            "step 3, silence: nothing waits for the caller: the caller talks with an agent",
        ),
        ("steps: [press: 1, press: 7]", "step 2, press: 7: the music at wait:music takes 1"),
        ("steps: [press: 1, say: hello]", "step 2, say: hello: nobody listens: wait:music lets the caller wait"),
        ("steps: [speak: 10s]", "step 1, speak: 10s: nothing is recorded: choose waits for an answer"),
        ("steps: [hang up, press: 1]", "step 2, press: 1: nobody takes keys: the caller has hung up"),
        ("steps: [hang up, hang up]", "step 2, hang up: the caller cannot hang up: the caller has hung up"),
        ("steps: [hang up, wait: 10s]", "step 2, wait: 10s: no time passes: the caller has hung up"),
        (
            "given: {hours: closed}\nsteps: [press: 1]",
            "step 1, press: 1: nobody takes keys: the flow has hung up",
        ),
    ],
)  # fmt: skip
def test_what_cannot_happen_is_said_with_its_step(written: str, said: str) -> None:
    assert failures(written) == said


def test_a_flow_that_cannot_go_on() -> None:
    flow = Bundle.of(a_flow({"a": {"kind": "play", "prompts": ["welcome"], "exits": {"next": "gone"}}, "b": END}))
    assert failures("steps: []\nexpect: {end: fallback}", flow) == ""
    assert failures("steps: []\nexpect: {end: hung up}", flow) == (
        "end: is 'fallback' (exit 'next' of node 'a' leads nowhere), should be 'hung up'"
    )


# ------------------------------------------------------------------------------------------------ what is forced


@pytest.mark.parametrize("hours", ["open", "closed", "holiday"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"])
def test_hours_may_be_given_whatever_the_clock_says(hours: str, zone: str) -> None:
    flow = one(
        {"kind": "hours", "hours": {"timezone": zone, "weekly": {"mon": ["09:00-17:00"]}}}, "open", "closed", "holiday"
    )
    for given in (hours, f"{{a: {hours}}}"):
        written = f"given: {{hours: {given}}}\nsteps: []\nexpect: {{path: [a -> {hours}, to-{hours}]}}"
        assert failures(written, flow) == ""


def test_the_way_of_a_split_may_be_given() -> None:
    flow = one({"kind": "split", "weights": {"old": 100, "new": 0}}, "new", "old")
    assert failures("steps: []\nexpect: {path: [a -> old, ...]}", flow) == ""
    assert failures("given: {split: {a: new}}\nsteps: []\nexpect: {path: [a -> new, ...]}", flow) == ""


def test_versions_and_variables_given() -> None:
    bundle = replace(CENTRE, versions={"office": 3})
    written = "given: {variables: {debt: 5}, intent: bill}\nsteps: []\nexpect: {variables: {debt: 5}, intent: bill}"
    assert failures(written, bundle) == ""
    assert WAIT.name == "wait"


def test_what_is_given_for_nodes_that_are_not_there_fails_the_case() -> None:
    bundle = one({"kind": "split", "weights": {"short": 50, "long": 50}}, "short", "long")
    given = "given: {split: {b: short}, hours: {opening-hours: closed}}\nsteps: []"
    assert failures(given, bundle) == (
        "given.hours: no flow has a node 'opening-hours' of kind hours\n"
        "given.split: no flow has a node 'b' of kind split; there are a"
    )
