"""A payment provider that takes no money: what a test card does is written here, and no other card does anything.

It behaves as a real one must: charges once per key, in whichever process it is asked again, declines with a reason, and
can be unreachable, also after it has charged.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from callcenter.cards import expiry_valid, luhn_valid, masked
from callcenter.errors import Conflict
from callcenter.payments import Charge, Charged, Declined, DeclineReason, PaymentUnavailable

log = logging.getLogger("callcenter.sandbox")

REMEMBERED: Final = 10_000  # charges whose content is compared when their key comes again
CODE: Final = re.compile(r"[0-9]{3,4}", re.ASCII)


class Does(StrEnum):
    """What a test card does, besides being declined."""

    PAYS = "pays"
    UNAVAILABLE = "unavailable"
    ANSWER_LOST = "answer-lost"  # charged, but we hear nothing; asked again with the same key, it says so


# Numbers no bank gives out; docs/integrations.md tells them to whoever tries a flow.
TEST_CARDS: Final[Mapping[str, Does | DeclineReason]] = {
    "4242424242424242": Does.PAYS,
    "5555555555554444": Does.PAYS,
    "378282246310005": Does.PAYS,
    "4000000000000002": DeclineReason.DECLINED,
    "4000000000009995": DeclineReason.NO_FUNDS,
    "4000000000000069": DeclineReason.EXPIRED,
    "4000000000000127": DeclineReason.WRONG_CODE,
    "4000000000000119": Does.UNAVAILABLE,
    "4000000000000077": Does.ANSWER_LOST,
}


class Sandbox:
    """Charges test cards. `today`: the local date."""

    name: ClassVar[str] = "sandbox"

    def __init__(self, today: Callable[[], date]) -> None:
        self._today = today
        self._known: OrderedDict[str, tuple[object, ...]] = OrderedDict()

    async def charge(self, charge: Charge) -> Charged:
        """Charge once per key; raise Declined, PaymentUnavailable, or Conflict for a key that was of another charge."""
        content = (charge.amount, charge.currency, charge.reference, masked(charge.card.number))
        again = charge.key in self._known
        if self._known.setdefault(charge.key, content) != content:
            raise Conflict(f"payment {charge.key} was of another amount, reference or card")
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        does = what_happens(charge, self._today())
        log.info("payment %s: %d %s: %s", charge.key, charge.amount, charge.currency, does)
        if isinstance(does, DeclineReason):
            raise Declined(does)
        if does is Does.UNAVAILABLE or (does is Does.ANSWER_LOST and not again):
            raise PaymentUnavailable("the sandbox does not answer")
        # The same in every process and after every restart: one charge has one id.
        own = hashlib.sha256(charge.key.encode()).hexdigest()[:16]
        return Charged(provider=self.name, provider_ref=f"sandbox-{own}", last4=masked(charge.card.number))


def what_happens(charge: Charge, today: date) -> Does | DeclineReason:
    """Return what becomes of a charge, whoever asks and however often. Cards that are no test cards are declined."""
    card = charge.card
    if not luhn_valid(card.number):
        return DeclineReason.WRONG_NUMBER
    if not expiry_valid(card.expiry, today):
        return DeclineReason.EXPIRED
    if not CODE.fullmatch(card.code):
        return DeclineReason.WRONG_CODE
    return TEST_CARDS.get(card.number, DeclineReason.WRONG_NUMBER)
