"""From a bare Debian machine to a ready one, and then the command it was for: `scripts/bootstrap PROFILE [-- COMMAND]`.

What is there already is found by content hashes and left alone, so a second run takes about a second.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from app.install import images, packages, rootfs, screens, venv
from app.install.commands import stream
from app.install.env_file import ensure_env_file
from app.install.steps import Progress, Step, run_steps
from app.runtime import choice, engine
from app.runtime.content import ROOT, asterisk_image, content_hash, services_image
from callcenter.errors import CallCenterError, ConfigError, MachineError

PROFILES: Final = {
    "demo": "a demo call centre on this machine",
    "test": "the test suite, on the real Asterisk in a container and in a chroot",
    "compose": "the test of the whole compose file",
    "speech": "the tests of callers who speak",
    "web": "the tests of the screens, in a real browser",
    "up": "the call centre for real",
    "screens": "the screens alone, built into desk/screens",
    "images": "base images, pulled or made, and the screens: for a `docker compose build` of your own",
}
_TARGETS: Final = {"compose": "test-compose", "speech": "test-speech", "web": "test-web", "screens": "web"}
ROOM_FIRST: Final = 4 * 1024**3  # bytes; packages, .venv and images took 2.9 GB
ROOM_LATER: Final = 300 * 1024**2
_PACKAGES, _ENGINE, _VENV, _ASTERISK = "system packages", "Docker engine", "Python packages", "Asterisk 22"
_SCREENS: Final = "screens"


@dataclass(slots=True, kw_only=True)
class Setup:
    """One run: the profile, and how Asterisk will run (known once the engine step is over)."""

    profile: str
    root: Path = ROOT
    kind: str = "docker"
    lists: tuple[str, ...] = field(init=False)
    venv_profile: str = field(init=False)

    def __post_init__(self) -> None:
        like = {"compose": "test", "speech": "test", "images": "up"}.get(self.profile, self.profile)
        without_docker = choice.wanted() in ("chroot", "external")
        self.lists = tuple(name for name in packages.LISTS[like] if not (without_docker and name == "docker"))
        self.venv_profile = {"speech": "speech", "images": "screens"}.get(self.profile, like)

    def lacking(self) -> list[str]:
        return packages.missing(packages.wanted(self.root, self.lists))


def check_machine(setup: Setup) -> None:
    """Raise MachineError at once, with the command to give, if this machine or user cannot do it."""
    if os.geteuid() != 0:
        again = f"give: sudo make {_TARGETS.get(setup.profile, setup.profile)}"
        if lacking := setup.lacking():
            raise MachineError(f"this needs root once, to install {', '.join(lacking)}; {again}")
        if setup.profile == "web":
            raise MachineError(f"this needs root, for Asterisk in a chroot; {again}")
        if setup.profile != "screens" and not engine.answers():
            raise MachineError(f"this needs root, because no Docker engine answers you; {again}")
    first = not venv.python(setup.root).exists()
    for folder in (setup.root, Path("/var")):
        free = shutil.disk_usage(folder).free
        if free < (ROOM_FIRST if first else ROOM_LATER):
            needed = "4 GB" if first else "0.3 GB"
            raise MachineError(f"too little room on the disk of {folder}: {free / 1e9:.1f} GB free, {needed} needed")


def steps(setup: Setup) -> list[Step]:
    """What `setup.profile` needs, in the order of need."""
    profile = setup.profile
    found = [Step(name=_PACKAGES, run=lambda progress: _install(setup, progress), done=lambda: not setup.lacking())]
    if profile not in ("screens", "web"):
        found.append(
            Step(name=_ENGINE, needs=(_PACKAGES,), run=lambda _: _engine(setup), done=lambda: _engine_there(setup))
        )
    found.append(_venv_step(setup))
    if profile not in ("test", "speech"):
        found.append(_screens_step(setup))
    if profile in ("screens", "images"):
        bases = images.bases(setup.root) if profile == "images" else []
        return found + [_base_step(setup, base, images.below(setup.root, base) or _ENGINE) for base in bases]
    if profile != "web":
        found.append(_asterisk_step(setup))
    if profile in ("test", "compose", "web"):
        found.append(_chroot_step(setup))
    if profile in ("compose", "up"):
        found += _compose_steps(setup)
    if profile == "demo":
        found.append(_schema_step(setup))
    return found


def _install(setup: Setup, progress: Progress) -> str:
    return packages.install(setup.lacking(), progress, keep_disabled=setup.profile != "up")


def _engine_there(setup: Setup) -> bool:
    if choice.wanted() in ("chroot", "external"):
        setup.kind = choice.wanted()
        return True
    return engine.answers()


def _engine(setup: Setup) -> str:
    setup.kind = choice.decide()
    if setup.kind != "docker":
        return "none can run here: Asterisk will run in a chroot"
    return "started"


def _venv_step(setup: Setup) -> Step:
    return Step(
        name=_VENV,
        needs=(_PACKAGES,),
        run=lambda progress: venv.make(setup.root, setup.venv_profile, progress),
        done=lambda: venv.ready(setup.root, setup.venv_profile),
    )


def _screens_step(setup: Setup) -> Step:
    """The screens; who wants to see calls can do without them, who tests or asks for them cannot."""
    strict = setup.profile in ("web", "screens", "compose")
    root = setup.root
    return Step(
        name=_SCREENS,
        needs=(_VENV,),
        run=lambda progress: (screens.build if strict else screens.build_if_possible)(root, progress),
        done=lambda: screens.built(root) and (setup.profile != "web" or screens.libraries_there(root)),
    )


def _asterisk_step(setup: Setup) -> Step:
    """Asterisk the way it will run here: as an image, or as a folder for chroot."""

    def run(progress: Progress) -> str:
        if setup.kind == "docker":
            return images.build_asterisk(setup.root, progress)
        return rootfs.make_asterisk_folder(setup.root, progress)

    def done() -> bool:
        if setup.kind == "docker":
            return images.present(asterisk_image(setup.root))
        return setup.kind == "external" or rootfs.asterisk_folder_ready(setup.root)

    return Step(name=_ASTERISK, needs=(_ENGINE,), run=run, done=done)


def _chroot_step(setup: Setup) -> Step:
    """The other way of running Asterisk, which the tests try as well."""
    return Step(
        name="Asterisk for chroot",
        needs=(_PACKAGES,),
        run=lambda progress: rootfs.make_asterisk_folder(setup.root, progress),
        done=lambda: rootfs.asterisk_folder_ready(setup.root),
    )


def _compose_steps(setup: Setup) -> list[Step]:
    """Images of our services, of Redis and of PostgreSQL; nothing of it where no engine runs."""
    root = setup.root
    return [
        Step(
            name="our services",
            needs=(_ENGINE, _SCREENS),
            run=lambda progress: images.build_services(root, progress),
            done=lambda: setup.kind != "docker" or images.present(services_image(root)),
        ),
        *[_base_step(setup, base, "our services") for base in images.bases(root) if not base.tag.startswith("debian:")],
    ]


def _base_step(setup: Setup, base: images.Base, need: str) -> Step:
    return Step(
        name=base.tag,
        needs=(need,),
        run=lambda progress: images.make_base(setup.root, base, progress),
        done=lambda: setup.kind != "docker" or images.base_ready(setup.root, base),
    )


def _schema_step(setup: Setup) -> Step:
    """The demo begins with an empty floor each time: its database is a copy of the one made here."""
    data = setup.root / "build/schema"
    stamp = data / ".schema"
    sources = content_hash(setup.root, ["callcenter/adapters/store"])

    def done() -> bool:
        return (data / "callcenter.db").exists() and stamp.exists() and stamp.read_text() == sources

    def migrate(progress: Progress) -> str:
        data.mkdir(parents=True, exist_ok=True)
        command = [str(setup.root / ".venv/bin/callcenter"), "migrate"]
        stream(command, progress, env={"CALLCENTER_DATA_DIR": str(data), "CALLCENTER_DATABASE_URL": ""})
        stamp.write_text(sources)
        return "SQLite"

    return Step(name="database schema", needs=(_VENV,), run=migrate, done=done)


def prepare(setup: Setup) -> None:
    """Bring this machine to where `setup.profile` works; raise CallCenterError with what is in the way."""
    check_machine(setup)
    begun = time.monotonic()
    run_steps(steps(setup), logs=setup.root / "var/log/bootstrap")
    if setup.profile == "up":
        ensure_env_file(setup.root / ".env")
    print(f"  ready after {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)


def follow(command: Sequence[str], root: Path) -> int:
    """Run `command` to its end, passing signals on; return its exit code."""
    process = subprocess.Popen(list(command), cwd=root)

    def pass_on(number: int, _: FrameType | None) -> None:
        if number != signal.SIGINT:  # Ctrl-C reaches the whole foreground group by itself
            process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        code = process.wait()
    finally:
        for number, action in before.items():
            signal.signal(number, action)
    return code if code >= 0 else 128 - code


def main(arguments: Sequence[str]) -> int:
    """Entry of scripts/bootstrap; returns the exit code."""
    profile, *rest = arguments or [""]
    command = rest[1:] if rest[:1] == ["--"] else rest
    try:
        if profile not in PROFILES:
            raise ConfigError(f"usage: scripts/bootstrap {'|'.join(PROFILES)} [-- COMMAND …]")
        setup = Setup(profile=profile)
        try:
            prepare(setup)
            return follow(command, setup.root) if command else 0
        finally:
            # An engine that we started serves the command it was started for, and `up` for good.
            if command and profile != "up":
                engine.release()
    except CallCenterError as error:
        print(f"{profile or 'bootstrap'}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{profile}: {error.filename or 'this machine'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
