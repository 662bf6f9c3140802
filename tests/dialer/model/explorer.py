"""Every state that steps can reach, by breadth-first search: the first broken one has a shortest trace.

Knows nothing of dialing. A state is any hashable value.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[S]):
    """What an exploration saw.

    - `states`: number of different states; `taken`: how often each step was taken (first word of its label).
    - `broken`: what the first bad state breaks, "" if none; the search stops there.
    - `stuck`: number of states from which no settled state can be reached, counted only if nothing is broken.
    - `trace`: shortest way to the first bad state, else to the first stuck one: labels of the steps.
    - `end`: the state at the end of the trace; `settled`: number of settled states.
    """

    states: int
    taken: Counter[str]
    broken: str = ""
    settled: int = 0
    stuck: int = 0
    trace: tuple[str, ...] = ()
    end: S | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System(Generic[S]):
    """`steps` yields what may happen next, with a label; `breaks` says what a state breaks or ""."""

    start: S
    steps: Callable[[S], Iterable[tuple[str, S]]]
    breaks: Callable[[S], str]
    settled: Callable[[S], bool]


class TooManyStates(Exception):
    """The bound of an exploration was passed: nothing is proved."""


def explore(system: System[S], *, at_most: int = 5_000_000) -> Found[S]:
    """Visit every reachable state; raise TooManyStates after `at_most`."""
    number = {system.start: 0}
    states = [system.start]
    came: list[tuple[int, str]] = [(-1, "")]
    before: list[list[int]] = [[]]  # from which states each one is reached
    taken: Counter[str] = Counter()
    if broken := system.breaks(system.start):
        return Found(states=1, taken=taken, broken=broken, end=system.start)
    for at, state in enumerate(states):  # grows while we walk it
        for label, after in system.steps(state):
            taken[label.split(" ")[0]] += 1
            known = number.get(after)
            if known is not None:
                before[known].append(at)
                continue
            number[after] = len(states)
            states.append(after)
            came.append((at, label))
            before.append([at])
            if broken := system.breaks(after):
                trace = tuple(_trace(came, len(states) - 1))
                return Found(states=len(states), taken=taken, broken=broken, trace=trace, end=after)
            if len(states) > at_most:
                raise TooManyStates(at_most)
    settled = [at for at, state in enumerate(states) if system.settled(state)]
    stuck = set(range(len(states))) - _reaching(settled, before)
    if not stuck:
        return Found(states=len(states), taken=taken, settled=len(settled))
    first = min(stuck)
    trace = tuple(_trace(came, first))
    return Found(
        states=len(states), taken=taken, settled=len(settled), stuck=len(stuck), trace=trace, end=states[first]
    )


def _reaching(targets: Iterable[int], before: list[list[int]]) -> set[int]:
    found = set(targets)
    edge = list(found)
    while edge:
        new = {at for reached in edge for at in before[reached]} - found
        found |= new
        edge = list(new)
    return found


def _trace(came: list[tuple[int, str]], at: int) -> Iterator[str]:
    labels = []
    while at:
        at, label = came[at]
        labels.append(label)
    return reversed(labels)
