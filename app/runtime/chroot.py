"""Asterisk in a chroot, for machines where no Docker engine can run: same packages, same conf, same user.

The unpacked packages (app/install/rootfs.py) are shared by hard links, which needs neither mounts nor a copy: an
instance's root costs directories only. Asterisk runs as its own user, to whom all of it is read-only except the
instance's own folders.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.runtime import asterisk
from app.runtime.asterisk import Instance
from app.runtime.content import ROOT, asterisk_folder
from app.runtime.process import end, launch, read_pid, run, write_pid
from callcenter import dialplan
from callcenter.errors import MachineError

_OWN: Final = (
    "etc/asterisk",
    "var/lib/asterisk",
    "var/log/asterisk",
    "var/spool/asterisk",
    "run/asterisk",
    dialplan.RECORDINGS_DIR.lstrip("/"),
    dialplan.OWN_PROMPTS_DIR.lstrip("/"),
)
_LIBRARIES: Final = ("asterisk", "six")  # pyst2's import name, and what it needs; the only Python fallback.py uses
_MARK: Final = ".callcenter-base"
_HOSTS: Final = Path("/etc/hosts")
_RESOLVER: Final = Path("/etc/resolv.conf")


class ChrootAsterisk:
    """AsteriskRuntime by chroot(8)."""

    kind = "chroot"

    def __init__(self, instance: Instance, *, root: Path = ROOT, base: Path | None = None) -> None:
        self.instance = instance
        self._sources = root
        self._base = base or asterisk_folder(root)
        self._pid_file = instance.folder.resolve() / "asterisk.pid"

    def prepare(self) -> None:
        asterisk.make_folders(self.instance)

    def start(self, timeout_s: float = asterisk.BOOT_S) -> None:
        self.stop()
        if os.geteuid() != 0:
            raise MachineError("Asterisk in a chroot needs root")
        if not (self._base / "usr/sbin/asterisk").exists():
            raise MachineError(f"{self._base} is not there: run CALLCENTER_RUNTIME=chroot scripts/bootstrap demo")
        self.install()
        asterisk.hand_over(self.instance)
        command = [
            "prlimit",
            f"--nofile={asterisk.open_files()}",
            *self._chroot(),
            "/usr/sbin/asterisk",
            "-f",
            "-n",
            "-T",
        ]
        write_pid(self._pid_file, launch(command, log=self.instance.console_log, env=_ENVIRONMENT))
        asterisk.wait_booted(self, timeout_s)

    def install(self) -> None:
        """Bring the instance's root up to date with the unpacked packages and with our conf, scripts and prompts."""
        root = self.instance.root
        root.mkdir(parents=True, exist_ok=True)
        mark = root / _MARK
        if not mark.exists() or mark.read_text() != self._base.name:
            _remove_but_own(root)
            link_tree(self._base, root, skip=_OWN)
            mark.write_text(self._base.name)
        self.prepare()
        uid, gid = asterisk.owner()
        for path in ("/run/asterisk", "/var/cache/asterisk"):
            shutil.rmtree(self.instance.inside(path), ignore_errors=True)
            self.instance.inside(path).mkdir(parents=True)
            os.chown(self.instance.inside(path), uid, gid)
        self._copy_conf()

    def stop(self) -> None:
        pid = read_pid(self._pid_file)
        if pid is not None:
            # Its own way out writes the CDRs of calls that it ends; then whatever it started (AGI scripts).
            with suppress(MachineError):  # it hangs: a signal follows
                run([*self._chroot(), "/usr/sbin/asterisk", "-rx", "core stop now"], timeout_s=10, env=_ENVIRONMENT)
            end(pid, group=True)
        self._pid_file.unlink(missing_ok=True)

    def reload(self) -> None:
        asterisk.hand_over(self.instance)
        self.exec_cli("core reload")

    def alive(self) -> bool:
        return read_pid(self._pid_file) is not None

    def exec_cli(self, command: str) -> str:
        done = run([*self._chroot(), "/usr/sbin/asterisk", "-rx", command], timeout_s=30, env=_ENVIRONMENT)
        if not done.ok:
            raise MachineError(f"Asterisk does not answer {command!r}: {done.reason}")
        return done.out

    def logs(self, lines: int = 100) -> str:
        return asterisk.tail(self.instance.console_log, lines)

    def _chroot(self) -> list[str]:
        return ["chroot", f"--userspec={asterisk.UID}:{asterisk.GID}", "--groups=", str(self.instance.root)]

    def _copy_conf(self) -> None:
        inside = self.instance.inside
        conf = inside("/etc/asterisk")
        for stale in conf.glob("*.conf"):
            stale.unlink()
        for file in sorted((self._sources / "asterisk/conf").glob("*.conf")):
            _copy(file, conf / file.name)
        agi = inside("/usr/share/asterisk/agi-bin")
        _copy_tree(self._sources / "asterisk/agi-bin", agi, mode=0o755)
        _copy_tree(self._sources / "prompts", inside(dialplan.PROMPTS_DIR))
        for name in _LIBRARIES:
            _copy_library(name, inside("/usr/lib/python3/dist-packages"))
        if _RESOLVER.exists():
            _copy(_RESOLVER, inside("/etc/resolv.conf"))
        write_hosts(inside("/etc/hosts"), _HOSTS.read_text() if _HOSTS.exists() else "")


_ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/var/lib/asterisk", "LANG": "C.UTF-8"}


def write_hosts(path: Path, machine: str) -> None:
    """Write the hosts file: the machine's (`machine` is its text), in which the machine's own name is never missing.

    Asterisk looks its own name up in the middle of every call's set-up. Where that asks a name server, one that is
    slow or down holds all calls up.
    """
    own = socket.gethostname()
    known = {name for line in machine.splitlines() for name in line.partition("#")[0].split()[1:]}
    wanted = [name for name in ("localhost", own) if name not in known]
    text = machine if machine.endswith("\n") or not machine else machine + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # a link to the shared packages
    path.write_text(text + "".join(f"127.0.0.1 {name}\n" for name in wanted))
    path.chmod(0o644)


def link_tree(base: Path, root: Path, *, skip: tuple[str, ...] = ()) -> None:
    """Make `root` show what `base` holds: real directories, hard links to files (copies across file systems).

    Paths in `skip` and below are left out. Files keep owner and mode, being the same files.
    """
    for name, folders, files in os.walk(base):
        folder = Path(name)
        below = folder.relative_to(base)
        target = root / below
        target.mkdir(exist_ok=True)
        _like(folder, target)
        folders[:] = [child for child in folders if str(below / child) not in skip]
        linked = [child for child in folders if (folder / child).is_symlink()]
        folders[:] = [child for child in folders if child not in linked]
        for child in [*files, *linked]:
            _link(folder / child, target / child)


def _link(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
        return
    try:
        os.link(source, target)
    except OSError:
        if source.is_file():  # another file system; device nodes are done without
            shutil.copy2(source, target)
            _like(source, target)


def _like(source: Path, target: Path) -> None:
    status = source.stat()
    os.chown(target, status.st_uid, status.st_gid)
    target.chmod(status.st_mode & 0o7777)


def _remove_but_own(root: Path) -> None:
    """Empty `root` of linked packages, keeping the instance's own folders."""
    own = {root / path for path in _OWN}
    keep = own | {parent for path in own for parent in path.parents}
    for name, folders, files in os.walk(root):
        folder = Path(name)
        folders[:] = [child for child in folders if folder / child not in own]
        for child in files:
            (folder / child).unlink()
        for child in list(folders):
            path = folder / child
            if path.is_symlink():
                path.unlink()
            elif path not in keep:
                shutil.rmtree(path)
            else:
                continue
            folders.remove(child)


def _copy(source: Path, target: Path, mode: int = 0o644) -> None:
    """Replace `target` by a copy: never write into it, it may be a hard link to the shared packages."""
    target.unlink(missing_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def _copy_tree(source: Path, target: Path, mode: int = 0o644) -> None:
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    for path in sorted(source.rglob("*")):
        if "__pycache__" in path.parts:
            continue
        if path.is_dir():
            (target / path.relative_to(source)).mkdir()
        else:
            _copy(path, target / path.relative_to(source), mode)


def _copy_library(name: str, target: Path) -> None:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise MachineError(f"the Python package {name} is not installed here: run scripts/bootstrap demo")
    origin = Path(found.origin)
    if origin.name == "__init__.py":
        _copy_tree(origin.parent, target / origin.parent.name)
    else:
        _copy(origin, target / origin.name)
