"""PINs: what is stored, what is accepted."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import ConfigError
from callcenter.pins import Cost, check_pin, closure_digest, hash_pin, is_pin_hash, verify_pin

CHEAP = Cost(n=16, r=1)
SALT = bytes(range(16))


@given(st.from_regex(r"[0-9]{4,12}", fullmatch=True), st.binary(min_size=1, max_size=32))
def test_a_pin_verifies_against_its_own_hash_only(pin: str, salt: bytes) -> None:
    stored = hash_pin(pin, salt, CHEAP)
    assert is_pin_hash(stored)
    assert verify_pin(pin, stored)
    assert not verify_pin(pin + "0", stored)
    assert not verify_pin("", stored)


def test_hash_is_scrypt_of_pin_and_salt() -> None:
    stored = hash_pin("4271", SALT, CHEAP)
    assert stored == hash_pin("4271", SALT, CHEAP)
    assert stored != hash_pin("4271", bytes(16), CHEAP)
    assert stored.startswith("scrypt$16$1$1$AAECAwQFBgcICQoLDA0ODw==$")


def test_the_default_cost_is_recorded_and_verified() -> None:
    stored = hash_pin("4271", SALT)
    assert stored.startswith("scrypt$16384$8$1$")
    assert verify_pin("4271", stored)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "4271",
        "scrypt",
        "scrypt$16$1$1$AA==",
        "scrypt$16$1$1$!!$AA==",
        "scrypt$17$1$1$AAAA$AAAA",  # no power of two
        "scrypt$0$1$1$AAAA$AAAA",
        "scrypt$16$1$1$A$AAAA",  # no base64
        "scrypt$1048576$8$1$AAAA$AAAA",  # a gigabyte
        "scrypt$16$1$99$AAAA$AAAA",
        "scrypt$" + "9" * 5000 + "$1$1$AAAA$AAAA",
        "bcrypt$16$1$1$AAAA$AAAA",
    ],
)
def test_what_is_no_hash_never_verifies(stored: str) -> None:
    assert not verify_pin("4271", stored)


@pytest.mark.parametrize("pin", ["4271", "0815", "123457", "102938475612"])
def test_accepted_pins(pin: str) -> None:
    check_pin(pin)


@pytest.mark.parametrize("pin", ["", "427", "42a1", "1234567890123", "٤٢٧١", "42 71", "-4271"])
def test_a_pin_is_four_to_twelve_digits(pin: str) -> None:
    with pytest.raises(ConfigError, match="4 to 12 digits"):
        check_pin(pin)


@pytest.mark.parametrize("pin", ["0000", "777777", "1234", "567890", "4321", "890123"])
def test_what_everybody_tries_first_is_refused(pin: str) -> None:
    with pytest.raises(ConfigError, match="take another"):
        check_pin(pin)


def test_closure_digest_is_asterisks_sha1() -> None:
    assert closure_digest("12345678") == hashlib.sha1(b"12345678").hexdigest()
