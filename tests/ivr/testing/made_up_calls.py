"""How tests run test cases: written as an author writes them, on the flows of tests.ivr.made_up."""

from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from ivr.bundle import Bundle
from ivr.prompts import load_catalogue
from ivr.testing.cases import Case
from ivr.testing.files import load_cases
from ivr.testing.runner import Result, run_case
from ivr.testing.voice import Voice
from tests.ivr.made_up import END, OFFICE, WAIT, a_flow

ROOT = Path(__file__).parents[3]
EN = load_catalogue(
    """
    welcome: Welcome.
    main-menu: For sales press one.
    main-menu--speech: What can we do for you?
    enter-account: Your account, please.
    connect-anyway: We find somebody.
    closed: We are closed.
    goodbye: Goodbye.
    all-busy: All are busy.
    please-wait: Please wait for somebody.
    still-waiting: We have not forgotten you.
    did-not-hear: We heard nothing.
    invalid-choice: That is no choice.
    invalid-entry: That is no account.
    not-understood: We did not understand.
    leave-message: Leave a message.
    did-you-mean: Did you mean
    is-that-right: Is that right?
    a-bill: A bill.
    """,
    "en",
)
ES = load_catalogue("welcome: Bienvenido.", "es")
VOICE = Voice({"en": EN, "es": ES})
CENTRE = Bundle.of(OFFICE, WAIT)


def a_case(written: str, name: str = "it") -> Case:
    """The case of which `written` is the part after its name."""
    text = f"cases:\n  - name: {name}\n" + indent(dedent(written).strip("\n"), "    ")
    return load_cases(text, "x.tests.yaml")[0].case


def ran(written: str, bundle: Bundle = CENTRE) -> Result:
    return run_case(bundle, a_case(written), VOICE)


def failures(written: str, bundle: Bundle = CENTRE) -> str:
    """What a case that does not pass says."""
    return "\n".join(ran(written, bundle).failures)


def one(node: dict[str, Any], *exits: str, **more: Any) -> Bundle:
    """A flow of one node `a`, whose exits lead to a hangup each, named after the exit; `wait` is there too."""
    ends = {f"to-{name}": END for name in exits}
    flow = a_flow({"a": {**node, "exits": {name: f"to-{name}" for name in exits}}, **ends}, **more)
    return Bundle.of(flow, WAIT)
