"""What a client says on the live connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from desk.live import TopicName
from desk.models.common import FlowName, Request


class OpenFlow(Request):
    flow: FlowName


class LiveSaid(Request):
    """`sub`: tell me of these from now on; `since`: what I know of each, as numbered since the desk said `boot`.

    `open`: the flow I have open in an editor; null: none any more; left out: as before.
    """

    sub: Annotated[list[TopicName], Field(max_length=20)] = Field(default_factory=list)
    unsub: Annotated[list[TopicName], Field(max_length=20)] = Field(default_factory=list)
    since: Annotated[dict[TopicName, Annotated[int, Field(ge=0)]], Field(max_length=20)] = Field(default_factory=dict)
    boot: Annotated[str, StringConstraints(max_length=64)] = ""
    open: OpenFlow | None = None
