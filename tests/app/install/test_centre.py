"""The systemd units, for machines where no Docker engine can run."""

from pathlib import Path

import pytest

from app.install.centre import DATA, UNITS, install_command, unit_settings, unit_text
from app.runtime.content import ROOT
from app.runtime.process import run
from callcenter import dialplan
from callcenter.errors import ConfigError
from callcenter.settings import Settings


@pytest.mark.parametrize("unit", UNITS)
def test_no_name_is_left_open(unit: str, tmp_path: Path) -> None:
    text = unit_text(ROOT, unit, tmp_path)
    assert "@" not in text.replace("# Written", "").partition("[Unit]")[2]
    assert f"{tmp_path}" in text


def test_the_services_unit_says_where_everything_is(tmp_path: Path) -> None:
    settings = Settings.from_env(unit_settings(unit_text(ROOT, UNITS[1], tmp_path)))
    assert settings.data_dir == DATA
    assert settings.rendered_dir == f"{tmp_path}{dialplan.RENDERED_DIR}"
    assert settings.cdr_dir == f"{tmp_path}/var/log/asterisk/cdr-custom"
    assert settings.prompts_dir == Path(f"{tmp_path}{settings.sounds_dir}")
    assert settings.sounds_dir == dialplan.OWN_PROMPTS_DIR
    assert settings.shipped_prompts_dir == f"{ROOT}/prompts"


def test_the_services_may_record_prompts_and_asterisk_may_not(tmp_path: Path) -> None:
    def writable(unit: str) -> set[str]:
        lines = [line for line in unit_text(ROOT, unit, tmp_path).splitlines() if line.startswith("ReadWritePaths=")]
        return {path for line in lines for path in line.partition("=")[2].split()}

    prompts = f"{tmp_path}{dialplan.OWN_PROMPTS_DIR}"
    assert [prompts in writable(unit) for unit in UNITS] == [False, True]


def test_the_command_of_operators_runs_as_the_services_do(tmp_path: Path) -> None:
    """`runuser` is replaced by one that says what it was asked for."""
    command, tools = tmp_path / "callcenter", tmp_path / "bin"
    tools.mkdir()
    for tool, text in (("runuser", 'printf "%s\\n" "$@"'), ("id", "echo 0")):
        (tools / tool).write_text(f"#!/bin/sh\n{text}\n")
        (tools / tool).chmod(0o755)
    install_command(Path("/opt/call centre"), unit_text(ROOT, UNITS[1], tmp_path), command)
    told = run([str(command), "agent", "add", "two words"], env={"PATH": f"{tools}:/usr/bin:/bin"})
    asked = told.text.splitlines()
    assert asked[:4] == ["-u", "callcenter", "--", "env"]
    assert f"CALLCENTER_DATA_DIR={DATA}" in asked
    assert asked[-4:] == ["/opt/call centre/.venv/bin/callcenter", "agent", "add", "two words"]
    install_command(ROOT, unit_text(ROOT, UNITS[1], tmp_path), command)


def test_another_programs_command_is_not_overwritten(tmp_path: Path) -> None:
    theirs = tmp_path / "callcenter"
    theirs.write_text("#!/bin/sh\necho theirs\n")
    with pytest.raises(ConfigError, match="move it away"):
        install_command(ROOT, unit_text(ROOT, UNITS[1], tmp_path), theirs)
    assert "theirs" in theirs.read_text()


def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    for unit in UNITS:
        # On a checkout that has no .venv the command would be missing, which is not what this test is about.
        text = unit_text(ROOT, unit, tmp_path).replace(f"{ROOT}/.venv/bin/callcenter", "/bin/true")
        (tmp_path / unit).write_text(text)
    done = run(["systemd-analyze", "verify", *(str(tmp_path / unit) for unit in UNITS)])
    assert (done.text, done.code) == ("", 0)


@pytest.mark.parametrize("unit", UNITS)
def test_they_come_back_by_themselves_and_gain_no_privilege(unit: str) -> None:
    lines = (ROOT / "deploy" / unit).read_text().splitlines()
    for line in ("Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict", "WantedBy=multi-user.target"):
        assert line in lines
