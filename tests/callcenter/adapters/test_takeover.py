"""Taking over after a login to AMI: until it is done, or the link is lost again."""

import logging

import pytest

from callcenter.adapters.takeover import taken_over
from callcenter.errors import ActionRefused, StoreError, Unreachable

log = logging.getLogger(__name__)


class Picture:
    """What cannot be taken as often as there are errors."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.taken = 0

    async def take(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.taken += 1


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ((), []),
        ((ActionRefused("no such module"), StoreError("SQL is down")), ["no such module", "SQL is down"]),
        ((KeyError("Uniqueid"),), ["a fault of ours"]),
    ],
    ids=("at-once", "asterisk-and-sql", "ours"),
)
async def test_it_is_tried_until_it_is_done(
    errors: tuple[Exception, ...], told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    picture = Picture(*errors)
    assert await taken_over(picture.take, log, retry_s=0.0)
    assert picture.taken == 1
    assert [message.rpartition(": ")[2] for message in caplog.messages] == told


async def test_when_the_link_is_lost_again_the_next_login_takes_over(caplog: pytest.LogCaptureFixture) -> None:
    picture = Picture(StoreError("SQL is down"), Unreachable("link lost"))
    assert not await taken_over(picture.take, log, retry_s=0.0)
    assert picture.taken == 0
    assert caplog.messages[-1].endswith("link lost")
