"""Who changed what: the history of one record, and all changes, newest first. Read from the audit trail."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.access import may, programme, requires
from tracker.blueprints.histories import entity_words, steps
from tracker.domain.months import parse_day
from tracker.domain.problems import Refused
from tracker.extensions import db
from tracker.queries import trail
from tracker.queries.merges import merged_codes
from tracker.queries.stamps import Life, life_of
from tracker.queries.users import list_users
from tracker.wording import problem_text

bp = Blueprint("history", __name__)
SIZE = 50
HIGHEST_DIGITS = 18
OFFICERS_SEE = (
    *("donor", "pledge", "receipt", "refund", "rate", "contact", "note", "attachment", "caretaker"),
    "statement",
    "meeting",
    "paper",
    "month_closing",
    "donor_merge",
    "budget_version",
    *("bank_layout", "bank_list", "bank_line"),
)
"""Logins, budget versions and the programme's settings are an administrator's to read (docs/trust.md)."""
PAGES = {"donors": "donors.show", "pledges": "pledges.show", "receipts": "receipts.show"}


@bp.get("/history/<string:kind>/<key:reference>")
@requires("see_records")
def show(kind: str, reference: str) -> ResponseReturnValue:
    """The whole life of one record, voided or not, and of what is kept with it."""
    life = life_of(db.session(), programme().id, kind, reference) or abort(404)
    entries = trail.life(db.session(), programme().id, life.table, life.id)
    into = merged_codes(db.session(), programme().id).get(life.key, "") if kind == "donors" else ""
    url = url_for("donors.show", code=life.key) if into else _page(kind, life)
    page = {"kind": entity_words()[life.table], "reference": reference, "record_url": url, "into": into}
    return render_template(
        "history/show.html", **page, life=life, history=steps(entries, life.table), day=_day_here
    )


def _page(kind: str, life: Life) -> str:
    """The record's own page, which only a live record has."""
    if life.voided_at_utc is not None or kind not in PAGES:
        return ""
    if kind == "donors":
        return url_for(PAGES[kind], code=life.key)
    return url_for(PAGES[kind], reference=life.key)


def _day_here(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(programme().time_zone)).date()


@bp.get("/history")
@requires("see_records")
def index() -> ResponseReturnValue:
    """All changes: `?kind=`, `?by=`, `?from=`, `?until=` (both included), `?before=` an entry's number."""
    kinds = {name: word for name, word in entity_words().items() if _sees(name)}
    kind, who = request.args.get("kind", ""), request.args.get("by", "")
    (since, first), (until, last) = _day("from"), _day("until")
    asked = trail.Asked(
        entities=(kind,) if kind in kinds else tuple(kinds),
        actor=who if "\0" not in who else "",
        since_utc=_start(first) if first else None,
        until_utc=_start(last + timedelta(days=1)) if last else None,
        before=_before(),
    )
    found = trail.changes(db.session(), programme().id, asked, SIZE + 1)
    said = {"kind": kind if kind in kinds else "", "by": who, "from": since.typed, "until": until.typed}
    return render_template(
        "history/index.html",
        steps=steps(found[:SIZE]),
        kinds=kinds,
        people=_people(),
        said=said,
        bounds=(since, until),
        filtered=any(said.values()),
        newest_url=_url(said) if asked.before is not None else "",
        older_url=_url(said, found[SIZE - 1].seq) if len(found) > SIZE else "",
    )


class Bound:
    """One end of the days, as typed; a day that is none says so and bounds nothing."""

    def __init__(self, name: str, typed: str, message: str) -> None:
        self.name, self.typed, self.message = name, typed, message


def _day(name: str) -> tuple[Bound, date | None]:
    typed = request.args.get(name, "").strip()[:40]
    try:
        return Bound(name, typed, ""), parse_day(typed) if typed else None
    except Refused as refused:
        return Bound(name, typed, problem_text(refused.problems[0])), None


def _start(day: date) -> datetime:
    """The first moment of a day where the programme is."""
    return datetime.combine(day, time(), ZoneInfo(programme().time_zone))


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= HIGHEST_DIGITS else None


def _sees(entity: str) -> bool:
    return entity in OFFICERS_SEE or may("manage_users")


def _people() -> dict[str, str]:
    """Who has recorded something, by name where there is one."""
    names = {login.email: login.name for login in list_users(db.session(), programme().id)}
    return {who: names.get(who) or who for who in trail.actors(db.session(), programme().id)}


def _url(said: Mapping[str, str], before: int | None = None) -> str:
    chosen: dict[str, str | int] = {name: text for name, text in said.items() if text}
    if before is not None:
        chosen["before"] = before
    return url_for(".index", **chosen)  # type: ignore[arg-type]
