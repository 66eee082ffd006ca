"""Entries become rows, each with its audit entry. Every form and every import ends here.

Rows go in by the batch, so that an import of 100,000 costs little more than one of ten. Nothing is
checked here but the closed months (R13): `domain.reading` did, and the database's own constraints do again.
Whatever the caller checked, what a closed month forbids is `Refused`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from tracker.domain.closing import ClosedMonths, check_closed
from tracker.domain.contributions import Instalment, Pledge
from tracker.domain.earmark import exact_split_text
from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.months import Month, month_text, parse_day
from tracker.domain.permissions import Actor
from tracker.domain.problems import Refused
from tracker.domain.register import Kind
from tracker.models import Donor, DonorAlias, Programme
from tracker.models import Instalment as InstalmentRow
from tracker.models import Pledge as PledgeRow
from tracker.models import Rate as RateRow
from tracker.queries.audited import Audited
from tracker.queries.closings import closed_months
from tracker.queries.records import KEYED, Keyed, codes_of
from tracker.queries.rows import Row, plain, row_of
from tracker.services import audit
from tracker.services.audit import Change

BATCH = 2_000


@dataclass
class Store:
    """One programme, one actor, one transaction."""

    session: Session
    actor: Actor
    programme_id: int
    _ids: dict[Kind, dict[str, int]] = field(default_factory=dict)
    _codes: tuple[str, ...] = ()
    _closed: ClosedMonths | None = None
    _audited: Audited | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Outcome codes, asked once."""
        if not self._codes:
            self._codes = codes_of(self.session, self.programme_id)
        return self._codes

    def add(
        self, kind: Kind, entries: Iterable[Entry], progress: Callable[[int], None] | None = None
    ) -> None:
        """Record new entries of one kind. `progress` is told how many more are done."""
        remaining = iter(entries)
        while batch := list(islice(remaining, BATCH)):
            self._add_batch(kind, batch)
            if progress:
                progress(len(batch))

    def _add_batch(self, kind: Kind, entries: Sequence[Entry]) -> None:
        model = KEYED[kind]
        for entry in entries:
            self._refuse_inside(entry)
        rows = [self._new_row(entry) for entry in entries]
        ids = list(
            self.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows)
        )
        self._add_children(kind, entries, ids)
        changes = []
        for entry, row, id_ in zip(entries, rows, ids, strict=True):
            after = {"id": id_, **{name: plain(value) for name, value in row.items()}, **_children(entry)}
            changes.append(Change("record", model.__tablename__, id_, entry.key, None, after))
            if kind in self._ids:
                self._ids[kind][entry.key] = id_
        audit.append(self.session, actor=self.actor, programme_id=self.programme_id, changes=changes)

    def _add_children(self, kind: Kind, entries: Sequence[Entry], ids: Sequence[int]) -> None:
        if kind == "donors":
            aliases = [
                {"programme_id": self.programme_id, "donor_id": id_, "position": at, "name": name}
                for entry, id_ in zip(entries, ids, strict=True)
                for at, name in enumerate(entry.aliases if isinstance(entry, DonorEntry) else ())
            ]
            self._insert(DonorAlias, aliases)
        if kind == "pledges":
            for entry, id_ in zip(entries, ids, strict=True):
                if isinstance(entry, PledgeEntry):
                    self._add_instalments(id_, entry.pledge.instalments)

    def _add_instalments(self, pledge_id: int, instalments: Iterable[Instalment]) -> None:
        rows = [
            {
                "programme_id": self.programme_id,
                "pledge_id": pledge_id,
                "due_on": i.due_on,
                "amount_minor": i.amount_minor,
                "superseded_at_utc": None,
            }
            for i in instalments
        ]
        self._insert(InstalmentRow, rows)

    def _insert(self, model: type[DonorAlias | InstalmentRow], rows: list[dict[str, Any]]) -> None:
        if rows:
            self.session.execute(insert(model), rows)

    def change(self, kind: Kind, entry: Entry, *, action: str = "amend", **columns: object) -> None:
        """Bring the record with this entry's key to this content. `columns` are set as well."""
        record = self.find(kind, entry.key)
        before = row_of(record)
        self._refuse_inside(entry, record.__tablename__, before)
        with self.session.no_autoflush:
            for name, value in {**self.values(entry), **columns}.items():
                setattr(record, name, value)
            if isinstance(record, Donor) and isinstance(entry, DonorEntry):
                self._change_aliases(record, entry)
            if isinstance(record, PledgeRow) and isinstance(entry, PledgeEntry):
                self._change_schedule(record, entry.pledge)
        self._note(action, record, before, entry.key)

    def void(self, kind: Kind, key: str, *, reason: str) -> None:
        """Void a record made in error: it counts at no date from now on; its key stays taken."""
        record = self.find(kind, key)
        before = row_of(record)
        self._refuse_inside(None, record.__tablename__, before)
        record.voided_at_utc, record.void_reason = self.actor.at_utc, reason
        self._note("void", record, before, key)

    def _refuse_inside(self, new: Entry | None, table: str = "", before: Row | None = None) -> None:
        """The second wall of a closed month: the first one stands where files and forms are read."""
        if self._closed is None:
            lock_programme(self.session, self.programme_id)
            self._closed = closed_months(self.session, self.programme_id)
        if not self._closed:
            return
        self._audited = self._audited or Audited(self.session, self.programme_id)
        problems = check_closed(self._audited.entry(table, before), new, self._closed)
        if problems:
            raise Refused(problems)

    def _note(self, action: str, record: Keyed, before: Row, key: str) -> None:
        self.session.flush()
        self._load_children(record)
        change = Change(action, record.__tablename__, record.id, key, before, row_of(record))
        audit.append(self.session, actor=self.actor, programme_id=self.programme_id, changes=[change])

    def find(self, kind: Kind, key: str) -> Keyed:
        """The stored row with this key, its schedule or aliases loaded. Raises `NoResultFound`."""
        model = KEYED[kind]
        query = select(model).where(model.programme_id == self.programme_id, _has_key(kind, key))
        record = cast(Keyed, self.session.scalars(query).one())
        self._load_children(record)
        return record

    def _load_children(self, record: Keyed) -> None:
        if isinstance(record, Donor):
            self.session.refresh(record, ["aliases"])
        if isinstance(record, PledgeRow):
            self.session.refresh(record, ["instalments"])

    def _change_aliases(self, record: Donor, entry: DonorEntry) -> None:
        if [alias.name for alias in record.aliases] == list(entry.aliases):
            return
        flag_modified(record, "name")  # new aliases are a new version of their donor
        record.aliases.clear()
        self.session.flush()
        record.aliases.extend(
            DonorAlias(programme_id=self.programme_id, position=at, name=name)
            for at, name in enumerate(entry.aliases)
        )

    def _change_schedule(self, record: PledgeRow, pledge: Pledge) -> None:
        """Supersede a changed schedule and record the new one; the old rows stay readable."""
        stored = [(i.due_on, i.amount_minor) for i in record.instalments]
        if stored == [(i.due_on, i.amount_minor) for i in sorted(pledge.instalments, key=lambda i: i.due_on)]:
            return
        row = InstalmentRow
        live = update(row).where(row.pledge_id == record.id, row.superseded_at_utc.is_(None))
        self.session.execute(live.values(superseded_at_utc=self.actor.at_utc))
        self._add_instalments(record.id, pledge.instalments)
        flag_modified(record, "amount_minor")  # a new schedule is a new version of its pledge

    def _new_row(self, entry: Entry) -> dict[str, Any]:
        return {
            "programme_id": self.programme_id,
            **self.values(entry),
            **({"close_reason": ""} if isinstance(entry, PledgeEntry) else {}),
            "version": 1,
            "created_at_utc": self.actor.at_utc,
            "voided_at_utc": None,
            "void_reason": "",
        }

    def values(self, entry: Entry) -> dict[str, Any]:
        """An entry's columns."""
        match entry:
            case DonorEntry():
                return {
                    "code": entry.code,
                    "name": entry.name,
                    "kind": entry.kind,
                    "country": entry.country,
                    "iati_ref": entry.iati_ref,
                    "email": entry.email,
                    "anonymous": entry.anonymous,
                }
            case RateEntry(rate):
                value = f"{rate.value:f}"
                return {"currency": rate.currency, "effective_on": rate.effective_on, "value": value}
            case PledgeEntry():
                return self._pledge_values(entry)
            case ReceiptEntry():
                return self._receipt_values(entry)
            case RefundEntry(refund):
                return {
                    "receipt_id": self._id("receipts", refund.receipt),
                    "reference": refund.reference,
                    "refunded_on": refund.refunded_on,
                    "amount_minor": refund.amount_minor,
                    "usd_minor": refund.usd_minor,
                    "ledger_ref": entry.ledger_ref,
                    "notes": entry.notes,
                }

    def _pledge_values(self, entry: PledgeEntry) -> dict[str, Any]:
        pledge = entry.pledge
        return {
            "donor_id": self._id("donors", pledge.donor),
            "reference": pledge.reference,
            "currency": pledge.currency,
            "amount_minor": pledge.amount_minor,
            "pledged_on": pledge.pledged_on,
            "signed_on": pledge.signed_on,
            "closed_on": pledge.closed_on,
            "earmark": str(pledge.earmark),
            "support_cost": pledge.support_cost,
            "covers_from": _month(pledge.covers_from),
            "covers_until": _month(pledge.covers_until),
            "agreement_ref": entry.agreement_ref,
            "notes": entry.notes,
        }

    def _receipt_values(self, entry: ReceiptEntry) -> dict[str, Any]:
        receipt, split = entry.receipt, ""
        if receipt.split is not None:
            parts = dict(zip(self.codes, receipt.split, strict=True))
            split = exact_split_text(parts, self.codes, PROGRAMME_CURRENCY)
        return {
            "donor_id": self._id("donors", receipt.donor),
            "pledge_id": self._id("pledges", receipt.pledge) if receipt.pledge is not None else None,
            "reference": receipt.reference,
            "received_on": receipt.received_on,
            "currency": receipt.currency,
            "amount_minor": receipt.amount_minor,
            "usd_minor": receipt.usd_minor,
            "usd_stated": entry.usd_stated,
            "earmark": str(receipt.earmark) if receipt.earmark else "",
            "exact_split": split,
            "covers_from": _month(receipt.covers_from),
            "covers_until": _month(receipt.covers_until),
            "ledger_ref": entry.ledger_ref,
            "notes": entry.notes,
        }

    def _id(self, kind: Kind, key: str) -> int:
        """The stored id of a record another one names."""
        if kind not in self._ids:
            model = KEYED[kind]
            column = model.code if model is Donor else model.reference  # type: ignore[union-attr]
            query = select(column, model.id).where(model.programme_id == self.programme_id)
            self._ids[kind] = {row[0]: row[1] for row in self.session.execute(query)}
        return self._ids[kind][key]


def lock_programme(session: Session, programme_id: int) -> None:
    """Writers of one programme wait for each other here, so that no month closes between check and write."""
    session.execute(select(Programme.id).where(Programme.id == programme_id).with_for_update())


def _children(entry: Entry) -> Row:
    match entry:
        case DonorEntry():
            return {"aliases": list(entry.aliases)}
        case PledgeEntry(pledge):
            schedule = sorted(pledge.instalments, key=lambda i: i.due_on)
            return {"instalments": [[plain(i.due_on), i.amount_minor] for i in schedule]}
        case _:
            return {}


def _month(month: Month | None) -> str | None:
    return None if month is None else month_text(month)


def _has_key(kind: Kind, key: str) -> Any:
    if kind == "rates":
        currency, _, day = key.partition(" ")
        return (RateRow.currency == currency) & (RateRow.effective_on == parse_day(day))
    model = KEYED[kind]
    return (Donor.code if model is Donor else model.reference) == key  # type: ignore[union-attr]
