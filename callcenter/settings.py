"""Settings of a process, read once from the environment (names in docs/configuration.md, prefix CALLCENTER_).

What an administrator edits (trunks, numbers, agents, queues) is not here but in centre.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from callcenter import dialplan
from callcenter.errors import ConfigError

PREFIX = "CALLCENTER_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where everything is and how to reach it.

    - `data_dir`: centre.toml, secrets.env, the SQLite file, rendered conf, logs.
    - `database_url`: SQLAlchemy URL; empty means SQLite in `data_dir`. `postgresql+psycopg://…` for several machines.
    - `redis_url`: redis://…; empty means one process without Redis (in-process bus).
    - `ami_host`, `ami_port`, `ami_…_secret`: Asterisk's manager interface, one user per need.
    - `ami_permit`: networks that may log in there, with commas between; written into manager.conf.
    - `ws_port`: Asterisk's HTTP port, also on `ami_host`, where the desk brings browsers' phones; 0: no such phones.
    - `agi_bind`: address our FastAGI servers listen on; `ivr_port`, `acd_port`, `gate_port`: their ports.
    - `agi_host`: address under which Asterisk reaches them; `ivr_host`, `acd_host`, `gate_host` where they differ.
    - `desk_bind`, `desk_port`: HTTP; `desk_url`: the desk's public address, if it is behind a proxy.
    - `ice_servers`, `turn_secret`: STUN and TURN servers for phones in browsers, and the secret of the latter.
    - `prompts_dir`: rendered prompts as we see them; `sounds_dir`: the same folder as Asterisk sees it.
    - `shipped_prompts_dir`: the prompts that come with the program, with which an update brings `prompts_dir` up to
      date; empty: `prompts_dir` holds them.
    - `cdr_dir`: folder of Asterisk's cdr-custom files as we see it; empty means not readable from here.
    - `rendered_dir`: folder that Asterisk includes as `rendered`, as we see it; empty means not writable from here.
    - `recordings_dir`: folder of recordings as we see it, shared with Asterisk; empty means that nothing is recorded.
    - `speech_workers`: processes that recognise what callers say (extra `speech`); 0: callers are asked for keys.
    - `speech_port`: where Asterisk brings callers' voices, on `agi_bind`; 0: any free port.
    - `stt_model_dir`: folder of a multilingual Whisper model (CTranslate2), for languages other than English.
    - `cell`: name of this Asterisk with its agents; part of lease names.
    """

    data_dir: Path = Path("var")
    database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    ami_host: str = "127.0.0.1"
    ami_port: int = 5038
    ami_permit: str = "127.0.0.1/32"
    ami_acd_secret: str = field(default="", repr=False)
    ami_dialer_secret: str = field(default="", repr=False)
    ami_check_secret: str = field(default="", repr=False)
    ws_port: int = 8088
    agi_bind: str = "127.0.0.1"
    agi_host: str = "127.0.0.1"
    ivr_host: str = ""
    acd_host: str = ""
    gate_host: str = ""
    ivr_port: int = 4573
    gate_port: int = 4574
    acd_port: int = 4575
    desk_bind: str = "127.0.0.1"
    desk_port: int = 8080
    desk_url: str = ""
    ice_servers: str = ""
    turn_secret: str = field(default="", repr=False)
    prompts_dir: Path = Path("prompts")
    sounds_dir: str = dialplan.PROMPTS_DIR
    shipped_prompts_dir: str = ""
    cdr_dir: str = ""
    rendered_dir: str = ""
    recordings_dir: str = ""
    speech_workers: int = 1
    speech_port: int = 0
    stt_model_dir: str = ""
    cell: str = "main"
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read settings from `environ`; raise ConfigError naming the variable that cannot be read."""
        values: dict[str, Any] = {}
        for item in fields(cls):
            name = PREFIX + item.name.upper()
            text = environ.get(name)
            if text is None or (text == "" and item.type != "str"):
                continue
            values[item.name] = _read(name, str(item.type), text)
        return cls(**values)

    @property
    def sql_url(self) -> str:
        """SQLAlchemy URL of the store, SQLite in `data_dir` unless one is set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'callcenter.db'}"

    @property
    def centre_file(self) -> Path:
        return self.data_dir / "centre.toml"


def _read(name: str, kind: str, text: str) -> Any:
    if kind == "int":
        try:
            return int(text)
        except ValueError:
            raise ConfigError(f"{name}={text!r} is not a whole number") from None
    return Path(text) if kind == "Path" else text
