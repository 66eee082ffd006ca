"""What is on record when something new comes in: the other half of every check.

Holds all records of a programme, or only those that one form can touch. An import adds its own rows as
it reads them, so that a receipt may name a pledge from the same command.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from tracker.domain.budget import Programme
from tracker.domain.closing import ClosedMonths
from tracker.domain.contributions import Refund
from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import NoRate, Rates

Kind = Literal["donors", "pledges", "receipts", "refunds", "rates"]
KINDS: tuple[Kind, ...] = ("donors", "rates", "pledges", "receipts", "refunds")
"""In the order in which records may refer to each other."""


@dataclass
class Register:
    """Live records by key, and the keys of voided ones, which stay taken. `today` is the programme's.

    In a month of `closed` nothing dated inside is added, edited or voided (R13). `merged` says of the code
    of a donor that was merged into another one which live donor it is now.
    """

    programme: Programme
    today: date
    donors: dict[str, DonorEntry] = field(default_factory=dict)
    rates: dict[str, RateEntry] = field(default_factory=dict)
    pledges: dict[str, PledgeEntry] = field(default_factory=dict)
    receipts: dict[str, ReceiptEntry] = field(default_factory=dict)
    refunds: dict[str, RefundEntry] = field(default_factory=dict)
    voided: set[tuple[Kind, str]] = field(default_factory=set)
    closed: ClosedMonths = frozenset()
    merged: dict[str, str] = field(default_factory=dict)
    _rate_table: Rates | None = None
    _refunds_of: dict[str, dict[str, Refund]] | None = None
    _receipts_of: dict[str, dict[str, ReceiptEntry]] | None = None
    _doubles: dict[tuple[str, date, str, int], str] | None = None
    _pledged_usd: dict[str, list[tuple[int, str]]] | None = None

    def find(self, kind: Kind, key: str) -> Entry | None:
        """The live record of a kind with this key."""
        return self._of(kind).get(key)

    def put(self, kind: Kind, entry: Entry) -> None:
        """Add or replace a record, so that what follows is checked against it."""
        old = self._of(kind).get(entry.key)
        self._of(kind)[entry.key] = entry
        if isinstance(entry, RateEntry) and self._rate_table is not None:
            self._rate_table.add(entry.rate)
        if isinstance(entry, RefundEntry) and self._refunds_of is not None:
            if isinstance(old, RefundEntry):
                self._refunds_of.get(old.refund.receipt, {}).pop(entry.key, None)
            self._refunds_of.setdefault(entry.refund.receipt, {})[entry.key] = entry.refund
        if isinstance(entry, PledgeEntry) and self._pledged_usd is not None:
            if isinstance(old, PledgeEntry):
                known = self._pledged_usd.get(old.pledge.donor, [])
                known[:] = [one for one in known if one[1] != entry.key]
            insort(self._pledged_usd.setdefault(entry.pledge.donor, []), self._worth(entry))
        if isinstance(entry, ReceiptEntry):
            if isinstance(old, ReceiptEntry) and old.receipt.pledge is not None and self._receipts_of:
                self._receipts_of.get(old.receipt.pledge, {}).pop(entry.key, None)
            self._index_receipt(entry)

    def _of(self, kind: Kind) -> dict[str, Entry]:
        return getattr(self, kind)  # type: ignore[no-any-return]

    @property
    def rate_table(self) -> Rates:
        """All rates on record."""
        if self._rate_table is None:
            self._rate_table = Rates(entry.rate for entry in self.rates.values())
        return self._rate_table

    def refunds_of(self, receipt: str) -> Iterable[Refund]:
        """Refunds against a receipt."""
        if self._refunds_of is None:
            self._refunds_of = {}
            for entry in self.refunds.values():
                self._refunds_of.setdefault(entry.refund.receipt, {})[entry.key] = entry.refund
        return self._refunds_of.get(receipt, {}).values()

    def receipts_of(self, pledge: str) -> Iterable[ReceiptEntry]:
        """Receipts of a pledge."""
        self._build_receipt_index()
        assert self._receipts_of is not None
        return self._receipts_of.get(pledge, {}).values()

    def largest_pledge(self, donor: str) -> tuple[int, str] | None:
        """USD cents, each at the rate of its day, and reference of a donor's largest pledge so far."""
        if self._pledged_usd is None:
            self._pledged_usd = {}
            for entry in self.pledges.values():
                self._pledged_usd.setdefault(entry.pledge.donor, []).append(self._worth(entry))
            for found in self._pledged_usd.values():
                found.sort()
        known = self._pledged_usd.get(donor)
        return known[-1] if known else None

    def _worth(self, entry: PledgeEntry) -> tuple[int, str]:
        """What it was worth on the day of the pledge; 0 where no rate is in force any more."""
        pledge = entry.pledge
        try:
            usd = self.rate_table.to_usd(pledge.amount_minor, pledge.currency, pledge.pledged_on)
        except NoRate:
            usd = 0
        return usd, pledge.reference

    def likely_double(self, donor: str, day: date, currency: str, amount_minor: int) -> str | None:
        """The reference of a receipt of the same donor, day and amount, if there is one."""
        self._build_receipt_index()
        assert self._doubles is not None
        return self._doubles.get((donor, day, currency, amount_minor))

    def _build_receipt_index(self) -> None:
        if self._receipts_of is None or self._doubles is None:
            self._receipts_of, self._doubles = {}, {}
            for entry in self.receipts.values():
                self._index_receipt(entry)

    def _index_receipt(self, entry: ReceiptEntry) -> None:
        receipt = entry.receipt
        if self._doubles is not None:
            key = (receipt.donor, receipt.received_on, receipt.currency, receipt.amount_minor)
            self._doubles.setdefault(key, receipt.reference)
        if self._receipts_of is not None and receipt.pledge is not None:
            self._receipts_of.setdefault(receipt.pledge, {})[receipt.reference] = entry
