"""Asterisk in a container of our image, on the host's network (RTP through Docker's port proxies costs too much)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from app.runtime import asterisk
from app.runtime.asterisk import STATE_DIRS, Instance
from app.runtime.content import ROOT, asterisk_image
from app.runtime.process import run
from callcenter import dialplan
from callcenter.errors import MachineError


class DockerAsterisk:
    """AsteriskRuntime by `docker run`: non-root, read-only root, no capabilities."""

    kind = "docker"

    def __init__(self, instance: Instance, *, root: Path = ROOT, image: str = "") -> None:
        self.instance = instance
        self._image = image or asterisk_image(root)
        self._container = f"callcenter-{instance.name}"

    def prepare(self) -> None:
        asterisk.make_folders(self.instance)

    def start(self, timeout_s: float = asterisk.BOOT_S) -> None:
        self.stop()
        self.prepare()
        asterisk.hand_over(self.instance)
        if not run(["docker", "image", "inspect", self._image]).ok:
            raise MachineError(f"the image {self._image} is not built: run scripts/bootstrap demo")
        started = run(["docker", "run", *self._options(), self._image], timeout_s=120)
        if not started.ok:
            self._remove()
            raise MachineError(f"Docker cannot start Asterisk: {started.reason}")
        asterisk.wait_booted(self, timeout_s)

    def stop(self) -> None:
        if self.alive():
            # Its own way out writes the CDRs of calls that it ends; a signal would lose them.
            with suppress(MachineError):  # it hangs: removing the container ends it all the same
                run(["docker", "exec", self._container, "asterisk", "-rx", "core stop now"], timeout_s=10)
                run(["docker", "wait", self._container], timeout_s=10)
        self._keep_log()
        self._remove()

    def reload(self) -> None:
        asterisk.hand_over(self.instance)
        self.exec_cli("core reload")

    def alive(self) -> bool:
        done = run(["docker", "inspect", "--format", "{{.State.Running}}", self._container])
        return done.ok and done.out.strip() == "true"

    def exec_cli(self, command: str) -> str:
        done = run(["docker", "exec", self._container, "asterisk", "-rx", command], timeout_s=30)
        if not done.ok:
            raise MachineError(f"Asterisk does not answer {command!r}: {done.reason}")
        return done.out

    def logs(self, lines: int = 100) -> str:
        done = run(["docker", "logs", "--tail", str(lines), self._container])
        if done.ok:
            return done.text
        return asterisk.tail(self.instance.console_log, lines)

    def _options(self) -> list[str]:
        uid, gid = asterisk.owner()
        own = f"uid={uid},gid={gid},mode=0750"
        options = ["--detach", "--name", self._container, "--network", "host", "--user", f"{uid}:{gid}"]
        options += ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--no-healthcheck"]
        options += ["--ulimit", f"nofile={asterisk.open_files()}", "--log-opt", "max-size=20m"]
        options += ["--tmpfs", f"/run/asterisk:{own}", "--tmpfs", f"/var/cache/asterisk:{own}", "--tmpfs", "/tmp"]
        for path in (*STATE_DIRS, dialplan.RECORDINGS_DIR):
            options += ["--volume", f"{self.instance.inside(path)}:{path}"]
        if self.instance.prompts.is_dir():
            options += ["--volume", f"{self.instance.prompts}:{dialplan.OWN_PROMPTS_DIR}:ro"]
        return [*options, "--volume", f"{self.instance.rendered}:{dialplan.RENDERED_DIR}:ro"]

    def _keep_log(self) -> None:
        done = run(["docker", "logs", self._container])
        if done.ok:
            self.instance.console_log.touch(mode=0o600)
            self.instance.console_log.write_text(done.text + "\n")

    def _remove(self) -> None:
        run(["docker", "rm", "--force", "--volumes", self._container], timeout_s=30)
