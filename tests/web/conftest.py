"""A desk with the built screens, and a real Chromium before it whose console complains of nothing."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "desk" / "screens" / "index.html"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "build" / "screens"
CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "seven green bottles 7"
# How many times longer than usual to wait for everything, where other jobs have the machine.
SLOWER = float(os.environ.get("CALLCENTER_TEST_SLOWER", "1"))
UP_S = 90.0 * SLOWER
PATIENCE_MS = 20_000 * SLOWER  # a page on a busy machine; five seconds, as is usual, are too few
SERIOUS = {"serious", "critical"}

expect.set_options(timeout=PATIENCE_MS)


@dataclass(slots=True, kw_only=True)
class Desk:
    """A running desk: its address, and the password that its log has told."""

    url: str
    one_time: str
    data: Path
    taken: bool = False  # somebody has set a password of their own


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody in front of a page. `faults`: what the browser's console has complained of."""

    page: Page
    desk: Desk
    faults: list[str] = field(default_factory=list)

    def sign_in(self) -> None:
        page = self.page
        page.goto(self.desk.url)
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(PASSWORD if self.desk.taken else self.desk.one_time)
        page.get_by_role("button", name="Sign in").click()
        if not self.desk.taken:
            page.get_by_label("New password", exact=True).fill(PASSWORD)
            page.get_by_label("New password once more").fill(PASSWORD)
            page.get_by_role("button", name="Set password").click()
            self.desk.taken = True
        page.get_by_role("heading", name="Flows").wait_for()

    def open_flow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()
        self.page.locator("[data-node]").first.wait_for()
        expect(self.page.locator("[data-node]:focus")).to_be_visible()

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def focused(self) -> str:
        """The node that has the focus, "" if none has."""
        return str(self.page.evaluate("document.activeElement.dataset.node ?? ''"))

    def go_to(self, node: str) -> None:
        """Find a node by keyboard."""
        self.keys("Control+f")
        self.page.keyboard.type(node)
        self.keys("Enter")
        self.at(node)

    def at(self, node: str) -> None:
        """Wait until that node has the focus."""
        expect(self.page.locator(f"[data-node='{node}']")).to_be_focused()

    def wait_until_saved(self) -> None:
        self.page.locator('[data-save="saved"]').wait_for()

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        # What was just said in passing lies over what is to be seen.
        hidden = ".toasts { visibility: hidden }"
        self.page.screenshot(path=SHOTS / f"{name}.png", animations="disabled", style=hidden)

    def axe(self) -> list[str]:
        """Serious faults that axe finds on the page as it is: rule and where."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [
            f"{one['id']}: {', '.join(str(node['target']) for node in one['nodes'][:5])}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
        ]


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk"), {}) as desk:
        yield desk


@contextmanager
def running_desk(folder: Path, more: Mapping[str, str]) -> Iterator[Desk]:
    """A desk whose data is in `folder`, with `more` in its environment."""
    if not SCREENS.is_file():
        pytest.fail("the screens are not built: npm ci and npm run build in web/")
    log = folder / "log"
    port = _free_port()
    own = {"CALLCENTER_DATA_DIR": str(folder / "data"), "CALLCENTER_DESK_PORT": str(port)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "desk", "serve"],
            cwd=ROOT,
            env={**os.environ, **own, **more},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Desk(url=f"http://127.0.0.1:{port}/", one_time=_one_time(process, log), data=folder / "data")
    finally:
        process.terminate()
        process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _one_time(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Wait until the desk says the password of its first admin."""
    until = time.monotonic() + UP_S
    while process.poll() is None and time.monotonic() < until:
        found = re.search(r"one-time password (\S+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    pytest.fail(f"the desk did not come up:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def people(browser: Browser, desk: Desk) -> Iterator["People"]:
    people = People(browser=browser, desk=desk)
    yield people
    people.leave()


@dataclass(slots=True, kw_only=True)
class People:
    """Makes persons, each with a browser of their own, and looks at the end that no page has complained."""

    browser: Browser
    desk: Desk
    made: list[Person] = field(default_factory=list)

    def admin(self, scheme: str = "light", width: int = 1440) -> Person:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        person = Person(page=page, desk=self.desk)
        page.on("console", lambda message: _note(person, message))
        page.on("pageerror", lambda error: person.faults.append(str(error)))
        self.made.append(person)
        person.sign_in()
        return person

    def leave(self) -> None:
        for person in self.made:
            person.page.context.close()
        assert [fault for person in self.made for fault in person.faults] == []


def _note(person: Person, message: ConsoleMessage) -> None:
    if message.type in {"error", "warning"}:
        person.faults.append(f"{message.text} {message.location}")
