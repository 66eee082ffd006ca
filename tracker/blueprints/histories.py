"""The history of a record, from the audit trail, in words: who changed what, old → new, and when."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from tracker.access import programme
from tracker.domain.chain import ChainEntry
from tracker.domain.register import Kind
from tracker.extensions import db
from tracker.presentation import writer
from tracker.queries import trail
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
    """One entry of the trail. `when` is a moment in the programme's time zone."""

    when: datetime
    who: str
    action: str
    first: bool
    lines: tuple[Line, ...]


def history(stamp: Stamp) -> list[Step]:
    """The life of one record, newest first."""
    session, here = db.session(), programme()
    names = {login.email: login.name for login in list_users(session, here.id)}
    entries = trail.history(session, here.id, stamp.table, stamp.id)
    zone, said = ZoneInfo(here.time_zone), _Values()
    return [_step(entry, zone, names, said) for entry in entries]


def _step(entry: ChainEntry, zone: ZoneInfo, names: Mapping[str, str], said: "_Values") -> Step:
    before = json.loads(entry.before) if entry.before else {}
    after = json.loads(entry.after) if entry.after else {}
    words = {"record": _("Recorded"), "amend": _("Changed"), "void": _("Voided")}
    action, who = words.get(entry.action, entry.action), names.get(entry.actor) or entry.actor
    return Step(entry.at_utc.astimezone(zone), who, action, not before, tuple(_lines(before, after, said)))


def _lines(before: Row, after: Row, said: "_Values") -> Iterator[Line]:
    for column, label in labels().items():
        old, new = said.text(column, before), said.text(column, after)
        if old != new:
            yield Line(label, old, new)


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
        "pledge_id": _("Pledge"),
        "amount_minor": _("Amount"),
        "usd_minor": _("Worth"),
        "pledged_on": _("Pledged on"),
        "signed_on": _("Signed on"),
        "closed_on": _("Closed on"),
        "received_on": _("Value date"),
        "instalments": _("Schedule"),
        "earmark": _("Earmark"),
        "support_cost": _("Programme support"),
        "exact_split": _("Exact split"),
        "covers_from": _("Covers from"),
        "covers_until": _("Covers until"),
        "agreement_ref": _("Agreement reference"),
        "ledger_ref": _("Ledger reference"),
        "notes": _("Notes"),
        "void_reason": _("Reason"),
    }


class _Values:
    """Stored values in words. Ids are looked up once."""

    def __init__(self) -> None:
        self._keys: dict[Kind, dict[int, str]] = {}

    def text(self, column: str, row: Row) -> str:
        value = row.get(column)
        if value is None or value == "" or value == []:
            return ""
        match column:
            case "amount_minor":
                return writer().with_currency(value, row["currency"])
            case "usd_minor":
                same = row["currency"] == "USD" and value == row["amount_minor"]
                return "" if same else writer().with_currency(value)
            case "instalments":
                paid = (f"{day}: {writer().money(minor, row['currency'])}" for day, minor in value)
                return "; ".join(paid)
            case "aliases":
                return "; ".join(value)
            case "donor_id":
                return self._key("donors", value)
            case "pledge_id":
                return self._key("pledges", value)
            case "anonymous" | "support_cost":
                return _("yes") if value else _("no")
            case _:
                return str(value)

    def _key(self, kind: Kind, id_: int) -> str:
        if kind not in self._keys:
            self._keys[kind] = keys_by_id(db.session(), programme().id, kind)
        return self._keys[kind].get(id_, str(id_))
