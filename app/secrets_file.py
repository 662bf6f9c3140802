"""Passwords of an installation: `secrets.toml` in the data folder, readable by its owner alone.

What nobody has to choose is generated on first use: passwords of agents' phones, of Asterisk's manager users, and
the closure PIN. What a carrier gave is written by `callcenter trunk add`, what another system gave by `callcenter
secret set`. `secrets.env` repeats what our processes need as environment variables, for compose (`env_file`) and
systemd (`EnvironmentFile`); trunks, phones and other systems are not in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import tomlkit

from app.files import locked, read_text, write_atomic
from app.toml_edit import read
from callcenter import dialplan
from callcenter.centre import Centre, TrunkKind
from callcenter.errors import ConfigError
from callcenter.fields import check_name, check_secret
from callcenter.pins import PIN

SECRETS_FILE: Final = "secrets.toml"
ENV_FILE: Final = "secrets.env"
TOKEN_BYTES: Final = 24  # 32 characters of base64: 192 bits
CLOSURE_DIGITS: Final = 8
AMI_USERS: Final = (dialplan.AMI_ACD, dialplan.AMI_DIALER, dialplan.AMI_CHECK, dialplan.AMI_RELOAD)
SERVICE_PREFIX: Final = "CALLCENTER_SECRET_"
HEADING: Final = "# Passwords of this installation, made by `callcenter`. Private: never commit or mail this file.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """All passwords: `ami` by manager user, `phones` by SIP user, the rest by the name that centre.toml refers to.

    `services`: of other systems we talk to (HTTP, mail, webhooks).
    """

    ami: Mapping[str, str] = field(default_factory=dict, repr=False)
    phones: Mapping[str, str] = field(default_factory=dict, repr=False)
    trunks: Mapping[str, str] = field(default_factory=dict, repr=False)
    services: Mapping[str, str] = field(default_factory=dict, repr=False)
    closure_pin: str = field(default="", repr=False)


def complete(known: Secrets, centre: Centre, make: Callable[[], str], make_pin: Callable[[], str]) -> Secrets:
    """Add what is missing for `centre`: `make` returns a new password, `make_pin` a new closure PIN.

    Raise ConfigError if a trunk that registers has no password: only the carrier knows it.
    """
    for trunk in centre.trunks:
        if trunk.kind is TrunkKind.REGISTER and trunk.secret_name not in known.trunks:
            raise ConfigError(
                f'trunk "{trunk.name}" registers but has no password: `callcenter trunk password {trunk.name}`'
            )
    phones = {agent.phone: known.phones.get(agent.phone) or make() for agent in centre.agents}
    return replace(
        known,
        ami={**known.ami, **{user: known.ami.get(user) or make() for user in AMI_USERS}},
        phones={**known.phones, **phones},
        closure_pin=known.closure_pin or make_pin(),
    )


def load_or_create(data_dir: Path, centre: Centre) -> Secrets:
    """Return the secrets of `centre`, generating and saving what is missing. Raise ConfigError (see `complete`)."""
    path = data_dir / SECRETS_FILE
    with locked(path):
        known = _load(path)
        whole = complete(known, centre, new_password, new_closure_pin)
        if whole != known:
            _save(path, whole)
    env = data_dir / ENV_FILE
    if read_text(env) != environment(whole):
        write_atomic(env, environment(whole))
    return whole


def change(data_dir: Path, edit: Callable[[Secrets], Secrets]) -> Secrets:
    """Replace the saved secrets by `edit` of them."""
    path = data_dir / SECRETS_FILE
    with locked(path):
        known = _load(path)
        changed = edit(known)
        if changed != known:
            _save(path, changed)
    return changed


def phone_password(data_dir: Path, phone: str) -> str:
    """Return the password of a phone, generated and saved if it has none yet."""

    def ensure(known: Secrets) -> Secrets:
        return replace(known, phones={phone: new_password(), **known.phones})

    return change(data_dir, ensure).phones[phone]


def set_trunk(name: str, password: str) -> Callable[[Secrets], Secrets]:
    """The edit that keeps `password` under `name`; raises ConfigError if Asterisk could not read it."""
    try:
        check_secret(password)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return lambda known: replace(known, trunks={**known.trunks, name: password})


def set_service(name: str, word: str) -> Callable[[Secrets], Secrets]:
    """The edit that keeps the secret of another system under `name`; raises ConfigError for one that is none."""
    try:
        check_name(name)
        check_secret(word)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return lambda known: replace(known, services={**known.services, name: word})


def without_service(name: str) -> Callable[[Secrets], Secrets]:
    return lambda known: replace(known, services={key: word for key, word in known.services.items() if key != name})


def without_phone(phone: str) -> Callable[[Secrets], Secrets]:
    """The edit that forgets a phone's password, so that its next owner gets a new one."""
    return lambda known: replace(known, phones={user: word for user, word in known.phones.items() if user != phone})


def without_trunk(name: str) -> Callable[[Secrets], Secrets]:
    return lambda known: replace(known, trunks={key: word for key, word in known.trunks.items() if key != name})


def environment(known: Secrets) -> str:
    """`secrets.env`: what our processes read from their environment (`callcenter.settings`).

    >>> print(environment(Secrets(ami={"acd": "a", "dialer": "b", "check": "c", "reload": "d"})), end="")
    CALLCENTER_AMI_ACD_SECRET=a
    CALLCENTER_AMI_DIALER_SECRET=b
    CALLCENTER_AMI_CHECK_SECRET=c
    """
    handed_out = (dialplan.AMI_ACD, dialplan.AMI_DIALER, dialplan.AMI_CHECK)
    return "".join(f"CALLCENTER_AMI_{user.upper()}_SECRET={known.ami[user]}\n" for user in handed_out)


def environ(data_dir: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with `secrets.env` of `data_dir` below it, so that commands need no preparation by hand."""
    lines = (read_text(data_dir / ENV_FILE) or "").splitlines()
    return {**dict(line.split("=", 1) for line in lines if "=" in line), **environment}


def services(data_dir: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Secrets of other systems by name: the file's, and before them those of the environment.

    `CALLCENTER_SECRET_CRM_TOKEN` is the one that centre.toml calls `crm-token`.
    """
    given = {
        name.removeprefix(SERVICE_PREFIX).lower().replace("_", "-"): word
        for name, word in environment.items()
        if name.startswith(SERVICE_PREFIX) and word
    }
    return {**_load(data_dir / SECRETS_FILE).services, **given}


def new_password() -> str:
    """32 random characters that need no quoting anywhere."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_closure_pin() -> str:
    """Eight random digits."""
    return new_digits(CLOSURE_DIGITS)


def new_digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


def _load(path: Path) -> Secrets:
    text = read_text(path)
    if text is None:
        return Secrets()
    raw = read(text, str(path))
    pin = raw.get("closure", {}).get("pin", "") if isinstance(raw.get("closure", {}), Mapping) else ""
    if not isinstance(pin, str) or (pin and not PIN.fullmatch(pin)):
        raise ConfigError(f"{path}: [closure], pin: must be 4 to 12 digits in quotes")
    tables = {name: _words(raw, name, path) for name in ("ami", "phone", "service", "trunk")}
    return Secrets(
        ami=tables["ami"],
        phones=tables["phone"],
        services=tables["service"],
        trunks=tables["trunk"],
        closure_pin=pin,
    )


def _words(raw: Mapping[str, Any], table: str, path: Path) -> dict[str, str]:
    words = raw.get(table, {})
    if not isinstance(words, Mapping):
        raise ConfigError(f"{path}: [{table}] must be a table of names and passwords")
    for name, word in words.items():
        try:
            check_secret(word if isinstance(word, str) else "")
        except ValueError as error:
            raise ConfigError(f"{path}: [{table}], {name}: {error}") from None
    return dict(words)


def _save(path: Path, known: Secrets) -> None:
    tables: dict[str, Mapping[str, str]] = {
        "ami": known.ami,
        "closure": {"pin": known.closure_pin} if known.closure_pin else {},
        "phone": known.phones,
        "service": known.services,
        "trunk": known.trunks,
    }
    write_atomic(path, HEADING + "".join("\n" + tomlkit.dumps({name: dict(words)}) for name, words in tables.items()))
