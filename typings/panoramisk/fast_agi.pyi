import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

class Request:
    app: Application
    headers: Mapping[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    encoding: str
    def __init__(
        self,
        app: Application,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        encoding: str = ...,
    ) -> None: ...
    # As shipped a dict of what `parse_agi_result` found; Any, so that a subclass may return a type of its own.
    async def send_command(self, command: str) -> Any: ...

class Application(dict[str, Any]):
    default_encoding: str
    loop: asyncio.AbstractEventLoop
    _route: OrderedDict[str, Callable[[Any], Awaitable[Any]]]
    def __init__(self, default_encoding: str = ..., loop: asyncio.AbstractEventLoop | None = ...) -> None: ...
    def add_route(self, path: str, endpoint: Callable[[Any], Awaitable[Any]]) -> None: ...
    def del_route(self, path: str) -> None: ...
    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...
