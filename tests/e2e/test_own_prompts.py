"""What is recorded at the desk while the centre runs is what callers hear, however Asterisk runs."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo import centre as demo_centre
from app.desk_prompts import PromptFiles
from app.onebox import OneBox
from app.runtime.content import ROOT
from callcenter.adapters.prompt_audio import wav_of
from sim.phones.callers import Callers
from sim.phones.heard import heard, whole_prompts
from sim.phones.plans import CallerPlan, Line
from tests.e2e.conftest import blueprint

PROMPTS = ROOT / "prompts" / "en"


@pytest.mark.parametrize("kind", ["docker", "chroot"])
async def test_a_caller_hears_what_was_recorded_since_the_start(kind: str, tmp_path: Path) -> None:
    plan = replace(blueprint(tmp_path, f"own-{kind}-{os.getpid()}", kind), own_prompts=True)
    trunk = Line(name="trunk", server_port=plan.centre.sip.port, local_ip=demo_centre.TRUNK_ADDRESS)
    async with OneBox(plan) as box, box.services(), Callers(trunk) as callers:
        recording = wav_of((PROMPTS / "closed-holiday.ulaw").read_bytes())
        await PromptFiles(box.settings).record("en", "welcome", recording)
        leg = callers.place(CallerPlan(did=demo_centre.DID, caller="+12025550161", hang_up_s=5, record=True))
        await leg.ended()
        leg.save(tmp_path / "heard.wav")
    assert [one.name for one in heard(tmp_path / "heard.wav", whole_prompts(PROMPTS))][:1] == ["closed-holiday"]
    assert (PROMPTS / "welcome.ulaw").read_bytes() != (box.settings.prompts_dir / "en/welcome.ulaw").read_bytes()
