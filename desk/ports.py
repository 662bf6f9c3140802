"""What the desk needs around it; the composition root fills it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from callcenter.adapters.bus import Bus
from callcenter.adapters.passwords import Passwords
from callcenter.adapters.store import Store
from callcenter.care import Voicemail
from callcenter.outbound import Campaign
from desk.campaigns import Floor, Put, Written
from desk.ice import IceServers
from desk.imports import Imports
from desk.premises import Premises
from desk.recordings import PromptState, Quarrels
from desk.setup import CentreFile, Change, KnownSecrets, Pending, PhoneLogin
from desk.throttle import Throttle
from dialer.outlook import Asked, Outlook

Check = Callable[[], Awaitable[str]]  # returns "" when well, else what is wrong, in one line


class Installation(Protocol):
    """The files of this installation."""

    async def premises(self) -> Premises:
        """Return what flows may name here, as it is now; raise ConfigError if that cannot be read."""
        ...


class Setup(Protocol):
    """What sets this installation up: centre.toml, its secrets, and the Asterisk it is for."""

    async def centre(self) -> CentreFile:
        """Return what centre.toml says; raise ConfigError with all that is wrong with it."""
        ...

    async def change(
        self, changes: Sequence[Change], tag: str | None = None, flows: Collection[str] | None = None
    ) -> CentreFile:
        """Make the changes, all or none of them, and return what centre.toml says then.

        `tag`: of what their sender has seen, None if it does not matter; `flows`: those that numbers may lead to.
        Raise Refused (412) if the file says something else by now, NotFound, ConfigError.
        """
        ...

    async def pending(self) -> Pending:
        """Return what Asterisk and the services do not do yet as centre.toml says; raise ConfigError."""
        ...

    async def apply(self) -> str:
        """Make Asterisk and the services do as centre.toml says; return what was done. Raise ConfigError."""
        ...

    async def secrets(self) -> KnownSecrets:
        """Return the names of the passwords that are kept."""
        ...

    async def keep_trunk_password(self, name: str, password: str | None) -> None:
        """Keep the password of a trunk, or forget it; raise ConfigError for one that Asterisk cannot read."""
        ...

    async def keep_secret(self, name: str, word: str | None) -> None:
        """Keep a password or key of another system, or forget it; raise ConfigError for one that is none."""
        ...

    async def phone(self, user: str, *, fresh: bool = False) -> PhoneLogin:
        """Return how a phone registers; `fresh`: with a new password."""
        ...

    async def forget_phone(self, user: str) -> None:
        """Forget the password of a phone."""
        ...

    async def new_pin(self) -> str:
        """Return a PIN to hand over."""
        ...

    async def hashed(self, pin: str) -> str:
        """Return what centre.toml keeps of a PIN; raise ConfigError for one that anybody would try."""
        ...

    async def put_closure(self, prompt: str, by: str) -> tuple[str, ...]:
        """Close the centre: everybody hears `prompt`, "" opens again. Return what did not work, one line each."""
        ...


class Prompts(Protocol):
    """The prompts of this installation: texts, and the audio made of them."""

    async def all(self, language: str) -> Sequence[PromptState]:
        """Return the prompts of a language in the order of its catalogue; raise NotFound."""
        ...

    async def audio(self, language: str, key: str) -> bytes:
        """Return a prompt as a WAV file; raise NotFound if it was never spoken."""
        ...

    async def record(self, language: str, key: str, recording: bytes) -> PromptState:
        """Make a prompt of a recording (WAV, MP3); raise NotFound, ConfigError saying what is wrong with it."""
        ...

    async def speak(self, language: str, key: str) -> PromptState:
        """Let the voice speak a prompt, in the place of what a person recorded; raise NotFound, ConfigError."""
        ...

    async def write(self, language: str, key: str, text: str) -> PromptState:
        """Change what a prompt says, or begin a new one. What a voice spoke is spoken anew. Raise ConfigError."""
        ...

    async def remove(self, language: str, key: str) -> None:
        """Remove a prompt, text and audio; raise NotFound."""
        ...

    async def preview(self, language: str, text: str) -> bytes:
        """Return a text as the voice speaks it, as a WAV file; raise ConfigError, MachineError without a voice."""
        ...

    async def conflicts(self) -> Quarrels:
        """Return the prompts that were changed here and are shipped anew, in all languages; raise ConfigError."""
        ...

    async def shipped_audio(self, language: str, key: str) -> bytes:
        """Return a prompt as it is shipped, as a WAV file; raise NotFound."""
        ...

    async def settle(self, language: str, key: str, *, take_shipped: bool, seen: str) -> None:
        """Take the shipped prompt or keep ours, as its mark was `seen`; raise Conflict, NotFound, ConfigError."""
        ...


class Campaigns(Protocol):
    """The campaigns of this installation, with their messages. All raise StoreError."""

    async def add(self, name: str, written: Written) -> Put:
        """Keep a new campaign, paused, with its message; raise Conflict, FaultsError, ConfigError, MachineError."""
        ...

    async def change(self, name: str, written: Written) -> Put:
        """Change what is written of a campaign; raise NotFound, Refused (412) and as `add` does."""
        ...

    async def existing(self, name: str) -> Campaign:
        """Return a campaign; raise NotFound with the nearest name."""
        ...

    async def says(self, campaign: Campaign) -> str:
        """Return the words of its message, "" for a recording or one that is not seen from here."""
        ...

    async def message(self, campaign: Campaign) -> bytes:
        """Return its message as a WAV file; raise NotFound."""
        ...

    async def move(self, name: str, verb: str, who: str) -> Sequence[str]:
        """Start, pause, drain or end it; return why it may not call at once.

        Raise NotFound, Conflict, ConfigError with every reason why it cannot start.
        """
        ...

    async def look(self, campaigns: Sequence[Campaign]) -> Floor:
        """Return what they and the dialer do now."""
        ...

    async def forecast(self, campaign: Campaign, asked: Asked) -> Outlook:
        """Return what comes of a day of it, in seconds; raise ConfigError."""
        ...


class Voicemails(Protocol):
    """The messages that callers left."""

    async def audio(self, voicemail: Voicemail) -> bytes:
        """Return a message as a WAV file; raise NotFound, ConfigError where the recordings are not seen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a handler may use.

    `url`: the desk's public address, "" if it is the one it is asked at. `screens`: folder of the built screens.
    `sip_url`: Asterisk's WebSocket for browsers' phones, "" if there are none here; `ice`: servers by which they are
    heard from behind a router.
    """

    store: Store
    bus: Bus
    installation: Installation
    setup: Setup
    prompts: Prompts
    campaigns: Campaigns
    voicemails: Voicemails
    passwords: Passwords
    throttle: Throttle = field(default_factory=Throttle)
    imports: Imports = field(default_factory=Imports)
    checks: Mapping[str, Check] = field(default_factory=dict)
    url: str = ""
    sip_url: str = ""
    ice: IceServers = field(default_factory=IceServers)
    screens: Path = Path("desk/screens")
