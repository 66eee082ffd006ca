"""Receipts and refunds as a ledger would list them."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from tracker.domain.matching import Booking
from tracker.queries import records


def bookings(session: Session, programme_id: int) -> Iterator[Booking]:
    """Every live receipt, and every refund as its mirror: negative, in its receipt's currency."""
    currency: dict[str, str] = {}
    for entry in records.receipts(session, programme_id):
        one = entry.receipt
        currency[one.reference] = one.currency
        day, usd = one.received_on, one.usd_minor
        yield Booking(
            one.reference, entry.ledger_ref, day, one.currency, one.amount_minor, credited_usd_minor=usd
        )
    for back in records.refunds(session, programme_id):
        refund = back.refund
        usd_back = None if refund.usd_minor is None else -refund.usd_minor
        yield Booking(
            refund.reference,
            back.ledger_ref,
            refund.refunded_on,
            currency[refund.receipt],
            -refund.amount_minor,
            credited_usd_minor=usd_back,
        )
