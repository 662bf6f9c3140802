"""The words of the evaluation: menus as an author writes them, and what callers say to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

FOLDER: Final = Path(__file__).parent / "texts"
SETS: Final = ("development", "held-out")

Phrases = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a caller says in a menu, and the exit they mean: "" if none of it."""

    menu: str
    exit: str
    text: str


def menus() -> dict[str, Phrases]:
    """Return for each menu the phrases of its exits."""
    found = yaml.safe_load((FOLDER / "menus.yaml").read_text(encoding="utf-8"))
    return {menu: {name: tuple(phrases) for name, phrases in exits.items()} for menu, exits in found.items()}


def sayings(name: str) -> list[Saying]:
    """Return what is said in the set `name`, on-topic first."""
    found = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    said = [
        Saying(menu=menu, exit=exit_name, text=text)
        for menu, exits in found["on_topic"].items()
        for exit_name, texts in exits.items()
        for text in texts
    ]
    return said + [
        Saying(menu=menu, exit="", text=text) for menu, texts in found["off_topic"].items() for text in texts
    ]
