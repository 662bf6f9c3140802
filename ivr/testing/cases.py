"""A test case of a flow: what is given, what the caller does, what is expected. The models of <flow>.tests.yaml.

Everything but `name` and `steps` may be left out. What is not given is as on a good day: queues are served when a step
says so, cards are charged, callbacks are booked, the caller is a stranger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from callcenter.care import CallerFacts
from ivr.commands import BookCallback, Enqueue, Fetch, KeepVoicemail, Pay, Promise, RecordCall, Transfer
from ivr.expressions import Value
from ivr.nodes.words import ExitName, Language, NodeId, QueueName, Variable
from ivr.testing.words import DEFAULT_CLOCK, ONE_LINE, Instant, Keys, Length, instant_in

MAX_STEPS: Final = 500
NONE: Final = "none"
ANY: Final = "..."  # in a list of what is expected: anything may come here
DEFAULT_CALLER: Final = "+12025550143"
DEFAULT_DID: Final = "+12025550100"
DEFAULT_LIMIT_S: Final = 1800.0  # a queue's own longest wait


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# ------------------------------------------------------------------------------------------------- what is given


class QueueGiven(Model):
    """How a queue treats the caller. `agent_after`: how long after they join it an agent comes; left out: when a step
    says so. `talk`: how long until that agent leaves. `limit`: the queue's own longest wait."""

    agent_after: Length | None = None
    agent: str = ""
    talk: Length | None = None
    unavailable: bool = False
    limit: Length = DEFAULT_LIMIT_S
    position: int | tuple[int, ...] | None = None  # several: one for each time they are told
    p50: Length | None = None
    p90: Length | None = None


class HttpGiven(Model):
    """How another system answers a request whose URL matches `url` (`*`: anything). `once`: only the first such."""

    url: Annotated[str, Field(min_length=1)]
    method: Literal["GET", "POST"] | None = None
    status: Annotated[int, Field(ge=100, le=599)] = 200
    body: Any = None
    fails: str | None = None  # timeout, refused, …: there is no answer
    takes: Length = 0.0
    once: bool = False


Openness = Literal["open", "closed", "holiday"]
Success = Literal["ok", "failed"]
Successes = Success | tuple[Success, ...]
OneOrMore = str | tuple[str, ...]


# What a look-up finds, by name; the number is the caller's own.
FACTS: Final[Mapping[str, str]] = {f.name: str(f.type) for f in fields(CallerFacts) if f.name != "number"}
_SORTS: Final[Mapping[str, tuple[type, str]]] = {"bool": (bool, "true or false"), "int": (int, "a whole number")}


def fact_of(name: str, value: Any) -> Any:
    """Return a fact of the caller as a look-up gives it; raise ValueError for one that there is not."""
    if name not in FACTS:
        raise ValueError(f"nothing is known by the name {name!r}; facts are {', '.join(FACTS)}")
    if name == "last_call_at":
        return instant_in(value).isoformat() if value is not None else None
    sort, said = _SORTS.get(FACTS[name], (str, "text; put it in quotes"))
    if type(value) is not sort and not (value is None and "None" in FACTS[name]):
        raise ValueError(f"{name} is {value!r}, must be {said}")
    return value


def _known_facts(facts: Any) -> Any:
    return {name: fact_of(name, value) for name, value in facts.items()} if isinstance(facts, dict) else facts


class Given(Model):
    """What the world is like when the call comes in. Where several answers may be given, the last one stays."""

    clock: Instant = DEFAULT_CLOCK
    caller: str = DEFAULT_CALLER
    did: str = DEFAULT_DID
    language: Language | Literal[""] = ""
    speech: bool | None = None  # whether callers are understood when they speak; left out: if one does
    variables: dict[Variable, Value] = Field(default_factory=dict)
    intent: str = ""
    since: Instant | None = None  # the place in the queue they kept from an earlier call
    facts: Annotated[dict[str, Any] | Literal["failed"], AfterValidator(_known_facts)] = Field(default_factory=dict)
    hours: Openness | dict[NodeId, Openness] | None = None  # whatever the clock says
    split: dict[NodeId, ExitName] = Field(default_factory=dict)
    queue: QueueGiven = QueueGiven()
    queues: dict[QueueName, QueueGiven] = Field(default_factory=dict)  # those that are otherwise than `queue`
    http: tuple[HttpGiven, ...] = ()
    payment: OneOrMore = "paid"  # else why not: declined, unavailable, unknown; several: one for each try
    transfer: OneOrMore = "answered"  # busy, no-answer, failed
    callback: OneOrMore = "ok"  # failed; number: that one cannot be called
    voicemail: Successes = "ok"
    promise: Successes = "ok"


# ------------------------------------------------------------------------------------------- what the caller does


class Hear(Model):
    """They hear a prompt (its key), or words of one, in what is said until the flow asks for something."""

    hear: Annotated[str, Field(min_length=1)]


class Press(Model):
    """They listen until they are asked, then press keys. More than the question takes count for the next one."""

    press: Keys


class Interrupt(Model):
    """They press keys at once, whatever is being said."""

    interrupt: Keys


class Say(Model):
    """They answer by words, or leave them as a message. `score`: how sure the recogniser is; left out: as it is."""

    say: Annotated[str, Field(min_length=1)]
    score: Annotated[float, Field(ge=0, le=1)] | None = None


class Speak(Model):
    """They leave a message of this length."""

    speak: Length


class Silence(Model):
    """They do nothing until the flow gives up asking, so many times."""

    silence: Annotated[int, Field(ge=1, le=20)] = 1


class Wait(Model):
    """They let time pass, whatever they hear. What is being said when it is over is said to its end."""

    wait: Length


class Agent(Model):
    """An agent answers, leaves, or turns out to be gone when the caller is connected."""

    agent: Literal["answers", "leaves", "gone"]


class Queue(Model):
    """The queue turns out to be unable to serve them, or they have waited too long."""

    queue: Literal["full", "late"]


class HangUp(Model):
    """They hang up: when it is their turn, or right after what they were to hear before."""

    hang_up: Literal[True] = True


STEPS: Final[Mapping[str, type[Model]]] = {
    "hear": Hear,
    "press": Press,
    "interrupt": Interrupt,
    "say": Say,
    "speak": Speak,
    "silence": Silence,
    "wait": Wait,
    "agent": Agent,
    "queue": Queue,
    "hang_up": HangUp,
}
BARE: Final[Mapping[str, Mapping[str, Any]]] = {"hang up": {"hang_up": True}, "silence": {"silence": 1}}


def _step(written: Any) -> Any:
    return dict(BARE.get(written, {})) or written if isinstance(written, str) else written


def _step_kind(written: Any) -> str:
    if isinstance(written, Model):
        return next(name for name, sort in STEPS.items() if isinstance(written, sort))
    if isinstance(written, str):
        return "hang_up" if written == "hang up" else written if written in BARE else ""
    return next((name for name in STEPS if name in written), "") if isinstance(written, Mapping) else ""


Step = Annotated[
    Annotated[Hear, Tag("hear")]
    | Annotated[Press, Tag("press")]
    | Annotated[Interrupt, Tag("interrupt")]
    | Annotated[Say, Tag("say")]
    | Annotated[Speak, Tag("speak")]
    | Annotated[Silence, BeforeValidator(_step, json_schema_input_type=Silence | Literal["silence"]), Tag("silence")]
    | Annotated[Wait, Tag("wait")]
    | Annotated[Agent, Tag("agent")]
    | Annotated[Queue, Tag("queue")]
    | Annotated[HangUp, BeforeValidator(_step, json_schema_input_type=HangUp | Literal["hang up"]), Tag("hang_up")],
    Discriminator(
        _step_kind,
        custom_error_type="step",
        custom_error_message=f"is no step; steps are {', '.join(n for n in STEPS if n != 'hang_up')}, hang up",
    ),
]


# ----------------------------------------------------------------------------------------------- what is expected


def _fields_of(command: type) -> Callable[[Any], Any]:
    """Return a check that what is expected of a command names its fields only."""
    names = [f.name for f in fields(command)]

    def known(value: Any) -> Any:
        for name in value if isinstance(value, dict) else ():
            if name not in names:
                raise ValueError(f"has no {name!r}; it has {', '.join(names)}")
        return value

    return known


def _queue(written: Any) -> Any:
    """Let authors write `queue: sales`, and `name` for the queue's."""
    if isinstance(written, str) and written != NONE:
        return {"queue": written}
    if isinstance(written, Mapping) and "name" in written:
        return {"queue" if name == "name" else name: value for name, value in written.items()}
    return written


def _named(written: Any) -> Any:
    """Return fields of a command by their names: to YAML, an unquoted `on` is the truth."""
    if isinstance(written, dict) and True in written:
        return {"on" if name is True else name: value for name, value in written.items()}
    return written


Some = dict[str, Any]  # some fields of a command
CallbackExpected = Annotated[Some | Literal["none"], AfterValidator(_fields_of(BookCallback))]
HttpExpected = Annotated[Some, AfterValidator(_fields_of(Fetch))]
PaymentExpected = Annotated[Some | Literal["none"], AfterValidator(_fields_of(Pay))]
PromiseExpected = Annotated[Some | Literal["none"], BeforeValidator(_named), AfterValidator(_fields_of(Promise))]
QueueExpected = Annotated[
    Some | Literal["none"],
    BeforeValidator(_queue, json_schema_input_type=Some | str),
    AfterValidator(_fields_of(Enqueue)),
]
RecordingExpected = Annotated[Some | Literal["none"], BeforeValidator(_named), AfterValidator(_fields_of(RecordCall))]
TransferExpected = Annotated[Some | Literal["none"], AfterValidator(_fields_of(Transfer))]
VoicemailExpected = Annotated[Some | Literal["none"], AfterValidator(_fields_of(KeepVoicemail))]

EndOfCase = Literal["hung up", "caller hung up", "fallback", "waiting", "queued", "talking"]


class Expect(Model):
    """What must come of it; what is left out is not looked at.

    `path` and `prompts` are whole lists in order, with `...` where anything may come in between. A node is written
    `choose`, or `choose -> sales` with the exit it was left by, or `wait:music` if it is of another flow. Of a queue,
    callback and so on the last one counts, "none": there was none. `end` "waiting": for an answer.
    """

    path: tuple[str, ...] | None = None
    prompts: tuple[str, ...] | None = None
    not_heard: tuple[str, ...] = ()
    variables: dict[str, Value] = Field(default_factory=dict)
    language: str | None = None
    intent: str | None = None
    queue: QueueExpected | None = None
    callback: CallbackExpected | None = None
    voicemail: VoicemailExpected | None = None
    payment: PaymentExpected | None = None
    promise: PromiseExpected | None = None
    transfer: TransferExpected | None = None
    recording: RecordingExpected | None = None
    survey: dict[str, int | Literal["spoken"]] | Literal["none"] | None = None
    http: tuple[HttpExpected, ...] | None = None
    secret: tuple[str, ...] | None = None  # nodes that took keys in secret
    end: EndOfCase | None = None
    cause: int | None = None
    outcome: str | None = None


class Case(Model):
    """One test case of a flow."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE)]
    given: Given = Given()
    steps: Annotated[tuple[Step, ...], Field(max_length=MAX_STEPS)]
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _speaks_if_it_says(self) -> Self:
        if self.given.speech is False and any(isinstance(step, Say) and step.score is not None for step in self.steps):
            raise ValueError("a step has a score, but `speech: false` is given")
        return self

    @property
    def speech(self) -> bool:
        """Whether callers are understood when they speak."""
        given = self.given.speech
        return any(isinstance(step, Say) for step in self.steps) if given is None else given

    @property
    def clock(self) -> datetime:
        return self.given.clock

    def to_plain(self) -> dict[str, Any]:
        """Return the case as it is written: plain values, without what is left out."""
        plain = self.model_dump(mode="json", exclude_defaults=True, exclude={"steps"})
        given = {"given": plain["given"]} if "given" in plain else {}
        expect = {"expect": plain["expect"]} if "expect" in plain else {}
        return {"name": self.name, **given, "steps": [step_to_plain(step) for step in self.steps], **expect}


def step_to_plain(step: Step) -> Any:
    """Return a step as it is written."""
    plain = step.model_dump(mode="json", exclude_none=True)
    return next((word for word, bare in BARE.items() if plain == bare), plain)
