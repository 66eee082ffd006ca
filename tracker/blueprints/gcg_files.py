"""The files of a meeting's paper: made, frozen, handed out by the byte, and held against the records."""

import logging
from hashlib import sha256
from io import BytesIO

from flask import Response, abort
from flask_babel import gettext as _

from tracker.access import actor, programme
from tracker.blueprints.dressing import send_paper
from tracker.extensions import db
from tracker.queries.meetings import Frozen, PaperReport, paper_bytes
from tracker.queries.position import position_of
from tracker.queries.proofs import Proof, holds_anchor
from tracker.reporting.gcg_paper import anchor_of_workbook, cells_of, cells_of_workbook, marked_draft
from tracker.reporting.workbook import write_workbook
from tracker.services.statements import MadeFile

log = logging.getLogger("tracker")


def content_of(report: PaperReport, form: str) -> bytes:
    """A paper as PDF or workbook. Raises `PdfUnavailable` where no PDF can be made here."""
    from tracker.papers import summary_pdf

    if form == "pdf":
        return summary_pdf(report)
    target = BytesIO()
    write_workbook(report.report if report.number else marked_draft(report.report), target)
    return target.getvalue()


def frozen_files(report: PaperReport) -> dict[str, MadeFile]:
    """The files that are frozen with a paper, named by its meeting and number."""
    return {form: MadeFile(f"{name_of(report)}.{form}", content_of(report, form)) for form in ("pdf", "xlsx")}


def name_of(report: PaperReport) -> str:
    """What a paper's file is called: `A87-GCG-22-paper-1-2026-06-30`; a draft says so."""
    word = f"paper-{report.number}" if report.number else "draft"
    return f"{report.programme.code}-GCG-{report.meeting.number}-{word}-{report.as_of.isoformat()}"


def draft_answer(report: PaperReport, form: str) -> Response:
    """A draft as a file."""
    log.info("draft %s of meeting %s by %r", form, report.meeting.number, actor().name)
    return send_paper(content_of(report, form), f"{name_of(report)}.{form}", form)


def frozen_answer(paper: Frozen, form: str) -> Response:
    """The very bytes that were frozen; bytes that are not those any more are not given out."""
    kept = next((file for file in paper.files if file.form == form), None)
    if kept is None:
        abort(404)
    content = paper_bytes(db.session(), programme().id, paper.number, form)
    if content is None or sha256(content).hexdigest() != kept.sha256:
        raise RuntimeError(f"paper {paper.number} ({form}) is not what was frozen")
    log.info("paper %s as %s by %r", paper.number, form, actor().name)
    return send_paper(content, kept.file_name, form)


def checks_of(paper: Frozen) -> list[Proof]:
    """What can be proved of a frozen paper now: its bytes, its anchor, and its figures worked out anew."""
    return [_bytes_held(paper), _anchor_held(paper), _figures_held(paper)]


def _bytes_held(paper: Frozen) -> Proof:
    name = _("Its files are the bytes that were frozen")
    for file in paper.files:
        content = paper_bytes(db.session(), programme().id, paper.number, file.form) or b""
        if sha256(content).hexdigest() != file.sha256:
            return Proof(
                name, False, _("%(file)s has other bytes than those of its hash", file=file.file_name)
            )
    return Proof(name, True)


def _anchor_held(paper: Frozen) -> Proof:
    """The anchor that its frozen workbook prints, against the trail as it is now."""
    name = _("The audit trail still holds the anchor that it prints")
    content = paper_bytes(db.session(), programme().id, paper.number, "xlsx")
    try:
        number, _colon, digest = anchor_of_workbook(content or b"").partition(":")
    except ValueError as error:
        log.warning("paper %s: its workbook cannot be read: %s", paper.number, error)
        return Proof(name, False, _("its workbook cannot be read"))
    found = holds_anchor(db.session(), programme().id, int(number), digest)
    return Proof(name, found.holds and int(number) == paper.known.seq, found.detail)


def _figures_held(paper: Frozen) -> Proof:
    """Every cell of the frozen workbook against the position of that day, as known at that moment."""
    name = _("Worked out anew, every figure of its months is the same")
    content = paper_bytes(db.session(), programme().id, paper.number, "xlsx")
    if content is None:
        return Proof(name, False, _("the paper has no workbook"))
    try:
        frozen = cells_of_workbook(content)
    except ValueError as error:
        log.warning("paper %s: its workbook cannot be read: %s", paper.number, error)
        return Proof(name, False, _("its workbook cannot be read"))
    now = cells_of(position_of(db.session(), programme().id, paper.as_of, paper.known))
    other = [one for one, two in zip(frozen, now, strict=False) if one != two]
    if len(frozen) != len(now) or other:
        return Proof(
            name, False, _("%(count)s cells differ", count=len(other) or abs(len(frozen) - len(now)))
        )
    return Proof(name, True)
