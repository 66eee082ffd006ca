"""What a backup's manifest says of every donor, so that a restored copy can be held against it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from tracker.domain.money import amount_text
from tracker.models import Donor, Pledge, Receipt, Refund


@dataclass(frozen=True, slots=True)
class DonorTotals:
    """One donor's live records: how many, and plain decimals by currency; receipts and refunds in USD too."""

    pledges: int
    pledged: dict[str, str]
    receipts: int
    received: dict[str, str]
    received_usd: str
    refunds: int
    refunded: dict[str, str]


def totals_per_donor(session: Session, programme_id: int) -> dict[str, DonorTotals]:
    """Totals by donor code, added up from the rows alone."""
    codes = select(Donor.id, Donor.code).where(Donor.programme_id == programme_id)
    pledges, receipts, refunds = _Sums(), _Sums(), _Sums()
    usd: dict[int, int] = {}
    for donor, currency, minor in session.execute(
        select(Pledge.donor_id, Pledge.currency, Pledge.amount_minor).where(*_live(Pledge, programme_id))
    ):
        pledges.add(donor, currency, minor)
    for donor, currency, minor, usd_minor in session.execute(
        select(Receipt.donor_id, Receipt.currency, Receipt.amount_minor, Receipt.usd_minor).where(
            *_live(Receipt, programme_id)
        )
    ):
        receipts.add(donor, currency, minor)
        usd[donor] = usd.get(donor, 0) + usd_minor
    for donor, currency, minor in session.execute(
        select(Receipt.donor_id, Receipt.currency, Refund.amount_minor)
        .join(Refund, Refund.receipt_id == Receipt.id)
        .where(*_live(Refund, programme_id))
    ):
        refunds.add(donor, currency, minor)
    return {
        code: DonorTotals(
            pledges.rows.get(id_, 0),
            pledges.of(id_),
            receipts.rows.get(id_, 0),
            receipts.of(id_),
            amount_text(usd.get(id_, 0)),
            refunds.rows.get(id_, 0),
            refunds.of(id_),
        )
        for id_, code in session.execute(codes.order_by(Donor.code))
    }


class _Sums:
    """Rows and minor units by donor and currency."""

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self._minor: dict[int, dict[str, int]] = {}

    def add(self, donor: int, currency: str, minor: int) -> None:
        self.rows[donor] = self.rows.get(donor, 0) + 1
        sums = self._minor.setdefault(donor, {})
        sums[currency] = sums.get(currency, 0) + minor

    def of(self, donor: int) -> dict[str, str]:
        sums = self._minor.get(donor, {})
        return {currency: amount_text(sums[currency], currency) for currency in sorted(sums)}


def _live(model: type[Pledge | Receipt | Refund], programme_id: int) -> tuple[ColumnElement[bool], ...]:
    return model.programme_id == programme_id, model.voided_at_utc.is_(None)
