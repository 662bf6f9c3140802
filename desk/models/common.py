"""What all requests and answers have in common."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

T = TypeVar("T")


class Request(BaseModel):
    """What a client sends: nothing unknown, nothing taken for what it is not ("5" is no number)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Asked(BaseModel):
    """What a client asks for in the query, where everything is text."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    """What a client gets; made from a record, or field by field."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Listing(Answer, Generic[T]):
    """A list, or a part of one. `next`: give it as `cursor` to get the part that follows; null: there is none."""

    items: list[T]
    next: str | None = None


class Problem(Answer):
    """One thing wrong with a flow. `node` and `field` say where; `severity` error blocks publishing."""

    code: str
    node: str = ""
    field: str = ""
    text: str
    severity: str = "error"


class Failed(Answer):
    """Why a request was refused. `code` is for programs, `message` for people, `details` for each thing wrong."""

    code: str
    message: str
    details: list[Any] | None = None


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.@-]{0,63}$")]
FlowName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Line = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
SomeLine = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
]
Plain = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
Version = Annotated[int, Field(ge=1, le=1_000_000_000)]
