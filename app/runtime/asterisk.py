"""One running Asterisk of ours: where its files lie, and what every way of running it can do.

Two ways, same conf, same folders: a container (docker.py), or a chroot where no Docker engine can run (chroot.py).
Several instances run side by side: each has its own folder, and what `callcenter render` wrote there decides ports.
"""

from __future__ import annotations

import os
import re
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from callcenter import dialplan
from callcenter.errors import ConfigError, MachineError

VERSION: Final = "22"
UID: Final = 5060  # user `asterisk` inside the image and the chroot; fixed so that folders keep their owner
GID: Final = 5060
BOOT_S: Final = 30.0
SHARED_MODE: Final = 0o2770
MAX_FILES: Final = 65536  # two sockets a leg and two a call to us: enough for ten thousand calls
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Name and folder of one Asterisk. The folder outlives the process: AstDB, CDR and logs stay over a restart.

    `name` is unique on the machine (lower-case letters, digits, -).
    """

    name: str
    folder: Path

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(f"{self.name!r} cannot name an Asterisk: use a–z, 0–9 and -")

    @property
    def root(self) -> Path:
        """What Asterisk sees as / in a chroot; in a container only the folders below are mounted from here."""
        return self.folder.resolve() / "root"

    @property
    def rendered(self) -> Path:
        """Where `callcenter render --to` must write for this Asterisk."""
        return self.inside(dialplan.RENDERED_DIR)

    @property
    def cdr_dir(self) -> Path:
        return self.inside("/var/log/asterisk/cdr-custom")

    @property
    def console_log(self) -> Path:
        """What Asterisk printed on its console during the last run."""
        return self.folder.resolve() / "console.log"

    @property
    def recordings(self) -> Path:
        return self.inside(dialplan.RECORDINGS_DIR)

    @property
    def prompts(self) -> Path:
        """Where prompts are kept that may be recorded anew, `dialplan.OWN_PROMPTS_DIR` for Asterisk."""
        return self.inside(dialplan.OWN_PROMPTS_DIR)

    def inside(self, path: str) -> Path:
        """Our name for what Asterisk knows as `path`."""
        return self.root / path.lstrip("/")


# Folders Asterisk may write; everything else it sees is read-only to it.
STATE_DIRS: Final = ("/var/lib/asterisk", "/var/spool/asterisk", "/var/log/asterisk")
_OWN_DIRS: Final = (
    *STATE_DIRS,
    "/var/spool/asterisk/tmp",
    "/var/log/asterisk/cdr-custom",
    dialplan.RENDERED_DIR,
)


class AsteriskRuntime(Protocol):
    """How one instance is started, asked and stopped."""

    kind: str
    instance: Instance

    def prepare(self) -> None:
        """Make the instance's folders, so that `instance.rendered` can be written to."""

    def start(self, timeout_s: float = BOOT_S) -> None:
        """Start and wait until fully booted; whatever still runs under this name is stopped first.

        Raise MachineError with Asterisk's own reason if it does not come up or is not Asterisk 22.
        """

    def stop(self) -> None:
        """Stop at once, calls included; no error if it does not run."""

    def reload(self) -> None:
        """Read conf again after a new render; calls go on."""

    def alive(self) -> bool: ...

    def exec_cli(self, command: str) -> str:
        """Return what Asterisk's command line answers, e.g. to "core show version"; raise MachineError if none."""

    def logs(self, lines: int = 100) -> str:
        """The last lines of its console."""


def owner() -> tuple[int, int]:
    """uid and gid Asterisk runs as: its own if we are root, else ours (an ordinary user who may use Docker)."""
    return (UID, GID) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def open_files() -> int:
    """How many files Asterisk may open: what reliability asks for, or what this machine allows even root."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)


def make_folders(instance: Instance) -> None:
    """Make the folders of `instance` that are Asterisk's own, with their owner."""
    uid, gid = owner()
    for path in _OWN_DIRS:
        folder = instance.inside(path)
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, uid, gid)
        folder.chmod(0o750)
    # Our services write there too: what either makes belongs to the group.
    instance.recordings.mkdir(parents=True, exist_ok=True)
    os.chown(instance.recordings, uid, gid)
    instance.recordings.chmod(SHARED_MODE)


def hand_over(instance: Instance) -> None:
    """Let Asterisk's group read what was rendered, and nobody else: it holds secrets."""
    _, gid = owner()
    for path in [instance.rendered, *instance.rendered.rglob("*")]:
        os.chown(path, -1, gid)
        path.chmod(0o750 if path.is_dir() else 0o640)


def wait_booted(runtime: AsteriskRuntime, timeout_s: float) -> None:
    """Wait until `runtime` answers and is the version we know; stop it and raise MachineError otherwise."""
    until = time.monotonic() + timeout_s
    unheard = ""
    while True:
        if not runtime.alive():
            problem = f"Asterisk ended while starting: {complaint(runtime.logs())}"
            break
        if time.monotonic() > until:
            problem = f"Asterisk was not up after {timeout_s:g} s: {unheard or complaint(runtime.logs())}"
            break
        try:
            runtime.exec_cli("core waitfullybooted")
            version = runtime.exec_cli("core show version").strip()
        except MachineError as error:
            unheard = str(error)
            time.sleep(0.1)
            continue
        if version.startswith(f"Asterisk {VERSION}."):
            return
        problem = f"this needs Asterisk {VERSION}, but here is: {version.splitlines()[0] if version else 'unknown'}"
        break
    runtime.stop()
    raise MachineError(f"{problem} (log: {runtime.instance.console_log})")


def complaint(log: str) -> str:
    """The last line of `log` in which Asterisk complains, else its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\bERROR\b|Unable to|cannot|failed", line)]
    return (errors or lines or ["nothing was logged"])[-1][:300]


def tail(path: Path, lines: int) -> str:
    """The last `lines` lines of a text file, "" if it is not there."""
    try:
        text = path.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
