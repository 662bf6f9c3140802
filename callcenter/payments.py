"""Charging a card: what we ask of a payment provider, what it says, and the port it is behind. Pure.

Card data is here for the length of one charge and nowhere else: it is in no repr, log, record or trail. What may be
kept is in `Charged`.

    PaymentFailed
    ├── Declined              the provider says no; nothing was charged, and the same card will not do
    └── PaymentUnavailable    the provider was not reached or did not answer: charged or not. Asked again with the same
                              key it tells, and charges at most once
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from callcenter.errors import CallCenterError

CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)  # ISO 4217


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the caller typed. `expiry`: MMYY; `code`: the three or four digits beside the signature."""

    number: str = field(repr=False)
    expiry: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money to be taken. `key`: the same charge has the same key, however often it is asked for.

    `amount`: in minor units (cents) of `currency`, ISO 4217; `reference`: what is paid, on the person's statement.
    """

    key: str
    amount: int
    currency: str
    reference: str
    card: Card

    def __post_init__(self) -> None:
        if not self.key or self.amount <= 0 or not CURRENCY.fullmatch(self.currency):
            raise ValueError("a charge needs a key, an amount above nothing, and a currency of three capital letters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """The money is taken. `provider_ref`: the provider's own id of it; `last4`: of the card."""

    provider: str
    provider_ref: str
    last4: str


class DeclineReason(StrEnum):
    DECLINED = "declined"  # the bank gives no reason
    NO_FUNDS = "no-funds"
    EXPIRED = "expired"
    WRONG_NUMBER = "wrong-number"
    WRONG_CODE = "wrong-code"


class PaymentFailed(CallCenterError):
    code = "payment"
    reason: str = "failed"


class Declined(PaymentFailed):
    code = "payment-declined"

    def __init__(self, reason: DeclineReason, text: str = "") -> None:
        self.reason = reason
        super().__init__(text or f"the payment is declined: {reason}")


class PaymentUnavailable(PaymentFailed):
    code = "payment-unavailable"
    reason = "unavailable"


class PaymentProvider(Protocol):
    """Takes money. `name` is kept with each payment."""

    name: ClassVar[str]

    async def charge(self, charge: Charge) -> Charged:
        """Charge once per key and say so; raise PaymentFailed. Whoever asks bounds the time (PAYMENT_S)."""
        ...


# The caller hears "one moment" meanwhile. What takes longer is PaymentUnavailable.
PAYMENT_S: Final = 20.0
