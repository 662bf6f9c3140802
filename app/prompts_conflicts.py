"""Own prompts that are shipped anew: what both say, and whose is to be heard.

`callcenter check` tells of them too, `callcenter prompts restore` and `keep` decide; here whoever decides has seen
both, and is told if one has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.prompts_update import State, Wish, outlook, shipped_folder, sides, update
from callcenter.adapters.prompts_kept import RECORDED, file_of
from callcenter.errors import ConfigError, Conflict, NotFound
from callcenter.prompt_merge import mark_of, spellings
from callcenter.settings import Settings
from desk.recordings import PromptConflict, PromptSide, Quarrels, Source, Wording

MS: Final = 1000


def conflicts(settings: Settings) -> Quarrels:
    """Return what is to be decided, in all languages, and what keeps prompts from being brought up to date."""
    try:
        found = outlook(settings)
    except ConfigError as error:
        return Quarrels(troubles=(str(error),))
    troubles = [f"{one.language}: {one.trouble}" for one in found if one.trouble]
    troubles += [f"{one.language}: prompts were not brought up to date yet" for one in found if one.is_due]
    return Quarrels(
        items=tuple(one for outcome in found for one in _of(settings, outcome.language, outcome.both)),
        troubles=tuple(troubles),
    )


def settle(settings: Settings, language: str, key: str, *, take_shipped: bool, seen: str) -> None:
    """Take the shipped prompt, or keep one's own; `seen`: its mark.

    Raise NotFound, ConfigError, and Conflict if there is nothing to decide any more or it looks otherwise by now.
    """
    if not any(one.language == language and one.key == key for one in conflicts(settings).items):
        raise Conflict(f"there is nothing to decide about {language}/{key} any more")
    wish = Wish(
        language=language,
        back=(key,) if take_shipped else (),
        keep=() if take_shipped else (key,),
        seen={key: seen},
    )
    for outcome in update(settings, wish):
        if outcome.language == language and outcome.trouble:
            raise ConfigError(outcome.trouble)


def shipped_audio(settings: Settings, language: str, key: str) -> bytes:
    """Return a prompt as it is shipped, in the telephone's form; raise NotFound."""
    folder = shipped_folder(settings)
    if folder is not None:
        try:
            return file_of(folder / language, key).read_bytes()
        except FileNotFoundError:
            pass
    raise NotFound(f"no prompt {key!r} is shipped in {language}")


def _of(settings: Settings, language: str, keys: tuple[str, ...]) -> Iterator[PromptConflict]:
    if not keys:
        return
    here, shipped = sides(settings, language)
    for key in keys:
        yield PromptConflict(
            language=language,
            key=key,
            mark=mark_of(key, here.prompts, shipped.prompts),
            wordings=tuple(
                Wording(key=one, ours=_side(here, one), shipped=_side(shipped, one))
                for one in spellings(key)
                if one in here.prompts or one in shipped.prompts
            ),
        )


def _side(state: State, key: str) -> PromptSide | None:
    if key not in state.prompts:
        return None
    entry = state.entries.get(key)
    if entry is None:
        return PromptSide(text=state.words.get(key, ""), source=Source.MISSING, length_s=0.0)
    source = Source.RECORDED if entry.voice == RECORDED else Source.SPOKEN
    return PromptSide(text=state.words.get(key, ""), source=source, length_s=entry.length_ms / MS)
