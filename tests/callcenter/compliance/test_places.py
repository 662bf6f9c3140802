"""Which numbers are never dialled, and in which time zones a number may lie."""

from datetime import UTC, datetime

import pytest

from callcenter.compliance.places import never, place_of, zones_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "region", "rule"),
    [
        ("911", "US", "emergency"),
        ("112", "US", "emergency"),
        ("9112", "US", "emergency"),
        ("999", "GB", "emergency"),
        ("112", "DE", "emergency"),
        ("411", "US", "short-number"),
        ("611", "US", "short-number"),
        ("88811", "US", "short-number"),
        ("2025550143", "US", "short-number"),
        ("", "US", "short-number"),
        ("+1911", "US", "no-number"),
        ("+44999", "GB", "no-number"),
        ("+49112", "DE", "no-number"),
        ("+", "US", "no-number"),
        ("+1", "US", "no-number"),
        ("+12025550143;ext=1", "US", None),
        ("+11115550143", "US", "no-number"),
        ("+999123456789", "US", "no-number"),
        ("+19005550143", "US", "premium-rate-number"),
        ("+449098790000", "GB", "premium-rate-number"),
        ("+491803123456", "DE", "shared-cost-number"),
        ("+447012345678", "GB", "personal-number"),
        ("+18765550143", "US", "country"),  # Jamaica: +1 as well, and dear
        ("+16135550123", "US", "country"),  # Canada
        ("+8821612345678", "US", "country"),  # satellite
        ("+447911123456", "GB", "country"),  # Guernsey: +44 as well, and not the United Kingdom
        ("+262692123456", "FR", "country"),  # Réunion
        ("+12025550143", "US", None),
        ("+18005550199", "US", None),
        ("+17875550123", "US", None),  # Puerto Rico: a domestic call
        ("+442079460000", "GB", None),
    ],
)
def test_what_is_never_dialled(number: str, region: str, rule: str | None) -> None:
    found = never(number, region=region)
    assert (found and found.rule) == rule


def test_countries_that_are_named_replace_the_home_region() -> None:
    both = frozenset({"US", "CA"})
    assert never("+16135550123", region="US", countries=both) is None
    assert never("+12025550143", region="US", countries=frozenset({"CA"})) is not None


def test_a_number_says_its_zones() -> None:
    assert place_of("+14155551234").zones == ("America/Los_Angeles",)
    assert {"America/New_York", "Pacific/Honolulu", "Pacific/Guam"} < set(place_of("+18005550199").zones)
    assert place_of("+8821612345678").zones == ()


@pytest.mark.parametrize(
    ("number", "time_zone", "zones"),
    [
        ("+14155551234", "", ("America/Los_Angeles",)),
        ("+14155551234", "America/Los_Angeles", ("America/Los_Angeles",)),
        ("+14155551234", "US/Pacific", ("US/Pacific",)),  # the same clock under another name
        ("+14155551234", "America/New_York", ("America/Los_Angeles", "America/New_York")),
        ("+18005550199", "America/Denver", ("America/Denver",)),  # narrows a number that may lie anywhere
        ("+13135551234", "America/Detroit", ("America/Detroit",)),
        ("+14805551234", "America/Denver", ("America/Phoenix", "America/Denver")),  # no summer time in Arizona
        ("+8821612345678", "Europe/Paris", ("Europe/Paris",)),
        ("+8821612345678", "", ()),
    ],
)
def test_the_lists_zone_narrows_and_a_contradiction_widens(number: str, time_zone: str, zones: tuple[str, ...]) -> None:
    assert zones_of(number, time_zone, NOW) == zones
