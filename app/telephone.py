"""Telephone numbers as operators write them on the command line, and the country in which they are read."""

from __future__ import annotations

from app.installation import centre, settings
from callcenter.errors import ConfigError
from callcenter.fields import check_region
from dialer.cells import possible_number_in


def number_of(written: str) -> str:
    """Return a number as E.164; raise ConfigError."""
    try:
        return possible_number_in(written, home_region()).number
    except ValueError as error:
        raise ConfigError(f"number: {error}") from None


def region_of(written: str) -> str:
    """Return the country that --region gives; raise ConfigError."""
    try:
        return check_region(written)
    except ValueError as error:
        raise ConfigError(f"--region: {error}") from None


def home_region() -> str:
    """The country in which numbers are read; "ZZ", in which only numbers with + are, where nobody has said."""
    return centre().identity.region if settings().centre_file.exists() else "ZZ"
