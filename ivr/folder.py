"""A folder of flows, such as a git repository keeps them: what its files are called and what belongs together.

main.json          the flow (or main.yaml)
main.layout.json   where its nodes lie on the canvas; may be missing
main.tests.yaml    its test cases; may be missing
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

import yaml

from callcenter.errors import FlowError, Issue
from ivr.flow import Flow, load
from ivr.layout import Layout, load_layout
from ivr.plain import as_json, parse

FLOW_FILES: Final = (".json", ".yaml", ".yml")
LAYOUT: Final = ".layout.json"
TESTS: Final = ".tests.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFiles:
    """A flow with what lies beside it: the places of its nodes, and its test cases as plain JSON."""

    flow: Flow
    layout: Layout
    tests: tuple[Mapping[str, Any], ...] = ()


def read_folder(texts: Mapping[str, str]) -> dict[str, FlowFiles]:
    """Return the flows among the files `texts` (name → text), by name. Other files are passed over.

    Raise FlowError for the first flow that cannot be read, whose name is not its file's, or that is there twice.
    """
    found: dict[str, FlowFiles] = {}
    for file in sorted(texts):
        stem = PurePath(file).name
        if not stem.endswith(FLOW_FILES) or stem.endswith((LAYOUT, TESTS)):
            continue
        name = stem.rpartition(".")[0]
        flow = load(texts[file], name=name)
        if flow.name != name:
            raise _refused(name, "name", f"file {file} holds flow {flow.name!r}; call the file {flow.name}.json")
        if name in found:
            raise _refused(name, "", f"{file} is a second file of this flow; delete one of them")
        folder = file.removesuffix(stem)
        layout = texts.get(f"{folder}{name}{LAYOUT}")
        found[name] = FlowFiles(
            flow=flow,
            layout=load_layout(layout, name).of(flow) if layout is not None else Layout(),
            tests=_cases(texts.get(f"{folder}{name}{TESTS}"), name),
        )
    return found


def write_folder(flows: Mapping[str, FlowFiles]) -> dict[str, str]:
    """Return the files (name → text) that hold `flows`; `read_folder` is its inverse."""
    texts: dict[str, str] = {}
    for name, files in sorted(flows.items()):
        texts[f"{name}.json"] = files.flow.to_text()
        if files.layout.nodes:
            texts[f"{name}{LAYOUT}"] = files.layout.to_text()
        if files.tests:
            texts[f"{name}{TESTS}"] = cases_text(files.tests)
    return texts


def cases_text(cases: tuple[Mapping[str, Any], ...]) -> str:
    """Return test cases as the YAML text of their file."""
    return yaml.safe_dump({"cases": list(cases)}, sort_keys=False, allow_unicode=True, width=100)


def _cases(text: str | None, name: str) -> tuple[Mapping[str, Any], ...]:
    """Return the cases in a file of tests; what they say is checked by those who run them."""
    if text is None or not text.strip():
        return ()
    try:
        plain = as_json(parse(text))
    except ValueError as error:
        raise _refused(name, "tests", f"{name}{TESTS}: {error}") from None
    cases = plain.get("cases") if isinstance(plain, dict) else None
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise _refused(name, "tests", f"{name}{TESTS}: must be `cases:` and a list of them")
    return tuple(cases)


def _refused(name: str, field: str, text: str) -> FlowError:
    return FlowError(name, [Issue(code="folder", node="", field=field, text=text)])
