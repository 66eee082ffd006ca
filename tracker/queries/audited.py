"""Rows as the audit trail keeps them, read as entries: what a closed month is held against (R13, I9)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.chain import ChainEntry
from tracker.domain.closing import check_closed
from tracker.domain.contributions import Instalment, Pledge, Receipt, Refund
from tracker.domain.earmark import parse_exact_split
from tracker.domain.entries import Entry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.months import Month, month_of, parse_day, parse_month
from tracker.domain.register import Kind
from tracker.models import DonorMerge, MonthClosing
from tracker.queries import trail
from tracker.queries.records import KEYED, codes_of, earmark_of, month_or_none
from tracker.queries.rows import Row

DATED: Final = ("pledge", "receipt", "refund", "rate")
"""Tables whose rows are dated by days that a closed month holds fast."""
MERGING: Final = ("merge", "unmerge")
"""What the trail calls merging two donors, and undoing it."""


class Audited:
    """Rows of one programme as entries. What ids stand for never changes; it is asked once."""

    def __init__(self, session: Session, programme_id: int) -> None:
        self._session, self._programme_id = session, programme_id
        self._codes = codes_of(session, programme_id)
        self._keys: dict[Kind, dict[int, str]] = {}

    def entry(self, table: str, row: Row | None) -> Entry | None:
        """A live row as its entry; None for no row, a voided one, or one that no closed month holds."""
        if row is None or table not in DATED or row.get("voided_at_utc") is not None:
            return None
        match table:
            case "pledge":
                return PledgeEntry(self._pledge(row), row["agreement_ref"], row["notes"])
            case "receipt":
                return ReceiptEntry(self._receipt(row), row["usd_stated"], row["ledger_ref"], row["notes"])
            case "refund":
                return RefundEntry(self._refund(row), row["ledger_ref"], row["notes"])
            case _:
                rate = Rate(row["currency"], parse_day(row["effective_on"]), Decimal(row["value"]))
                return RateEntry(rate)

    def _pledge(self, row: Row) -> Pledge:
        return Pledge(
            reference=row["reference"],
            donor=self._key("donors", row["donor_id"]),
            currency=row["currency"],
            amount_minor=row["amount_minor"],
            pledged_on=parse_day(row["pledged_on"]),
            signed_on=_day(row["signed_on"]),
            closed_on=_day(row["closed_on"]),
            earmark=earmark_of(row["earmark"], self._codes),
            support_cost=row["support_cost"],
            covers_from=month_or_none(row["covers_from"]),
            covers_until=month_or_none(row["covers_until"]),
            instalments=tuple(Instalment(parse_day(due), minor) for due, minor in row["instalments"]),
        )

    def _receipt(self, row: Row) -> Receipt:
        parts = (
            parse_exact_split(row["exact_split"], self._codes, PROGRAMME_CURRENCY)
            if row["exact_split"]
            else None
        )
        return Receipt(
            reference=row["reference"],
            donor=self._key("donors", row["donor_id"]),
            received_on=parse_day(row["received_on"]),
            currency=row["currency"],
            amount_minor=row["amount_minor"],
            usd_minor=row["usd_minor"],
            pledge=None if row["pledge_id"] is None else self._key("pledges", row["pledge_id"]),
            earmark=earmark_of(row["earmark"], self._codes) if row["earmark"] else None,
            split=tuple(parts.get(code, 0) for code in self._codes) if parts else None,
            covers_from=month_or_none(row["covers_from"]),
            covers_until=month_or_none(row["covers_until"]),
        )

    def _refund(self, row: Row) -> Refund:
        whose = self._key("receipts", row["receipt_id"])
        day = parse_day(row["refunded_on"])
        return Refund(row["reference"], whose, day, row["amount_minor"], row["usd_minor"])

    def _key(self, kind: Kind, id_: int) -> str:
        """What a stored id is known by; a row that came since then is asked for anew."""
        if id_ not in self._keys.get(kind, {}):
            self._keys[kind] = dict(self._asked(kind))
        return self._keys[kind].get(id_, str(id_))

    def _asked(self, kind: Kind) -> Iterator[tuple[int, str]]:
        columns = KEYED[kind].__table__.columns
        key = columns["code"] if kind == "donors" else columns["reference"]
        query = select(columns["id"], key).where(columns["programme_id"] == self._programme_id)
        yield from ((row[0], row[1]) for row in self._session.execute(query))


def _day(text: str | None) -> date | None:
    return parse_day(text) if text else None


def written_into_closed_months(session: Session, programme_id: int) -> Iterator[str]:
    """Entries of the trail that added, edited (beyond terms) or voided what was dated in a closed month.

    Merging two donors, and undoing it, changes whose a record is and nothing else, whatever is closed.
    """
    closed, audited, merging = set[Month](), Audited(session, programme_id), _Merging()
    for entry, _ in trail.entries(session, programme_id):
        merging.follow(entry)
        if entry.entity == MonthClosing.__tablename__ and entry.after:
            _follow(closed, json.loads(entry.after))
        elif closed and not merging.explains(entry):
            before, after = _row(entry.before), _row(entry.after)
            months = _breaches(audited, entry.entity, before, after, frozenset(closed))
            if entry.action in MERGING:
                months |= _dated(audited, entry.entity, (before, after), frozenset(closed))
            for month in sorted(months):
                yield f"{entry.entity} {entry.reference} of audit entry {entry.seq}: {month} was closed"


class _Merging:
    """The merge, or its undoing, that the trail is in the middle of: from whom to whom, and when."""

    def __init__(self) -> None:
        self._now: tuple[str, int, int, datetime] | None = None

    def follow(self, entry: ChainEntry) -> None:
        """A merge's own entry stands before those of the records that it moves."""
        if entry.entity == DonorMerge.__tablename__ and entry.after:
            row = json.loads(entry.after)
            pair = (row["donor_id"], row["into_id"])
            first, second = pair if entry.action == "merge" else (pair[1], pair[0])
            self._now = (entry.action, first, second, entry.at_utc)

    def explains(self, entry: ChainEntry) -> bool:
        """Whether an entry is of that merge, and changes whose a record is and nothing else."""
        before, after = _row(entry.before), _row(entry.after)
        if entry.action not in MERGING or not before or not after or "donor_id" not in before:
            return False
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        said = (entry.action, before["donor_id"], after.get("donor_id"), entry.at_utc)
        return changed == {"donor_id", "version"} and said == self._now


def _dated(audited: Audited, table: str, rows: Iterable[Row | None], closed: frozenset[Month]) -> set[str]:
    """Closed months that a record is dated in: a merge that changed anything else of it is told of each."""
    found = (check_closed(audited.entry(table, row), None, closed) for row in rows if _holds(table, row))
    return {str(problem.facts["month"]) for problems in found for problem in problems}


def _holds(table: str, row: Row | None) -> bool:
    return table in DATED and row is not None and row.get("voided_at_utc") is None


def _follow(closed: set[Month], row: Row) -> None:
    """What the newest row of a closing says of its month."""
    change = closed.add if row["reopened_at_utc"] is None else closed.discard
    change(parse_month(row["month"]))


def _breaches(
    audited: Audited, table: str, before: Row | None, after: Row | None, closed: frozenset[Month]
) -> set[str]:
    if table == "budget_version":
        return _adopted_inside(after or before or {}, closed)
    old, new = audited.entry(table, before), audited.entry(table, after)
    return {str(problem.facts["month"]) for problem in check_closed(old, new, closed)}


def _adopted_inside(row: Mapping[str, str | None], closed: frozenset[Month]) -> set[str]:
    """A budget version is dated by its adoption."""
    adopted = row.get("adopted_on")
    return {adopted[:7]} if adopted and month_of(parse_day(adopted)) in closed else set()


def _row(text: str | None) -> Row | None:
    return json.loads(text) if text else None
