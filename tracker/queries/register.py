"""What is on record, for the checks of a form or an import."""

from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.register import Register
from tracker.queries import records
from tracker.queries.closings import closed_months
from tracker.queries.merges import merged_codes
from tracker.queries.programmes import load_programme


def load_register(session: Session, programme_id: int, today: date) -> Register:
    """All records of a programme, the keys of voided ones, and the closed months."""
    return Register(
        programme=load_programme(session, programme_id),
        today=today,
        donors={entry.key: entry for entry in records.donors(session, programme_id)},
        rates={entry.key: entry for entry in records.rates(session, programme_id)},
        pledges={entry.key: entry for entry in records.pledges(session, programme_id)},
        receipts={entry.key: entry for entry in records.receipts(session, programme_id)},
        refunds={entry.key: entry for entry in records.refunds(session, programme_id)},
        voided=records.voided_keys(session, programme_id),
        closed=closed_months(session, programme_id),
        merged=merged_codes(session, programme_id),
    )
