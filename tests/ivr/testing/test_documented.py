"""docs/flow-testing.md: its test case runs, and it names every field and step there is."""

import re
from pathlib import Path

import pytest

from ivr.bundle import gather
from ivr.flow import load
from ivr.prompts import load_catalogue
from ivr.testing.cases import STEPS, Expect, Given
from ivr.testing.files import Located, load_cases
from ivr.testing.runner import run_case
from ivr.testing.voice import Voice

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/flow-testing.md").read_text("utf-8")
FLOWS = {
    path.stem: load(path.read_text("utf-8"))
    for path in (ROOT / "ivr/flows").glob("*.json")
    if not path.name.endswith(".layout.json")
}
CASES = [case for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) for case in load_cases(block, "docs")]


@pytest.mark.parametrize("located", CASES, ids=lambda located: located.case.name)
def test_the_examples_pass_on_the_shipped_flow(located: Located) -> None:
    english = load_catalogue((ROOT / "prompts/en.yaml").read_text("utf-8"), "en")
    result = run_case(gather(FLOWS["main"], FLOWS.get), located.case, Voice({"en": english}))
    assert result.passed, result.told()


@pytest.mark.parametrize("name", [*Given.model_fields, *Expect.model_fields, *(n.replace("_", " ") for n in STEPS)])
def test_everything_is_documented(name: str) -> None:
    assert re.search(rf"`{name}\b", TEXT) or re.search(rf", `{name}`", TEXT)
