"""Kinds of values an operator may write into a configuration file, each with one strict pattern.

Most of these values end up in Asterisk's configuration or dialplan, where a line break, a `;`, an `&` or a `,` means
something. So nothing passes here that is not on the pattern; rendering relies on it and checks once more.
Each function returns the value in its canonical form or raises ValueError with a text fit for the operator.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import PurePosixPath
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationInfo

from callcenter.numbers import is_region, to_e164
from callcenter.pins import is_pin_hash

NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
NAME_LENGTH: Final = 32
RESERVED_NAMES: Final = frozenset({"general", "default", "globals", "all", "none"})  # sections or words of Asterisk
DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)
LANGUAGE: Final = re.compile(r"[a-z]{2}(_[A-Z]{2})?", re.ASCII)
USERNAME: Final = re.compile(r"[A-Za-z0-9._+-]{1,64}", re.ASCII)
LABEL: Final = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
HOST_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(\.{LABEL})*", re.ASCII)
PATH: Final = re.compile(r"/[A-Za-z0-9._/-]{1,200}", re.ASCII)
SECRET: Final = re.compile(r"[!-~]([ -~]{0,126}[!-~])?", re.ASCII)  # printable ASCII, no space at either end
TITLE_LENGTH: Final = 80


def check_name(text: str) -> str:
    """Name of a trunk, queue, flow or skill: lower-case letters, digits and single hyphens."""
    if len(text) > NAME_LENGTH or not NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} is no name: use lower-case letters, digits and hyphens, begin with a letter, "
            f"at most {NAME_LENGTH} characters"
        )
    if text in RESERVED_NAMES:
        raise ValueError(f"{text!r} is a word of Asterisk's own; take another name")
    return text


def check_title(text: str) -> str:
    """Free text for people: one line, no control characters."""
    if not text or len(text) > TITLE_LENGTH or not text.isprintable():
        raise ValueError(f"needs 1 to {TITLE_LENGTH} printable characters on one line")
    return text


def check_agent_id(text: str) -> str:
    """What an agent dials to log in: one to eight digits."""
    return _digits(text, 1, 8)


def check_phone(text: str) -> str:
    """SIP user of an agent's phone: two to ten digits, so it can never be the name of a section of ours."""
    return _digits(text, 2, 10)


def check_key(text: str) -> str:
    """One key of a telephone."""
    return _digits(text, 1, 1)


def check_short_number(text: str) -> str:
    """An emergency number: two to six digits."""
    return _digits(text, 2, 6)


def check_region(text: str) -> str:
    if not is_region(text):
        raise ValueError(f'{text!r} is no region: use the ISO 3166 code of the country, e.g. "US" or "GB"')
    return text


def check_language(text: str) -> str:
    if not LANGUAGE.fullmatch(text):
        raise ValueError(f'{text!r} is no language: use e.g. "en" or "en_GB", the name of a folder of prompts')
    return text


def check_time_zone(text: str) -> str:
    """Name of a zone of the IANA time zone database."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'{text!r} is no time zone: use a name like "America/New_York"') from None


def check_address(text: str) -> str:
    """An IPv4 or IPv6 address."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"{text!r} is no IP address") from None


def check_network(text: str) -> str:
    """A network in CIDR form; an address alone is a network of one."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise ValueError(f'{text!r} is no network: use e.g. "10.0.0.0/8"') from None


def check_host(text: str) -> str:
    """An IP address or a host name."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not HOST_NAME.fullmatch(text) or re.fullmatch(r"[0-9.]+", text):
        raise ValueError(f"{text!r} is neither an IP address nor a host name")
    return text.lower()


def check_peer(text: str) -> str:
    """Where a trunk's calls come from: an address, a network or a host name."""
    return check_network(text) if "/" in text else check_host(text)


def check_username(text: str) -> str:
    if not USERNAME.fullmatch(text):
        raise ValueError(f"{text!r} is no SIP user name: letters, digits and . _ + - only, without @host")
    return text


def check_path(text: str) -> str:
    """Absolute path of a file."""
    if not PATH.fullmatch(text) or ".." in PurePosixPath(text).parts:
        raise ValueError(f"{text!r} must be an absolute path of letters, digits and . _ - /")
    return text


def check_pin_hash(text: str) -> str:
    if not is_pin_hash(text):
        raise ValueError("is no PIN hash: remove the key and give the PIN with `callcenter agent pin`")
    return text


def check_secret(text: str) -> str:
    """A password as Asterisk's configuration can hold it. The text of the error does not repeat it."""
    if not SECRET.fullmatch(text):
        raise ValueError("a password is 1 to 128 printable ASCII characters without a space at either end")
    return text


def check_e164(text: str, info: ValidationInfo) -> str:
    """A full telephone number, read in the home region (validation context key "region"), as E.164."""
    region = (info.context or {}).get("region", "")
    number = to_e164(text, region) if is_region(region) else to_e164(text, "ZZ")
    if number is None:
        raise ValueError(f'{text!r} is no telephone number: write it as "+12025550100"')
    return number


def _digits(text: str, least: int, most: int) -> str:
    if not DIGITS.fullmatch(text) or not least <= len(text) <= most:
        count = f"{least} to {most} digits" if least < most else f"{least} digit{'s' * (least > 1)}"
        raise ValueError(f"{text!r} must be {count}")
    return text


Name = Annotated[str, AfterValidator(check_name)]
Title = Annotated[str, AfterValidator(check_title)]
AgentId = Annotated[str, AfterValidator(check_agent_id)]
Phone = Annotated[str, AfterValidator(check_phone)]
Key = Annotated[str, AfterValidator(check_key)]
ShortNumber = Annotated[str, AfterValidator(check_short_number)]
Region = Annotated[str, AfterValidator(check_region)]
Language = Annotated[str, AfterValidator(check_language)]
TimeZone = Annotated[str, AfterValidator(check_time_zone)]
Address = Annotated[str, AfterValidator(check_address)]
Network = Annotated[str, AfterValidator(check_network)]
Host = Annotated[str, AfterValidator(check_host)]
Peer = Annotated[str, AfterValidator(check_peer)]
Username = Annotated[str, AfterValidator(check_username)]
FilePath = Annotated[str, AfterValidator(check_path)]
PinHash = Annotated[str, AfterValidator(check_pin_hash)]
E164 = Annotated[str, AfterValidator(check_e164)]
Port = Annotated[int, Field(ge=1, le=65535)]
Level = Annotated[int, Field(ge=1, le=10)]
