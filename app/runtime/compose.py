"""docker-compose.yml, brought up and torn down: `make up`, `make down`, and the test of the whole file."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.runtime.content import ROOT, asterisk_image, services_image
from app.runtime.engine import compose_command, system_path
from app.runtime.process import Finished, run
from callcenter.errors import MachineError

ONCE: Final = frozenset({"migrate", "render", "prompts"})  # services that run to their end
WAIT_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One installation of the compose file: its name, its `.env`, and what its environment says besides."""

    name: str = "callcenter"
    root: Path = ROOT
    env_file: Path = ROOT / ".env"
    environ: Mapping[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        return [
            *_compose(),
            "--project-name",
            self.name,
            "--file",
            str(self.root / "docker-compose.yml"),
            "--env-file",
            str(self.env_file),
            *arguments,
        ]

    def environment(self) -> dict[str, str]:
        """Ours, plus the tags of the images as the sources are now: never a stale `latest`."""
        tags = {
            "CALLCENTER_TAG": services_image(self.root).partition(":")[2],
            "CALLCENTER_ASTERISK_TAG": asterisk_image(self.root).partition(":")[2],
        }
        return {**os.environ, "PATH": system_path(), **tags, **self.environ}

    def run(self, *arguments: str, timeout_s: float = 300) -> Finished:
        return run(self.command(*arguments), timeout_s=timeout_s, env=self.environment(), cwd=self.root)

    def up(self, wait_s: float = WAIT_S) -> None:
        """Start everything and wait until all of it is healthy; raise MachineError naming what is not."""
        done = self.run("up", "--detach", "--no-build", "--remove-orphans")
        if not done.ok:
            raise MachineError(f"compose cannot start the call centre: {_reason(done)}")
        until = time.monotonic() + wait_s
        while ill := self.ill():
            if time.monotonic() > until:
                raise MachineError(f"not healthy after {wait_s:g} s: {', '.join(ill)} (see `make logs`)")
            time.sleep(1)

    def down(self, *, volumes: bool = False) -> None:
        """Stop and remove containers and networks; `volumes` also takes all data away."""
        done = self.run("down", "--remove-orphans", *(["--volumes"] if volumes else []))
        if not done.ok:
            raise MachineError(f"compose cannot stop the call centre: {_reason(done)}")

    def ill(self) -> list[str]:
        """Services that are not healthy yet (or, of those that run once, did not end well), with their state."""
        states = self.states()
        fine = {service: {"exited 0"} if service in ONCE else {"running", "healthy"} for service in states}
        return [f"{service} ({state})" for service, state in sorted(states.items()) if state not in fine[service]]

    def states(self) -> dict[str, str]:
        """Service → healthy, starting, unhealthy, running (it has no health check), exited N, …"""
        ids = run(["docker", "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={self.name}"])
        if not ids.ok or not ids.out.split():
            return {}
        found = json.loads(run(["docker", "inspect", *ids.out.split()]).out or "[]")
        return {one["Config"]["Labels"]["com.docker.compose.service"]: _state(one["State"]) for one in found}

    def logs(self, service: str = "", *, follow: bool = False, lines: int = 200) -> int:
        """Show logs on our own terminal; return compose's exit code."""
        arguments = ["logs", "--tail", str(lines), *(["--follow"] if follow else []), *([service] if service else [])]
        return subprocess.run(self.command(*arguments), env=self.environment(), cwd=self.root, check=False).returncode


@functools.cache
def _compose() -> tuple[str, ...]:
    """The compose in place, looked for once: docker-compose 1.29 takes half a second to say that it is there."""
    return tuple(compose_command())


def _state(state: Mapping[str, object]) -> str:
    if state["Status"] == "exited":
        return f"exited {state['ExitCode']}"
    health = state.get("Health")
    return str(health["Status"]) if isinstance(health, dict) and state["Status"] == "running" else str(state["Status"])


def _reason(done: Finished) -> str:
    lines = [line.strip() for line in done.text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR", "Error")) or "error" in line.lower()]
    return (errors or lines or [f"exit code {done.code}"])[-1][:300]
