"""Everything that figures follow from, as frozen facts for the rules."""

from sqlalchemy.orm import Session

from tracker.domain.contributions import Facts
from tracker.domain.exchange import Rates
from tracker.queries import records
from tracker.queries.programmes import load_programme, load_versions


def load_facts(session: Session, programme_id: int, known: int | None = None) -> Facts:
    """All live records of a programme; as they stood after audit entry `known`, where that is given.

    The rules cut them to a day.
    """
    return Facts(
        programme=load_programme(session, programme_id, known),
        versions=load_versions(session, programme_id, known),
        rates=Rates(entry.rate for entry in records.rates(session, programme_id, known)),
        pledges=tuple(entry.pledge for entry in records.pledges(session, programme_id, known)),
        receipts=tuple(entry.receipt for entry in records.receipts(session, programme_id, known)),
        refunds=tuple(entry.refund for entry in records.refunds(session, programme_id, known)),
    )
