"""What people do on a call that nobody makes, step by step, each said to be impossible where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from callcenter.errors import CallCenterError
from callcenter.spoken import Reading
from ivr.commands import Collect, Music, Record
from ivr.happenings import ConnectFailed, Heard, QueueFailed
from ivr.speech.decision import decide
from ivr.speech.phrases import match
from ivr.testing.call import NEVER, VirtualCall
from ivr.testing.cases import Agent, HangUp, Hear, Interrupt, Press, Queue, Say, Silence, Speak, Step, Wait

WORDS_PER_S: Final = 2.5  # of somebody who leaves a message
LONGEST_WAIT_S: Final = 4 * 3600.0  # for something to be heard in a queue


class CannotHappen(CallCenterError):
    """The caller, or an agent, cannot do that now."""

    code = "cannot-happen"


class Listener:
    """Hears on a call what a test case says is to be heard, each after the one before."""

    def __init__(self, call: VirtualCall) -> None:
        self._call = call
        self._from = 0  # what was said before is past
        self.hears = False  # whether that was the last thing they did

    def hear(self, wanted: str) -> None:
        """Let the call go on until `wanted` was said, but leave no question waiting for it."""
        call = self._call
        until_s = call.now_s + LONGEST_WAIT_S
        while not self._heard(wanted):
            if call.advance():
                continue
            passing = call.queued or isinstance(call.question, Music) or call.spoken_s
            if call.ended or call.talking or not passing or call.now_s >= until_s:
                raise CannotHappen(f"{self._not_said(wanted)} before {call.standing()}")
            call.give_up()

    def skip(self) -> None:
        """Take all that was said so far as past."""
        self._from = len(self._call.heard)

    def _heard(self, wanted: str) -> bool:
        heard, words = self._call.heard, ""
        for index in range(self._from, len(heard)):
            said = heard[index]
            if said.key and not said.cut:
                words = f"{words} {said.text.casefold()}"
                if wanted in (said.key, f"{said.language}/{said.key}") or wanted.casefold() in words:
                    self._from = index + 1
                    return True
        return False

    def _not_said(self, wanted: str) -> str:
        said = [s.key for s in self._call.heard[self._from :] if s.key and not s.cut]
        instead = f", but {', '.join(said)}" if said else ", nothing else either"
        known = self._call.situation.voice.knows(wanted)
        hint = "" if known or " " in wanted else " (no prompt has this key, and none was heard with this word)"
        return f"{wanted!r} is not said{hint}{instead},"


def act(call: VirtualCall, listener: Listener, step: Step) -> None:
    """Let a step happen; raise CannotHappen if it cannot, and whatever the world cannot answer."""
    # They listen first; but who says what they hear before they hang up hangs up there.
    if isinstance(step, Press | Say | Speak | Silence | Agent | Queue) or (
        isinstance(step, HangUp) and not listener.hears
    ):
        call.settle()
    listener.hears = isinstance(step, Hear)
    if not listener.hears:
        listener.skip()
    _ACTS[type(step)](call, listener, step)


def press(call: VirtualCall, pressed: str, *, at_once: bool = False) -> None:
    """Press keys when asked, or at once."""
    if not at_once:
        call.settle()
        if call.spoken_s and isinstance(call.question, Record) and pressed[0] not in call.question.ends:
            _finish(call)  # the next question is meant
    if call.ended or call.talking:
        raise CannotHappen(f"nobody takes keys: {call.standing()}")
    question = call.question
    if isinstance(question, Music) and not set(pressed) & set(question.keys):
        takes = f"takes {', '.join(question.keys)}" if question.keys else "takes no keys"
        raise CannotHappen(f"the music at {call.place} {takes}")
    if isinstance(question, Record) and not set(pressed) & set(question.ends):
        raise CannotHappen(f"the recording at {call.place} is ended by {question.ends or 'no key'}")
    call.typed += pressed
    call.settle()


def silence(call: VirtualCall) -> None:
    """Do nothing until the question is given up."""
    _finish(call)
    if call.question is None:
        raise CannotHappen(f"nothing waits for the caller: {call.standing()}")
    call.give_up()
    call.settle()


def say(call: VirtualCall, text: str, score: float | None = None) -> None:
    """Answer by words, or leave them as a message."""
    _finish(call)
    question = call.question
    if isinstance(question, Record):
        call.speak(len(text.split()) / WORDS_PER_S)
    elif isinstance(question, Collect) and question.phrases and call.situation.speech:
        call.happen(_heard(text, score, question))
        call.settle()
    elif isinstance(question, Collect):
        why = "takes keys only" if call.situation.speech else "hears keys only, as no speech is given"
        raise CannotHappen(f"the question at {call.place} {why}")
    else:
        raise CannotHappen(f"nobody listens: {call.standing()}")


def _heard(text: str, score: float | None, question: Collect) -> Heard:
    """Return what is understood of words that the recogniser is sure of, or as unsure as `score`."""
    if score is not None:
        return Heard(choice=match(text, question.phrases).choice, score=score, text=text)
    return decide([Reading(text=text, confidence=1.0)], question.phrases)


def speak(call: VirtualCall, seconds: float) -> None:
    """Leave a message that long."""
    _finish(call)
    if not isinstance(call.question, Record):
        raise CannotHappen(f"nothing is recorded: {call.standing()}")
    call.speak(seconds)


def hang_up(call: VirtualCall) -> None:
    if call.ended:
        raise CannotHappen(f"the caller cannot hang up: {call.standing()}")
    call.hang_up()
    call.settle()


def agent_answers(call: VirtualCall) -> None:
    """An agent takes the call: when the queue says so, else now."""
    if not call.queued and not call.talking:
        _finish(call)
    if call.agent_s < NEVER:
        call.idle(call.agent_s)
        call.settle()
    elif call.queued:
        call.agent_comes()
    if not call.talking:
        raise CannotHappen(f"no agent can answer: {call.standing()}")


def agent_leaves(call: VirtualCall) -> None:
    if not call.talking:
        raise CannotHappen(f"no agent can leave: {call.standing()}")
    call.agent_leaves()
    call.settle()


def agent_gone(call: VirtualCall) -> None:
    """The agent turns out to be gone when the caller is connected: they wait on, at the place they had."""
    _in_queue(call)
    call.note("~ the agent was gone")
    call.happen(ConnectFailed())


def queue_fails(call: VirtualCall, how: str) -> None:
    """The queue cannot serve the caller: it is "full", or it is "late"."""
    _in_queue(call)
    call.note(f"~ the queue {_FAILS[how][1]}")
    call.happen(QueueFailed(reason=_FAILS[how][0]))
    call.settle()


def _in_queue(call: VirtualCall) -> None:
    if not call.queued and not call.talking:
        _finish(call)
    if not call.turn.session.queued or call.ended:
        raise CannotHappen(f"nobody waits in a queue: {call.standing()}")


def _finish(call: VirtualCall) -> None:
    """Go on until it is the caller's turn; a message they left ends by silence."""
    call.settle()
    while call.spoken_s and not call.ended:
        call.give_up()
        call.settle()


def _silences(call: VirtualCall, listener: Listener, step: Silence) -> None:
    for _ in range(step.silence):
        silence(call)


def _wait(call: VirtualCall, listener: Listener, step: Wait) -> None:
    if call.ended:
        raise CannotHappen(f"no time passes: {call.standing()}")
    call.idle(call.now_s + step.wait)


_FAILS: Final = {
    "full": (QueueFailed.UNAVAILABLE, "cannot serve"),
    "late": (QueueFailed.TIMEOUT, "has kept them waiting too long"),
}
_AGENT: Final = {"answers": agent_answers, "leaves": agent_leaves, "gone": agent_gone}
_ACTS: Final[Mapping[type, Callable[[VirtualCall, Listener, Any], None]]] = {
    Hear: lambda call, listener, step: listener.hear(step.hear),
    Press: lambda call, listener, step: press(call, step.press),
    Interrupt: lambda call, listener, step: press(call, step.interrupt, at_once=True),
    Say: lambda call, listener, step: say(call, step.say, step.score),
    Speak: lambda call, listener, step: speak(call, step.speak),
    Silence: _silences,
    Wait: _wait,
    Agent: lambda call, listener, step: _AGENT[step.agent](call),
    Queue: lambda call, listener, step: queue_fails(call, step.queue),
    HangUp: lambda call, listener, step: hang_up(call),
}
