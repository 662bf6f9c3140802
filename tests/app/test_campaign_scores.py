"""`callcenter campaign scores` and the option --order: from arguments to what is printed."""

from callcenter.adapters.store import Store
from callcenter.outbound import CallingOrder, Lead
from dialer.scores import Scorer
from dialer.scores.traits import traits_of
from tests.app.office import Office


def learn(office: Office) -> None:
    """Two leads are due, and the dialer has learnt who of them answers."""
    interval = office.campaign().interval

    async def work(store: Store) -> None:
        now = await store.now()
        leads = [
            Lead(campaign="spring", number=f"+1202555014{i}", next_at=now, created_at=now, data={"score": score})
            for i, score in enumerate(("0.8", "0.1"))
        ]
        await store.add_leads(leads)
        scorer = Scorer()
        for number in range(300):
            scorer.learn(traits_of(leads[number % 2], now, interval), number % 2 == 0)
        await store.keep_scorer("spring", scorer.dump(), now)

    office.store(work)


def test_the_order_is_of_the_list_until_another_is_asked_for(office: Office) -> None:
    office.add()
    assert office.campaign().order is CallingOrder.LIST
    office("campaign", "change", "spring", "--order", "score")
    assert office.campaign().order is CallingOrder.SCORE
    refused = office.refused("campaign", "change", "spring", "--order", "alphabet")
    assert refused == 'campaign spring: --order: "alphabet" is no order: use list or score'


def test_scores_are_told_with_their_reasons(office: Office) -> None:
    office.add()
    assert office("campaign", "scores", "spring").startswith("nothing is learnt yet")
    learn(office)
    told = office("campaign", "scores", "spring", "--leads", "2").splitlines()
    assert told[0] == "order: list"
    assert told[1] == "learnt from 289 calls: 50 % answer"
    likely, unlikely = told[-2:]
    assert likely.startswith("+12025550140: ")
    assert "the list's score, about 82 %: +" in likely
    assert "the list's score, about 10 %: -" in unlikely
