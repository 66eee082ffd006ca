"""Rates as they stand on record, and what a new one would move. A rate is units of a currency for one USD."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.contributions import Facts, Pledge
from tracker.domain.entries import RateEntry, ReceiptEntry
from tracker.domain.exchange import Rate, Rates
from tracker.domain.money import parse_decimal
from tracker.domain.position import Position, position
from tracker.models import AuditEntry
from tracker.models import Rate as RateRow
from tracker.queries import records
from tracker.queries.facts import load_facts
from tracker.queries.stamps import Stamp


@dataclass(frozen=True, slots=True)
class RateLine:
    """One rate on record, voided ones too: who changed it last, and the live rates on either side of it."""

    rate: Rate
    stamp: Stamp
    changed_by: str
    changed_at_utc: datetime
    voided_at_utc: datetime | None
    void_reason: str
    previous: Rate | None
    following: Rate | None

    @property
    def voided(self) -> bool:
        """Whether it counts no more."""
        return self.voided_at_utc is not None

    @property
    def until(self) -> date | None:
        """The last day it is in force; None where no later rate follows."""
        return self.following.effective_on - timedelta(days=1) if self.following else None

    def in_force(self, day: date) -> bool:
        """Whether amounts are valued by it on a day."""
        starts, ends = self.rate.effective_on, self.following.effective_on if self.following else date.max
        return not self.voided and starts <= day < ends


def rate_lines(session: Session, programme_id: int) -> list[RateLine]:
    """Every rate, by currency, the newest first."""
    rows = session.scalars(
        select(RateRow)
        .where(RateRow.programme_id == programme_id)
        .order_by(RateRow.currency, RateRow.effective_on.desc())
    ).all()
    changes = _last_changes(session, programme_id)
    live = [_rate(row) for row in rows if row.voided_at_utc is None]
    return [_line(row, changes, live) for row in rows]


def _line(row: RateRow, changes: dict[int, tuple[str, datetime]], live: list[Rate]) -> RateLine:
    rate = _rate(row)
    others = [one for one in live if one.currency == rate.currency]
    earlier = (one for one in others if one.effective_on < rate.effective_on)
    later = (one for one in reversed(others) if one.effective_on > rate.effective_on)
    who, when = changes.get(row.id, ("", row.created_at_utc))
    stamp = Stamp(RateRow.__tablename__, row.id, row.version)
    return RateLine(
        rate, stamp, who, when, row.voided_at_utc, row.void_reason, next(earlier, None), next(later, None)
    )


def _rate(row: RateRow) -> Rate:
    return Rate(row.currency, row.effective_on, parse_decimal(row.value))


def _last_changes(session: Session, programme_id: int) -> dict[int, tuple[str, datetime]]:
    """Who changed each rate last, and when, by the row's id."""
    entry = AuditEntry
    mine = (entry.programme_id == programme_id, entry.entity == RateRow.__tablename__)
    newest = select(func.max(entry.seq)).where(*mine).group_by(entry.entity_id)
    query = select(entry.entity_id, entry.actor, entry.at_utc).where(*mine, entry.seq.in_(newest))
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def receipts_by(session: Session, programme_id: int, line: RateLine) -> list[ReceiptEntry]:
    """Receipts of the rate's currency dated while it is in force, whose USD was worked out, not stated."""
    return [
        entry
        for entry in records.receipts(session, programme_id)
        if entry.receipt.currency == line.rate.currency
        and not entry.usd_stated
        and line.in_force(entry.receipt.received_on)
    ]


# What a rate moves


@dataclass(frozen=True, slots=True)
class Move:
    """A pledge whose open amount changes: minor units of its currency, and USD cents, before and after."""

    pledge: Pledge
    open_before_minor: int
    open_after_minor: int
    usd_before_minor: int
    usd_after_minor: int

    @property
    def usd_difference_minor(self) -> int:
        """What is added, in USD cents."""
        return self.usd_after_minor - self.usd_before_minor


@dataclass(frozen=True, slots=True)
class RatePreview:
    """The position before and after, as of today, and the open amounts that differ."""

    before: Position
    after: Position
    moves: tuple[Move, ...]

    @property
    def usd_before_minor(self) -> int:
        """The open amounts that move, before, in USD cents."""
        return sum(move.usd_before_minor for move in self.moves)

    @property
    def usd_after_minor(self) -> int:
        """The same afterwards."""
        return sum(move.usd_after_minor for move in self.moves)


def preview_rates(
    session: Session, programme_id: int, today: date, entries: Iterable[RateEntry] = (), without: str = ""
) -> RatePreview:
    """What recording these rates does, or voiding the one with the key `without`.

    Raises `exchange.NoRate` where an amount would be left without a rate.
    """
    facts = load_facts(session, programme_id)
    kept = [entry.rate for entry in records.rates(session, programme_id) if entry.key != without]
    table = Rates(kept)
    for entry in entries:
        table.add(entry.rate)
    return compare(facts, replace(facts, rates=table), today)


def compare(facts: Facts, changed: Facts, today: date) -> RatePreview:
    """Two positions of one day, and the pledges whose open amount differs."""
    before, after = position(facts, today), position(changed, today)
    moves = []
    for reference, was in before.pledges.items():
        now = after.pledges[reference]
        if (was.open_minor, was.open_usd_minor) != (now.open_minor, now.open_usd_minor):
            amounts = (was.open_minor, now.open_minor, was.open_usd_minor, now.open_usd_minor)
            moves.append(Move(was.pledge, *amounts))
    moves.sort(key=lambda move: (move.pledge.currency, -abs(move.usd_difference_minor)))
    return RatePreview(before, after, tuple(moves))
