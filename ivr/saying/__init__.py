"""Saying values: numbers, money, dates and times put together from recorded pieces, right in each language."""

from ivr.saying.pieces import PREFIX, Piece
from ivr.saying.spelling import GRAMMARS, SayAs, between_minutes, pieces, sheet, spell

__all__ = ["GRAMMARS", "PREFIX", "Piece", "SayAs", "between_minutes", "pieces", "sheet", "spell"]
