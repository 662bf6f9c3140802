"""The dialing protocol, all interleavings: what holds, and which changes of it would be found out (docs/ledger.md)."""

from collections.abc import Callable
from typing import Final

import pytest

from callcenter.outbound import AttemptState, LeadState
from tests.dialer.model.explorer import Found, explore
from tests.dialer.model.steps import AFTER_GATE, PROTOCOL, Bounds, system_of
from tests.dialer.model.variants import BROKEN, LARGE, SAFE, STUCK, Variant
from tests.dialer.model.world import HARM, Leg, World, is_settled

pytestmark = pytest.mark.timeout(120)  # a few CPU seconds each, on machines that do other things too

ENOUGH: Final = 10_000  # states; far fewer mean that the model hardly moves


def holds(variant: Variant) -> Found[World]:
    found = variant.explore()
    assert (found.broken, found.stuck) == ("", 0), found.trace
    assert found.states > ENOUGH
    assert found.settled > 100
    assert set(found.taken) == set(variant.steps), "a step is never possible"
    return found


@pytest.mark.parametrize("name", SAFE)
def test_it_is_safe_and_loses_no_lead(name: str) -> None:
    holds(SAFE[name])


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", LARGE)
def test_it_is_safe_in_a_larger_world_too(name: str) -> None:
    holds(LARGE[name])


@pytest.mark.parametrize("name", BROKEN)
def test_a_change_that_does_harm_is_found_out(name: str) -> None:
    variant = BROKEN[name]
    found = variant.explore()
    assert found.broken == variant.breaks
    assert found.end is not None
    assert HARM[variant.breaks](found.end)
    assert in_order(variant.trace, found.trace), found.trace


@pytest.mark.parametrize("name", STUCK)
def test_a_change_that_loses_a_lead_is_found_out(name: str) -> None:
    found = STUCK[name].explore()
    assert (found.broken, found.stuck > 0) == ("", True)
    assert found.end is not None
    assert not is_settled(found.end)
    assert in_order(STUCK[name].trace, found.trace), found.trace


def in_order(wanted: tuple[str, ...], trace: tuple[str, ...]) -> bool:
    rest = iter(trace)
    return all(label in rest for label in wanted)


# What the protocol must have been through, or its safety would mean little.
SITUATIONS: Final[dict[str, Callable[[World], bool]]] = {
    "one number called twice, lawfully": lambda world: (
        all(a.calls for a in world.attempts) and len(world.attempts) == 2
    ),
    "a lead done after its second call": lambda world: (
        sum(len(a.calls) for a in world.attempts) == 2 and LeadState.DONE in world.leads
    ),
    "counted and never called": lambda world: any(
        a.counted and not a.is_open and not a.calls and not a.legs and not a.held for a in world.attempts
    ),
    "passed for a leg that is gone": lambda world: any(
        a.state is AttemptState.DIALING and not a.calls and not a.legs for a in world.attempts
    ),
    "a late copy asks about a closed row while the number is called again": lambda world: (
        any(not a.is_open and any(leg is Leg.ASKS for leg, _ in a.legs) for a in world.attempts)
        and any(leg is Leg.CALLING for a in world.attempts for leg, _ in a.legs)
    ),
    "two copies ask at once": lambda world: any([leg for leg, _ in a.legs] == [Leg.ASKS] * 2 for a in world.attempts),
    "told Asterisk after the row was closed": lambda world: any(
        not a.is_open and not a.counted and a.held == 2 for a in world.attempts
    ),
    "a snapshot waits to be used": lambda world: any(a.absent > 0 and a.state in AFTER_GATE for a in world.attempts),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_protocol_comes_into_every_situation_it_is_made_for(situation: str) -> None:
    found = explore(system_of(PROTOCOL, Bounds(), {situation: SITUATIONS[situation]}))
    assert found.broken == situation
