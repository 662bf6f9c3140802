"""The shipped flows by their own test cases: all pass, nothing is left out, every fault put into a flow is found."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ivr.bundle import Bundle, gather
from ivr.flow import Flow, load
from ivr.prompts import load_catalogue
from ivr.testing.coverage import coverage
from ivr.testing.files import Located, load_cases
from ivr.testing.mutants import Mutant, mutants
from ivr.testing.runner import Result, run_case
from ivr.testing.voice import Voice

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "ivr/flows"
FLOWS = {
    path.stem: load(path.read_text("utf-8"))
    for path in sorted(FOLDER.glob("*.json"))
    if not path.name.endswith(".layout.json")
}
CASES = [name for name in FLOWS if (FOLDER / f"{name}.tests.yaml").is_file()]


@cache
def voice() -> Voice:
    files = [path for path in (ROOT / "prompts").glob("*.yaml") if len(path.stem) == 2]
    return Voice({path.stem: load_catalogue(path.read_text("utf-8"), path.stem) for path in files})


def bundle(name: str) -> Bundle:
    return gather(FLOWS[name], FLOWS.get)


@cache
def results(name: str) -> tuple[tuple[Located, Result], ...]:
    file = FOLDER / f"{name}.tests.yaml"
    cases = load_cases(file.read_text("utf-8"), file.name)
    return tuple((located, run_case(bundle(name), located.case, voice())) for located in cases)


@pytest.mark.parametrize("name", CASES)
def test_its_cases_pass(name: str) -> None:
    told = [f"{one.case.name}\n{result.told()}" for one, result in results(name) if not result.passed]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_every_node_and_exit_is_passed(flow: Flow) -> None:
    visits = [visit for name in CASES for _, result in results(name) for visit in result.visits]
    assert coverage(flow, visits).missed == ()


# Node by node: a flow has hundreds of mutants, and each runs until a case notices it.
MUTATED = [(flow, node) for flow in FLOWS.values() for node in sorted({mutant.node for mutant in mutants(flow)})]


@pytest.mark.parametrize(("flow", "node"), MUTATED, ids=[f"{flow.name}-{node}" for flow, node in MUTATED])
def test_every_fault_is_found(flow: Flow, node: str) -> None:
    survivors = [str(mutant) for mutant in mutants(flow) if mutant.node == node and survives(mutant)]
    assert survivors == []


def survives(mutant: Mutant) -> bool:
    """Whether every case passes all the same, of this flow and of those that run it."""
    for name in CASES:
        mutated = replace(bundle(name), flows={**bundle(name).flows, mutant.flow.name: mutant.flow})
        for located, result in results(name):
            came = any((flow, node) == (mutant.flow.name, mutant.node) for flow, node, _ in result.visits)
            if came and not run_case(mutated, located.case, voice()).passed:
                return False
    return True
