"""Lengths of prompts while recordings come and go."""

from __future__ import annotations

import json
from pathlib import Path

from callcenter.adapters.prompt_lengths import LOOK_EVERY_S, Lengths


def keep(folder: Path, **lengths_ms: int) -> None:
    """Write the manifest of English, as a build does: whole, in the place of the one before."""
    entries = {key: {"source": "", "audio": "", "length_ms": ms, "voice": "v"} for key, ms in lengths_ms.items()}
    half = folder / "manifest.part"
    half.write_text(json.dumps({"prompts": entries}), "utf-8")
    (folder / "en").mkdir(exist_ok=True)
    half.replace(folder / "en" / "manifest.json")


def test_a_recording_made_while_calls_go_on_is_known_soon(tmp_path: Path) -> None:
    now = [0.0]
    keep(tmp_path, hello=1200)
    lengths = Lengths(tmp_path, lambda: now[0])
    assert dict(lengths) == {"en/hello": 1.2}
    keep(tmp_path, hello=2700, bye=900)
    assert lengths["en/hello"] == 1.2
    now[0] += LOOK_EVERY_S
    assert lengths["en/hello"] == 2.7
    assert "en/bye" in lengths
    assert len(lengths) == 2


def test_a_manifest_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    now = [0.0]
    keep(tmp_path, hello=1200)
    lengths = Lengths(tmp_path, lambda: now[0])
    (tmp_path / "en" / "manifest.json").write_text("{", "utf-8")
    now[0] += LOOK_EVERY_S
    assert lengths.get("en/hello") == 1.2
    keep(tmp_path, hello=1300)
    now[0] += LOOK_EVERY_S
    assert lengths.get("en/hello") == 1.3
