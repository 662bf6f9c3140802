"""Pieces of Asterisk's configuration as text. Each raises ConfigError for what would not be read as it is meant."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Final

from callcenter.errors import ConfigError
from callcenter.fields import check_name

VALUE: Final = re.compile(r"[!-:<-~]([ -:<-~]*[!-:<-~])?", re.ASCII)  # printable, no `;`, no space at the ends
ENDPOINT: Final = re.compile(r"[A-Za-z0-9.:\[\]-]+:[0-9]{1,5}", re.ASCII)  # host:port


def section(name: str, templates: Iterable[str], options: Mapping[str, object]) -> str:
    """A section; an option whose value is a tuple is repeated, one that is None is left out."""
    inherits = ",".join(templates)
    if not re.fullmatch(r"[A-Za-z0-9-]+", name, re.ASCII):
        raise ConfigError(f"{name!r} cannot be the name of a section")
    return f"\n[{name}]" + (f"({inherits})\n" if inherits else "\n") + lines_of(options)


def lines_of(options: Mapping[str, object]) -> str:
    """Options, one a line; one whose value is a tuple is repeated, one that is None is left out."""
    lines: list[str] = []
    for key, value in options.items():
        values = value if isinstance(value, tuple) else () if value is None else (value,)
        lines += [f"{key} = {_value(key, str(one))}".rstrip(" ") + "\n" for one in values]
    return "".join(lines)


def _value(key: str, value: str) -> str:
    # A password may hold a `;`, which begins a comment unless a backslash stands before it.
    if value and not VALUE.fullmatch(value.replace("\\;", "x")):
        raise ConfigError(f"the value of {key} cannot be written into Asterisk's configuration")
    return value


def word_of(words: Mapping[str, str], name: str, what: str) -> str:
    """A password as Asterisk reads it."""
    word = words.get(name, "")
    if not word:
        raise ConfigError(f"{what} has no password in secrets.toml")
    return word.replace(";", "\\;")


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ConfigError(f'ami_permit: {text.strip()!r} is no network: use e.g. "172.18.0.0/16"') from None


def named(name: str) -> str:
    """A name that may be part of one of Asterisk's."""
    try:
        return check_name(name)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def dialled(number: str) -> str:
    """A number that may be an extension."""
    if not re.fullmatch(r"\+?[0-9]{2,15}", number, re.ASCII):
        raise ConfigError(f"{number!r} cannot be an extension")
    return number


def reached(address: str) -> str:
    """An address host:port."""
    if not ENDPOINT.fullmatch(address):
        raise ConfigError(f"{address!r} is not host:port")
    return address


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def host_port(host: str, port: int) -> str:
    return f"{bracketed(host)}:{port}"
