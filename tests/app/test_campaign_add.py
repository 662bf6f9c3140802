"""`callcenter campaign add`: its options, their defaults as documented, and what is refused."""

import math
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import campaign_options
from app.campaign_options import make
from callcenter.faults import FaultsError
from callcenter.outbound import CampaignKind, CampaignState
from dialer import leads
from tests.app.campaigns import KNOWN, NOW
from tests.app.office import SPRING, Office, options


def test_add_keeps_a_paused_campaign_with_the_defaults_and_says_what_comes_next(office: Office) -> None:
    said = office.add().splitlines()
    assert said[0] == "campaign spring added: paused, shows +12025550100"
    assert said[1] == f'people for whom no agent is free hear: "{office.voice.spoken[0]}"'
    assert said[2:] == [
        "next: `callcenter leads import FILE --campaign spring`, then `callcenter campaign start spring`"
    ]
    found = office.campaign()
    assert found.state is CampaignState.PAUSED
    assert (found.kind, found.region, found.title) == (CampaignKind.SALES, "US", "spring")
    assert (found.caller_id, found.callback) == ("+12025550100", "+12025550101")
    assert (found.cap, found.ring, found.max_wait) == (0.03, timedelta(seconds=22), timedelta(seconds=2))
    assert found.message == "/etc/asterisk/rendered/campaigns/spring"
    assert (office.rendered / "campaigns" / "spring.wav").exists()


def test_add_takes_every_option(office: Office) -> None:
    office.add(
        kind="collections",
        caller_id="+12025550109",
        title="Spring",
        mode="ratio",
        cap="2.5 %",
        ring="30",
        max_wait="1.5",
        interval="2d",
        max_tries="5",
        language="en-gb",
        skills="english, english,billing",
        region="GB",
        callback="+442079460000",
        opt_out_key="*",
        weight="2",
    )
    assert replace(office.campaign(), created_at=NOW) == replace(
        office.campaign(),
        kind=CampaignKind.COLLECTIONS,
        caller_id="+12025550109",
        title="Spring",
        mode="ratio",
        cap=0.025,
        ring=timedelta(seconds=30),
        max_wait=timedelta(seconds=1.5),
        interval=timedelta(days=2),
        max_tries=5,
        language="en_GB",
        skills=("english", "billing"),
        region="GB",
        callback="+442079460000",
        opt_out_key="*",
        weight=2.0,
        created_at=NOW,
    )
    assert office.campaign().amd is False
    office("campaign", "change", "spring", "--amd")
    assert office.campaign().amd is True


def test_numbers_are_read_as_dialled_in_the_campaigns_region(office: Office) -> None:
    office.add(region="GB", callback="020 7946 0000")
    assert office.campaign().callback == "+442079460000"


def test_everything_that_is_missing_is_told_at_once(office: Office) -> None:
    assert office.refused("campaign", "add", "spring") == (
        "campaign spring: --kind: is missing; --queue: is missing; --trunk: is missing; --company: is missing; "
        "--callback: is missing"
    )


@pytest.mark.parametrize(
    ("key", "written", "said"),
    [
        ("kind", "surveys", '"surveys" is no kind: use sales or collections'),
        ("queue", "sale", 'there is no queue "sale"; did you mean "sales"?'),
        ("trunk", "carier", 'there is no trunk "carier"; did you mean "carrier"?'),
        ("company", " ", "needs 1 to 80 printable characters on one line"),
        ("company", "A\nB", "needs 1 to 80 printable characters on one line"),
        ("callback", "911", '"911" '),
        ("callback", "+19005550100", "+19005550100 is a premium-rate number: people must be able to call back at no"),
        ("caller_id", "anonymous", '"anonymous" has letters: give the digits'),
        ("title", "x" * 81, "needs 1 to 80 printable characters on one line"),
        ("mode", "psychic", "pacing mode 'psychic' does not exist: use one of progressive, ratio, predictive"),
        ("cap", "3", '"3" is no share: write 3% or 0.03'),
        ("cap", "much", '"much" is no share: write 3% or 0.03'),
        ("cap", "3.1%", "3.1 % is more than the 3 % of rule us-drops (47 CFR 64.1200(a)(7)"),
        ("ring", 14.9, "14.9 s is less than the 15 s of rule us-ring (16 CFR 310.4(b)(4)(ii)"),
        ("ring", 60.1, "60.1 is not between 1 and 60 s"),
        ("ring", math.nan, "nan is not between 1 and 60 s"),
        ("max_wait", 2.1, "2.1 s is more than the 2 s of rule us-drops (47 CFR 64.1200(a)(7)"),
        ("max_wait", 0, "0 is not between 0.1 and 60 s"),
        ("interval", "4", '"4" is no length of time: write e.g. 90m, 4h or 2d'),
        ("interval", "30s", "30s is not between 1m and 365d"),
        ("interval", "366d", "366d is not between 1m and 365d"),
        ("max_tries", 0, "0 is not between 1 and 100"),
        ("language", "english", "'english' is no language"),
        ("skills", "big deals", "'big deals' is no name"),
        ("region", "us", "'us' is no region: use the ISO 3166 code"),
        ("opt_out_key", "12", '"12" is no key: use one of 0 to 9 or *'),
        ("opt_out_key", "#", '"#" ends the input on a telephone keypad: use 0 to 9 or *'),
        ("weight", 0, "0 is not between 0.01 and 100"),
        ("weight", math.inf, "inf is not between 0.01 and 100"),
    ],
)
def test_a_value_that_is_wrong_is_told_with_its_option_and_how_to_mend_it(
    key: str, written: str | float, said: str
) -> None:
    with pytest.raises(FaultsError) as caught:
        make("spring", {**SPRING, key: written}, KNOWN, NOW)
    (fault,) = caught.value.faults
    assert fault.key == "--" + key.replace("_", "-")
    assert fault.text.startswith(said)


def test_what_is_refused_leaves_nothing_behind(office: Office) -> None:
    told = office.refused("campaign", "add", "spring", *options({**SPRING, "cap": "5%", "queue": "sale"}))
    assert told == 'campaign spring: --queue: there is no queue "sale"; did you mean "sales"?'
    assert office.store(lambda store: store.campaigns()) == []
    assert not (office.rendered / "campaigns").exists()


def test_all_faults_are_told_together() -> None:
    values = {**SPRING, "queue": "sals", "cap": "x", "ring": 300.0, "region": "XX", "callback": "(202) 555-0101"}
    with pytest.raises(FaultsError) as caught:
        make("spring", values, KNOWN, NOW)
    # A number without + cannot be judged while the region is wrong.
    assert [fault.key for fault in caught.value.faults] == ["--queue", "--cap", "--ring", "--region"]


def test_what_the_law_says_is_told_together_and_depends_on_kind_and_country() -> None:
    values = {**SPRING, "cap": "4%", "ring": 10.0, "max_wait": 5.0}
    with pytest.raises(FaultsError) as caught:
        make("spring", values, KNOWN, NOW)
    assert [fault.key for fault in caught.value.faults] == ["--ring", "--cap", "--max-wait"]
    with pytest.raises(FaultsError, match=r"--cap: 4 % is more than the 3 % of rule own-drops"):
        make("spring", {**SPRING, "region": "DE", "callback": "+4930123456", "cap": "4%"}, KNOWN, NOW)


def test_without_a_region_anywhere_it_has_to_be_given() -> None:
    with pytest.raises(FaultsError, match=r'--region: is missing: the country whose rules apply, e\.g\. "US"'):
        make("spring", SPRING, replace(KNOWN, region=""), NOW)
    assert make("spring", {**SPRING, "region": "US"}, replace(KNOWN, region=""), NOW).callback == "+12025550101"


def test_a_trunk_that_shows_no_number_needs_one(office: Office) -> None:
    assert office.refused("campaign", "add", "spring", *options({**SPRING, "trunk": "mute"})) == (
        "campaign spring: --caller-id: is missing: trunk mute has none of its own"
    )
    office.add(trunk="mute", caller_id="+12025550109")


def test_add_says_what_is_hardly_meant(office: Office) -> None:
    said = office.add(kind="collections", company="Fast Debt Recovery", skills="spanish")
    assert "note: no agent with spanish serves queue sales: nobody would be called\n" in said
    assert """note: "Debt" in the company's name tells whoever answers of a debt (12 CFR 1006.2(j))\n""" in said


@pytest.mark.parametrize("name", ["Spring", "a b", "../x", "x" * 33, "all"])
def test_a_name_that_is_none_is_refused(office: Office, name: str) -> None:
    assert office.refused("campaign", "add", name, *options(SPRING)).startswith(f"campaign: {name!r}")


def test_a_name_that_is_taken_is_refused_and_nothing_changes(office: Office) -> None:
    office.add()
    assert office.refused("campaign", "add", "spring", *options({**SPRING, "company": "Other"})) == (
        "there is a campaign spring already: `callcenter campaign change spring` changes it"
    )
    assert office.campaign().company == "Example Ltd"


def test_without_the_rendered_folder_the_message_has_no_place(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLCENTER_RENDERED_DIR")
    assert office.refused("campaign", "add", "spring", *options(SPRING)).startswith(
        "CALLCENTER_RENDERED_DIR is not set"
    )
    assert office.store(lambda store: store.campaigns()) == []


def test_without_centre_toml_the_stores_centre_counts(office: Office) -> None:
    office.file.unlink()
    office.add(region="US")
    assert 'no queue "sals"; did you mean "sales"?' in office.refused("campaign", "change", "spring", "--queue", "sals")


def test_what_is_not_there_can_be_added(office: Office) -> None:
    office.file.write_text('[centre]\nregion = "US"\n')
    told = office.refused("campaign", "add", "spring", *options(SPRING))
    assert '--queue: there is no queue "sales": add it with `callcenter queue add`' in told
    assert '--trunk: there is no trunk "carrier": add it with `callcenter trunk add`' in told


def shown(value: object) -> str:
    """A default as an operator would write it."""
    if isinstance(value, timedelta):
        hours = value.total_seconds() / 3600
        return f"{hours:g}h" if hours >= 1 else f"{value.total_seconds():g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) if value != () else "none"


def test_every_option_is_told_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text().split("\n## Campaigns\n")[1]
    told = dict(re.findall(r"^\| `--([a-z-]+)` \| `?([^|`]+?)`? \| \S", text, re.MULTILINE))
    found = make("spring", SPRING, KNOWN, NOW)
    special = {"cap": "3%", "caller-id": "the trunk's", "title": "its name", "region": "the centre's"}
    expected = {
        key.replace("_", "-"): "required" if key in campaign_options.REQUIRED else shown(getattr(found, key))
        for key in campaign_options.READERS
    }
    assert told == {**expected, **special, "message": "spoken"}
    assert found.cap == campaign_options.share_in(special["cap"])


def test_every_column_of_a_list_is_told() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text().split("\n### Lists of leads\n")[1]
    assert re.findall(r"^\| `(\w+)` \|", text.split("\n#")[0], re.MULTILINE) == list(leads.KNOWN)
