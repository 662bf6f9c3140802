"""Asterisk that somebody else starts and stops: a systemd unit, compose, another machine."""

from __future__ import annotations

from app.runtime import asterisk
from app.runtime.asterisk import Instance
from callcenter.errors import MachineError


class ExternalAsterisk:
    """AsteriskRuntime that starts nothing; AMI is then the only way to ask it anything."""

    kind = "external"

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def prepare(self) -> None:
        self.instance.rendered.mkdir(parents=True, exist_ok=True)

    def start(self, timeout_s: float = asterisk.BOOT_S) -> None:
        """Nothing to do: whoever runs it starts it."""

    def stop(self) -> None:
        """Nothing to do: whoever runs it stops it."""

    def reload(self) -> None:
        raise MachineError("this Asterisk is run by somebody else: reload it through AMI")

    def alive(self) -> bool:
        return True

    def exec_cli(self, command: str) -> str:
        raise MachineError(f"this Asterisk is run by somebody else: its command line is out of reach ({command!r})")

    def logs(self, lines: int = 100) -> str:
        return asterisk.tail(self.instance.console_log, lines)
