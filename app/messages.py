"""The safe-harbour message of a campaign: what is said to a person for whom no agent is free, and where its sound lies.

It says who called and how to reach them, and names the key that puts the person on the do-not-call list: 16 CFR
310.4(b)(4)(iii), 47 CFR 64.1200(a)(7)(i). Spoken by the engine that speaks the prompts, or the operator's own
recording. The sound lies in the folder that Asterisk includes as `rendered`; beside a spoken one its words, as text.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

from app.files import read_text, write_atomic
from app.runtime import asterisk
from callcenter import dialplan
from callcenter.adapters import prompt_audio
from callcenter.adapters.prompt_audio import AudioError
from callcenter.adapters.tts import Voice, default_voice
from callcenter.errors import ConfigError, MachineError
from callcenter.outbound import Campaign, CampaignKind

FOLDER: Final = "campaigns"  # within the rendered folder
FOLDER_MODE: Final = 0o750
FILE_MODE: Final = 0o640  # as the other rendered files: for us and for Asterisk's group
SHORTEST_S: Final = 3.0  # a name and a number take longer
LONGEST_S: Final = 60.0  # the dialplan ends the call after 90 s, keys and good-bye included
MOST_BYTES: Final = 30_000_000  # LONGEST_S of studio quality (96 kHz, stereo, 24 bit), nearly
OWN: Final = "give your own recording with --message FILE.wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The message in one language. `keys`: how 0 to 9, * and # are spoken, in this order; `plus`: before a country."""

    texts: Mapping[CampaignKind, str]
    keys: tuple[str, ...]
    plus: str


# Sales: "limited to disclosing that the call was for telemarketing purposes", name and number (47 CFR
# 64.1200(a)(7)(i)(A)), so no excuse and no offer. Collections: whoever answers may not be the consumer, so nothing that
# tells of a debt or an account (15 USC 1692c(b); 12 CFR 1006.2(j), limited-content message).
WORDINGS: Final[Mapping[str, Wording]] = {
    "en": Wording(
        texts={
            CampaignKind.SALES: (
                "This is a call from {company}, for telemarketing purposes. You can reach us at {number}. "
                "To not be called again, press {key}. Our number once more: {number}. Goodbye."
            ),
            CampaignKind.COLLECTIONS: (
                "This is a call from {company}. All of our representatives are busy right now. "
                "You can reach us at {number}. To not be called again, press {key}. "
                "Our number once more: {number}. Goodbye."
            ),
        },
        keys=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "star", "pound"),
        plus="plus",
    ),
    "es": Wording(
        texts={
            CampaignKind.SALES: (
                "Esta es una llamada de {company} con fines de telemarketing. Puede llamarnos al {number}. "
                "Para que no le volvamos a llamar, pulse la tecla {key}. "
                "Nuestro número, una vez más: {number}. Adiós."
            ),
            CampaignKind.COLLECTIONS: (
                "Esta es una llamada de {company}. Todos nuestros agentes están ocupados en este momento. "
                "Puede llamarnos al {number}. Para que no le volvamos a llamar, pulse la tecla {key}. "
                "Nuestro número, una vez más: {number}. Adiós."
            ),
        },
        keys=(
            *("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
            *("asterisco", "almohadilla"),
        ),
        plus="más",
    ),
    "fr": Wording(
        texts={
            CampaignKind.SALES: (
                "Ceci est un appel de {company}, à des fins de prospection commerciale. "
                "Vous pouvez nous joindre au {number}. Pour ne plus être appelé, appuyez sur la touche {key}. "
                "Notre numéro, une nouvelle fois : {number}. Au revoir."
            ),
            CampaignKind.COLLECTIONS: (
                "Ceci est un appel de {company}. Tous nos conseillers sont en ligne pour le moment. "
                "Vous pouvez nous joindre au {number}. Pour ne plus être appelé, appuyez sur la touche {key}. "
                "Notre numéro, une nouvelle fois : {number}. Au revoir."
            ),
        },
        keys=("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "étoile", "dièse"),
        plus="plus",
    ),
}
KEYS: Final = "0123456789*#"


def put_message(
    rendered: Path, campaign: Campaign, *, recording: bytes | None = None, voice: Voice | None = None
) -> str:
    """Make the message of `campaign`, write it below `rendered` and return the sound as Asterisk sees it.

    `recording`: the operator's own, a WAV file; without one it is spoken by `voice` (default: that of the prompts).
    Raises ConfigError or MachineError with the way out. Takes a second of CPU.
    """
    if recording is not None:
        sound, text = own_sound(recording), ""
    else:
        text = words(campaign)
        sound = _speak(text, campaign, voice)
    folder, group = _folder(rendered), _group()
    # The text first: without it a sound counts as the operator's own, which is never spoken over.
    if text:
        write_atomic(folder / f"{campaign.name}.txt", text + "\n", mode=FILE_MODE, group=group)
    write_atomic(folder / f"{campaign.name}.wav", sound, mode=FILE_MODE, group=group)
    if not text:
        (folder / f"{campaign.name}.txt").unlink(missing_ok=True)
    return f"{dialplan.RENDERED_DIR}/{FOLDER}/{campaign.name}"


def words(campaign: Campaign) -> str:
    """Return what the message says; raise ConfigError if it is not known in the campaign's language."""
    wording = _wording(campaign.language)
    return wording.texts[campaign.kind].format(
        company=campaign.company.rstrip("."),
        number=spoken(campaign.callback, campaign.region, wording),
        key=wording.keys[KEYS.index(campaign.opt_out_key)],
    )


def spoken(number: str, region: str, wording: Wording) -> str:
    """Return a number (E.164) digit by digit, in the groups in which people of `region` write it.

    >>> spoken("+12025550100", "US", WORDINGS["en"])
    'two zero two, five five five, zero one zero zero'
    """
    parsed = phonenumbers.parse(number, None)
    at_home = parsed.country_code == phonenumbers.country_code_for_region(region)
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    written = "".join(char if char in "+0123456789" else " " for char in phonenumbers.format_number(parsed, form))
    groups = [[wording.plus if char == "+" else wording.keys[int(char)] for char in part] for part in written.split()]
    return ", ".join(" ".join(group) for group in groups)


def own_sound(recording: bytes) -> bytes:
    """Return the operator's recording as Asterisk plays it; raise ConfigError saying what is wrong with it."""
    try:
        if len(recording) > MOST_BYTES:
            raise AudioError(f"is larger than {MOST_BYTES // 1_000_000} MB")
        sound = prompt_audio.recorded(recording)
        length_s = len(sound.samples) / 2 / sound.rate_hz
        if not SHORTEST_S <= length_s <= LONGEST_S:
            raise AudioError(
                f"lasts {length_s:.1f} s: who called, a number and a key take {SHORTEST_S:g} to {LONGEST_S:g} s"
            )
        return prompt_audio.shape(sound)
    except AudioError as error:
        raise ConfigError(f"--message: the recording {error}") from None


def trouble(message: str, rendered: Path | None) -> str:
    """Return why the people of a campaign would hear nothing, or "". `message`: the sound as Asterisk sees it."""
    if not message:
        return "it has no message"
    path = file_of(message, rendered)
    if path is None:
        return "" if not _is_ours(message) else "CALLCENTER_RENDERED_DIR is not set, so its message cannot be looked at"
    try:
        measured = prompt_audio.measure(path)
    except AudioError as error:
        return f"the sound of its message is missing: {path}" if not path.exists() else f"{path} {error}"
    return f"{path} is silent" if measured.is_silent else ""


def said(message: str, rendered: Path | None) -> str:
    """Return the words of a spoken message, "" for the operator's own recording or one that is not here."""
    path = file_of(message, rendered)
    return (read_text(path.with_suffix(".txt")) or "").strip() if path is not None else ""


def file_of(message: str, rendered: Path | None) -> Path | None:
    """Return the file of a message as we see it; None if it lies elsewhere or the rendered folder is not here."""
    if rendered is None or not _is_ours(message):
        return None
    return rendered / (message.removeprefix(dialplan.RENDERED_DIR + "/") + ".wav")


def _is_ours(message: str) -> bool:
    return message.startswith(dialplan.RENDERED_DIR + "/")


def _wording(language: str) -> Wording:
    wording = WORDINGS.get(_base(language))
    if wording is None:
        known = ", ".join(sorted(WORDINGS))
        raise ConfigError(f"--language: the message is not known in {language!r}, only in {known}: {OWN}")
    return wording


def _base(language: str) -> str:
    """The language without its country: en of en_GB."""
    return language.partition("_")[0]


def _speak(text: str, campaign: Campaign, voice: Voice | None) -> bytes:
    try:
        return prompt_audio.shape((voice or default_voice(_base(campaign.language))).speak(text))
    except MachineError as error:
        raise MachineError(f"{error}; or {OWN}") from None
    except AudioError as error:
        raise ConfigError(f"the message cannot be spoken: {error}; {OWN}") from None


def _folder(rendered: Path) -> Path:
    """Make the messages' folder, which Asterisk's group may read."""
    folder, group = rendered / FOLDER, _group()
    try:
        if not folder.is_dir():
            folder.mkdir(mode=FOLDER_MODE)
            if group is not None:
                os.chown(folder, -1, group)
            if folder.stat().st_mode & 0o777 != FOLDER_MODE:
                folder.chmod(FOLDER_MODE)
    except OSError as error:
        mend = "with Docker give the command in the dialer: `docker-compose exec dialer callcenter …`"
        raise ConfigError(f"cannot make {folder}: {error.strerror}; {mend}") from None
    return folder


def _group() -> int | None:
    """Asterisk's group if we may give it, None where its folder does."""
    may = os.geteuid() == 0 or os.getegid() == asterisk.GID or asterisk.GID in os.getgroups()
    return asterisk.GID if may else None
