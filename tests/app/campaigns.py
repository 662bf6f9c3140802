"""What the tests of `callcenter campaign` begin with: leads of a campaign, a dialer's last words, what a centre has."""

from datetime import UTC, datetime, timedelta

from app.campaign_options import Known
from callcenter.adapters.store import Store
from callcenter.outbound import Lead
from callcenter.records import Agent, ServiceState
from tests.app.office import Office

NUMBERS = ("+12025550143", "+12065550144", "+12075550145", "+12085550146")


KNOWN = Known(
    region="US",
    queues=frozenset({"sales", "support"}),
    trunks={"carrier": "+12025550100", "mute": ""},
    agents=(Agent(id="7", name="First desk", phone="1007", queues=("sales",)),),
)


NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def fill(office: Office, *numbers: str, name: str = "spring", due: timedelta = timedelta(0)) -> None:
    async def work(store: Store) -> None:
        now = await store.now()
        await store.add_leads([Lead(campaign=name, number=n, next_at=now + due, created_at=now) for n in numbers])

    office.store(work)


def says(office: Office, text: str, *, seen: timedelta = timedelta(0), name: str = "dialer:main") -> None:
    """Let the dialer (or what is called `name`) have said `text`, last `seen` ago."""

    async def work(store: Store) -> None:
        at = await store.now() - seen
        await store.put_service_state(ServiceState(name=name, text=text, since=at, seen_at=at))

    office.store(work)
