"""What is to be said under each key of a catalogue, for a voice and for whoever records."""

from __future__ import annotations

from typing import Final

from callcenter.adapters import prompt_audio
from callcenter.adapters.prompts_build import Script
from ivr.prompts import Catalogue
from ivr.saying import Piece, sheet

PIECE_PACE: Final = 1.15  # a word alone is drawn out; in a number it follows others


def scripts_of(found: Catalogue) -> dict[str, Script]:
    """Return what is to be recorded: every prompt of a catalogue, pieces of numbers as pieces."""
    parts = sheet(found.language)
    return {key: _piece(text, parts[key]) if key in parts else Script(text=text) for key, text in found.texts.items()}


def _piece(text: str, piece: Piece) -> Script:
    """A piece of a number: spoken as within a list, so that the voice does not fall after each."""
    said = piece.spoken if piece.spoken and text == piece.text else text
    if piece.ends:
        return Script(text=text, spoken=f"{said}.", pace=PIECE_PACE, cut=prompt_audio.END_PIECE)
    return Script(text=text, spoken=f"{said},", pace=PIECE_PACE, cut=prompt_audio.PIECE)
