import asyncio
from typing import Any

from . import utils
from .message import Message

class Action(utils.CaseInsensitiveDict):
    action_id_generator: utils.IdGenerator
    as_list: bool | None
    responses: list[Message]
    future: asyncio.Future[Any]
    def __init__(self, *args: Any, as_list: bool | None = ..., **kwargs: Any) -> None: ...
    @property
    def id(self) -> str: ...
    @property
    def action_id(self) -> str | None: ...
    @property
    def multi(self) -> bool: ...
    @property
    def completed(self) -> bool: ...
    def add_message(self, message: Message) -> bool | None: ...

class Command(Action):
    command_id_generator: utils.IdGenerator
