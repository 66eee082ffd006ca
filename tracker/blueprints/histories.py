"""The history of a record, from the audit trail, in words: who changed what, old → new, and when."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _

from tracker.access import programme
from tracker.domain.chain import ChainEntry
from tracker.domain.months import parse_month
from tracker.domain.register import Kind
from tracker.extensions import db
from tracker.presentation import writer
from tracker.queries import trail
from tracker.queries.audited import MERGING
from tracker.queries.lives import receipt_currency
from tracker.queries.people import user_names
from tracker.queries.stamps import Stamp, keys_by_id
from tracker.queries.users import list_users

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One field that changed; '' where it was or is empty."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the trail. `when` is a moment in the programme's time zone.

    `about` names what is kept with the record and was changed: a contact, a note; '' for the record itself.
    `tells`: what was done is said besides what changed.
    `url` leads to the whole history of what it is about, where it has one.
    """

    when: datetime
    who: str
    action: str
    first: bool
    lines: tuple[Line, ...]
    void: bool = False
    about: str = ""
    kind: str = ""
    reference: str = ""
    url: str = ""
    seq: int = 0
    tells: bool = False


def history(stamp: Stamp) -> list[Step]:
    """The life of one record and of what is kept with it, newest first."""
    return steps(trail.life(db.session(), programme().id, stamp.table, stamp.id), stamp.table)


def as_it_stood(stamp: Stamp) -> tuple[Line, ...]:
    """What a record's newest entry says of it, field by field; nothing of what is empty."""
    newest = trail.history(db.session(), programme().id, stamp.table, stamp.id)[0]
    after = json.loads(newest.after) if newest.after else {}
    return tuple(_lines({}, after, _Values()))


def steps(entries: Iterable[ChainEntry], own: str = "") -> list[Step]:
    """Entries in words. `own` is the table of the record whose page it is."""
    session, here = db.session(), programme()
    names = {login.email: login.name for login in list_users(session, here.id)}
    zone, said = ZoneInfo(here.time_zone), _Values()
    return [_step(entry, zone, names, said, own) for entry in entries]


def entity_words() -> dict[str, str]:
    """What an entry of the trail is about, in words, by table."""
    return {
        "donor": _("Donor"),
        "pledge": _("Pledge"),
        "receipt": _("Receipt"),
        "refund": _("Refund"),
        "rate": _("Rate"),
        "contact": _("Contact"),
        "note": _("Note"),
        "attachment": _("File"),
        "caretaker": _("Who looks after it"),
        "statement": _("Statement"),
        "meeting": _("Meeting"),
        "paper": _("Paper"),
        "month_closing": _("Closed month"),
        "donor_merge": _("Merged donors"),
        "upload": _("Import"),
        "import_mapping": _("Import mapping"),
        "bank_layout": _("Bank columns"),
        "bank_list": _("Bank list"),
        "bank_line": _("Bank line"),
        "user_account": _("Login"),
        "budget_version": _("Budget version"),
        "programme": _("Programme"),
        "outcome": _("Outcome"),
    }


KINDS: Final = {
    "donor": "donors",
    "contact": "donors",
    "note": "donors",
    "attachment": "donors",
    "caretaker": "donors",
    "donor_merge": "donors",
    "pledge": "pledges",
    "receipt": "receipts",
    "refund": "refunds",
    "rate": "rates",
}
"""Under which kind of record a table's history stands: what is kept with a donor stands under the donor."""


def _step(entry: ChainEntry, zone: ZoneInfo, names: Mapping[str, str], said: "_Values", own: str) -> Step:
    before = json.loads(entry.before) if entry.before else {}
    after = json.loads(entry.after) if entry.after else {}
    words = {
        "record": _("Recorded"),
        "amend": _("Changed"),
        "void": _("Voided"),
        "sign": _("Signed"),
        "schedule": _("Schedule changed"),
        "close": _("Closed"),
        "reopen": _("Opened again"),
        "assign": _("Hold assigned"),
        "change_role": _("Role changed"),
        "disable": _("Disabled"),
        "enable": _("Enabled"),
        "reset": _("Password reset"),
        "set_password": _("Password set"),
        "invite": _("Invited"),
        "change_password": _("Password changed"),
        "ask_link": _("New link asked for, password forgotten"),
        "set_second_factor": _("Second factor set up"),
        "remove_second_factor": _("Second factor removed"),
        "renew_recovery_codes": _("Recovery codes made anew"),
        "use_recovery_code": _("Recovery code used"),
        "view_as": _("Viewed as this donor"),
        "stop_viewing": _("Stopped viewing as this donor"),
        "issue": _("Issued"),
        "freeze": _("Frozen"),
        "adopt": _("Adopted"),
        "merge": _("Merged"),
        "unmerge": _("Merge undone"),
    }
    action, who = words.get(entry.action, entry.action), names.get(entry.actor) or entry.actor
    word, kind = entity_words().get(entry.entity, entry.entity), KINDS.get(entry.entity)
    return Step(
        when=entry.at_utc.astimezone(zone),
        who=who,
        action=action,
        first=not before,
        lines=tuple(_lines(before, after, said)),
        void=entry.action == "void",
        about="" if entry.entity == own else _about(word, entry),
        kind=word,
        reference=entry.reference,
        url=_url(kind, entry),
        seq=entry.seq,
        tells=entry.action in MERGING,
    )


def _url(kind: str | None, entry: ChainEntry) -> str:
    """The history it stands in; a statement's or paper's own page."""
    if entry.entity == "statement":
        return url_for("issuing.issued_page", number=entry.reference)
    if entry.entity == "paper":
        return url_for("meetings.paper", paper_no=entry.reference)
    return url_for("history.show", kind=kind, reference=entry.reference) if kind else ""


def _about(word: str, entry: ChainEntry) -> str:
    """A refund or statement by its reference; a contact or file by its name, which stands in its lines."""
    return f"{word} {entry.reference}" if entry.entity in ("refund", "statement") else word


def _lines(before: Row, after: Row, said: "_Values") -> Iterator[Line]:
    for column, label in labels().items():
        old, new = before.get(column), after.get(column)
        if isinstance(old, list) and isinstance(new, list):
            was, is_ = old, new  # of a schedule or of other names only what differs is told
            old = [one for one in was if one not in is_]
            new = [one for one in is_ if one not in was]
        told = said.text(column, {**before, column: old}), said.text(column, {**after, column: new})
        if told[0] != told[1]:
            yield Line(label, *told)


def labels() -> dict[str, str]:
    """The columns that people know, in reading order."""
    return {
        "name": _("Name"),
        "kind": _("Kind"),
        "country": _("Country"),
        "iati_ref": _("IATI reference"),
        "email": _("E-mail"),
        "aliases": _("Other names"),
        "anonymous": _("Anonymous"),
        "donor_id": _("Donor"),
        "into_id": _("Merged into"),
        "pledge_id": _("Pledge"),
        "receipt_id": _("Receipt"),
        "amount_minor": _("Amount"),
        "usd_minor": _("Worth"),
        "pledged_on": _("Pledged on"),
        "signed_on": _("Signed on"),
        "closed_on": _("Closed on"),
        "close_reason": _("Closed because"),
        "received_on": _("Value date"),
        "refunded_on": _("Given back on"),
        "instalments": _("Schedule"),
        "earmark": _("Earmark"),
        "support_cost": _("Programme support"),
        "exact_split": _("Exact split"),
        "covers_from": _("Covers from"),
        "covers_until": _("Covers until"),
        "agreement_ref": _("Agreement reference"),
        "ledger_ref": _("Ledger reference"),
        "notes": _("Notes"),
        "effective_on": _("In force from"),
        "value": _("Units for one USD"),
        "role": _("Role"),
        "phone": _("Telephone"),
        "language": _("Language"),
        "dated_on": _("Day"),
        "text": _("Note"),
        "user_id": _("Looked after by"),
        "file_name": _("File"),
        "disabled_at_utc": _("Disabled"),
        "has_password": _("Password"),
        "reason": _("Reason"),
        "void_reason": _("Reason"),
        "from_on": _("From"),
        "to_on": _("To"),
        "month": _("Month"),
        "note": _("Note"),
        "reopen_reason": _("Reason"),
        "undo_reason": _("Undone because"),
        "effective_month": _("Effective from"),
        "adopted_on": _("Adopted on"),
        "monthly_total_minor": _("Monthly total"),
        "basis": _("Basis"),
        "held_on": _("Held on"),
        "place": _("Place"),
        "agenda": _("Agenda note"),
        "decisions": _("Decisions"),
        "draft_as_of": _("Draft as of"),
        "draft_known_at_utc": _("Draft known at"),
    }


class _Values:
    """Stored values in words. Ids are looked up once."""

    def __init__(self) -> None:
        self._keys: dict[Kind, dict[int, str]] = {}
        self._users: dict[int, str] = {}

    def text(self, column: str, row: Row) -> str:
        value = row.get(column)
        if value is None or value == "" or value == []:
            return ""
        match column:
            case "amount_minor":
                return writer().with_currency(value, self._currency(row))
            case "usd_minor":
                same = self._currency(row) == "USD" and value == row["amount_minor"]
                return "" if same else writer().with_currency(value)
            case "instalments":
                paid = (_instalment(day, minor, row["currency"]) for day, minor in value)
                return "; ".join(paid)
            case "aliases":
                return "; ".join(value)
            case "donor_id" | "into_id":
                return self._key("donors", value)
            case "pledge_id":
                return self._key("pledges", value)
            case "receipt_id":
                return self._key("receipts", value)
            case "user_id":
                return self._user(value)
            case "covers_from" | "covers_until":
                return writer().month_short(parse_month(value))
            case _ if column.endswith("_on"):
                return writer().day_short(date.fromisoformat(value))
            case "kind" | "role":
                return _word(value)
            case "disabled_at_utc":
                return _("yes")
            case "has_password":
                return _("set") if value else ""
            case "anonymous" | "support_cost":
                return _("yes") if value else _("no")
            case _:
                return str(value)

    def _currency(self, row: Row) -> str:
        """A row's own currency; a refund's is that of its receipt."""
        own: str | None = row.get("currency")
        return own or receipt_currency(db.session(), programme().id, row.get("receipt_id"))

    def _key(self, kind: Kind, id_: int) -> str:
        if kind not in self._keys:
            self._keys[kind] = keys_by_id(db.session(), programme().id, kind)
        return self._keys[kind].get(id_, str(id_))

    def _user(self, id_: int) -> str:
        if not self._users:
            self._users = user_names(db.session(), programme().id)
        return self._users.get(id_, str(id_))


def _instalment(day: str, minor: int, currency: str) -> str:
    return f"{writer().day_short(date.fromisoformat(day))} {writer().with_currency(minor, currency)}"


def _word(value: str) -> str:
    """A stored word as pages say it."""
    words = {
        "agreement": _("signed agreement"),
        "bank_advice": _("bank advice"),
        "un": _("international or regional organization"),
        "cso": _("civil society"),
        "private": _("company"),
        "gcg": _("GCG"),
        "admin": _("administrator"),
    }
    return words.get(value, value)
