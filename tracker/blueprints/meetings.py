"""Meetings of the Global Coordinating Group: their agenda, the paper in draft and frozen, the decisions."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import may, programme, requires
from tracker.blueprints import gcg_files
from tracker.blueprints.dressing import no_pdf
from tracker.blueprints.posting import desk, record
from tracker.blueprints.stale import stale_page
from tracker.domain.meetings import next_number, usual_as_of
from tracker.extensions import db
from tracker.forms import RecordForm
from tracker.forms.meetings import DecisionsForm, DraftForm, FreezeForm, MeetingForm
from tracker.forms.people import VoidForm
from tracker.presentation import writer
from tracker.queries import meetings as queries
from tracker.queries.meetings import Frozen, MeetingRow
from tracker.reporting.gcg_paper import Summary
from tracker.reporting.masking import gcg_edition
from tracker.reporting.pdf import PdfUnavailable
from tracker.services import meetings as services
from tracker.services.meetings import StaleMeeting

bp = Blueprint("meetings", __name__, url_prefix="/meetings")
MEETING = "<int(max=9999):meeting_no>"
PAPER = "<int(max=999999999):paper_no>"
CONFLICT = 409


@bp.app_template_filter("moment_here")
def moment_here(moment: datetime) -> str:
    """A moment where the programme is: `31 December 2027, 23:00`."""
    local = moment.astimezone(ZoneInfo(programme().time_zone))
    return f"{writer().day_long(local.date())}, {local.strftime('%H:%M')}"


@bp.get("")
@requires("see_papers")
def index() -> ResponseReturnValue:
    """All meetings with their frozen papers, the latest first."""
    return render_template("meetings/index.html", meetings=queries.meetings(db.session(), programme().id))


@bp.get(f"/{MEETING}")
@requires("see_papers")
def show(meeting_no: int) -> ResponseReturnValue:
    """One meeting: agenda, papers, decisions; for officers also what its paper would say now."""
    meeting = _meeting(meeting_no)
    draft = services.draft_of(desk(), meeting, _corrects(meeting)) if may("record") else None
    page = {"summary": Summary(gcg_edition(draft.report)), "value": writer().value} if draft else {}
    return render_template("meetings/show.html", meeting=meeting, draft=draft, **page)


@bp.get("/new")
@requires("record")
def new() -> ResponseReturnValue:
    """An empty form with the next number."""
    form = MeetingForm()
    form.number.data = str(next_number(queries.numbers_taken(db.session(), programme().id)))
    form.open_on()
    return _form_page(form, None)


@bp.post("/new")
@requires("record")
def create() -> ResponseReturnValue:
    """Open a meeting."""
    form = MeetingForm()

    def write() -> str:
        number = services.open_meeting(desk(), raw=form.raw())
        flash(_("Meeting %(number)s is open.", number=number))
        return url_for(".show", meeting_no=number)

    return record(form, write, lambda: _form_page(form, None))


@bp.get(f"/{MEETING}/edit")
@requires("record")
def edit(meeting_no: int) -> ResponseReturnValue:
    """The form, as it stands."""
    meeting, form = _meeting(meeting_no), MeetingForm()
    form.fill(_texts(meeting))
    form.open_on(meeting.version)
    return _form_page(form, meeting)


@bp.post(f"/{MEETING}/edit")
@requires("record")
def amend(meeting_no: int) -> ResponseReturnValue:
    """Change it, unless somebody else did meanwhile."""
    meeting, form = _meeting(meeting_no), MeetingForm()

    def write() -> str:
        version, raw = form.opened_version, form.raw()
        number = services.amend_meeting(desk(), number=meeting_no, version=version, raw=raw)
        flash(_("Changed. The history keeps what it was before."))
        return url_for(".show", meeting_no=number)

    return _record(form, meeting, write, lambda: _form_page(form, meeting))


@bp.get(f"/{MEETING}/decisions")
@requires("record")
def ask_decisions(meeting_no: int) -> ResponseReturnValue:
    """What was decided, to be written down."""
    meeting, form = _meeting(meeting_no), DecisionsForm()
    form.fill(_texts(meeting))
    form.open_on(meeting.version)
    return _form_page(form, meeting)


@bp.post(f"/{MEETING}/decisions")
@requires("record")
def minute(meeting_no: int) -> ResponseReturnValue:
    """Keep the decisions beside the paper."""
    meeting, form = _meeting(meeting_no), DecisionsForm()

    def write() -> str:
        services.minute(desk(), number=meeting_no, version=form.opened_version, raw=form.raw())
        flash(_("The decisions are minuted."))
        return url_for(".show", meeting_no=meeting_no, _anchor="decisions")

    return _record(form, meeting, write, lambda: _form_page(form, meeting))


@bp.get(f"/{MEETING}/void")
@requires("record")
def ask_void(meeting_no: int) -> ResponseReturnValue:
    """What would be voided, and why."""
    meeting, form = _meeting(meeting_no), VoidForm()
    form.open_on(meeting.version)
    return _form_page(form, meeting)


@bp.post(f"/{MEETING}/void")
@requires("record")
def void(meeting_no: int) -> ResponseReturnValue:
    """Void a meeting that was opened in error."""
    meeting, form = _meeting(meeting_no), VoidForm()

    def write() -> str:
        services.void_meeting(desk(), number=meeting_no, version=form.opened_version, raw=form.raw())
        flash(_("Voided. It stands in the history, with your reason."))
        return url_for(".index")

    return _record(form, meeting, write, lambda: _form_page(form, meeting))


# The draft


@bp.get(f"/{MEETING}/draft")
@requires("record")
def ask_draft(meeting_no: int) -> ResponseReturnValue:
    """Which day and which knowledge the draft speaks for."""
    meeting, form = _meeting(meeting_no), DraftForm()
    form.fill(_texts(meeting))
    form.open_on(meeting.version)
    return _form_page(form, meeting)


@bp.post(f"/{MEETING}/draft")
@requires("record")
def set_draft(meeting_no: int) -> ResponseReturnValue:
    """Let the draft speak for another day or knowledge."""
    meeting, form = _meeting(meeting_no), DraftForm()

    def write() -> str:
        services.set_draft(desk(), number=meeting_no, version=form.opened_version, raw=form.raw())
        flash(_("The draft speaks for that now."))
        return url_for(".show", meeting_no=meeting_no, _anchor="draft")

    return _record(form, meeting, write, lambda: _form_page(form, meeting))


@bp.get(f"/{MEETING}/draft/<any(pdf,xlsx):form>")
@requires("record")
def draft_file(meeting_no: int, form: str) -> ResponseReturnValue:
    """The draft as a file that says it is one."""
    meeting = _meeting(meeting_no)
    report = services.draft_of(desk(), meeting, _corrects(meeting))
    try:
        return gcg_files.draft_answer(report, form)
    except PdfUnavailable as missing:
        back = url_for(".show", meeting_no=meeting_no)
        return no_pdf(missing, back, url_for(".draft_file", meeting_no=meeting_no, form="xlsx"))


@bp.get(f"/{MEETING}/freeze")
@requires("record")
def ask_freeze(meeting_no: int) -> ResponseReturnValue:
    """What will be frozen; as a correction, where a paper of the meeting is."""
    meeting, form = _meeting(meeting_no), FreezeForm()
    form.corrects.data = str(_corrects(meeting) or "")
    form.open_on(meeting.version)
    return _freeze_page(form, meeting)


@bp.post(f"/{MEETING}/freeze")
@requires("record")
def freeze(meeting_no: int) -> ResponseReturnValue:
    """Freeze it: numbered, its workbook and PDF kept by the byte."""
    meeting, form = _meeting(meeting_no), FreezeForm()

    def write() -> str:
        number = services.freeze(
            desk(),
            meeting=meeting_no,
            version=form.opened_version,
            dress=gcg_files.frozen_files,
            corrects=_number(form),
            raw=form.raw(),
        )
        flash(_("Paper %(number)s is frozen. The GCG finds it on its pages now.", number=number))
        return url_for(".paper", paper_no=number)

    try:
        return _record(form, meeting, write, lambda: _freeze_page(form, meeting))
    except PdfUnavailable as missing:
        return no_pdf(missing, url_for(".show", meeting_no=meeting_no))


def _freeze_page(form: FreezeForm, meeting: MeetingRow) -> str:
    corrects = _number(form)
    draft = services.draft_of(desk(), meeting, corrects)
    return render_template("meetings/freeze.html", form=form, meeting=meeting, draft=draft, corrects=corrects)


def _number(form: FreezeForm) -> int:
    """The number of the paper that is corrected; 0 where none is named."""
    text = form.raw()["corrects"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


# Frozen papers


@bp.get(f"/papers/{PAPER}")
@requires("see_papers")
def paper(paper_no: int) -> ResponseReturnValue:
    """One frozen paper: what it is of, its files, its anchor, the decisions beside it."""
    one = _paper(paper_no)
    return render_template("meetings/paper.html", paper=one, meeting=_meeting(one.meeting), checks=None)


@bp.get(f"/papers/{PAPER}/verify")
@requires("see_papers")
def verify(paper_no: int) -> ResponseReturnValue:
    """The same, with what is still true of it: its bytes, its anchor, its figures."""
    one = _paper(paper_no)
    checks = gcg_files.checks_of(one)
    return render_template("meetings/paper.html", paper=one, meeting=_meeting(one.meeting), checks=checks)


@bp.get(f"/papers/{PAPER}/<any(pdf,xlsx):form>")
@requires("see_papers")
def file(paper_no: int, form: str) -> ResponseReturnValue:
    """A file of a paper, by the byte as it was frozen."""
    return gcg_files.frozen_answer(_paper(paper_no), form)


# What is there


def _meeting(number: int) -> MeetingRow:
    return queries.meeting_of(db.session(), programme().id, number) or abort(404)


def _paper(number: int) -> Frozen:
    return queries.frozen_paper(db.session(), programme().id, number) or abort(404)


def _corrects(meeting: MeetingRow) -> int:
    """The number of the paper that the next one corrects."""
    return meeting.paper.number if meeting.paper else 0


def _texts(meeting: MeetingRow) -> dict[str, str]:
    """A meeting as its forms show it."""
    known = meeting.draft_known_at_utc
    return {
        "number": str(meeting.number),
        "held_on": meeting.held_on.isoformat(),
        "place": meeting.place,
        "agenda": meeting.agenda,
        "decisions": meeting.decisions,
        "as_of": meeting.draft_as_of.isoformat() if meeting.draft_as_of else "",
        "known_at": known.isoformat().replace("+00:00", "Z") if known else "",
        "corrects": str(_corrects(meeting) or ""),
        "reason": "",
    }


def _record(
    form: RecordForm, meeting: MeetingRow, write: Callable[[], str], page: Callable[[], str]
) -> ResponseReturnValue:
    """Record a form of a meeting; one that has changed meanwhile is shown beside what was sent."""
    try:
        return record(form, write, page)
    except StaleMeeting:
        current = {name: text for name, text in _texts(meeting).items() if name in form.columns}
        return stale_page(form, current, request.path), CONFLICT


def _form_page(form: RecordForm, meeting: MeetingRow | None) -> str:
    """A form on a page of its own."""
    kind = type(form).__name__.removesuffix("Form").lower()
    titles = {
        "meeting": _("Amend the meeting") if meeting else _("Open a meeting"),
        "decisions": _("Minute the decisions"),
        "draft": _("What the draft speaks for"),
        "void": _("Void the meeting"),
    }
    usual = usual_as_of(meeting.held_on, desk().today) if meeting else None
    page = {"kind": kind, "title": titles[kind], "usual": usual}
    return render_template("meetings/form.html", form=form, meeting=meeting, **page)
