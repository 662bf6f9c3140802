"""`callcenter campaign start`, `pause`, `drain` and `end`, and what keeps a campaign from starting."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.outbound import CampaignState
from callcenter.records import CentreRecords
from tests.app.campaigns import NUMBERS, fill, says
from tests.app.office import Office


def test_a_campaign_goes_through_its_states(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    says(office, "dialing")
    for verb, state in (
        ("start", CampaignState.RUNNING),
        ("drain", CampaignState.DRAINING),
        ("pause", CampaignState.PAUSED),
        ("end", CampaignState.ENDED),
        ("start", CampaignState.RUNNING),
        ("pause", CampaignState.PAUSED),
    ):
        assert office("campaign", verb, "spring") == f"campaign spring is {state}\n"
        assert office.campaign().state is state


@pytest.mark.parametrize(
    ("state", "verb", "said"),
    [
        (CampaignState.PAUSED, "drain", "campaign spring is paused: drain is for one that is running"),
        (CampaignState.ENDED, "pause", "campaign spring is ended: pause is for one that is draining or running"),
        (CampaignState.ENDED, "drain", "campaign spring is ended: drain is for one that is running"),
    ],
)
def test_what_makes_no_sense_in_a_state_is_refused(office: Office, state: CampaignState, verb: str, said: str) -> None:
    office.add()
    office.store(lambda store: store.set_campaign_state("spring", state))
    assert office.refused("campaign", verb, "spring") == said
    assert office.campaign().state is state


def test_saying_it_twice_does_no_harm(office: Office) -> None:
    office.add()
    assert office("campaign", "pause", "spring") == "campaign spring is paused\nnote: it was paused already\n"


def test_a_start_says_everything_that_is_missing(office: Office) -> None:
    office.add()
    (office.rendered / "campaigns" / "spring.wav").unlink()
    office.file.write_text('[centre]\nregion = "US"\n[[queue]]\nname = "sale"\n')
    office.store(office_without)
    assert office.refused("campaign", "start", "spring") == (
        "campaign spring cannot start: "
        f"the sound of its message is missing: {office.rendered}/campaigns/spring.wav; "
        "`callcenter campaign change spring` makes one; "
        'there is no queue "sales"; did you mean "sale"?; '
        'there is no trunk "carrier": `callcenter trunk add`; '
        "it has no leads: `callcenter leads import FILE --campaign spring`"
    )
    assert office.campaign().state is CampaignState.PAUSED


async def office_without(store: Store) -> None:
    """Take queues and trunks out of use."""
    await store.apply_centre(CentreRecords(agents=[], queues=[], numbers=[], trunks=[]))


def test_a_start_tells_what_is_not_taken_over_yet(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    office.store(office_without)
    assert office.refused("campaign", "start", "spring") == (
        'campaign spring cannot start: queue "sales" is not taken over yet: `callcenter reload`; '
        'trunk "carrier" is not taken over yet: `callcenter reload`'
    )


def test_a_list_that_is_done_cannot_start(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)

    async def finish(store: Store) -> None:
        await store.finish_leads([lead.id for lead in await store.leads("spring")])

    office.store(finish)
    assert office.refused("campaign", "start", "spring") == (
        "campaign spring cannot start: all of its 4 leads are done: import more, or "
        "`callcenter leads reset --campaign spring` calls them once more"
    )


def test_a_campaign_that_law_has_overtaken_cannot_start(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    generous = replace(office.campaign(), cap=0.05)
    office.store(lambda store: store.put_campaign(generous))
    told = office.refused("campaign", "start", "spring")
    assert "--cap: 5 % is more than the 3 % of rule us-drops" in told
    assert told.endswith("change it with `callcenter campaign change spring`")


def test_a_start_says_why_nothing_happens_yet(office: Office) -> None:
    office.add(skills="spanish")
    fill(office, *NUMBERS, due=timedelta(hours=2))
    said = office("campaign", "start", "spring").splitlines()
    assert said[:2] == [
        "campaign spring is running",
        "note: no agent with spanish serves queue sales: nobody would be called",
    ]
    assert said[2].startswith("note: its first lead may be called at ")
    assert said[3:] == ["note: the dialer does not run: nobody is called before it does"]


def test_a_message_that_lies_where_we_cannot_look_stops_a_start(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.add()
    fill(office, *NUMBERS)
    monkeypatch.delenv("CALLCENTER_RENDERED_DIR")
    assert office.refused("campaign", "start", "spring") == (
        "campaign spring cannot start: CALLCENTER_RENDERED_DIR is not set, so its message cannot be looked at"
    )


@pytest.mark.parametrize("verb", ["start", "pause", "drain", "end", "status"])
def test_a_campaign_that_does_not_exist_is_told(office: Office, verb: str) -> None:
    assert office.refused("campaign", verb, "autumn") == (
        'there is no campaign "autumn": make it with `callcenter campaign add`'
    )
