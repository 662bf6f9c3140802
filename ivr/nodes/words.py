"""What fields of nodes are made of: names, keys, prompts, numbers with bounds, and how they are said to authors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

from ivr.expressions import Expression
from ivr.hours import TimeZone
from ivr.session import CALL_NAMES

MAX_TIMEOUT_S: Final = 60.0  # longer silence is no wait for an answer any more

# Patterns of words in a flow, each with how it is said to an author.
NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,63}$"
NAME_OR_NONE: Final = r"^([a-z0-9][a-z0-9_-]{0,63})?$"
CATALOGUE_KEY: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"
PROMPT: Final = r"^([a-z]{2}(-[A-Z]{2})?/)?[a-z0-9][a-z0-9-]{0,63}$"
VARIABLE: Final = r"^[a-z][a-z0-9_]{0,31}$"
KEY: Final = r"^[0-9*#]$"
LANGUAGE: Final = r"^[a-z]{2}(-[A-Z]{2})?$"
CURRENCY: Final = r"^[A-Z]{3}$"
HEADER: Final = r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$"
HEADER_VALUE: Final = r"^[ -~]{0,500}$"
JSON_NAME: Final = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$"
STATUSES: Final = r"^[1-5][0-9]{2}(-[1-5][0-9]{2})?$"
FORMS: Final[Mapping[str, str]] = {
    NAME: "up to 64 small letters, digits, - and _",
    NAME_OR_NONE: "up to 64 small letters, digits, - and _, or nothing",
    PROMPT: "up to 64 small letters, digits and -, with a language before it if need be: es/welcome",
    VARIABLE: "up to 32 small letters, digits and _, a letter first",
    KEY: "one key of the telephone: 0 to 9, * or #",
    LANGUAGE: "a language such as en or en-GB",
    HEADER: "the name of a header: letters, digits and -",
    HEADER_VALUE: "up to 500 plain characters",
    JSON_NAME: "a field of JSON: letters, digits, - and _, a letter first",
    STATUSES: "a status of HTTP or a range of them: 200 or 200-299",
    CURRENCY: "a currency such as EUR or USD",
}


UNITS: Final = {"_s": " (seconds)", "_digits": " digits"}


def title_of(name: str, info: object = None) -> str:
    """Return what a form calls a field.

    >>> title_of("inter_digit_s"), title_of("v")
    ('Inter digit (seconds)', 'V')
    """
    end = next((end for end in UNITS if name.endswith(end)), "")
    return name.removesuffix(end).replace("_", " ").capitalize() + UNITS.get(end, "")


class Fields(BaseModel):
    """What authors fill in: frozen, nothing unknown, each field with a title for the form."""

    model_config = ConfigDict(frozen=True, extra="forbid", field_title_generator=title_of)


def _not_of_the_call(name: str) -> str:
    if name in CALL_NAMES:
        raise ValueError(f"variable {name!r} is the engine's own; name another")
    return name


def _names(what: str) -> Any:
    """Say in the schema what a name is of, so that an editor can offer those there are."""
    return Field(json_schema_extra={"x-names": what})


NodeId = Annotated[str, StringConstraints(pattern=NAME), _names("node")]
ExitName = Annotated[str, StringConstraints(pattern=NAME), _names("exit")]
FlowName = Annotated[str, StringConstraints(pattern=NAME), _names("flow")]
FlowOrNone = Annotated[str, StringConstraints(pattern=NAME_OR_NONE), _names("flow")]
Mailbox = Annotated[str, StringConstraints(pattern=NAME), _names("mailbox")]
Destination = Annotated[str, StringConstraints(pattern=NAME), _names("destination")]
QueueName = Annotated[str, StringConstraints(pattern=NAME), _names("queue")]
PromptKey = Annotated[str, StringConstraints(pattern=PROMPT), _names("prompt")]
# What a caller may say to take a choice, as one would write it.
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Intent = Annotated[str, StringConstraints(max_length=200)]
Skill = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE), _names("language")]
Currency = Annotated[str, StringConstraints(pattern=CURRENCY), _names("currency")]
Variable = Annotated[str, StringConstraints(pattern=VARIABLE), AfterValidator(_not_of_the_call), _names("variable")]
Seconds = Annotated[float, Field(gt=0, le=MAX_TIMEOUT_S)]
Tries = Annotated[int, Field(ge=1, le=10)]
# Maps are kept sorted, so that a flow has one canonical form whatever order it was written in.
Sorted = AfterValidator(lambda table: dict(sorted(table.items())))
# YAML reads an unquoted 1 as a number; a key of the telephone is text. In a map, JSON's names are text anyway.
_AS_TEXT: Final = BeforeValidator(lambda value: str(value) if type(value) is int else value)
KeyOfMap = Annotated[str, StringConstraints(pattern=KEY), _AS_TEXT, _names("key")]
Key = Annotated[
    str,
    StringConstraints(pattern=KEY),
    _AS_TEXT,
    WithJsonSchema({"type": ["string", "integer"], "pattern": KEY, "minimum": 0, "maximum": 9, "x-names": "key"}),
]


class Saying(Fields):
    """A value said in the middle of prompts: `{say: money, value: balance, currency: USD}`.

    `value` is an expression. Money is in minor units (cents), a date is written 2026-03-02, a time 14:30, a duration in
    seconds.
    """

    say: Annotated[
        Literal["digits", "number", "money", "date", "time", "duration"], Field(description="What kind of value it is.")
    ]
    value: Annotated[Expression, Field(description="The value: a variable or an expression.")]
    currency: Annotated[Currency | None, Field(description="Of money: its currency, such as USD.")] = None
    timezone: Annotated[
        TimeZone | None,
        Field(description='Of a date: whose today it is, to say "tomorrow" or "Friday"; none: day, month and year.'),
    ] = None


PROMPT_TAG: Final = "[prompt]"
SAYING_TAG: Final = "[saying]"


def _item_kind(value: Any) -> str:
    return SAYING_TAG if isinstance(value, Mapping | Saying) else PROMPT_TAG


Item = Annotated[Annotated[PromptKey, Tag(PROMPT_TAG)] | Annotated[Saying, Tag(SAYING_TAG)], Discriminator(_item_kind)]
Prompts = Annotated[tuple[Item, ...], Field(min_length=1, max_length=20)]
SomePrompts = Annotated[tuple[Item, ...], Field(max_length=20)]  # may be none
