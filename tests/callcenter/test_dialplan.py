"""Every name in callcenter/dialplan.py stands in asterisk/conf, so a rename on one side only fails here."""

import re
from pathlib import Path

import pytest

from callcenter import dialplan
from callcenter.outbound import AMD_SILENCE, AMD_TAKES

ROOT = Path(__file__).parent.parent.parent
CONF = "\n".join(path.read_text() for path in sorted((ROOT / "asterisk" / "conf").glob("*.conf")))
SCRIPTS = "\n".join(path.read_text() for path in sorted((ROOT / "asterisk" / "agi-bin").glob("*.py")))
CODE = re.sub(r";.*", "", CONF) + SCRIPTS  # comments do not count

# Names that `callcenter render` writes; tests/app/test_render.py looks there.
RENDERED = {
    "CONTEXT_DESTINATIONS",
    "CONTEXT_EMERGENCY",
    "AMI_ACD",
    "AMI_DIALER",
    "AMI_CHECK",
    "AMI_RELOAD",
    "AMI_USERS",
    "EVENT_EMERGENCY",
}
# Names of ours alone or of Asterisk's own.
ELSEWHERE = {
    "PHONE_ACTIONS",
    "RENDERED_DIR",
    "PROMPTS_DIR",
    "OWN_PROMPTS_DIR",
    "RECORDINGS_DIR",
    "CONTEXT_OWN_NUMBERS",
}


def names() -> list[str]:
    return [name for name in vars(dialplan) if name.isupper() and name not in RENDERED | ELSEWHERE]


@pytest.mark.parametrize("name", names())
def test_name_stands_in_the_conf(name: str) -> None:
    value = getattr(dialplan, name)
    values = value if isinstance(value, tuple) else (value,)
    for text in values:
        if name.startswith("CONTEXT_"):
            assert f"\n[{text}]" in CODE
        elif name.startswith("EVENT_") and text in {
            dialplan.EVENT_WAITING,
            dialplan.EVENT_WITHDRAWN,
            dialplan.EVENT_CENTRE,
        }:
            continue  # raised by our services, not by the dialplan
        elif name.startswith("CODE_"):
            assert re.search(rf"^exten => _?{re.escape(text)}[X,.!]", CODE, re.MULTILINE)
        else:
            assert text in CODE


def test_every_context_of_the_dialplan_that_code_names_exists_once() -> None:
    contexts = re.findall(r"^\[([a-z-]+)\]", CODE, re.MULTILINE)
    assert len(contexts) == len(set(contexts) | {"general"}) + contexts.count("general") - 1


def test_what_amd_takes_is_taken_off_the_wait() -> None:
    conf = ROOT / "asterisk" / "conf"
    silence_ms = re.search(r"^after_greeting_silence = (\d+)$", (conf / "amd.conf").read_text("utf-8"), re.MULTILINE)
    extensions = (conf / "extensions.conf").read_text("utf-8")
    taken_off = re.search(r"CC_MAX_WAIT=\$\[\$\{CC_MAX_WAIT\} - ([\d.]+)\]", extensions)
    assert silence_ms is not None
    assert taken_off is not None
    assert float(silence_ms[1]) / 1_000 == AMD_SILENCE.total_seconds()
    assert float(taken_off[1]) == AMD_TAKES.total_seconds()
