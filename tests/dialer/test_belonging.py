"""Each agent works for one campaign at a time, so no release is foretold twice."""

from dialer.belonging import Belonging


def test_an_agent_works_for_the_campaign_whose_call_they_are_on_and_stays_with_it() -> None:
    belonging = Belonging()
    belonging.note({"ann": "spring"}, {})
    belonging.note({}, {})  # the call is over, she wraps up
    assert belonging.works_for == {"ann": "spring"}


def test_an_idle_agent_works_for_the_campaign_they_are_dealt_to() -> None:
    belonging = Belonging()
    belonging.note({"ann": "spring"}, {})
    belonging.note({}, {"autumn": {"ann"}})
    assert belonging.works_for == {"ann": "autumn"}


def test_a_call_says_more_than_the_deal() -> None:
    belonging = Belonging()
    belonging.note({"ann": "spring"}, {"autumn": {"ann"}})
    assert belonging.works_for == {"ann": "spring"}


def test_who_logs_out_and_what_stops_is_forgotten() -> None:
    belonging = Belonging()
    belonging.note({"ann": "spring", "bob": "autumn", "cid": "spring"}, {})
    belonging.keep({"ann", "bob"}, {"spring"})
    assert belonging.works_for == {"ann": "spring"}


def test_agents_at_work_are_counted_without_the_idle_ones() -> None:
    belonging = Belonging()
    belonging.note({"ann": "spring", "bob": "spring", "cid": "autumn"}, {})
    assert belonging.at_work({"bob"}) == {"spring": 1, "autumn": 1}
