"""Where we may go over HTTP: addresses the operator listed, and nothing a flow, a caller or a name server adds. Pure.

Two questions, both asked of every hop. Is the *URL* below one that is listed (`AllowList.find`)? And, as the connection
is made, is the *address* its name leads to one we ever go to (`forbidden`)? The first without the second would let a
listed name that resolves to 127.0.0.1 reach Asterisk's manager interface.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from yarl import URL

from callcenter.outgoing import NotAllowed

Address = IPv4Address | IPv6Address

URL_LENGTH: Final = 2048
# White space would be dropped silently, a backslash is a slash to some; neither belongs into a URL.
NO_URL: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
# Segments by which a server leaves a prefix again: an encoded dot, slash or backslash (however often encoded), and
# Tomcat's `..;`. The plain `..` is resolved before we compare.
WAY_OUT: Final = re.compile(r"%(25)*(2e|2f|5c)|(^|/)\.\.?(;|/|$)", re.IGNORECASE)

# 2130706433, 127.1 and 0x7f.1 are all 127.0.0.1 to the C library: who means an address writes it in full.
NUMBER: Final = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")

# What `private` opens: networks of our own (RFC 1918, RFC 4193), of a provider (RFC 6598), and this machine.
OWN_NETS: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1", "fc00::/7")
PRIVATE: Final = tuple(map(ip_network, OWN_NETS))
# Where clouds hand out a machine's own credentials. Those that are link-local are closed anyway.
METADATA: Final = frozenset(map(ip_address, ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")))
# What Python 3.11 calls global and is not a host of somebody's: RFC 6890, RFC 7526, RFC 9637, Teredo and its like.
NO_HOSTS: Final = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))
UNICAST: Final = ip_network("2000::/3")  # all of IPv6 that is given out (RFC 4291, 2.4)
NAT64: Final = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in an IPv6-only network


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One listed URL: it and all below it. `private`: its host may be at an address of our own network.

    `headers`: HTTP header → name of the secret that is its value; sent with every request below this URL.
    """

    url: str
    private: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A URL that may be asked for, in its one spelling, and the entry of the list that says so."""

    url: URL
    entry: Allowed

    @property
    def origin(self) -> str:
        """`https://crm.example.com`: as much of it as may be in a log."""
        return str(self.url.origin())


class AllowList:
    """The listed URLs. Of several that fit, the longest counts. Raises ValueError for one that is no URL to list."""

    def __init__(self, *entries: Allowed) -> None:
        prefixes = [(read_prefix(entry.url), entry) for entry in entries]
        self._prefixes = sorted(prefixes, key=lambda pair: len(pair[0].raw_path), reverse=True)

    def find(self, text: str) -> Permit:
        """Return the permit to ask for `text`; raise NotAllowed, naming at most its host."""
        try:
            url = read_url(text)
        except ValueError as error:
            raise NotAllowed(f"no URL to go to: {error}") from None
        for prefix, entry in self._prefixes:
            if url.origin() == prefix.origin() and is_below(url.raw_path, prefix.raw_path):
                return Permit(url=url, entry=entry)
        raise NotAllowed(f"{url.origin()} is not on the allow-list with this path: see [http] in centre.toml")


def read_prefix(text: str) -> URL:
    """Return a URL to list; raise ValueError, fit for the operator."""
    url = read_url(text)
    if "?" in text or "#" in text:
        raise ValueError("a listed URL ends with its path: no ? and no #")
    return url


def read_url(text: str) -> URL:
    """Return `text` in its one spelling, without its fragment; raise ValueError saying what is wrong with it."""
    if len(text) > URL_LENGTH or NO_URL.search(text) or not text.isprintable():
        raise ValueError(f"white space, a backslash, a control character, or more than {URL_LENGTH} characters")
    try:
        url = URL(text)
    except (ValueError, TypeError):
        raise ValueError("it cannot be read") from None
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise ValueError('write it in full, like "https://crm.example.com/api/"')
    if url.raw_user is not None or url.raw_password is not None:
        raise ValueError("no user name and password in it: use headers")
    if "%" in url.raw_host or url.explicit_port == 0:
        raise ValueError("its host or port cannot be read")
    if NUMBER.fullmatch(url.raw_host) and literal(url) is None:
        raise ValueError("its host is a number: write an address in full, like 192.168.0.5")
    if WAY_OUT.search(url.raw_path):
        raise ValueError("its path has an encoded dot, slash or backslash, or leaves what is above it")
    return url.with_fragment(None).with_port(None if url.is_default_port() else url.explicit_port)


def is_below(path: str, prefix: str) -> bool:
    """Return whether `path` is `prefix` or below it, segment by segment.

    >>> is_below("/v1/customers", "/v1"), is_below("/v1", "/v1/"), is_below("/v12", "/v1")
    (True, True, False)
    """
    top = prefix.rstrip("/")
    return path == top or path.startswith(f"{top}/")


def literal(url: URL) -> Address | None:
    """Return the address a URL names its host by; None if it is a name."""
    try:
        return ip_address(url.raw_host or "")
    except ValueError:
        return None


def forbidden(text: str, *, private: bool) -> str:
    """Return why we never connect to this address, "" if we may. `private`: the entry of the list allows our networks.

    Link-local, multicast and unassigned addresses and those of metadata services are closed to every entry.

    >>> forbidden("192.0.2.1", private=False), forbidden("10.0.0.5", private=True)
    ('192.0.2.1 is no address of a public host', '')
    >>> forbidden("::ffff:127.0.0.1", private=False)
    '127.0.0.1 is on our own network, and this entry has no allow_private'
    """
    try:
        address = _inner(ip_address(text))
    except ValueError:
        return f"{text!r} is no address"
    if address in METADATA:
        return f"{address} is a metadata service"
    if any(address in network for network in PRIVATE):
        return "" if private else f"{address} is on our own network, and this entry has no allow_private"
    return "" if _is_public(address) else f"{address} is no address of a public host"


def _inner(address: Address) -> Address:
    """The IPv4 address an IPv6 one stands for, where the network would go to it."""
    if isinstance(address, IPv6Address):
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or any(address in network for network in NO_HOSTS):
        return False
    return isinstance(address, IPv4Address) or (address in UNICAST and address.scope_id is None)
