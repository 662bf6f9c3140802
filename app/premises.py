"""What flows may name in this installation: its prompts, and what its centre.toml says."""

from __future__ import annotations

from app.centre_file import load
from app.files import read_text
from callcenter.errors import ConfigError
from callcenter.settings import Settings
from desk.premises import Premises
from ivr.prompts import Catalogue, load_catalogue


def premises(settings: Settings) -> Premises:
    """Return what flows may name here: prompts of every language, and the centre if there is one. Raise ConfigError."""
    catalogues = {language: catalogue(settings, language) for language in languages(settings)}
    centre = load(settings.centre_file) if settings.centre_file.exists() else None
    return Premises(catalogues=catalogues, centre=centre)


def languages(settings: Settings) -> list[str]:
    """Return the languages there are prompts in; raise ConfigError if there are none at all."""
    folder = settings.prompts_dir
    found = sorted(path.stem for path in folder.glob("*.yaml"))
    if not found:
        raise ConfigError(f"there are no prompts in {folder.resolve()}: name their folder in CALLCENTER_PROMPTS_DIR")
    return found


def catalogue(settings: Settings, language: str) -> Catalogue:
    """Return the prompts of one language; raise ConfigError."""
    path = settings.prompts_dir / f"{language}.yaml"
    text = read_text(path)
    if text is None:
        raise ConfigError(f"{path}: there is no such file, and so no prompts in this language")
    return load_catalogue(text, language)
