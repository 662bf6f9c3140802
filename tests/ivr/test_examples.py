"""One example of each kind of node, printed in docs/flow-format.md: sound flows whose test cases pass every exit."""

from pathlib import Path

import pytest

from ivr.bundle import gather
from ivr.folder import FlowFiles, read_folder
from ivr.lint import Known, lint
from ivr.nodes import KINDS
from ivr.prompts import load_catalogue
from ivr.testing.coverage import coverage
from ivr.testing.files import load_cases
from ivr.testing.runner import run_case
from ivr.testing.voice import Voice

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/examples"
EXAMPLES: dict[str, FlowFiles] = read_folder({path.name: path.read_text("utf-8") for path in FOLDER.glob("*.yaml")})
FLOWS = {name: files.flow for name, files in EXAMPLES.items()}
CATALOGUES = {
    name: load_catalogue((ROOT / f"prompts/{name}.yaml").read_text("utf-8"), name) for name in ("en", "es", "fr")
}
VOICE = Voice(CATALOGUES)
KNOWN = Known(
    prompts={name: catalogue.keys for name, catalogue in CATALOGUES.items()},
    queues=frozenset({"sales"}),
    flows=FLOWS,
    targets={"destination": frozenset({"billing-office"}), "mailbox": frozenset({"support"})},
)


def test_there_is_an_example_of_every_kind_and_it_has_that_kind() -> None:
    assert set(FLOWS) == set(KINDS)
    for kind, flow in FLOWS.items():
        assert kind in {node.kind for node in flow.nodes.values()}


@pytest.mark.parametrize("kind", FLOWS)
def test_an_example_is_sound(kind: str) -> None:
    assert lint(FLOWS[kind], KNOWN) == ()


@pytest.mark.parametrize("kind", FLOWS)
def test_its_cases_pass_and_leave_nothing_out(kind: str) -> None:
    cases = load_cases((FOLDER / f"{kind}.tests.yaml").read_text("utf-8"), f"{kind}.tests.yaml")
    bundle = gather(FLOWS[kind], FLOWS.get)
    results = [run_case(bundle, located.case, VOICE) for located in cases]
    assert "\n".join(f"{result.case}\n{result.told()}" for result in results if not result.passed) == ""
    assert coverage(FLOWS[kind], [visit for result in results for visit in result.visits]).missed == ()
