"""What a paper is made from: one frozen report, built once and dressed many times."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from tracker.domain.changes import Changes
from tracker.domain.exchange import Rate
from tracker.domain.position import Position, Total
from tracker.queries import records
from tracker.queries.changes import Earlier, changes_of, hidden_donors
from tracker.queries.known import Known
from tracker.queries.position import position_of
from tracker.queries.trail import anchor_text


@dataclass(frozen=True, slots=True)
class DonorRow:
    """A donor as papers name it."""

    code: str
    name: str
    kind: str
    country: str
    anonymous: bool


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund with its USD cents (R5)."""

    reference: str
    receipt: str
    refunded_on: date
    amount_minor: int
    usd_minor: int
    ledger_ref: str


@dataclass(frozen=True, slots=True)
class Since:
    """An earlier state, and what lies between it and a report's own. `label` names its paper, '' for none.

    `by_outcome` are the totals of the earlier position; `donors` are those of either state, anonymous where
    they were in one of them or are now.
    """

    label: str
    as_of: date
    anchor: str
    taken_at_utc: datetime
    by_outcome: Mapping[str, Total]
    donors: Mapping[str, DonorRow]
    changes: Changes


@dataclass(frozen=True, slots=True)
class Report:
    """A position and what its papers say beside it.

    `agreement_refs` and `ledger_refs` are by pledge and receipt reference ('' where not recorded);
    `stated_usd` holds the receipts whose USD was stated by the bank rather than worked out from a rate.
    `anchor` is the newest audit entry it uses, `N:HASH`; `taken_at_utc` the moment whose knowledge it is.
    `since` is the earlier state that it is held against; None for a first paper.
    """

    position: Position
    donors: Mapping[str, DonorRow]
    refunds: tuple[RefundRow, ...]
    rates: tuple[Rate, ...]
    agreement_refs: Mapping[str, str]
    ledger_refs: Mapping[str, str]
    stated_usd: frozenset[str]
    anchor: str
    taken_at_utc: datetime
    since: Since | None = None


def load_report(
    session: Session,
    programme_id: int,
    as_of: date,
    now: datetime,
    known: Known | None = None,
    earlier: Earlier | None = None,
) -> Report:
    """The report as of a day, from one snapshot: of what is known now, or was known then; held against an
    earlier state where one is given."""
    seq = known.seq if known else None
    book = position_of(session, programme_id, as_of, known)
    ledger = {entry.key: entry for entry in records.receipts(session, programme_id, seq)}
    kept = {entry.key: entry for entry in records.refunds(session, programme_id, seq)}
    refunds = tuple(
        RefundRow(r.reference, r.receipt, r.refunded_on, r.amount_minor, usd, kept[r.reference].ledger_ref)
        for net in book.receipts.values()
        for r, usd in net.refunds
    )
    return Report(
        position=book,
        donors=_donors(session, programme_id, known),
        refunds=tuple(sorted(refunds, key=lambda r: (r.refunded_on, r.reference))),
        rates=tuple(
            e.rate for e in records.rates(session, programme_id, seq) if e.rate.effective_on <= as_of
        ),
        agreement_refs={e.key: e.agreement_ref for e in records.pledges(session, programme_id, seq)},
        ledger_refs={key: entry.ledger_ref for key, entry in ledger.items()},
        stated_usd=frozenset(key for key, entry in ledger.items() if entry.usd_stated),
        anchor=known.anchor if known else anchor_text(session, programme_id),
        taken_at_utc=known.at_utc if known else now,
        since=_since(session, programme_id, earlier, as_of, known) if earlier else None,
    )


def _donors(session: Session, programme_id: int, known: Known | None) -> dict[str, DonorRow]:
    found = records.donors(session, programme_id, known.seq if known else None)
    return {d.code: DonorRow(d.code, d.name, d.kind, d.country, d.anonymous) for d in found}


def _since(session: Session, programme_id: int, earlier: Earlier, as_of: date, known: Known | None) -> Since:
    hidden = hidden_donors(session, programme_id, earlier.known, known, None)
    named = _donors(session, programme_id, earlier.known) | _donors(session, programme_id, known)
    return Since(
        label=earlier.label,
        as_of=earlier.as_of,
        anchor=earlier.known.anchor,
        taken_at_utc=earlier.known.at_utc,
        by_outcome=position_of(session, programme_id, earlier.as_of, earlier.known).by_outcome(),
        donors={code: replace(row, anonymous=code in hidden) for code, row in named.items()},
        changes=changes_of(session, programme_id, earlier, as_of, known),
    )
