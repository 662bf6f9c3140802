"""The call centre for real: `make up`, `make down`, `make logs`, `make check`.

With a Docker engine it is docker-compose.yml, whose restart policy brings it back with the machine. Without one it
is two systemd units: Asterisk in a chroot, and all our services in one process.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from app.runtime import choice, engine
from app.runtime.asterisk import GID, UID, Instance
from app.runtime.chroot import ChrootAsterisk
from app.runtime.compose import Project
from app.runtime.content import ROOT
from app.runtime.process import output, run
from callcenter.errors import CallCenterError, ConfigError, MachineError

UNITS: Final = ("callcenter-asterisk.service", "callcenter.service")
UNIT_FOLDER: Final = Path("/etc/systemd/system")
USER: Final = "callcenter"
DATA: Final = Path("/var/lib/callcenter")
COMMAND: Final = Path("/usr/local/bin/callcenter")  # in every operator's PATH
WRITTEN: Final = "# Written by `make up`: runs as the services do."


def up(root: Path = ROOT) -> str:
    """Start it and wait until it is healthy; return what to tell the operator."""
    if choice.decide() == "docker":
        _start_with_machine()
        Project(root=root, env_file=root / ".env").up()
        return _told(_desk_address(root), "docker-compose exec acd callcenter")
    if not Path("/run/systemd/system").is_dir():
        raise MachineError("neither a Docker engine nor systemd runs here: give `.venv/bin/callcenter up` instead")
    install_units(root)
    run(["systemctl", "daemon-reload"])
    output(["systemctl", "enable", *UNITS])
    output(["systemctl", "restart", *UNITS], timeout_s=120)
    return _told("127.0.0.1:8080", "callcenter")


def down(root: Path = ROOT) -> str:
    """Stop it whichever way it runs; data stays."""
    if (UNIT_FOLDER / UNITS[0]).exists():
        output(["systemctl", "disable", "--now", *UNITS], timeout_s=120)
    if engine.answers():
        Project(root=root, env_file=root / ".env").down()
        engine.release()
    return "down; data stays: `make up` goes on with it"


def logs(root: Path = ROOT, service: str = "", *, follow: bool = True) -> int:
    """Show what its processes say on our own terminal; return the exit code."""
    if (UNIT_FOLDER / UNITS[0]).exists():
        units = [part for unit in UNITS if service in unit for part in ("--unit", unit)]
        command = ["journalctl", "--lines", "200", *(["--follow"] if follow else []), *units]
        return subprocess.run(command, check=False).returncode
    return Project(root=root, env_file=root / ".env").logs(service, follow=follow)


def check(root: Path = ROOT) -> int:
    """`callcenter check` where the services run, with their settings; return its exit code."""
    project = Project(root=root, env_file=root / ".env")
    if (UNIT_FOLDER / UNITS[1]).exists():
        settings = unit_settings((UNIT_FOLDER / UNITS[1]).read_text(encoding="utf-8"))
        command, environ = [str(root / ".venv/bin/callcenter"), "check"], {**os.environ, **settings}
    elif engine.answers() and project.states():
        command, environ = project.command("exec", "-T", "acd", "callcenter", "check"), project.environment()
    else:
        raise MachineError("nothing is up here: give `make up` first")
    return subprocess.run(command, env=environ, cwd=root, stdin=subprocess.DEVNULL, check=False).returncode


def unit_settings(unit: str) -> dict[str, str]:
    """The settings that a unit gives its process.

    >>> unit_settings("[Service]\\nEnvironment=CALLCENTER_CELL=north\\nUser=x\\n")
    {'CALLCENTER_CELL': 'north'}
    """
    given = (line.removeprefix("Environment=") for line in unit.splitlines() if line.startswith("Environment="))
    return dict(line.split("=", 1) for line in given)


def install_units(root: Path, folder: Path = UNIT_FOLDER) -> None:
    """Write the systemd units for this checkout, and make the user, the data folder and Asterisk's root they name.

    The `callcenter` command is put where operators find it; raise ConfigError if something else has its name there.
    """
    asterisk = ChrootAsterisk(Instance(name="main", folder=DATA / "asterisk"), root=root)
    for unit in UNITS:
        (folder / unit).write_text(unit_text(root, unit, asterisk.instance.root))
    install_command(root, unit_text(root, UNITS[1], asterisk.instance.root))
    asterisk.install()
    if not run(["id", USER]).ok:
        home = ["--home-dir", str(DATA), "--no-create-home", "--shell", "/usr/sbin/nologin"]
        output(["useradd", "--system", *home, USER])
    command = root / ".venv/bin/callcenter"
    if not run(["runuser", "-u", USER, "--", str(command), "--help"]).ok:
        why = "this checkout, or the Python its .venv was made with, is not for others to read: /opt and /usr are"
        raise MachineError(f"user {USER} cannot run {command}: {why}")
    DATA.mkdir(parents=True, exist_ok=True)
    shutil.chown(DATA, USER)
    # Our services write what Asterisk reads, and read what it logs.
    asterisk.instance.prompts.mkdir(exist_ok=True)
    for path in (asterisk.instance.rendered, asterisk.instance.cdr_dir, asterisk.instance.prompts):
        os.chown(path, -1, GID)
    for path in (asterisk.instance.rendered, asterisk.instance.prompts):
        shutil.chown(path, USER)
        path.chmod(0o2750)


def install_command(root: Path, unit: str, path: Path = COMMAND) -> None:
    """Write the command that runs as the services do: as their user, with the settings of their unit.

    As root or without these settings it would work on another folder's data. Raise ConfigError if `path` is not ours.
    """
    if path.exists() and WRITTEN not in path.read_text(encoding="utf-8", errors="replace"):
        raise ConfigError(f"{path} is another program's: move it away, then give `make up` again")
    settings = [f"{name}={value}" for name, value in unit_settings(unit).items()]
    command = shlex.join(["runuser", "-u", USER, "--", "env", *settings, str(root / ".venv/bin/callcenter")])
    path.write_text(f'#!/bin/sh\n{WRITTEN}\n[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"\nexec {command} "$@"\n')
    path.chmod(0o755)


def unit_text(root: Path, unit: str, asterisk_root: Path) -> str:
    """The unit of deploy/ with this installation's folders in it."""
    text = (root / "deploy" / unit).read_text(encoding="utf-8")
    places: dict[str, object] = {"@ROOT@": root, "@DATA@": DATA, "@ASTERISK_ROOT@": asterisk_root}
    places |= {"@USER@": USER, "@UID@": UID, "@GID@": GID}
    for mark, place in places.items():
        text = text.replace(mark, str(place))
    return text


def _start_with_machine() -> None:
    """The restart policy only helps if the engine itself starts with the machine."""
    if Path("/run/systemd/system").is_dir():
        run(["systemctl", "enable", "docker"])


def _desk_address(root: Path) -> str:
    shown = Project(root=root, env_file=root / ".env").run("port", "desk", "8080")
    return shown.out.strip() or "127.0.0.1:8080"


def _told(desk: str, command: str) -> str:
    return (
        "The call centre is up.\n"
        f"  desk       http://{desk}/   (first sign-in: admin; the one-time password is in `make logs`)\n"
        f"  an agent   {command} agent add   (tells the phone's user name and password)\n"
        "  a phone    register it at this machine's address, SIP port 5060, with that user name and password\n"
        f"  trouble?   {command} check"
    )


def main(arguments: list[str]) -> int:
    verbs = {"up": up, "down": down}
    try:
        match arguments:
            case ["logs", *service]:
                return logs(service="".join(service))
            case ["check"]:
                return check()
            case [verb] if verb in verbs:
                print(verbs[verb]())
                return 0
        raise ConfigError("usage: python -m app.install.centre up|down|check|logs [SERVICE]")
    except CallCenterError as error:
        print(f"{arguments[0] if arguments else 'centre'}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
