"""Donors by name, and who contributed what: lists for pages."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.contributions import InstalmentState
from tracker.domain.entries import DonorEntry
from tracker.domain.position import Position
from tracker.queries import records


def donor_entries(session: Session, programme_id: int) -> dict[str, DonorEntry]:
    """Every live donor, by code."""
    return {entry.code: entry for entry in records.donors(session, programme_id)}


@dataclass(frozen=True, slots=True)
class Contributor:
    """A donor and its money on a day. Amounts in USD cents; open money by the as-of rate."""

    donor: DonorEntry
    pledges: int
    received_usd_minor: int
    open_usd_minor: int
    last_receipt_on: date | None
    oldest_due_on: date | None


def contributors(book: Position, donors: dict[str, DonorEntry]) -> list[Contributor]:
    """Every donor with what it pledged and paid by the as-of day, by name."""
    return [_contributor(book, donor) for donor in sorted(donors.values(), key=lambda d: d.name.casefold())]


def _contributor(book: Position, donor: DonorEntry) -> Contributor:
    receipts = [net for net in book.receipts.values() if net.receipt.donor == donor.code]
    pledges = [state for state in book.pledges.values() if state.pledge.donor == donor.code]
    due = [i.due_on for state in pledges for i in state.instalments if i.open_minor]
    return Contributor(
        donor,
        len(pledges),
        sum(net.net_usd_minor for net in receipts),
        sum(state.open_usd_minor for state in pledges),
        max((net.receipt.received_on for net in receipts), default=None),
        min(due, default=None),
    )


def open_instalments(book: Position, donor: str | None = None) -> list[InstalmentState]:
    """Instalments with something open, oldest first; of one donor, or of all."""
    found = [
        instalment
        for state in book.pledges.values()
        for instalment in state.instalments
        if instalment.open_minor and donor in (None, state.pledge.donor)
    ]
    return sorted(found, key=lambda i: (i.due_on, i.reference))
