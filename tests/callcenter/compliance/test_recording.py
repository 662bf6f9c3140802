"""Recording: who is told, who is asked."""

from datetime import date

import pytest

from callcenter.compliance.recording import RULES, STATES, Duty, recording_duty

TODAY = date(2026, 3, 2)
DC, CALIFORNIA, SEATTLE, NEW_YORK = "+12025550100", "+14155550143", "+12065550143", "+12125550143"
PARIS, MADRID, BERLIN, LONDON, TOKYO = "+33142685300", "+34910000000", "+493012345678", "+442079460000", "+81312345678"


@pytest.mark.parametrize(
    ("caller", "did", "duty", "jurisdiction", "rule"),
    [
        (NEW_YORK, DC, Duty.ANNOUNCE, "US", "us-one-party"),
        (CALIFORNIA, DC, Duty.ASK, "US-CA", "us-ca-recording"),
        (NEW_YORK, CALIFORNIA, Duty.ASK, "US-CA", "us-ca-recording"),
        (SEATTLE, DC, Duty.ANNOUNCE, "US-WA", "us-wa-recording"),
        ("", DC, Duty.ASK, "US-?", "own-us-unknown"),
        ("anonymous", CALIFORNIA, Duty.ASK, "US-?", "own-us-unknown"),
        ("+17875550143", DC, Duty.ANNOUNCE, "US", "us-one-party"),
        (PARIS, PARIS, Duty.ANNOUNCE, "FR", "eu-information"),
        (MADRID, PARIS, Duty.ANNOUNCE, "ES", "eu-information"),
        (PARIS, BERLIN, Duty.ASK, "DE", "de-recording"),
        (LONDON, PARIS, Duty.ANNOUNCE, "GB", "gb-information"),
        ("", PARIS, Duty.ANNOUNCE, "", "own-announcement"),
        (TOKYO, TOKYO, Duty.ANNOUNCE, "JP", "own-announcement"),
        ("100", "200", Duty.ANNOUNCE, "", "own-announcement"),
    ],
)
def test_the_stricter_of_the_callers_and_our_own_law_binds(
    caller: str, did: str, duty: Duty, jurisdiction: str, rule: str
) -> None:
    verdict = recording_duty(caller, did, TODAY)
    assert (verdict.duty, verdict.jurisdiction, verdict.rule.id) == (duty, jurisdiction, rule)


def test_a_rule_binds_from_the_day_it_came_into_force() -> None:
    day_before, first_day = date(2014, 12, 29), date(2014, 12, 30)
    assert recording_duty("+13125550143", DC, day_before).duty is Duty.ANNOUNCE
    assert recording_duty("+13125550143", DC, first_day).duty is Duty.ASK


def test_every_rule_names_its_source_and_no_area_code_is_in_two_states() -> None:
    assert all(rule.source and rule.text for rule in RULES)
    assert len({rule.id for rule in RULES}) == len(RULES)
    states = {region.removeprefix("US-") for rule in RULES for region in rule.regions if region.startswith("US-")}
    assert set(STATES.values()) == states - {"?"}
    assert all(len(code) == 3 and code.isdecimal() for code in STATES)
