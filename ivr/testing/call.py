"""A call that nobody makes: a flow is played to a caller on a clock of its own, as a telephone line would play it.

What the flow says takes the time it takes to say, what it asks of the world is answered by a `World`, and what the
caller does is decided elsewhere (`ivr.testing.caller`): by a test case, somebody at a terminal, or a recorded call. Ten
minutes in a queue pass in a millisecond.

    call.advance()      does the next thing that needs nobody; False when it is the caller's turn, or over
    call.question       what the flow has asked, when it is the caller's turn
    call.idle(until_s)  lets time pass
    call.happen(…)      tells the flow what happened
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ivr import engine, keys
from ivr.bundle import Bundle
from ivr.commands import Collect, Command, Enqueue, Fallback, Hangup, Music, Play, Record, Transfer, Withdraw
from ivr.engine import Turn
from ivr.happenings import (
    AgentConnected,
    AgentLeft,
    Digits,
    Happening,
    HungUp,
    NoInput,
    QueueFailed,
    Recorded,
)
from ivr.session import CallInfo, Wait
from ivr.testing.voice import Said, Voice
from ivr.testing.world import ASKED, Stay, World
from ivr.trail import Trail

NEVER: Final = float("inf")
BEEP_S: Final = 0.5
TELEPHONE: Final = (Play, Collect, Record, Music, Enqueue, Transfer)  # cannot be done once the caller is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Who calls, when, how prompts sound there, and whether callers are understood when they speak."""

    call: CallInfo
    at: datetime
    voice: Voice
    speech: bool = False


class VirtualCall:
    """One call. `tell` is shown what is heard as it is heard."""

    def __init__(
        self, bundle: Bundle, situation: Situation, world: World, tell: Callable[[Said], None] | None = None
    ) -> None:
        self._bundle, self._world, self._tell = bundle, world, tell
        self.situation = situation
        self.now_s = 0.0
        self.heard: list[Said] = []
        self.performed: list[Command] = []  # what was asked of the world
        self.secret: list[str] = []  # nodes that took keys in secret
        self.question: Command | None = None
        self.typed = ""  # and not taken by a question yet
        self.spoken_s = 0.0  # of the message being recorded
        self.turns: list[Turn] = []
        self._todo: deque[Command] = deque()
        self._saying: deque[str] = deque()
        self._play: Play | Collect | Record | None = None  # whose prompts are being said
        self._until_s = NEVER  # when the question is given up
        self._stay = Stay()
        self._agent_s = self._limit_s = self._leaves_s = NEVER
        self._gone = False  # hung up, while the flow still has something to do
        self.turn = self._follow(engine.start(bundle, situation.call, situation.at))
        self.trail = Trail.begun(situation.call, self.turn, situation.at)

    # ------------------------------------------------------------------------------------------ how it stands

    @property
    def now(self) -> datetime:
        return self.situation.at + timedelta(seconds=self.now_s)

    @property
    def ended(self) -> bool:
        return self.turn.session.end is not None

    @property
    def queued(self) -> bool:
        """Whether the caller waits for an agent."""
        return self.turn.session.queued and not self.talking and not self.ended

    @property
    def talking(self) -> bool:
        return self.turn.session.wait is Wait.TALK

    @property
    def agent_s(self) -> float:
        """When an agent comes by themselves."""
        return self._agent_s

    @property
    def place(self) -> str:
        """Where the caller is: node, or flow:node within another flow."""
        session = self.turn.session
        return f"{session.flow}:{session.node}" if session.outer else session.node

    def standing(self) -> str:
        """Return how it stands, as a clause."""
        end = self.turn.session.end
        if end is not None:
            ends = {"caller": "the caller has hung up", "hangup": "the flow has hung up"}
            return ends.get(end.kind, f"the flow could not go on ({end.reason})")
        if self.talking:
            return "the caller talks with an agent"
        waits = {Collect: "waits for an answer", Record: "records"}
        return f"{self.place} {waits.get(type(self.question), 'lets the caller wait')}"

    # ------------------------------------------------------------------------------------------- going on

    def advance(self) -> bool:
        """Do the next thing that needs nobody; return False if there is none: somebody must act, or time must pass."""
        if self._event_s() <= self.now_s:
            self._event()
        elif self._saying:
            self._say_next()
        elif self._play is not None:
            self._said_all(self._play)
        elif self._todo:
            self._perform(self._todo.popleft())
        elif self.ended or self.question is None or not self.typed:
            return False
        else:
            self._answer()
        return True

    def settle(self) -> None:
        """Go on until somebody must act, or time must pass."""
        while self.advance():
            pass

    def idle(self, until_s: float) -> None:
        """Let time pass until `until_s` seconds after the call began, or until it is over."""
        while self.now_s < until_s and not self.ended:
            if self.advance():
                continue
            event_s = self._event_s()
            self.now_s = max(self.now_s, min(until_s, self._until_s, event_s))
            if event_s > self.now_s >= self._until_s:
                self._over()

    def give_up(self) -> None:
        """Let time pass until the question is given up, or something else happens meanwhile."""
        if self._until_s <= self.now_s:
            self._over()
        else:
            self.idle(min(self._until_s, self._event_s()))

    def _over(self) -> None:
        """Nothing more came: what was said until now is the message, if one is recorded."""
        self.happen(NoInput() if not self.spoken_s else self._recorded())

    def happen(self, happening: Happening) -> None:
        """Tell the flow what happened; it must be something that can happen now."""
        if isinstance(self.question, Collect) and self.question.secure and isinstance(happening, Digits):
            self.secret.append(self.place)
        self._follow(engine.resume(self._bundle, self.turn.session, happening, self.now))
        self.trail.went_on(happening, self.turn, self.now)

    def _follow(self, turn: Turn) -> Turn:
        self.turn = turn
        self.turns.append(turn)
        self._todo = deque(turn.commands)
        self._saying.clear()
        self._play = self.question = None
        self.spoken_s = 0.0
        self._until_s = self._leaves_s = NEVER
        if not turn.session.queued or turn.session.end is not None:
            self._agent_s = self._limit_s = NEVER
        return turn

    # ------------------------------------------------------------------------------------------- in the queue

    def agent_comes(self, *, talk_s: float | None = None) -> None:
        """An agent takes the call now."""
        self._agent_s = self._limit_s = NEVER
        self.note("~ an agent answers")
        self.happen(AgentConnected())
        if talk_s is not None:
            self._leaves_s = self.now_s + talk_s

    def agent_leaves(self) -> None:
        self.happen(AgentLeft(agent=self._stay.agent))

    def _event_s(self) -> float:
        """Return when something comes to the caller by itself."""
        return min(self._agent_s, self._limit_s, self._leaves_s)

    def _event(self) -> None:
        if self._leaves_s <= self.now_s:
            self.agent_leaves()
        elif self._agent_s <= self.now_s:
            self.agent_comes(talk_s=self._stay.talk_s)
        else:
            unavailable = self._stay.unavailable
            self.note("~ the queue cannot serve" if unavailable else "~ the queue's longest wait is over")
            self.happen(QueueFailed(reason=QueueFailed.UNAVAILABLE if unavailable else QueueFailed.TIMEOUT))

    def _join(self, command: Enqueue) -> None:
        self._stay = stay = self._world.stay(command, self.now)
        about = f" for {command.intent}" if command.intent not in ("", command.queue) else ""
        self.note(f"~ waiting in queue {command.queue}{about}")
        self._agent_s = NEVER if stay.agent_after_s is None else self.now_s + stay.agent_after_s
        limit_s = stay.limit_s if command.max_wait_s is None else command.max_wait_s
        entered_s = ((command.entered or command.since) - self.situation.at).total_seconds()
        self._limit_s = self.now_s if stay.unavailable else max(self.now_s, entered_s + limit_s)

    # ------------------------------------------------------------------------------------------------ the line

    def _perform(self, command: Command) -> None:
        if self._gone and isinstance(command, TELEPHONE):
            if not self.ended:
                self.happen(HungUp())
            return
        match command:
            case Play() | Collect() | Record():
                self._play = command
                self._saying.extend(command.prompts)
            case Music():
                self._ask(command, command.seconds)
            case Withdraw():
                self._agent_s = self._limit_s = NEVER
            case Hangup():
                self.note(f"x hung up, cause {command.cause}")
            case Fallback():
                self.note(f"x to the fallback queue: {command.reason}")
            case _:
                self.performed.append(command)
                self._ask_world(command)

    def _ask_world(self, command: Command) -> None:
        if isinstance(command, Enqueue):
            self._join(command)
        elif isinstance(command, ASKED) and not self.ended and not self._todo:
            reply = self._world.answer(command, self.now)
            self.now_s += reply.takes_s
            self.happen(reply.happening)

    def _say_next(self) -> None:
        """Say one prompt, unless a key that was typed cuts all of them short or an agent cuts this one off."""
        play = self._play
        if self.typed and getattr(play, "interruptible", True):
            self._saying.clear()
            return
        spoken = self.situation.speech and isinstance(play, Collect) and bool(play.phrases)
        language = play.language if play is not None else ""
        key, language, text, seconds = self.situation.voice.said(self._saying.popleft(), language, spoken=spoken)
        until_s = min(self.now_s + seconds, self._event_s())
        cut = until_s < self.now_s + seconds
        self._hear(Said(at_s=self.now_s, text=text, key=key, language=language, cut=cut))
        self.now_s = until_s

    def _said_all(self, play: Play | Collect | Record) -> None:
        self._play = None
        if isinstance(play, Collect):
            self._ask(play, play.timeout_s)
        elif isinstance(play, Record):
            self.typed = ""  # what ended the prompts was meant to end the prompts
            self.now_s += BEEP_S * play.beep
            self._ask(play, play.silence_s)

    def _ask(self, question: Command, seconds: float) -> None:
        self.question, self._until_s = question, self.now_s + seconds

    def _answer(self) -> None:
        """Give the question what was typed; what it does not take is kept for the next one."""
        question, typed, self.typed = self.question, self.typed, ""
        match question:
            case Collect():
                self.happen(self._digits(question, typed))
            case Music() if wanted := next((key for key in typed if key in question.keys), ""):
                self.happen(Digits(keys=wanted))
            case Record() if set(typed) & set(question.ends):
                self.happen(NoInput() if not self.spoken_s else self._recorded())

    def _digits(self, question: Collect, typed: str) -> Digits:
        complete = keys.answer(question, typed)
        if complete is None:
            self.now_s += question.inter_digit_s  # too few: the caller then paused
            return Digits(keys=typed)
        given, rest = complete
        # The terminator that people press after a full number belongs to that number.
        if keys.may_still_end(question, given) and rest.startswith(question.terminator):
            rest = rest[1:]
        self.typed = rest
        return given

    # -------------------------------------------------------------------------------------------- a message

    def speak(self, seconds: float) -> None:
        """Leave a message that long, to be ended by silence, a key or hanging up, or by its greatest length."""
        question = self.question
        if isinstance(question, Record):
            self.spoken_s = min(seconds, question.max_s)
            self.now_s += self.spoken_s
            self._until_s = self.now_s + (question.silence_s if self.spoken_s < question.max_s else 0)

    def hang_up(self) -> None:
        self.note("x the caller hung up")
        self._gone = bool(self.spoken_s)  # as most people end a message
        self.happen(self._recorded(hung_up=True) if self.spoken_s else HungUp())

    def _recorded(self, *, hung_up: bool = False) -> Recorded:
        number = sum(isinstance(turn.commands[-1], Record) for turn in self.turns if turn.commands)
        return Recorded(file=f"recording-{number}", length_s=round(self.spoken_s, 1), hung_up=hung_up)

    # -------------------------------------------------------------------------------------------- what is heard

    def note(self, text: str) -> None:
        """Tell something that is not heard."""
        self._hear(Said(at_s=self.now_s, text=text))

    def _hear(self, said: Said) -> None:
        self.heard.append(said)
        if self._tell is not None:
            self._tell(said)
