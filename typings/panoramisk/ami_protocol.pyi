import asyncio
import logging
from collections import deque
from collections.abc import MutableMapping
from typing import Any

from .actions import Action
from .manager import Manager
from .message import Message

class AMIProtocol(asyncio.Protocol):
    transport: asyncio.Transport
    closed: bool
    queue: deque[str]
    responses: dict[str, Action]
    factory: Manager | None
    version: str | None
    log: logging.Logger
    config: dict[str, Any]
    encoding: str
    def send(self, data: MutableMapping[str, Any], as_list: bool | None = ...) -> asyncio.Future[Any]: ...
    def handle_message(self, message: Message) -> None: ...
    def close(self) -> None: ...
