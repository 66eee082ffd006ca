"""Records that a person looks for by a few letters of a name or a reference. Voided ones are not found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.folding import folded
from tracker.models import Donor, DonorAlias, Pledge, Receipt

T = TypeVar("T")
MOST: Final = 20
"""How many of each kind are shown."""


@dataclass(frozen=True, slots=True)
class FoundDonor:
    """A donor. `aliases` are its other names, in one text."""

    code: str
    name: str
    aliases: str


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A pledge or a receipt. `paper` is its agreement or ledger reference; `amount_minor` in its currency."""

    reference: str
    paper: str
    donor: str
    dated_on: date
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The best of what was found, and how many there are."""

    rows: tuple[T, ...]
    count: int


def find_donors(session: Session, programme_id: int, query: str) -> Found[FoundDonor]:
    """Donors by name, code or alias."""
    where = (Donor.programme_id == programme_id, Donor.voided_at_utc.is_(None))
    aliases: dict[int, list[str]] = {}
    query_aliases = select(DonorAlias.donor_id, DonorAlias.name).where(
        DonorAlias.programme_id == programme_id
    )
    for donor_id, name in session.execute(query_aliases.order_by(DonorAlias.position)):
        aliases.setdefault(donor_id, []).append(name)
    rows = []
    for row in session.execute(select(Donor.id, Donor.code, Donor.name).where(*where).order_by(Donor.name)):
        names = aliases.get(row.id, [])
        rows.append((FoundDonor(row.code, row.name, "; ".join(names)), (row.code, row.name, *names)))
    return _best(rows, query)


def find_pledges(session: Session, programme_id: int, query: str) -> Found[FoundRecord]:
    """Pledges by reference or agreement reference."""
    row = Pledge
    columns = select(
        row.reference, row.agreement_ref, Donor.name, row.pledged_on, row.currency, row.amount_minor
    )
    found = columns.join(Donor, Donor.id == row.donor_id).where(
        row.programme_id == programme_id, row.voided_at_utc.is_(None)
    )
    records = [FoundRecord(*one) for one in session.execute(found.order_by(row.reference))]
    return _best([(one, (one.reference, one.paper)) for one in records], query)


def find_receipts(session: Session, programme_id: int, query: str) -> Found[FoundRecord]:
    """Receipts by reference or ledger reference."""
    row = Receipt
    columns = select(
        row.reference, row.ledger_ref, Donor.name, row.received_on, row.currency, row.amount_minor
    )
    found = columns.join(Donor, Donor.id == row.donor_id).where(
        row.programme_id == programme_id, row.voided_at_utc.is_(None)
    )
    records = [FoundRecord(*one) for one in session.execute(found.order_by(row.reference))]
    return _best([(one, (one.reference, one.paper)) for one in records], query)


def _best(rows: Iterable[tuple[T, tuple[str, ...]]], query: str) -> Found[T]:
    """Those with the letters in one of their texts: the whole text first, then a beginning, then the rest."""
    wanted = folded(query)
    ranked: list[tuple[int, int, T]] = []
    for row, texts in rows:
        ranks = [_rank(wanted, folded(text)) for text in texts if text and wanted in folded(text)]
        if ranks:
            ranked.append((min(ranks), len(ranked), row))
    ranked.sort(key=lambda one: one[:2])
    return Found(tuple(row for _rank_of, _at, row in ranked[:MOST]), len(ranked))


def _rank(wanted: str, text: str) -> int:
    return 0 if text == wanted else 1 if text.startswith(wanted) else 2
