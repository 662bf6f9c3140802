import asyncio
import logging
from collections import deque
from collections.abc import Callable, MutableMapping
from typing import Any, ClassVar

from .actions import Action
from .ami_protocol import AMIProtocol
from .message import Message

_Callback = Callable[[Manager, Message], Any]

class Manager:
    defaults: ClassVar[dict[str, Any]]
    config: dict[str, Any]
    loop: asyncio.AbstractEventLoop
    log: logging.Logger
    protocol: AMIProtocol | None
    responses: dict[str, Action]
    callbacks: dict[str, list[_Callback]]
    authenticated: bool
    authenticated_future: asyncio.Future[Any] | None
    awaiting_actions: deque[Action]
    forgetable_actions: tuple[str, ...]
    pinger: asyncio.TimerHandle | None
    def __init__(self, **config: Any) -> None: ...
    def connection_made(self, f: asyncio.Task[tuple[asyncio.Transport, AMIProtocol]]) -> None: ...
    def connection_lost(self, exc: Exception | None) -> None: ...
    def login(self, future: asyncio.Future[Any]) -> bool: ...
    def ping(self) -> None: ...
    async def send_awaiting_actions(self, *args: Any) -> None: ...
    def send_action(
        self, action: MutableMapping[str, Any], as_list: bool | None = ..., **kwargs: Any
    ) -> asyncio.Future[Any]: ...
    def connect(
        self, run_forever: bool = ..., on_startup: Any = ..., on_shutdown: Any = ...
    ) -> asyncio.Task[tuple[asyncio.Transport, AMIProtocol]]: ...
    def register_event(self, pattern: str, callback: _Callback | None = ...) -> Any: ...
    def dispatch(self, event: Message) -> list[str]: ...
    def close(self) -> None: ...
