"""A browser's phone, and what it dials."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from desk.models.common import Answer, Plain, Problem, Request


class IceServer(Answer):
    """As browsers take it: a STUN or TURN server."""

    urls: list[str]
    username: str = ""
    credential: str = ""


class Phone(Answer):
    """How the phone of this session registers: SIP over the WebSocket `/sip`, until `until` or signing out."""

    uri: str
    password: str
    ice_servers: list[IceServer] = Field(default_factory=list)
    until: datetime


class CallMe(Request):
    """A draft to be heard, as it is in the editor. `caller`: the number the flow is to take the caller for."""

    body: Plain
    caller: Annotated[str, StringConstraints(pattern=r"^(\+?[0-9]{3,15})?$")] = ""


class Dialled(Answer):
    """What the phone of this session dials to hear it: once, before `until`. `warnings`: what is not quite right.

    `trial`: under it the live topic `trials` tells where the call is.
    """

    extension: str
    trial: str
    until: datetime
    warnings: list[Problem] = Field(default_factory=list)
