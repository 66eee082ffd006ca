"""Donors: the list, one donor and its money, recording and amending one."""

from babel import Locale
from flask import Blueprint, abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tracker.access import may, programme, requires, today
from tracker.blueprints.histories import history
from tracker.blueprints.lists import Filter, Order, listing
from tracker.blueprints.merged import merged_page, told_of
from tracker.blueprints.posting import desk, record
from tracker.blueprints.stale import stale_page
from tracker.blueprints.standing import voided_page
from tracker.blueprints.takeaway import answer_with_file, file_asked
from tracker.domain.entries import DonorEntry, Entry
from tracker.domain.folding import folded
from tracker.domain.naming import DonorNames
from tracker.domain.position import Position
from tracker.domain.vocabulary import COUNTRIES, DONOR_KINDS
from tracker.domain.writing import donor_row
from tracker.extensions import db
from tracker.forms import DonorForm
from tracker.forms.users import ActionForm
from tracker.queries.covering import coverage, of_donor
from tracker.queries.directory import Contributor, bridge, contributors, donor_entries
from tracker.queries.position import facts_of, position_of
from tracker.queries.stamps import stamp_of
from tracker.reporting.bridges import bridge_words
from tracker.reporting.columns import donor_columns
from tracker.reporting.lists import Money
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
    book, rates = _book(), facts_of(db.session(), programme().id).rates
    rows = contributors(book, donor_entries(db.session(), programme().id), rates)
    found = listing(
        rows,
        lambda row: (row.donor.name, row.donor.code, *row.donor.aliases),
        state_words(),
        state_of,
        filters=(_kind_filter(rows),),
        orders=_orders(),
    )
    totals: dict[str, int | Money] = {
        "pledges": sum(row.pledges for row in found.found),
        "pledged": Money(sum(row.pledged_usd_minor for row in found.found)),
        "received": Money(sum(row.received_usd_minor for row in found.found)),
        "open": Money(sum(row.open_usd_minor for row in found.found)),
    }
    if file_asked():
        words = state_words()
        columns = donor_columns(kind_words(), lambda row: words[state_of(row)])
        return answer_with_file("donors", _("Donors"), found, columns, totals)
    sums = bridge(book, (row.donor.code for row in found.found), rates)
    page = {"list": found, "book": book, "kinds": kind_words(), "state_of": state_of, "totals": totals}
    return render_template("donors/index.html", **page, bridge=sums, bridge_words=bridge_words(sums))


def state_words() -> dict[str, str]:
    """What is to be watched of a donor's money, in words."""
    return {
        "overdue": _("Overdue"),
        "due": _("Due"),
        "done": _("Nothing open"),
        "none": _("Nothing received yet"),
    }


def _kind_filter(rows: list[Contributor]) -> Filter[Contributor]:
    used = {row.donor.kind for row in rows}
    words = {kind: word for kind, word in kind_words().items() if kind in used}
    return Filter("kind", _("Kind"), _("All kinds"), words, lambda row: (row.donor.kind,))


def _orders() -> tuple[Order[Contributor], ...]:
    return (
        Order("received", _("Received, largest first"), lambda row: row.received_usd_minor, down=True),
        Order("name", _("Name"), lambda row: folded(row.donor.name)),
        Order("pledges", _("Pledges, most first"), lambda row: row.pledges, down=True),
        Order("pledged", _("Pledged, largest first"), lambda row: row.pledged_usd_minor, down=True),
        Order("open", _("Open, largest first"), lambda row: row.open_usd_minor, down=True),
        Order("last", _("Last receipt, latest first"), lambda row: row.last_receipt_on, down=True),
        Order("due", _("Open longest"), lambda row: row.oldest_due_on),
    )


@bp.get("/donors/<key:code>")
@requires("see_records")
def show(code: str) -> ResponseReturnValue:
    """One donor: its money, what it covers, its facts and their history."""
    if code not in donor_entries(db.session(), programme().id):
        return merged_page(code) or voided_page("donors", code)
    entry, book = _entry(code), _book()
    stamp = stamp_of(db.session(), programme().id, "donors", code)
    assert stamp is not None
    view_as = ActionForm(formdata=None)
    view_as.open_on()
    return render_template(
        "donors/show.html",
        view_as=view_as if may("view_as") else None,
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
        alike=_alike(entry),
        merges=told_of(code),
    )


def _alike(entry: DonorEntry) -> list[DonorEntry]:
    """Other donors on record that may be this one, the likeliest first; none of the unidentified."""
    donors = donor_entries(db.session(), programme().id)
    return [donors[one.code] for one in DonorNames(donors.values()).alike_to(entry)]


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
