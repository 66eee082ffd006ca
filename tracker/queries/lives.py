"""What a live record no longer shows of its past: why it was closed, what was voided under it."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.money import PROGRAMME_CURRENCY, amount_text
from tracker.models import Donor, Pledge, Receipt, Refund
from tracker.queries import trail
from tracker.queries.stamps import Stamp


@dataclass(frozen=True, slots=True)
class Voided:
    """A voided receipt or refund. `amount_minor` is in `currency`; it counts nowhere."""

    reference: str
    dated_on: date
    currency: str
    amount_minor: int
    voided_at_utc: datetime
    reason: str


def _voided(*columns: Any) -> Voided:
    return Voided(*columns)


def close_reason(session: Session, programme_id: int, reference: str) -> str:
    """Why a pledge was closed; '' where it is open, or no reason was given."""
    query = select(Pledge.close_reason).where(
        Pledge.programme_id == programme_id, Pledge.reference == reference, Pledge.closed_on.is_not(None)
    )
    return session.scalar(query) or ""


def voided_receipts(session: Session, programme_id: int, pledge: str) -> list[Voided]:
    """Voided receipts that named a pledge, by day."""
    row = Receipt
    query = select(row.reference, row.received_on, row.currency, row.amount_minor, row.voided_at_utc)
    query = query.add_columns(row.void_reason).join(Pledge, Pledge.id == row.pledge_id)
    query = query.where(row.programme_id == programme_id, Pledge.reference == pledge)
    found = session.execute(query.where(row.voided_at_utc.is_not(None)).order_by(row.received_on, row.id))
    return [_voided(*one) for one in found]


def voided_refunds(session: Session, programme_id: int, receipt: str) -> list[Voided]:
    """Voided refunds of a receipt, by day."""
    row = Refund
    query = select(row.reference, row.refunded_on, Receipt.currency, row.amount_minor, row.voided_at_utc)
    query = query.add_columns(row.void_reason).join(Receipt, Receipt.id == row.receipt_id)
    query = query.where(row.programme_id == programme_id, Receipt.reference == receipt)
    found = session.execute(query.where(row.voided_at_utc.is_not(None)).order_by(row.refunded_on, row.id))
    return [_voided(*one) for one in found]


def receipt_currency(session: Session, programme_id: int, receipt_id: int | None) -> str:
    """The currency of a receipt's row, voided ones too: what its refunds are in."""
    query = select(Receipt.currency).where(Receipt.programme_id == programme_id, Receipt.id == receipt_id)
    return session.scalar(query) or PROGRAMME_CURRENCY


def voided_receipt_row(session: Session, programme_id: int, reference: str) -> dict[str, str]:
    """What a voided receipt said, in the columns of a form; {} where there is none of this reference."""
    row = Receipt
    query = select(row, Donor.code, Pledge.reference).join(Donor, Donor.id == row.donor_id)
    query = query.outerjoin(Pledge, Pledge.id == row.pledge_id)
    query = query.where(row.programme_id == programme_id, row.reference == reference)
    found = session.execute(query.where(row.voided_at_utc.is_not(None))).first()
    if found is None:
        return {}
    receipt, donor, pledge = found
    return {
        "donor": donor,
        "pledge": pledge or "",
        "received_on": receipt.received_on.isoformat(),
        "currency": receipt.currency,
        "amount": amount_text(receipt.amount_minor, receipt.currency),
        "usd_amount": amount_text(receipt.usd_minor) if receipt.usd_stated else "",
        "earmark": receipt.earmark,
        "split": receipt.exact_split,
        "covers_from": receipt.covers_from or "",
        "covers_until": receipt.covers_until or "",
        "ledger_ref": receipt.ledger_ref,
    }


def term_changes(
    session: Session, programme_id: int, stamp: Stamp
) -> list[tuple[datetime, dict[str, Any], dict[str, Any]]]:
    """Every change of a record, oldest first: when it was recorded, the row before and after."""
    entries = reversed(trail.history(session, programme_id, stamp.table, stamp.id))
    return [(e.at_utc, json.loads(e.before), json.loads(e.after)) for e in entries if e.before and e.after]
