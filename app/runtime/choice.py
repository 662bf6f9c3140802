"""Which way Asterisk runs on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.runtime import engine
from app.runtime.asterisk import AsteriskRuntime, Instance
from app.runtime.chroot import ChrootAsterisk
from app.runtime.content import ROOT
from app.runtime.docker import DockerAsterisk
from app.runtime.external import ExternalAsterisk
from callcenter.errors import ConfigError, MachineError

VARIABLE: Final = "CALLCENTER_RUNTIME"
KINDS: Final = ("auto", "docker", "chroot", "external")


def wanted(environ: Mapping[str, str] = os.environ) -> str:
    """What CALLCENTER_RUNTIME asks for; raise ConfigError if it is none of `KINDS`."""
    kind = environ.get(VARIABLE, "") or "auto"
    if kind not in KINDS:
        raise ConfigError(f"{VARIABLE}={kind!r} is not one of {', '.join(KINDS)}")
    return kind


def decide(environ: Mapping[str, str] = os.environ) -> str:
    """Return docker, chroot or external, starting the Docker engine if that is all it takes.

    With `auto`, a machine where no engine can run gets chroot. Raise MachineError if neither is possible.
    """
    kind = wanted(environ)
    if kind in ("chroot", "external"):
        return kind
    try:
        engine.ensure()
    except MachineError as error:
        if kind == "docker":
            raise
        if os.geteuid() != 0:
            raise MachineError(f"{error}; without one Asterisk needs root: give the same command with sudo") from None
        return "chroot"
    return "docker"


def pick(instance: Instance, *, kind: str = "", root: Path = ROOT) -> AsteriskRuntime:
    """Return how `instance` is run: `kind` if given, else what `decide` says."""
    match kind or decide():
        case "docker":
            return DockerAsterisk(instance, root=root)
        case "chroot":
            return ChrootAsterisk(instance, root=root)
        case "external":
            return ExternalAsterisk(instance)
        case other:
            raise ConfigError(f"no way to run Asterisk is called {other!r}")
