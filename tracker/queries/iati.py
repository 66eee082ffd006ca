"""What an IATI file is made from, in one snapshot: the report of today, and how much is dated later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.contributions import Facts
from tracker.models import AuditEntry
from tracker.queries import records
from tracker.queries.position import facts_of
from tracker.queries.report import Report, load_report
from tracker.queries.trail import newest


@dataclass(frozen=True, slots=True)
class Later:
    """How many records, and how many steps of a pledge, are dated after the day of the report."""

    pledges: int
    signatures: int
    closings: int
    receipts: int
    refunds: int
    rates: int


@dataclass(frozen=True, slots=True)
class ToPublish:
    """A report, masked for nobody yet, with what only IATI asks for.

    `organisation_refs` are by donor code, '' where none is recorded. `recorded_at_utc` is the moment of the
    newest audit entry; it and `sequence` say which snapshot this is.
    """

    report: Report
    organisation_refs: Mapping[str, str]
    sequence: int
    digest: str
    recorded_at_utc: datetime
    later: Later


def load_to_publish(session: Session, programme_id: int, today: date, now: datetime) -> ToPublish:
    """All that may be published today. Raises `exchange.NoRate` where the position does."""
    sequence, digest = newest(session, programme_id)
    own = AuditEntry.programme_id == programme_id, AuditEntry.seq == sequence
    recorded_at = session.scalar(select(AuditEntry.at_utc).where(*own))
    donors = records.donors(session, programme_id)
    return ToPublish(
        report=load_report(session, programme_id, today, now),
        organisation_refs={donor.code: donor.iati_ref for donor in donors},
        sequence=sequence,
        digest=digest,
        recorded_at_utc=min(recorded_at, now) if recorded_at else now,
        later=later_than(facts_of(session, programme_id), today),
    )


def later_than(facts: Facts, day: date) -> Later:
    """What is dated after a day. A pledge announced later counts once, whatever follows it."""
    announced = [pledge for pledge in facts.pledges if pledge.pledged_on <= day]
    return Later(
        pledges=len(facts.pledges) - len(announced),
        signatures=sum(_after(pledge.signed_on, day) for pledge in announced),
        closings=sum(_after(pledge.closed_on, day) for pledge in announced),
        receipts=sum(receipt.received_on > day for receipt in facts.receipts),
        refunds=sum(refund.refunded_on > day for refund in facts.refunds),
        rates=sum(rate.effective_on > day for rate in facts.rates.all()),
    )


def _after(step: date | None, day: date) -> bool:
    return step is not None and step > day
