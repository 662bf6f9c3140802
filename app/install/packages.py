"""System packages: what a profile needs is listed in scripts/packages-*.txt, what is missing is installed by apt."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.install.commands import STATUS_FD, stream
from app.install.steps import Progress
from app.runtime.engine import program
from app.runtime.process import run
from callcenter.errors import MachineError

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "demo": ("python", "run", "image", "docker", "phones"),
    "test": ("python", "run", "image", "docker", "phones", "test"),
    "up": ("python", "run", "image", "docker"),
    "screens": ("python",),
    "web": ("python", "run", "image", "phones", "test", "browser"),
}
# Debian enables what it installs. A demo must not leave servers behind that start with the machine.
_SERVERS: Final = ("redis-server", "postgresql", "docker.service", "docker.socket", "containerd")
_POLICY: Final = Path("/usr/sbin/policy-rc.d")
_DIALOGUE: Final = ("-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")


def wanted(root: Path, lists: Sequence[str]) -> list[tuple[str, ...]]:
    """Packages of `lists`; each is a tuple of alternatives, any of which will do."""
    found: list[tuple[str, ...]] = []
    for name in lists:
        text = (root / f"scripts/packages-{name}.txt").read_text(encoding="utf-8")
        lines = (line.split("#")[0].strip() for line in text.splitlines())
        found += [tuple(part.strip() for part in line.split("|")) for line in lines if line]
    return found


def missing(packages: Sequence[tuple[str, ...]]) -> list[str]:
    """First alternatives of those `packages` of which none is installed."""
    if program("dpkg-query") is None:
        raise MachineError("this is no Debian: install by hand what scripts/packages-*.txt name, or use Debian 12")
    names = [name for alternatives in packages for name in alternatives]
    done = run(["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names])
    installed = {line.split()[0] for line in done.out.splitlines() if line.endswith(" installed")}
    return [alternatives[0] for alternatives in packages if not installed.intersection(alternatives)]


def install(names: Sequence[str], progress: Progress, *, keep_disabled: bool) -> str:
    """Install `names`; with `keep_disabled` what they bring does not start with the machine.

    Nothing is started now either: we start what we need ourselves, and stop it again.
    """
    if os.geteuid() != 0:
        raise MachineError(f"{_several(names)} not installed, which takes root")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    progress.tell(0.02, "package lists")
    try:
        stream(["apt-get", *_DIALOGUE, "update"], progress, env=env)
        stale = ""
    except MachineError as error:  # often one foreign repository of many: what counts is whether the install works
        stale = str(error)
    command = [
        "apt-get",
        *_DIALOGUE,
        "-o",
        f"APT::Status-Fd={STATUS_FD}",
        "install",
        "--yes",
        "--no-install-recommends",
        *names,
    ]
    with _nothing_started():
        try:
            stream(command, progress, on_line=lambda line: _follow(line, progress), env=env)
        except MachineError as error:
            raise MachineError(f"{error}; before that: {stale}" if stale else str(error)) from None
    if keep_disabled and program("systemctl") is not None:
        for server in _SERVERS:
            if server.split(".")[0] in {name.split(".")[0] for name in names}:
                run(["systemctl", "disable", "--quiet", server])
    return f"{len(names)} and what they need"


def _follow(line: str, progress: Progress) -> None:
    """Lines of APT::Status-Fd: dlstatus (download) and pmstatus (unpack, configure), percent in the third field."""
    kind, _, rest = line.partition(":")
    if kind not in ("dlstatus", "pmstatus"):
        return
    fields = rest.split(":")
    try:
        percent = float(fields[1])
    except (IndexError, ValueError):
        return
    base = 0.05 if kind == "dlstatus" else 0.40
    share = 0.35 if kind == "dlstatus" else 0.60
    progress.tell(base + share * percent / 100, fields[-1].strip()[:40])


@contextmanager
def _nothing_started() -> Iterator[None]:
    """Keep packages from starting their servers while they are installed (Debian's policy-rc.d)."""
    if _POLICY.exists():
        yield
        return
    try:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")
        _POLICY.chmod(0o755)
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def _several(names: Sequence[str]) -> str:
    few = ", ".join(names[:3])
    if len(names) == 1:
        return f"{few} is"
    return f"{few} are" if len(names) <= 3 else f"{few} and {len(names) - 3} more are"
