"""fallback.py as Asterisk runs it: a process that talks AGI over stdin and stdout. Nothing ever on stderr."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.runtime import choice
from app.runtime.asterisk import Instance
from app.runtime.chroot import ChrootAsterisk
from app.runtime.content import asterisk_image
from callcenter import dialplan
from tests.doubles_agi import USAGE, FakeChannel, environment

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "asterisk/agi-bin" / dialplan.FALLBACK_SCRIPT
MENU = "/prompts/en/fallback-menu"
CENTRE = {
    dialplan.VAR_DID: "+12025550100",
    dialplan.GLOBAL_PROMPTS: "/prompts",
    dialplan.GLOBAL_LANGUAGE: "en",
    dialplan.GLOBAL_FALLBACK_KEYS: "1:sales,2:support,3:collections",
    dialplan.GLOBAL_FALLBACK_DID + "12025550100": "support",
    dialplan.GLOBAL_FALLBACK_QUEUE: "sales",
}

Command = list[str]


def interpreter(kind: str, folder: Path) -> Command:
    """How the script is started: by this Python, or inside what Asterisk runs in (image or chroot)."""
    inside = f"/usr/share/asterisk/agi-bin/{dialplan.FALLBACK_SCRIPT}"
    if kind == "host":
        return [sys.executable, "-I", str(SCRIPT)]
    if choice.decide() == "docker":
        sandbox = ["--rm", "--interactive", "--network", "none", "--read-only", "--no-healthcheck"]
        return ["docker", "run", *sandbox, "--entrypoint", inside, asterisk_image(ROOT)]
    chroot = ChrootAsterisk(Instance(name="test-fallback", folder=folder))
    chroot.install()
    return ["chroot", str(chroot.instance.root), inside]


@pytest.fixture(scope="module", params=["host", pytest.param("asterisk", marks=pytest.mark.asterisk)])
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Command:
    return interpreter(request.param, tmp_path_factory.mktemp("fallback"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    stderr: str


def converse(command: Command, reply: Callable[[str], str | None]) -> Ended:
    """Run the script; answer each of its commands by `reply`, or end the connection where that is None."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, encoding="utf-8", **pipes) as script:  # type: ignore[call-overload]
        script.stdin.write(environment(dialplan.FALLBACK_SCRIPT).decode())
        script.stdin.flush()
        for line in script.stdout:
            answer = reply(line.removesuffix("\n"))
            if answer is None:
                break
            script.stdin.write(answer)
            script.stdin.flush()
        script.stdout.close()
        script.stdin.close()
        return Ended(stderr=script.stderr.read(), code=script.wait(20))


def run(command: Command, channel: FakeChannel) -> str | None:
    """Let the script talk to `channel`; return the queue it set."""
    assert converse(command, channel.reply) == Ended(code=0, stderr="")
    return channel.variables.get(dialplan.VAR_QUEUE)


def prompts(channel: FakeChannel) -> list[str]:
    return [words[2] for words in channel.commands if words[:2] == ["STREAM", "FILE"]]


def waits(channel: FakeChannel) -> int:
    return sum(words[:3] == ["WAIT", "FOR", "DIGIT"] for words in channel.commands)


# ------------------------------------------------------------------------------------ on this Python and in the image
def test_a_caller_who_had_chosen_is_not_asked_again(command: Command) -> None:
    channel = FakeChannel(variables=CENTRE | {dialplan.VAR_QUEUE: "collections"})
    assert run(command, channel) == "collections"
    assert prompts(channel) == []


def test_a_key_during_the_menu_chooses(command: Command) -> None:
    channel = FakeChannel(variables=dict(CENTRE), keys=["3"])
    assert run(command, channel) == "collections"
    assert (prompts(channel), waits(channel)) == ([MENU], 0)


def test_silence_hears_the_menu_once_more_and_then_waits_for_the_number_s_own_queue(command: Command) -> None:
    channel = FakeChannel(variables=dict(CENTRE))
    assert run(command, channel) == "support"
    assert (prompts(channel), waits(channel)) == ([MENU, MENU], 2)


def test_a_hangup_ends_it_quietly_at_any_moment(command: Command) -> None:
    for moment in range(10) if command[0] == sys.executable else (0, 8):
        channel, left = FakeChannel(variables=dict(CENTRE), keys=["", "1"]), iter(range(moment))

        def reply(line: str, channel: FakeChannel = channel, left: Iterator[int] = left) -> str | None:
            return channel.reply(line) if next(left, None) is not None else None

        assert converse(command, reply) == Ended(code=0, stderr="")


# ----------------------------------------------------------------------------------------------- on this Python alone
@pytest.fixture
def host(tmp_path: Path) -> Command:
    return interpreter("host", tmp_path)


@pytest.mark.parametrize(
    ("keys", "queue", "heard"),
    [
        (["", "1"], "sales", 1),
        (["9", "2"], "support", 2),
        (["", "", "", "3"], "collections", 2),
        (["9", "*"], "support", 2),
        (["#", "0", "1"], "support", 2),
    ],
)
def test_keys_after_the_menu_and_wrong_keys(host: Command, keys: list[str], queue: str, heard: int) -> None:
    channel = FakeChannel(variables=dict(CENTRE), keys=keys)
    assert run(host, channel) == queue
    assert prompts(channel) == [MENU] * heard


def test_a_missing_prompt_leaves_nobody_in_silence(host: Command) -> None:
    channel = FakeChannel(variables=dict(CENTRE), missing=frozenset({MENU}))
    assert run(host, channel) == "support"
    assert waits(channel) == 0


@pytest.mark.parametrize(
    ("changed", "queue"),
    [
        ({dialplan.GLOBAL_FALLBACK_KEYS: ""}, "support"),
        ({dialplan.GLOBAL_PROMPTS: ""}, "support"),
        ({dialplan.GLOBAL_PROMPTS: "/prompts beep"}, "support"),
        ({dialplan.VAR_DID: ""}, "sales"),
        ({dialplan.VAR_DID: "+1999"}, "sales"),
        ({dialplan.VAR_DID: "1-202-555-0100"}, "support"),
        ({dialplan.GLOBAL_FALLBACK_DID + "12025550100": "support,t,,,1"}, "sales"),
        ({dialplan.GLOBAL_FALLBACK_DID + "12025550100": "x", dialplan.VAR_QUEUE: "Sales&x"}, "x"),
        ({dialplan.VAR_DID: "", dialplan.GLOBAL_FALLBACK_QUEUE: "hangup"}, "hangup"),
    ],
)
def test_whatever_is_configured_somebody_waits_somewhere(host: Command, changed: dict[str, str], queue: str) -> None:
    channel = FakeChannel(variables=CENTRE | changed)
    assert run(host, channel) == queue


def test_with_nothing_configured_the_dialplan_decides(host: Command) -> None:
    assert run(host, FakeChannel()) == ""


def test_a_key_cannot_lead_to_what_is_no_queue(host: Command) -> None:
    variables = CENTRE | {dialplan.GLOBAL_FALLBACK_KEYS: "1:sales;rm,22:support,3:,4:a b,5:Queue, 6:ok-queue"}
    for key in "12345":
        assert run(host, FakeChannel(variables=dict(variables), keys=[key])) == "support"
    assert run(host, FakeChannel(variables=dict(variables), keys=["6"])) == "ok-queue"


def test_another_language_has_its_own_menu(host: Command) -> None:
    channel = FakeChannel(variables=CENTRE | {dialplan.GLOBAL_LANGUAGE: "pt_BR"}, keys=["1"])
    assert run(host, channel) == "sales"
    assert prompts(channel) == ["/prompts/pt_BR/fallback-menu"]


@pytest.mark.parametrize(
    "reply",
    [
        "520 Invalid command syntax.  Proper usage not available.\n",
        USAGE,
        "510 Invalid or unknown command\n",
        "511 Command Not Permitted on a dead channel\n",
        "200 result=-1\n",
        "HANGUP\n",
        "\n",
        "no AGI at all\n",
        "200 result=x (y) z\n",
    ],
)
def test_replies_nobody_expects_never_hang_it(host: Command, reply: str) -> None:
    answers = iter([reply] * 12)
    assert converse(host, lambda line: next(answers, None)) == Ended(code=0, stderr="")


@pytest.mark.parametrize(
    "sent", [b"", b"agi_request: fallback.py\n", environment() + b"520-Invalid syntax.\nand so on\n"]
)
def test_the_end_of_the_connection_is_the_end(host: Command, sent: bytes) -> None:
    done = subprocess.run(host, input=sent, capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_it_ends_in_time_whatever_hangs() -> None:
    start = f"""
import runpy, signal
alarm = signal.alarm
signal.alarm = lambda seconds: alarm(1 if seconds else 0)
runpy.run_path({str(SCRIPT)!r}, run_name="__main__")
"""
    with subprocess.Popen([sys.executable, "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as script:
        assert script.stdin is not None
        script.stdin.write(environment(dialplan.FALLBACK_SCRIPT))
        script.stdin.flush()
        assert script.wait(20) == -signal.SIGALRM
