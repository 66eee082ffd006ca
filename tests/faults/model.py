"""A plain model of the records: what a form may do, what must be refused, and what is open afterwards.

It shares no code with the program: amounts in cents by reference, days as dates, months as texts.
"""

from dataclasses import dataclass, field
from datetime import date

RECORDED, REFUSED, STALE, FORBIDDEN, ABSENT = 302, 422, 409, 403, 404
WRITERS = frozenset({"admin", "officer"})


@dataclass
class Donor:
    """A donor."""

    version: int = 1
    voided: bool = False


@dataclass
class Pledge:
    """A pledge, in cents of its currency."""

    donor: str
    currency: str
    cents: int
    pledged: date
    signed: date | None = None
    closed: date | None = None
    version: int = 1
    voided: bool = False


@dataclass
class Receipt:
    """A receipt; `pledge` empty where it names none."""

    donor: str
    pledge: str
    currency: str
    cents: int
    day: date
    held: bool = False
    version: int = 1
    voided: bool = False


@dataclass
class Refund:
    """Money given back of a receipt."""

    receipt: str
    cents: int
    day: date
    version: int = 1
    voided: bool = False


@dataclass
class Rate:
    """Euros for a dollar, from a day on."""

    value: str
    version: int = 1
    voided: bool = False
    base: bool = False


def month(day: date) -> str:
    """`2026-05`."""
    return day.isoformat()[:7]


@dataclass
class Model:
    """Everything on record."""

    today: date
    donors: dict[str, Donor] = field(default_factory=dict)
    pledges: dict[str, Pledge] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    rates: dict[date, Rate] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    budgets: int = 1

    def shut(self, *days: date | None) -> bool:
        """Whether one of these days is in a closed month."""
        return any(day is not None and month(day) in self.closed for day in days)

    def paid(self, reference: str, by: date = date.max) -> int:
        """What receipts up to a day, less what was given back of them, paid of a pledge."""
        of_it = {key: r for key, r in self.receipts.items() if r.pledge == reference and not r.voided}
        counted = {key: r for key, r in of_it.items() if r.day <= by}
        back = [r for r in self.refunds.values() if not r.voided and r.receipt in counted and r.day <= by]
        return sum(r.cents for r in counted.values()) - sum(r.cents for r in back)

    def open_of(self, reference: str) -> int:
        """What of a pledge was not paid, whether it is still to come or its closing ended it."""
        return max(0, self.pledges[reference].cents - self.paid(reference))

    def left_of(self, reference: str) -> int:
        """What of a receipt was not given back."""
        back = [r.cents for r in self.refunds.values() if r.receipt == reference and not r.voided]
        return self.receipts[reference].cents - sum(back)

    def refunds_of(self, reference: str) -> list[Refund]:
        """Live refunds of a receipt."""
        return [r for r in self.refunds.values() if r.receipt == reference and not r.voided]

    def names_donor(self, code: str) -> bool:
        """Whether a live record names a donor."""
        mine = (*self.pledges.values(), *self.receipts.values())
        return any(one.donor == code and not one.voided for one in mine)

    # What must come of a form: `fits` is all that the form's own rules ask.

    def stands(
        self, record: Donor | Pledge | Receipt | Refund | Rate | None, version: int, fits: bool
    ) -> int:
        """A change of something on record."""
        if record.voided:
            return ABSENT
        if record.version != version:
            return STALE
        return RECORDED if fits else REFUSED

    def may_sign(self, reference: str, day: date) -> bool:
        """Not signed, not closed, not before it was announced, in an open month."""
        pledge = self.pledges[reference]
        return not pledge.signed and not pledge.closed and day >= pledge.pledged and not self.shut(day)

    def may_close(self, reference: str, day: date) -> bool:
        """Something is unpaid today, and it is not closed yet."""
        pledge = self.pledges[reference]
        unpaid = self.paid(reference, self.today) < pledge.cents
        return unpaid and not pledge.closed and day >= pledge.pledged and not self.shut(day)

    def may_record_receipt(self, reference: str, receipt: Receipt) -> bool:
        """A free reference, a donor on record, a pledge of the same donor, an open month."""
        donor, pledge = self.donors.get(receipt.donor), self.pledges.get(receipt.pledge)
        known = donor is not None and not donor.voided
        named = not receipt.pledge or (
            pledge is not None and not pledge.voided and pledge.donor == receipt.donor
        )
        return reference not in self.receipts and known and named and not self.shut(receipt.day)

    def may_refund(self, reference: str, refund: Refund) -> bool:
        """A free reference, not before its receipt, not above what is left of it, an open month."""
        receipt = self.receipts[refund.receipt]
        fits = refund.day >= receipt.day and refund.cents <= self.left_of(refund.receipt)
        return reference not in self.refunds and fits and not self.shut(refund.day)

    def may_amend_receipt(self, reference: str, cents: int) -> bool:
        """Another amount: not below what was given back; in a closed month none."""
        receipt = self.receipts[reference]
        back = sum(refund.cents for refund in self.refunds_of(reference))
        return cents >= back and (cents == receipt.cents or not self.shut(receipt.day))
