"""Prompts that are made at the desk: heard by a caller, kept when the containers are made anew by another version."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app import catalogue_edit
from app.runtime.compose import Project
from app.runtime.content import ROOT, services_image
from app.runtime.process import output
from callcenter.adapters import prompts_kept
from callcenter.adapters.prompt_audio import wav_of
from callcenter.adapters.prompts_kept import Entry, file_of
from sim.phones.callers import Callers
from sim.phones.heard import heard, whole_prompts
from sim.phones.plans import CallerPlan, Line
from tests.compose.conftest import LATER_VERSION, Installation, ask, send

pytestmark = pytest.mark.timeout(600)

SHIPPED = ROOT / "prompts"
PROMPTS = "/prompts/en"
OCTETS = {"Content-Type": "application/octet-stream"}
RECORDED, OTHER = "closed-holiday", "centre-open"  # whose sounds are taken for new ones: easily told from all others
WORDS = "For sales, press one. For everything else, stay on the line."
UPDATED, ADDED, WITHDRAWN = "goodbye", "new-with-this-version", "message-empty"


@pytest.fixture
def later_version(tmp_path: Path) -> str:
    """Tag of our services' image as another version would have it: two prompts changed, one new, one withdrawn."""
    prompts = tmp_path / "prompts"
    shutil.copytree(SHIPPED, prompts)
    folder, catalogue = prompts / "en", prompts / "en.yaml"
    text = catalogue.read_text("utf-8")
    for key in ("welcome", UPDATED, ADDED):
        put(folder, key, OTHER)
        text = catalogue_edit.set_text(text, key, "The centre is open, whatever you have heard.")
    withdraw(folder, WITHDRAWN)
    catalogue.write_text(catalogue_edit.remove(text, WITHDRAWN), "utf-8")
    (tmp_path / "Dockerfile").write_text(f"FROM {services_image()}\nCOPY prompts/ /usr/share/callcenter/prompts/\n")
    output(["docker", "build", "--quiet", "--tag", LATER_VERSION, str(tmp_path)], timeout_s=120)
    return LATER_VERSION


def put(folder: Path, key: str, sound_of: str) -> None:
    """Make the prompt `key` sound like another."""
    known = prompts_kept.read(folder)[sound_of]
    entry = Entry(source=key, audio=known.audio, length_ms=known.length_ms, voice=known.voice)
    prompts_kept.keep(folder, key, entry, file_of(folder, sound_of).read_bytes())


def withdraw(folder: Path, key: str) -> None:
    with prompts_kept.noting(folder) as entries:
        del entries[key]
    file_of(folder, key).unlink()


async def call(installation: Installation, caller: str, folder: Path, **more: Path) -> list[str]:
    """Call in and hang up after the menu; return the prompts heard, of those that are shipped and of `more`.

    Who has called before is welcomed otherwise.
    """
    trunk = Line(name="trunk", server_port=installation.sip_port, local_ip="127.0.0.2")
    plan = CallerPlan(did="+12025550100", caller=caller, hang_up_s=10, record=True)
    async with Callers(trunk) as callers:
        leg = callers.place(plan)
        await leg.ended()
        leg.save(folder / "heard.wav")
    return [one.name for one in heard(folder / "heard.wav", {**whole_prompts(SHIPPED / "en"), **more})]


async def test_what_is_recorded_and_worded_at_the_desk_is_heard_and_outlasts_a_new_version(
    installation: Installation, later_version: str, tmp_path: Path
) -> None:
    token = installation.callcenter("token", "add", "studio", "--role", "admin").split()[-1]

    def state(key: str) -> dict[str, object]:
        found, _ = ask(installation, token, "GET", PROMPTS)
        return next((item for item in found["items"] if item["key"] == key), {})

    preview, _ = ask_wav(installation, token, {"language": "en", "text": WORDS})
    assert preview.startswith(b"RIFF")
    recording = wav_of(file_of(SHIPPED / "en", RECORDED).read_bytes())
    send(installation, token, "PUT", f"{PROMPTS}/welcome/audio", recording, OCTETS)
    worded, _ = ask(installation, token, "PUT", f"{PROMPTS}/main-menu/text", {"text": WORDS})
    assert (worded["source"], worded["voice"]) == ("spoken", "espeak-ng en-us 155")
    menu = tmp_path / "menu.wav"
    menu.write_bytes(send(installation, token, "GET", f"{PROMPTS}/main-menu/audio")[0])

    assert (await call(installation, "+12025550151", tmp_path, menu=menu))[:2] == [RECORDED, "menu"]

    other = replace(
        installation.project,
        environ={**installation.project.environ, "CALLCENTER_TAG": later_version.partition(":")[2]},
    )
    installation.project.down()
    other.up()

    assert (await call(installation, "+12025550152", tmp_path, menu=menu))[:2] == [RECORDED, "menu"]
    assert (state("welcome")["source"], state("main-menu")["text"]) == ("recorded", WORDS)
    assert str(state(UPDATED)["text"]).startswith("The centre is open")
    assert str(state(ADDED)["text"]).startswith("The centre is open")
    assert state(WITHDRAWN) == {}
    assert sound_at(other, UPDATED) == sound_at(other, OTHER)
    told = other.run("exec", "-T", "acd", "callcenter", "check").text
    assert "note: en/welcome: your own was kept, though the shipped one has changed" in told

    taken = other.run("exec", "-T", "acd", "callcenter", "prompts", "restore", "welcome", "--language", "en")
    assert taken.ok, taken.text
    assert (await call(installation, "+12025550153", tmp_path, menu=menu))[:2] == [OTHER, "menu"]


def ask_wav(installation: Installation, token: str, body: dict[str, str]) -> tuple[bytes, str]:
    content = json.dumps(body).encode()
    return send(installation, token, "POST", "/prompts/preview", content, {"Content-Type": "application/json"})


def sound_at(project: Project, key: str) -> str:
    """Hash of a prompt's file as Asterisk sees it."""
    path = f"/var/lib/callcenter-prompts/en/{key}.ulaw"
    done = project.run("exec", "-T", "asterisk", "sha256sum", path)
    assert done.ok, done.text
    return done.out.split()[0]
