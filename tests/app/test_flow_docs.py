"""docs/flow-format.md is what the models say, now."""

import pytest

from app.flow_docs import CALL_HELP, FILE, FUNCTION_HELP, document
from ivr.expressions import FUNCTIONS
from ivr.nodes import KINDS
from ivr.schema import flow_schema
from ivr.session import CALL_NAMES


def test_the_document_is_up_to_date() -> None:
    """If not: `python -m app.flow_docs`."""
    assert FILE.read_text("utf-8") == document()


def test_every_function_and_every_name_of_a_call_is_explained() -> None:
    assert set(FUNCTION_HELP) == set(FUNCTIONS)
    assert set(CALL_HELP) == set(CALL_NAMES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_chapter(kind: str) -> None:
    chapter = FILE.read_text("utf-8").split(f"\n### {kind}\n")[1].split("\n### ")[0]
    assert "```yaml\nname: " in chapter
    assert "Tested by:" in chapter


def test_every_field_says_what_it_is_for() -> None:
    schema = flow_schema()
    models = {"Flow": schema, **schema["$defs"]}
    silent = [
        f"{name}.{field}"
        for name, model in models.items()
        for field, inner in model.get("properties", {}).items()
        if not inner.get("description") and field not in {"kind", "v"}
    ]
    assert silent == []
