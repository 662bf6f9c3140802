"""What is remembered of shipped prompts between two updates: `shipped.json`, beside the catalogues it is about."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app.files import PUBLIC, read_text, write_atomic
from callcenter.errors import ConfigError
from callcenter.prompt_merge import Ledger, Prompt, Prompts

log = logging.getLogger("prompts")

LEDGER: Final = "shipped.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What is remembered of one language. `catalogue`: hash of the shipped catalogue's whole text, comments and all."""

    ledger: Ledger = field(default_factory=Ledger)
    catalogue: str = ""


def read_ledger(prompts_dir: Path) -> dict[str, Remembered]:
    """Return what is remembered, by language; nothing if there is no such file, or a damaged one, which is said.

    Without it all that differs from what is shipped counts as the installation's own: nothing of theirs is lost.
    """
    file = prompts_dir / LEDGER
    try:
        text = read_text(file)
        return {} if text is None else {name: _remembered(known) for name, known in json.loads(text).items()}
    except (ValueError, TypeError, KeyError, AttributeError, ConfigError) as error:
        log.warning("%s cannot be read (%s): what differs from the shipped prompts is taken for your own", file, error)
        return {}


def write_ledger(prompts_dir: Path, known: Mapping[str, Remembered]) -> None:
    """Keep what is to be remembered; raise ConfigError."""
    plain = {name: _plain(one) for name, one in sorted(known.items())}
    write_atomic(prompts_dir / LEDGER, json.dumps(plain, indent=0, ensure_ascii=False) + "\n", mode=PUBLIC)


def _remembered(known: Mapping[str, Any]) -> Remembered:
    shipped, coming, told = (_prompts(known[name]) for name in ("shipped", "coming", "told"))
    return Remembered(ledger=Ledger(shipped=shipped, coming=coming, told=told), catalogue=str(known["catalogue"]))


def _prompts(known: Mapping[str, Any]) -> dict[str, Prompt]:
    return {key: Prompt(words=words, sound=sound) for key, (words, sound) in known.items()}


def _plain(known: Remembered) -> dict[str, Any]:
    ledger = known.ledger
    named: dict[str, Prompts] = {"shipped": ledger.shipped, "coming": ledger.coming, "told": ledger.told}
    lists = {name: {key: (one.words, one.sound) for key, one in prompts.items()} for name, prompts in named.items()}
    return {"catalogue": known.catalogue, **lists}
