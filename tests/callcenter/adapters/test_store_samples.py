"""A fair part of a list, on both databases."""

from dataclasses import replace
from itertools import pairwise

from callcenter.adapters.store import Store
from callcenter.outbound import LeadState

from .outbound_rows import LEAD, number


async def test_every_nth_lead_that_is_ready_is_from_all_parts_of_the_list(store: Store) -> None:
    leads = [replace(LEAD, number=number(place)) for place in range(40)]
    done = [replace(LEAD, number=number(place), state=LeadState.DONE) for place in range(40, 50)]
    others = [replace(LEAD, campaign="autumn", number=number(place)) for place in range(5)]
    await store.add_leads([*leads, *done, *others])
    count, some = await store.sample_leads("spring", 10)
    assert (count, len(some)) == (40, 10)
    assert {lead.campaign for lead in some} == {"spring"}
    ids = [lead.id for lead in some]
    assert {later - earlier for earlier, later in pairwise(ids)} == {4}
    assert len((await store.sample_leads("spring", 1_000))[1]) == 40
    assert await store.sample_leads("winter", 10) == (0, [])
