"""Plays a flow in a terminal: the prompts as text, keys typed as if on a phone, on a clock that never waits.

Pure: input and output are callables. What is typed is a step of a test case, so that what was played can be kept:

    1, 0, 4711#     keys, as many as the question takes; the rest is typed ahead
    (empty line)    silence until the question gives up
    any words       where callers may speak; or a message, where one is recorded
    speak 20s       a message of that length               wait 10m  time passes
    agent           in a queue: an agent answers           leave     the agent hangs up first
    gone            the agent was gone, back to the queue  full, late  the queue cannot serve, or not in time
    hangup          the caller hangs up; so does the end of input

What the flow asks of other systems (a payment, an HTTP request, what is known of the caller) is asked for as well; an
empty line is the good answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ivr import keys
from ivr.bundle import Bundle
from ivr.commands import Collect, Music, Record
from ivr.nodes import SplitNode
from ivr.testing.call import Situation, VirtualCall
from ivr.testing.caller import CannotHappen, Listener, act
from ivr.testing.cases import Agent, Case, Given, HangUp, Press, Queue, Say, Silence, Speak, Step, Wait
from ivr.testing.expecting import Seen
from ivr.testing.recording import recorded
from ivr.testing.typed_world import Ask, TypedWorld
from ivr.testing.voice import Said
from ivr.testing.words import seconds_in

Say_ = Callable[[str], None]

WORDS: Final[Mapping[str, Step]] = {
    "agent": Agent(agent="answers"),
    "leave": Agent(agent="leaves"),
    "gone": Agent(agent="gone"),
    "full": Queue(queue="full"),
    "late": Queue(queue="late"),
    "hangup": HangUp(),
    "hang up": HangUp(),
    "": Silence(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A call that was played: what the caller did, what the world was like, what came of it."""

    steps: tuple[Step, ...]
    given: Given
    seen: Seen
    heard: tuple[Said, ...]

    def as_case(self, name: str = "") -> Case:
        """Return the test case in which the same happens again."""
        return recorded(self.steps, self.given, self.seen, name)


def play(bundle: Bundle, situation: Situation, ask: Ask, say: Say_) -> Played:
    """Play a call until it ends; return what was played. Seconds pass only on its own clock.

    `ask` shows a question and returns the line typed, None at the end of input; `say` shows a line.
    """
    world = TypedWorld(ask)
    call = VirtualCall(bundle, situation, world, lambda said: say(str(said)))
    listener = Listener(call)
    steps: list[Step] = []
    call.settle()
    while not call.ended:
        line = ask(f"{_clock(call)}  {_asked(call)}> ")
        step = HangUp() if line is None else _step(line.strip(), call)
        if step is None:
            say(f"  type {_help(call)}")
            continue
        try:
            act(call, listener, step)
        except CannotHappen as error:
            say(f"  {error}; type {_help(call)}")
            continue
        steps.append(step)
        call.settle()
    return Played(
        steps=tuple(steps),
        given=_given(situation, world, steps, _splits(bundle, call)),
        seen=Seen.of(call),
        heard=tuple(call.heard),
    )


def _step(line: str, call: VirtualCall) -> Step | None:
    """Return what was typed as a step; None: it is none that makes sense now."""
    if line in WORDS:
        return WORDS[line]
    if not line.isprintable():
        return None
    if all(key in keys.ALL for key in line):
        return Press(press=line)
    word, _, rest = line.partition(" ")
    if word in {"wait", "speak"}:
        try:
            seconds = seconds_in(int(rest) if rest.isdecimal() else rest)
        except ValueError:
            return None
        return Wait(wait=seconds) if word == "wait" else Speak(speak=seconds)
    spoken = isinstance(call.question, Record) or (isinstance(call.question, Collect) and call.question.phrases)
    return Say(say=line) if spoken else None


def _asked(call: VirtualCall) -> str:
    if call.talking:
        return "talk"
    match call.question:
        case Collect(phrases=phrases) if phrases and call.situation.speech:
            return "keys or words"
        case Collect():
            return "keys"
        case Record():
            return "message"
        case Music(keys=pressed) if pressed:
            return f"music, keys {' '.join(pressed)}"
    return "music"


def _help(call: VirtualCall) -> str:
    if call.talking:
        return "leave, gone, wait 90s, or hangup"
    told = {
        Collect: "keys, an empty line for silence",
        Record: "what they say, speak 20s, a key, an empty line for silence",
    }.get(type(call.question), "an empty line for the end of the music, wait 90s")
    words = ", words (only with --speech)" if isinstance(call.question, Collect) and call.question.phrases else ""
    return f"{told}{words}{', agent, gone, full, late' * call.queued}, or hangup"


def _clock(call: VirtualCall) -> str:
    minutes, seconds = divmod(int(call.now_s), 60)
    return f"{minutes:02}:{seconds:02}"


def _splits(bundle: Bundle, call: VirtualCall) -> dict[str, str]:
    """Return the ways that were taken out of split nodes: they hang on the caller's number, or on the call."""
    flows = bundle.flows
    return {row.node: row.exit for row in call.trail.rows() if isinstance(flows[row.flow].nodes[row.node], SplitNode)}


def _given(situation: Situation, world: TypedWorld, steps: list[Step], splits: dict[str, str]) -> Given:
    call = situation.call
    speaks = any(isinstance(step, Say) for step in steps)
    given = {
        "clock": situation.at,
        "caller": call.caller,
        "did": call.did,
        "language": call.language,
        "speech": None if situation.speech == speaks else situation.speech,
        "split": splits or None,
        **world.given(),
    }
    return Given.model_validate({name: value for name, value in given.items() if value is not None})
