"""Bank lists: what was uploaded, a new one in three steps, and what each line is.

A list that is being uploaded is kept in the page, from step to step: nothing is stored before it is recorded.
"""

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from tracker.access import programme, requires, today
from tracker.blueprints.choices import currencies, donors_to_choose
from tracker.blueprints.posting import UNPROCESSABLE, desk, messages, record
from tracker.domain.contributions import InstalmentState
from tracker.domain.matching import Line, near, same_amount
from tracker.domain.money import amount_text
from tracker.domain.problems import Problem, Refused
from tracker.extensions import db
from tracker.forms.bank import ColumnsForm, LineForm, SourceForm
from tracker.importing import bank as importing
from tracker.importing.bank import COLUMNS, DATE_FORMATS, NUMBER_FORMATS, Layout, Rows, Statement
from tracker.presentation import days_late, writer
from tracker.queries import bank as queries
from tracker.queries.bank import StoredLine, StoredList
from tracker.queries.directory import donor_entries, open_instalments
from tracker.queries.position import position_of
from tracker.services import bank as services
from tracker.wording import problem_text

bp = Blueprint("bank", __name__)

CARRIED_BYTES = 6 * importing.MAX_TEXT
PICKS = 30
MAX_NAME = services.MAX_NAME


@bp.url_value_preprocessor
def _room_for_a_list(endpoint: str | None, values: object) -> None:
    """A page that carries a list may send more than other forms do."""
    request.max_form_memory_size = CARRIED_BYTES


@bp.get("/bank")
@requires("see_records")
def index() -> ResponseReturnValue:
    """Every list, the newest first."""
    return render_template("bank/index.html", lists=queries.bank_lists(db.session(), programme().id))


@bp.get("/bank/<int:list_id>")
@requires("see_records")
def show(list_id: int) -> ResponseReturnValue:
    """One list: each line, what it may be, and what is not explained yet."""
    return _list_page(_found(list_id), LineForm(formdata=None))


@bp.post("/bank/<int:list_id>/all")
@requires("record")
def confirm_all(list_id: int) -> ResponseReturnValue:
    """Everything that is matched or suggested for sure, at once."""
    _found(list_id)
    form = LineForm()

    def write() -> str:
        done = services.confirm_all(desk(), list_id=list_id, seen=form.seen.data or "")
        count = done.settled + len(done.recorded)
        settled = ngettext("One line settled", "%(num)d lines settled", count)
        new = ngettext("one new receipt", "%(num)d new receipts", len(done.recorded))
        flash(f"{settled}, {new}." if done.recorded else f"{settled}.")
        for number, problem in done.left:
            said = _("Row %(row)s is left open: %(why)s", row=number, why=problem_text(problem))
            flash(said, "warning")
        return url_for("bank.show", list_id=list_id)

    return record(form, write, lambda: _list_page(_found(list_id), form))


@bp.post("/bank/<int:list_id>/void")
@requires("record")
def void(list_id: int) -> ResponseReturnValue:
    """Void a list uploaded in error."""
    found, form = _found(list_id), LineForm()

    def write() -> str:
        reason = form.reason.data or ""
        services.void_list(desk(), list_id=list_id, version=form.opened_version, reason=reason)
        flash(_("Voided: %(name)s. None of its lines counts any more.", name=found.name))
        return url_for("bank.index")

    return record(form, write, lambda: _list_page(_found(list_id), form))


# One line


@bp.get("/bank/lines/<int:line_id>")
@requires("see_records")
def line(line_id: int) -> ResponseReturnValue:
    """One line: what it may be, and every other way to settle it."""
    of, one = _line(line_id)
    form = LineForm(formdata=None)
    form.open_on(one.version)
    return _line_page(of, one, form)


@bp.post("/bank/lines/<int:line_id>/settle")
@requires("record")
def settle(line_id: int) -> ResponseReturnValue:
    """The line is a receipt on record."""

    def write(form: LineForm, one: StoredLine) -> str:
        receipt = form.receipt.data or ""
        confirmed = bool(form.confirm.data)
        services.settle_line(
            desk(), line_id=line_id, version=form.opened_version, receipt=receipt, confirmed=confirmed
        )
        return _("Settled: row %(row)s is receipt %(receipt)s.", row=one.line.number, receipt=receipt)

    return _act(line_id, write)


@bp.post("/bank/lines/<int:line_id>/record")
@requires("record")
def record_line(line_id: int) -> ResponseReturnValue:
    """Record the line as a receipt."""

    def write(form: LineForm, one: StoredLine) -> str:
        pledge = form.pledge.data or ""
        owner = next((i for i in _open() if i.pledge.reference == pledge), None)
        entry = services.record_line(
            desk(),
            line_id=line_id,
            version=form.opened_version,
            donor=form.donor.data or (owner.pledge.donor if owner else ""),
            pledge=pledge,
            earmark=(form.earmark.data or "").strip(),
            confirmed=bool(form.confirm.data),
        )
        return _recorded_words(entry.key, one.line)

    return _act(line_id, write)


@bp.post("/bank/lines/<int:line_id>/hold")
@requires("record")
def hold(line_id: int) -> ResponseReturnValue:
    """Record the line on hold, until its payer is known."""

    def write(form: LineForm, one: StoredLine) -> str:
        confirmed = bool(form.confirm.data)
        entry = services.hold_line(desk(), line_id=line_id, version=form.opened_version, confirmed=confirmed)
        return f"{_recorded_words(entry.key, one.line)} {_('It is on hold until its payer is known.')}"

    return _act(line_id, write)


@bp.post("/bank/lines/<int:line_id>/aside")
@requires("record")
def set_aside(line_id: int) -> ResponseReturnValue:
    """The line is none of ours."""

    def write(form: LineForm, one: StoredLine) -> str:
        reason = form.reason.data or ""
        services.set_aside(desk(), line_id=line_id, version=form.opened_version, reason=reason)
        return _("Set aside: row %(row)s.", row=one.line.number)

    return _act(line_id, write)


@bp.post("/bank/lines/<int:line_id>/reopen")
@requires("record")
def reopen(line_id: int) -> ResponseReturnValue:
    """Open a line again."""

    def write(form: LineForm, one: StoredLine) -> str:
        services.reopen_line(desk(), line_id=line_id, version=form.opened_version)
        return _("Open again: row %(row)s. Its receipt stays as it is.", row=one.line.number)

    return _act(line_id, write)


def _act(line_id: int, write: Callable[[LineForm, StoredLine], str]) -> ResponseReturnValue:
    """One action on a line; the list follows, with what is still not explained."""
    of, one = _line(line_id)
    form = LineForm()

    def do() -> str:
        flash(write(form, one))
        return url_for("bank.show", list_id=of.id)

    return record(form, do, lambda: _line_page(*_line(line_id), form))


def _recorded_words(reference: str, line: Line) -> str:
    amount = writer().with_currency(line.amount_minor, line.currency)
    return _("Recorded: %(amount)s as receipt %(reference)s.", amount=amount, reference=reference)


def _line_page(of: StoredList, one: StoredLine, form: LineForm) -> str:
    form.version.data = str(one.version)
    form.donor.offer(donors_to_choose())
    form.pledge.offer([("", _("Not for a pledge")), *_instalment_picks()])
    form.receipt.offer([("", _("Choose a receipt")), *_receipt_picks(one.line)])
    found = queries.suggestions(db.session(), programme().id, today(), of)
    return render_template(
        "bank/line.html",
        of=of,
        one=one,
        form=form,
        suggestion=found.get(one.line.number),
        plain_amount=amount_text(one.line.amount_minor, one.line.currency),
        donors=donor_entries(db.session(), programme().id),
        key=secrets.token_hex,
    )


def _open() -> list[InstalmentState]:
    """The oldest open instalment of each pledge."""
    book, found = position_of(db.session(), programme().id, today()), dict[str, InstalmentState]()
    for one in open_instalments(book):
        found.setdefault(one.pledge.reference, one)
    return list(found.values())


def _instalment_picks() -> list[tuple[str, str]]:
    donors, write = donor_entries(db.session(), programme().id), writer()
    named = sorted(_open(), key=lambda i: (donors[i.pledge.donor].name.casefold(), i.due_on))
    return [
        (i.pledge.reference, _pick_words(donors[i.pledge.donor].name, i, write.with_currency)) for i in named
    ]


def _pick_words(name: str, one: InstalmentState, money: Callable[[int, str], str]) -> str:
    amount, late = money(one.open_minor, one.pledge.currency), days_late((today() - one.due_on).days)
    return f"{name}: {one.pledge.reference}, {amount} ({late})"


def _receipt_picks(line: Line) -> list[tuple[str, str]]:
    """Receipts that no line stands for, the likeliest first."""
    donors, write = donor_entries(db.session(), programme().id), writer()
    free = [e.receipt for e in queries.free_receipts(db.session(), programme().id)]
    free.sort(
        key=lambda r: (
            not same_amount(line, r),
            not near(line, r),
            abs((r.received_on - line.value_on).days),
            r.reference,
        )
    )
    return [
        (
            r.reference,
            f"{r.reference}: {donors[r.donor].name}, {write.with_currency(r.amount_minor, r.currency)}, "
            f"{write.day_short(r.received_on)}",
        )
        for r in free[:PICKS]
    ]


def _line(line_id: int) -> tuple[StoredList, StoredLine]:
    list_id = queries.list_of_line(db.session(), programme().id, line_id)
    of = _found(list_id if list_id is not None else abort(404))
    return of, next(one for one in of.lines if one.id == line_id)


def _found(list_id: int) -> StoredList:
    found = queries.bank_list(db.session(), programme().id, list_id)
    return found if found is not None else abort(404)


def _list_page(of: StoredList, form: LineForm) -> str:
    found = queries.suggestions(db.session(), programme().id, today(), of)
    sure = services.sure_of(found)
    return render_template(
        "bank/show.html",
        of=of,
        form=form,
        found=found,
        sure=sure,
        seen=services.digest_of(sure),
        kinds=kind_words(),
        donors=donor_entries(db.session(), programme().id),
        key=secrets.token_hex,
    )


def kind_words() -> dict[str, tuple[str, str]]:
    """What a line may be: shape and word."""
    return {
        "matched": ("received", _("Matched")),
        "differs": ("overdue", _("Differs")),
        "suggested": ("signed", _("Suggested")),
        "repeated": ("closed", _("On an earlier list")),
        "unknown": ("gap", _("Unknown")),
    }


# A new list, in three steps


@bp.get("/bank/new")
@requires("record")
def new() -> ResponseReturnValue:
    """Where a list is uploaded or pasted."""
    form = SourceForm()
    form.open_on()
    return render_template("bank/new.html", form=form)


@bp.post("/bank/new")
@requires("record")
def read() -> ResponseReturnValue:
    """Read what was given, and ask what its columns mean. Records nothing."""
    form = SourceForm()
    try:
        rows = _rows_of(form)
    except Refused as refused:
        form.show(messages(refused.problems))
        return render_template("bank/new.html", form=form), UNPROCESSABLE
    same = queries.same_list(db.session(), programme().id, importing.fingerprint(rows))
    if same is not None:
        return _same(same)
    layout, name = _layout_for(rows)
    asked = ColumnsForm(formdata=None)
    asked.open_on()
    file = form.file.data
    default = Path(file.filename).stem if file else _("Pasted on %(day)s", day=today().isoformat())
    given = (form.name.data or "").strip() or default
    asked.fill(
        {"name": given[:MAX_NAME], "layout_name": name, "layout": name, "rows": importing.carried(rows)}
    )
    _choose(asked, layout)
    return _columns_page(asked, rows, None)


@bp.post("/bank/new/columns")
@requires("record")
def preview() -> ResponseReturnValue:
    """What would be recorded with these columns, and every problem by row. Records nothing."""
    form = ColumnsForm()
    try:
        rows = importing.taken_up(form.rows.data or "")
    except Refused as refused:
        return _lost(refused)
    if "use_layout" in request.form:
        kept = queries.layouts(db.session(), programme().id).get(form.layout.data or "")
        if kept is not None:
            _choose(form, Layout.of(kept))
            form.layout_name.data = form.layout.data
        return _columns_page(form, rows, None)
    return _columns_page(form, rows, _statement(form, rows))


@bp.post("/bank/new/record")
@requires("record")
def create() -> ResponseReturnValue:
    """Record the list: all its credits, or none."""
    form = ColumnsForm()
    try:
        rows = importing.taken_up(form.rows.data or "")
    except Refused as refused:
        return _lost(refused)
    statement = _statement(form, rows)
    if statement is None or statement.findings:
        return _columns_page(form, rows, statement), UNPROCESSABLE

    def write() -> str:
        list_id = services.record_list(
            desk(),
            name=form.name.data or "",
            fingerprint=importing.fingerprint(rows),
            lines=statement.lines,
            layout_name=form.layout_name.data or "",
            layout=_layout(form).kept(),
        )
        flash(ngettext("Recorded: one credit.", "Recorded: %(num)d credits.", len(statement.lines)))
        return url_for("bank.show", list_id=list_id)

    try:
        return record(form, write, lambda: _columns_page(form, rows, statement))
    except services.SameList as same:
        return _same(same.list_id)


def _rows_of(form: SourceForm) -> Rows:
    """The cells of the file or the text; an upload is kept in a file of its own only while it is read."""
    file, text = form.file.data, form.text.data or ""
    given = file is not None and bool(getattr(file, "filename", ""))
    if given and text.strip():
        raise Refused.of("upload_twice", "file")
    if not given and not text.strip():
        raise Refused.of("upload_missing", "file")
    if not given:
        return importing.read_pasted(text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        file.save(path)
        return importing.read_upload(file.filename, path)


def _same(list_id: int) -> ResponseReturnValue:
    found = _found(list_id)
    flash(
        _("This list is on record already, as “%(name)s”. Nothing was changed.", name=found.name), "warning"
    )
    return redirect(url_for("bank.show", list_id=list_id))


def _lost(refused: Refused) -> ResponseReturnValue:
    form = SourceForm(formdata=None)
    form.open_on()
    form.show(("", problem_text(problem)) for problem in refused.problems)
    return render_template("bank/new.html", form=form), UNPROCESSABLE


def _layout_for(rows: Rows) -> tuple[Layout, str]:
    """A saved choice of columns that fits, and its name; else what the headings suggest."""
    for name, kept in queries.layouts(db.session(), programme().id).items():
        layout = Layout.of(kept)
        if importing.fits(layout, rows):
            return layout, name
    return importing.suggested(rows), ""


def _choose(form: ColumnsForm, layout: Layout) -> None:
    names = (*COLUMNS, "constant", "date_format", "number_format", "header_row")
    form.fill({name: getattr(layout, name) for name in names})


def _layout(form: ColumnsForm) -> Layout:
    return Layout.of(form.raw())


def _statement(form: ColumnsForm, rows: Rows) -> Statement | None:
    """What the list says with these columns; None, with messages at the fields, where they are no choice."""
    problems: tuple[Problem, ...] = importing.check_layout(rows, _layout(form))
    if not (form.name.data or "").strip():
        problems = (*problems, Problem("missing", "name"))
    if problems:
        form.show(messages(problems))
        return None
    return importing.read_statement(rows, _layout(form), form.name.data or "")


def _columns_page(form: ColumnsForm, rows: Rows, statement: Statement | None) -> str:
    header = importing.header_of(rows, form.header_row.data or "")
    columns = [("", _("None")), *((name, name) for name in header)]
    for column in COLUMNS:
        form[column].offer(columns)
    form.constant.offer([("", _("None")), *currencies()])
    form.date_format.offer([("", _("Choose")), *((text, text) for text in DATE_FORMATS)])
    form.number_format.offer([("", _("Choose")), *((text, text) for text in NUMBER_FORMATS)])
    saved = queries.layouts(db.session(), programme().id)
    form.layout.offer([("", _("None")), *((name, name) for name in saved)])
    if form.key is None:
        form.open_on()
    start = int(form.header_row.data or 0) if header else 0
    found = (
        [(f.row, f.problem.column, problem_text(f.problem)) for f in statement.findings] if statement else []
    )
    return render_template(
        "bank/columns.html",
        form=form,
        header=header,
        sample=rows[start : start + 5],
        statement=statement,
        problems=found,
        saved=saved,
        left_out=_left_out(statement) if statement else [],
    )


def _left_out(statement: Statement) -> list[tuple[str, list[int]]]:
    """Why rows are no credits, and which."""
    words = {
        "debit": _("below zero: a debit"),
        "empty": _("no amount in this column"),
        "zero": _("an amount of zero"),
    }
    rows = {why: [one.row for one in statement.left_out if one.why == why] for why in words}
    return [(words[why], found) for why, found in rows.items() if found]
