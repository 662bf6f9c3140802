"""Where we may go over HTTP: which URLs are below a listed one, and which addresses are never gone to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.allowlist import Allowed, AllowList, forbidden, read_prefix
from callcenter.outgoing import NotAllowed

LIST = AllowList(
    Allowed(url="https://crm.example.com/api/v1/"),
    Allowed(url="https://crm.example.com/api/v1/vip", headers={"X-Key": "vip"}),
    Allowed(url="http://10.0.0.5:8080/", private=True),
    Allowed(url="https://[2606:4700::1]/"),
    Allowed(url="https://bücher.example/"),
)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://crm.example.com/api/v1/", "https://crm.example.com/api/v1/"),
        ("https://crm.example.com/api/v1", "https://crm.example.com/api/v1"),
        ("https://crm.example.com/api/v1?q=1", "https://crm.example.com/api/v1?q=1"),
        ("HTTPS://CRM.Example.COM:443/api/v1/customers/7", "https://crm.example.com/api/v1/customers/7"),
        ("https://crm.example.com/x/../api/v1/a", "https://crm.example.com/api/v1/a"),
        ("https://crm.example.com/api/v1/a#top", "https://crm.example.com/api/v1/a"),
        ("https://crm.example.com/api/v1/name?q=Zoë", "https://crm.example.com/api/v1/name?q=Zo%C3%AB"),
        ("https://crm.example.com/api/v1/%7Ea..b", "https://crm.example.com/api/v1/~a..b"),
        ("http://10.0.0.5:8080/x", "http://10.0.0.5:8080/x"),
        ("https://[2606:4700:0::0001]/x", "https://[2606:4700::1]/x"),
        ("https://xn--bcher-kva.example/x", "https://xn--bcher-kva.example/x"),
    ],
)
def test_what_is_below_a_listed_url_may_be_asked_for(url: str, asked: str) -> None:
    assert str(LIST.find(url).url) == asked


def test_the_longest_listed_url_counts() -> None:
    assert LIST.find("https://crm.example.com/api/v1/vip/7").entry.headers == {"X-Key": "vip"}
    assert LIST.find("https://crm.example.com/api/v1/vipers").entry.headers == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.com/",
        "https://crm.example.com/api/v10/",
        "https://crm.example.com/api/v1/../v2/",
        "https://crm.example.com/api/v1/%2e%2e/v2/",
        "https://crm.example.com/api/v1/..%2fv2/",
        "https://crm.example.com/api/v1/..%5Cv2/",
        "https://crm.example.com/api/v1/%252e%252e/v2/",
        "https://crm.example.com/api/v1/%25252e%25252e/v2/",
        "https://crm.example.com/api/v1/..;/v2/",
        "https://crm.example.com/api/v1\\..\\v2",
        "http://crm.example.com/api/v1/",
        "https://crm.example.com:8443/api/v1/",
        "https://crm.example.com./api/v1/",
        "https://crm.example.com.evil.example/api/v1/",
        "https://evil.example/?https://crm.example.com/api/v1/",
        "https://crm.example.com@evil.example/api/v1/",
        "https://evil.example#@crm.example.com/api/v1/",
        "https://user:word@crm.example.com/api/v1/",
        "https://user@crm.example.com/api/v1/",
        "http://10.0.0.5/",
        "http://10.0.0.05:8080/",
        "http://167772165:8080/",
        "http://0xa.0.0.5:8080/",
        "http://10.0.5:8080/",
        "http://[::ffff:10.0.0.5]:8080/",
        "https://[2606:4700::1%25eth0]/",
        "ftp://crm.example.com/api/v1/",
        "file:///etc/passwd",
        "gopher://crm.example.com/api/v1/",
        "//crm.example.com/api/v1/",
        "crm.example.com/api/v1/",
        "https:///api/v1/",
        "https://crm.example.com:0/api/v1/",
        "https://crm.example.com:99999/api/v1/",
        "https://crm.example.com:x/api/v1/",
        "https://[::1/",
        "https://crm.example.com/api/v1/\r\nHost: evil.example",
        " https://crm.example.com/api/v1/",
        "https://crm.example.com/api/v1/\x00",
        "https://crm.example.com/api/v1/\ud800",
        "https://crm.example.com/api/v1/" + "a" * 2048,
        "",
    ],
)
def test_nothing_else_may_be_asked_for(url: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        LIST.find(url)
    assert "api/v1" not in str(refused.value)  # the rest of a URL may hold what a caller typed


@given(st.text(max_size=40))
def test_whatever_follows_a_listed_url_stays_below_it(rest: str) -> None:
    try:
        permit = LIST.find("https://crm.example.com/api/v1/" + rest)
    except NotAllowed:
        return
    assert (permit.url.scheme, permit.url.host, permit.url.port) == ("https", "crm.example.com", 443)
    assert permit.url.path.startswith("/api/v1/") or permit.url.path == "/api/v1"
    assert "/../" not in f"{permit.url.path}/"


@pytest.mark.parametrize(
    "url", ["https://h.example/?q=1", "https://h.example/?", "https://h.example/#x", "h.example", "http://2130706433/"]
)
def test_a_listed_url_is_checked(url: str) -> None:
    with pytest.raises(ValueError):
        read_prefix(url)


PUBLIC = ("8.8.8.8", "203.0.112.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1")
OWN = (
    "127.0.0.1", "127.255.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "::1",
    "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:c0a8:101::1",
)  # fmt: skip
NEVER = (
    "169.254.169.254", "169.254.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254",
    "100.100.100.200", "192.0.0.192", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1",
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "::", "::2", "::127.0.0.1", "fe80::1",
    "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "2001:0:7f00:1::", "3fff::1",
    "64:ff9b:1::1", "100::1", "4000::1", "", "localhost", "127.1", "2130706433",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_public_hosts_are_open(address: str) -> None:
    assert forbidden(address, private=False) == forbidden(address, private=True) == ""


@pytest.mark.parametrize("address", OWN)
def test_networks_of_our_own_are_open_to_whom_they_are_opened(address: str) -> None:
    assert forbidden(address, private=False) != ""
    assert forbidden(address, private=True) == ""


@pytest.mark.parametrize("address", NEVER)
def test_what_is_no_host_or_hands_out_credentials_is_open_to_nobody(address: str) -> None:
    assert forbidden(address, private=False) != ""
    assert forbidden(address, private=True) != ""
