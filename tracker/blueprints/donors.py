"""Donors: the list, one donor and its money, recording and amending one."""

from babel import Locale
from flask import Blueprint, abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tracker.access import programme, requires, today
from tracker.blueprints.histories import history
from tracker.blueprints.lists import listing
from tracker.blueprints.posting import desk, record
from tracker.blueprints.stale import stale_page
from tracker.domain.entries import DonorEntry, Entry
from tracker.domain.position import Position
from tracker.domain.vocabulary import COUNTRIES, DONOR_KINDS
from tracker.domain.writing import donor_row
from tracker.extensions import db
from tracker.forms import DonorForm
from tracker.queries.covering import coverage, of_donor
from tracker.queries.directory import Contributor, contributors, donor_entries
from tracker.queries.position import position_of
from tracker.queries.stamps import stamp_of
from tracker.reporting.records import earmark_words, instalment_state
from tracker.services.records import amend_donor, record_donor

bp = Blueprint("donors", __name__)


def kind_words() -> dict[str, str]:
    """What kind of contributor, in words."""
    words = (
        _("Government"),
        _("International or regional organization"),
        _("Employers’ organization"),
        _("Workers’ organization"),
        _("Company"),
        _("Foundation"),
        _("Civil society"),
        _("Academic"),
        _("Media"),
        _("Other"),
    )
    return dict(zip(DONOR_KINDS, words, strict=True))


def state_of(row: Contributor) -> str:
    """What is to be watched first of a donor's money."""
    if row.oldest_due_on is not None:
        return "overdue" if row.oldest_due_on < today() else "due"
    return "done" if row.received_usd_minor else "none"


@bp.get("/donors")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Who contributes, and what came of it."""
    book, donors = _book(), donor_entries(db.session(), programme().id)
    states = {
        "overdue": _("Overdue"),
        "due": _("Due"),
        "done": _("Nothing open"),
        "none": _("Nothing received yet"),
    }
    found = listing(
        contributors(book, donors),
        lambda row: (row.donor.name, row.donor.code, *row.donor.aliases),
        states,
        state_of,
    )
    return render_template(
        "donors/index.html", list=found, book=book, kinds=kind_words(), state_of=state_of, states=states
    )


@bp.get("/donors/<key:code>")
@requires("see_records")
def show(code: str) -> ResponseReturnValue:
    """One donor: its money, what it covers, its facts and their history."""
    entry, book = _entry(code), _book()
    stamp = stamp_of(db.session(), programme().id, "donors", code)
    assert stamp is not None
    return render_template(
        "donors/show.html",
        donor=entry,
        book=book,
        row=contributors(book, {code: entry})[0],
        pledges=[state for state in book.pledges.values() if state.pledge.donor == code],
        receipts=[net for net in book.receipts.values() if net.receipt.donor == code],
        coverage=coverage(book, of_donor(code)),
        received=coverage(book, of_donor(code, "received")),
        kinds=kind_words(),
        state_of=state_of,
        instalment_state=instalment_state,
        earmark_words=earmark_words,
        history=history(stamp),
    )


@bp.get("/donors/new")
@requires("record")
def new() -> ResponseReturnValue:
    """An empty form."""
    form = _form()
    form.open_on()
    return _page(form)


@bp.post("/donors/new")
@requires("record")
def create() -> ResponseReturnValue:
    """Record a donor."""
    form = _form()

    def write() -> str:
        entry = record_donor(desk(), raw=form.raw(), confirmed=form.confirm.data)
        flash(_("Recorded: %(name)s. Its first pledge or receipt can follow.", name=entry.name))
        return url_for("donors.show", code=entry.code)

    return record(form, write, lambda: _page(form))


@bp.get("/donors/edit/<key:code>")
@requires("record")
def edit(code: str) -> ResponseReturnValue:
    """The form, as it stands."""
    entry, form = _entry(code), _form()
    stamp = stamp_of(db.session(), programme().id, "donors", code)
    form.fill(donor_row(entry))
    form.open_on(stamp.version if stamp else 0)
    return _page(form, entry)


@bp.post("/donors/edit/<key:code>")
@requires("record")
def amend(code: str) -> ResponseReturnValue:
    """Change what is recorded of a donor."""
    entry, form = _entry(code), _form()
    form.code.data = code

    def write() -> str:
        version, raw = form.opened_version, form.raw()
        changed = amend_donor(desk(), code=code, version=version, raw=raw, confirmed=form.confirm.data)
        flash(_("Changed: %(name)s.", name=changed.name))
        return url_for("donors.show", code=code)

    def changed(current: Entry) -> str:
        assert isinstance(current, DonorEntry)
        return stale_page(form, donor_row(current), url_for("donors.edit", code=code))

    return record(form, write, lambda: _page(form, entry), changed)


def _book() -> Position:
    return position_of(db.session(), programme().id, today())


def _entry(code: str) -> DonorEntry:
    entry = donor_entries(db.session(), programme().id).get(code)
    return entry if entry is not None else abort(404)


def _form() -> DonorForm:
    form = DonorForm()
    form.kind.offer(list(kind_words().items()))
    names = (get_locale() or Locale("en")).territories
    countries = sorted((str(names.get(code, code)), code) for code in COUNTRIES)
    form.country.offer([("", _("None")), *((code, name) for name, code in countries)])
    return form


def _page(form: DonorForm, entry: DonorEntry | None = None) -> str:
    return render_template("donors/form.html", form=form, donor=entry)
