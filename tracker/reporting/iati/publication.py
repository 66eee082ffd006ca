"""What an IATI file publishes, and what it leaves out: decided here once, for the file and for its page.

Nothing dated after the day of the report; nothing voided; nothing that tells an anonymous donor.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from tracker.domain.contributions import InstalmentState, NetReceipt, Pledge, Receipt
from tracker.domain.earmark import CORE, Earmark
from tracker.domain.exchange import Rate
from tracker.domain.items import Item, receipt_earmark
from tracker.domain.money import PROGRAMME_CURRENCY, split
from tracker.domain.months import month_of
from tracker.domain.position import Position
from tracker.domain.publishing import Publisher, is_organisation_ref
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.queries.iati import Later, ToPublish
from tracker.queries.report import DonorRow, RefundRow, Report
from tracker.reporting.masking import gcg_edition

LeftOut = Literal[
    "pledges", "signatures", "closings", "receipts", "refunds", "rates", "links", "organisation_refs"
]
"""`links`: receipts that name a pledge announced later; the rest is named by `queries.iati.Later`, but for
organisation references that are not of IATI's form."""


class Paid(NamedTuple):
    """A receipt as published, with the earmark that it follows; and its refunds, valued by R5."""

    net: NetReceipt
    receipt: Receipt
    earmark: Earmark


@dataclass(frozen=True)
class Publication:
    """One activity. Pledges, receipts and refunds stand by date, then reference; donors by code.

    `report` is the GCG's edition: in it an anonymous donor is a number.
    """

    report: Report
    publisher: Publisher
    to_publish: ToPublish
    donors: tuple[DonorRow, ...]
    pledges: tuple[Pledge, ...]
    open: tuple[InstalmentState, ...]
    paid: tuple[Paid, ...]
    refunds: tuple[RefundRow, ...]
    rates: tuple[Rate, ...]

    @property
    def position(self) -> Position:
        """The figures that all amounts re-add to."""
        return self.report.position

    @property
    def signed(self) -> tuple[Pledge, ...]:
        """Pledges that have become firm, by the day they did."""
        found = [(p.signed_on, p.reference, p) for p in self.pledges if p.signed_on is not None]
        return tuple(pledge for _, _, pledge in sorted(found, key=lambda one: one[:2]))

    @property
    def funders(self) -> tuple[DonorRow, ...]:
        """Donors that are organisations: all but the one that money of unknown payers stands under."""
        return tuple(donor for donor in self.donors if donor.code != UNIDENTIFIED_DONOR)

    def organisation_ref(self, donor: DonorRow) -> str:
        """A donor's identifier as recorded; nothing of an anonymous one."""
        return "" if donor.anonymous else self.to_publish.organisation_refs.get(donor.code, "")

    def published_ref(self, donor: DonorRow) -> str:
        """The same, where it has IATI's form."""
        found = self.organisation_ref(donor)
        return found if is_organisation_ref(found) else ""

    def left_out(self) -> dict[LeftOut, int]:
        """How many of each kind are left out; nothing of a kind of which none is."""
        later: Later = self.to_publish.later
        linked = sum(_is_loose(one.net.receipt, self.position) for one in self.paid)
        odd = sum(self.organisation_ref(donor) != self.published_ref(donor) for donor in self.donors)
        counts: dict[LeftOut, int] = {
            "pledges": later.pledges,
            "signatures": later.signatures,
            "closings": later.closings,
            "receipts": later.receipts,
            "refunds": later.refunds,
            "rates": later.rates,
            "links": linked,
            "organisation_refs": odd,
        }
        return {kind: count for kind, count in counts.items() if count}


def publication(found: ToPublish, publisher: Publisher) -> Publication:
    """What is published of a snapshot, by whom."""
    report = gcg_edition(found.report)
    book = report.position
    pledges = sorted(
        (state.pledge for state in book.pledges.values()), key=lambda p: (p.pledged_on, p.reference)
    )
    paid = sorted(_paid(book), key=lambda one: (one.receipt.received_on, one.receipt.reference))
    codes = {pledge.donor for pledge in pledges} | {one.receipt.donor for one in paid}
    currencies = {pledge.currency for pledge in pledges} | {one.receipt.currency for one in paid}
    return Publication(
        report=report,
        publisher=publisher,
        to_publish=found,
        donors=tuple(report.donors[code] for code in sorted(codes)),
        pledges=tuple(pledges),
        open=tuple(_open(book)),
        paid=tuple(paid),
        refunds=report.refunds,
        rates=tuple(rate for rate in report.rates if rate.currency in currencies - {PROGRAMME_CURRENCY}),
    )


def _open(book: Position) -> list[InstalmentState]:
    every = (one for state in book.pledges.values() for one in state.instalments if one.open_minor)
    return sorted(every, key=lambda one: (one.due_on, one.reference))


def _paid(book: Position) -> Iterator[Paid]:
    items = {item.reference: item for item in book.items if item.lens == "received"}
    for net in book.receipts.values():
        receipt, item = net.receipt, items.get(net.receipt.reference)
        if _is_loose(receipt, book):
            receipt = _by_itself(receipt, item, book)
        state = book.pledges.get(receipt.pledge) if receipt.pledge is not None else None
        yield Paid(net, receipt, receipt_earmark(receipt, state.pledge if state else None))


def _is_loose(receipt: Receipt, book: Position) -> bool:
    """Whether it names a pledge that was announced later, and so is not published."""
    return receipt.pledge is not None and receipt.pledge not in book.pledges


def _by_itself(receipt: Receipt, item: Item | None, book: Position) -> Receipt:
    """A receipt with the terms that it has from a pledge that is not published, as its own (R7)."""
    alone = replace(receipt, pledge=None)
    if item is None:  # all of it was given back
        return replace(alone, earmark=receipt.earmark or CORE)
    own_start = max(month_of(receipt.received_on), book.programme.first_month)
    starts = receipt.covers_from if item.covers_from == own_start else item.covers_from
    until = receipt.covers_until if item.covers_until == book.programme.last_month else item.covers_until
    waived = not item.support_cost and item.earmark.kind == "outcomes" and receipt.split is None
    exact = split(receipt.usd_minor, item.parts_minor) if waived else receipt.split
    return replace(alone, earmark=item.earmark, covers_from=starts, covers_until=until, split=exact)
