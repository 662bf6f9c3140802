"""Flows tried without a telephone: played step by step, kept as a test case, all test cases at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from callcenter.errors import CallCenterError, ConfigError, NotFound
from desk.access import SUPERVISORS
from desk.contract import Call, Reply, Route
from desk.failures import Refused
from desk.models.flows import CaseRun, Covered, Heard, RunAsked, TestRun
from desk.models.simulation import RecordAsked, Recorded, SimulateAsked, Simulation
from desk.publishing import bundle_of
from desk.service.flows import FLOW
from desk.service.shelf import all_flows, begin_with
from desk.simulate import record, simulate
from ivr.bundle import Bundle
from ivr.flow import read
from ivr.testing.cases import Case
from ivr.testing.coverage import coverage
from ivr.testing.files import read_cases
from ivr.testing.runner import Result, run_case
from ivr.testing.voice import Voice

SIMULATION_S: Final = 10.0
TESTS_S: Final = 60.0


async def _bundle(call: Call, body: Mapping[str, Any]) -> Bundle:
    flow = read(body, name=call.path["flow"])
    return bundle_of(flow, await all_flows(call.desk.store))


async def simulation(call: Call) -> Reply:
    said: SimulateAsked = call.body
    bundle, voice = await _bundle(call, said.body), (await call.desk.installation.premises()).voice()
    return Reply(answer=await _in_time(simulate, bundle, said.given, said.steps, voice))


async def recording(call: Call) -> Reply:
    said: RecordAsked = call.body
    bundle, voice = await _bundle(call, said.body), (await call.desk.installation.premises()).voice()
    try:
        case: Case = await _in_time(record, bundle, said.given, said.steps, voice, said.name)
    except CallCenterError as error:
        raise Refused(422, error.code, str(error)) from None
    return Reply(answer=Recorded(case=case.to_plain()))


async def _in_time(work: Any, *arguments: Any) -> Any:
    try:
        async with asyncio.timeout(SIMULATION_S):
            return await asyncio.to_thread(work, *arguments)
    except TimeoutError:
        raise ConfigError(f"this call is not over after {SIMULATION_S:g} s of reckoning: take fewer steps") from None


async def run_tests(call: Call) -> Reply:
    said: RunAsked = call.body
    bundle = await _bundle(call, said.body)
    plain = said.tests if said.tests is not None else await _tests_of(call)
    cases = [one.case for one in read_cases(plain, f"tests of {call.path['flow']}")]
    results = await run_cases(bundle, cases, (await call.desk.installation.premises()).voice())
    return Reply(answer=_shown(bundle, results))


async def _tests_of(call: Call) -> Sequence[Mapping[str, Any]]:
    """Return the test cases of the draft, else of what a draft would begin with; none if there is no such flow."""
    name = call.path["flow"]
    draft = await call.desk.store.draft(name)
    if draft is not None:
        return draft.tests
    try:
        return (await begin_with(call.desk.store, name))[0].tests
    except NotFound:
        return ()


def _shown(bundle: Bundle, results: Sequence[Result]) -> TestRun:
    passed = sum(result.passed for result in results)
    covered = coverage(bundle.flow, frozenset(visit for result in results for visit in result.visits))
    return TestRun(
        passed=passed,
        failed=len(results) - passed,
        cases=[
            CaseRun(
                name=result.case,
                passed=result.passed,
                failures=list(result.failures),
                heard=[Heard.model_validate(said) for said in result.heard],
                path=list(result.path),
            )
            for result in results
        ],
        coverage=Covered(nodes=covered.nodes, exits=covered.exits, share=covered.share, missed=list(covered.missed)),
    )


async def run_cases(bundle: Bundle, cases: Sequence[Case], voice: Voice) -> list[Result]:
    """Run test cases in a thread, one by one: who calls meanwhile comes first. Raise ConfigError after 60 s."""
    results: list[Result] = []
    try:
        async with asyncio.timeout(TESTS_S):
            for case in cases:
                results.append(await asyncio.to_thread(run_case, bundle, case, voice))
    except TimeoutError:
        text = f"{len(results)} of {len(cases)} tests were run in {TESTS_S:g} s: `callcenter flow test` runs them all"
        raise ConfigError(text) from None
    return results


ROUTES: Final = (
    Route(
        method="POST",
        path=f"{FLOW}/simulate",
        summary="Play a flow to a caller nobody is, as far as the steps go",
        tag="trials",
        handler=simulation,
        roles=SUPERVISORS,
        body=SimulateAsked,
        answer=Simulation,
        errors=(422,),
    ),
    Route(
        method="POST",
        path=f"{FLOW}/record",
        summary="A test case in which the same happens again",
        tag="trials",
        handler=recording,
        roles=SUPERVISORS,
        body=RecordAsked,
        answer=Recorded,
        errors=(422,),
    ),
    Route(
        method="POST",
        path=f"{FLOW}/tests/run",
        summary="Run test cases, and say what they never pass",
        tag="trials",
        handler=run_tests,
        roles=SUPERVISORS,
        body=RunAsked,
        answer=TestRun,
        errors=(422,),
    ),
)
