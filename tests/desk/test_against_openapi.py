"""The API against its own description: whatever the description allows, or nearly so, gets an answer it describes.

schemathesis makes the requests, the same ones in each run.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from callcenter.accounts import Role
from desk.contract import Route
from desk.service.routes import ROUTES, described
from tests.desk.house import close, open_house
from tests.desk.menu import MENU, publish, save

EXAMPLES: Final = 4  # of each operation and mode
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_dict(described())


@schemathesis.serializer("application/zip")
def raw(_: object, value: object) -> bytes:
    """Send what is made up as it is: hardly ever a zip."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


class Desk:
    """A desk in a thread of its own, with something to be found in it."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self.address = self.token = ""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        house = await open_house(self._url, self._folder)
        await house.enter()
        await publish(house)
        await save(house, MENU)
        self.token = await house.token(Role.ADMIN)
        self.address = str(house.client.make_url("")).rstrip("/")
        self._ready.set()
        await self._stop.wait()
        await close(house)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(migrated_file, folder / "callcenter.db")
    running = Desk(f"sqlite:///{folder / 'callcenter.db'}", folder)
    yield running
    running.stop()


def tried(case: Any, desk: Desk) -> None:
    response = case.call(base_url=desk.address, headers={"Authorization": f"Bearer {desk.token}"})
    case.validate_response(response, checks=CHECKS)


# Where there is nothing to be filled in, nothing can be otherwise.
TRIALS = [
    pytest.param(route, mode, id=f"{route.method} {route.path}, {name}")
    for route in ROUTES
    for mode, name in ((GenerationMode.POSITIVE, "as described"), (GenerationMode.NEGATIVE, "otherwise"))
    if mode is GenerationMode.POSITIVE or route.body or route.query or route.names
]


@pytest.mark.parametrize(("route", "mode"), TRIALS)
def test_every_answer_is_one_that_is_described(route: Route, mode: GenerationMode, desk: Desk) -> None:
    operation = schema[route.path][route.method]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        tried(case, desk)

    run()
