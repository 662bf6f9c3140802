"""Debian suites unpacked by mmdebstrap: base images where no registry answers, Asterisk's folder for chroot."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from app.install.commands import stream
from app.install.steps import Progress
from app.runtime import asterisk
from app.runtime.content import asterisk_folder
from app.runtime.process import output
from callcenter.errors import MachineError

STALE: Final = "-o Acquire::Check-Valid-Until=false"
SUITE: Final = "forky"
# What the official slim images leave out too.
SLIM: Final = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_LOCAL_CERTIFICATES: Final = Path("/usr/local/share/ca-certificates")
_STAGES: Final = ("running apt-get update", "downloading", "extracting", "installing essential", "installing remaining")


def certificates() -> list[Path]:
    """Certificates that this machine trusts besides Debian's own (update-ca-certificates(8))."""
    return sorted(_LOCAL_CERTIFICATES.glob("*.crt"))


def stale_mirror(root: Path) -> bool:
    """Whether the package mirror was found to be stale: its lists are signed, but past the date they are good for."""
    return (root / "build/stale-mirror").exists()


def allowing_stale(root: Path, attempt: Callable[[bool], None]) -> None:
    """Run `attempt(False)`; if the package mirror turns out to be stale, note that and run `attempt(True)`.

    Once noted, the first attempt is the last. Other failures are raised, in our words if we have any for them.
    """
    known = stale_mirror(root)
    try:
        attempt(known)
    except MachineError as error:
        if known or "is expired (invalid since" not in str(error):
            raise explain(error) from None
        (root / "build").mkdir(exist_ok=True)
        (root / "build/stale-mirror").write_text(f"{error}\n")
        attempt(True)


def explain(error: MachineError) -> MachineError:
    """Say in our words what apt says in its own when a suite has another Asterisk than ours."""
    if "for 'asterisk' was not found" not in str(error):
        return error
    return MachineError(
        f"Debian {SUITE} has no Asterisk {asterisk.VERSION} any more, and this project needs that version: "
        "set CALLCENTER_APT_MIRROR to a mirror which has it"
    )


def mmdebstrap(
    root: Path, suite: str, target: Path, packages: Sequence[str], progress: Progress, hooks: Sequence[str] = ()
) -> None:
    """Unpack `suite` with `packages` into `target` (a folder, or a .tar), once more if the mirror is stale."""
    allowing_stale(root, lambda stale: _mmdebstrap(suite, target, packages, progress, hooks, stale=stale))


def _mmdebstrap(
    suite: str, target: Path, packages: Sequence[str], progress: Progress, hooks: Sequence[str], *, stale: bool
) -> None:
    begun = progress.fraction
    _remove(target)  # an attempt that failed leaves something behind

    def follow(line: str) -> None:
        for number, stage in enumerate(_STAGES):
            if stage in line:
                progress.tell(begun + (1 - begun) * number / (len(_STAGES) + 1), stage)

    kind = "tar" if target.suffix == ".tar" else "directory"
    command = ["mmdebstrap", "--variant=minbase", f"--format={kind}", f"--include={','.join(packages)}"]
    command += [f"--dpkgopt=path-exclude={path}" for path in SLIM]
    command += [f"--essential-hook={hook}" for hook in hooks]
    if stale:
        # For this run only: what is unpacked must not keep the leave.
        command += ['--aptopt=Acquire::Check-Valid-Until "false"']
        command += ['--customize-hook=rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap']
    if "ca-certificates" in packages and certificates():
        folder = str(_LOCAL_CERTIFICATES)
        command += [f'--customize-hook=mkdir -p "$1"{folder}', f"--customize-hook=sync-in {folder} {folder}"]
        command += ['--customize-hook=chroot "$1" update-ca-certificates']
    if not _may_mount():
        command += ["--mode=root", "--skip=check/canmount"]
    mirror = os.environ.get("CALLCENTER_APT_MIRROR", "")
    stream([*command, suite, str(target), *([mirror] if mirror else [])], progress, on_line=follow)


def make_asterisk_folder(root: Path, progress: Progress) -> str:
    """Unpack Asterisk's packages for chroot; return the folder's name."""
    target = asterisk_folder(root)
    unfinished = target.with_name(f"{target.name}.unfinished")
    lines = (root / "asterisk/packages.txt").read_text(encoding="utf-8").splitlines()
    packages = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    # Before the package makes the user with a number of its own.
    group, user = (
        f"asterisk:x:{asterisk.GID}:",
        f"asterisk:x:{asterisk.UID}:{asterisk.GID}::/var/lib/asterisk:/usr/sbin/nologin",
    )
    hooks = [f'echo {group} >> "$1"/etc/group', f'echo {user} >> "$1"/etc/passwd']
    target.parent.mkdir(exist_ok=True)
    mmdebstrap(root, SUITE, unfinished, packages, progress, hooks)
    unfinished.rename(target)
    return target.name


def asterisk_folder_ready(root: Path) -> bool:
    return (asterisk_folder(root) / "usr/sbin/asterisk").exists()


def _remove(target: Path) -> None:
    """Remove what an attempt left behind; one that was killed leaves /proc and others mounted in its folder."""
    for mounted in mounts_below(Path("/proc/self/mounts").read_text(encoding="utf-8"), target):
        output(["umount", mounted])
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)


def mounts_below(mounts: str, folder: Path) -> list[str]:
    """Return what is mounted at `folder` and below, the innermost first; `mounts` as in /proc/mounts (proc(5)).

    >>> mounts_below("proc /a/x/proc proc ro 0 0\\nnone /a/xy none rw 0 0\\n", Path("/a/x"))
    ['/a/x/proc']
    """
    places = [
        re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split()[1]) for line in mounts.splitlines()
    ]
    return [place for place in reversed(places) if Path(place).is_relative_to(folder.absolute())]


def _may_mount() -> bool:
    """Whether this process holds CAP_SYS_ADMIN (bit 21): root inside an unprivileged container does not."""
    lines = Path("/proc/self/status").read_text().splitlines()
    effective = next(line.split()[1] for line in lines if line.startswith("CapEff:"))
    return bool(int(effective, 16) & (1 << 21))
