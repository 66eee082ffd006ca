"""A statement's files, and how they and its page are answered. Page, PDF and workbook dress one report."""

import logging
from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from flask import Response, abort, render_template, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from tracker.access import actor, programme
from tracker.extensions import db
from tracker.papers import PdfUnavailable, letter_pdf, statement_pdf
from tracker.queries.issuing import programme_closing
from tracker.queries.statements import Issued, StatementReport, file_bytes
from tracker.reporting import statements as words
from tracker.reporting.bundles import Papers, safe_stem, stems, write_zip
from tracker.reporting.records import earmark_words, instalment_state
from tracker.reporting.statement_workbook import statement_xlsx
from tracker.services.bundles import Bundle, Dress, Plan
from tracker.services.statements import MadeFile

FORMS: Final = ("pdf", "xlsx")
TYPES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
UNAVAILABLE: Final = 503
log = logging.getLogger("tracker")


def paper(report: StatementReport, form: str) -> bytes:
    """A statement as PDF or workbook. Raises `PdfUnavailable` where no PDF can be made here."""
    return statement_pdf(report) if form == "pdf" else statement_xlsx(report)


def papers(report: StatementReport, forms: Iterable[str] = FORMS) -> dict[str, bytes]:
    """The contents of a statement's files, by form."""
    return {form: paper(report, form) for form in forms}


def letters(report: StatementReport) -> dict[str, bytes]:
    """A balance confirmation, which is a PDF alone."""
    return {"pdf": letter_pdf(report)}


def issued_files(report: StatementReport) -> dict[str, MadeFile]:
    """The files that are frozen when a statement is issued, named by its number."""
    return {
        form: MadeFile(f"{paper_name(report)}.{form}", content) for form, content in papers(report).items()
    }


def paper_name(report: StatementReport) -> str:
    """What a statement's file is called: `A87-statement-FRA-3`; a draft by its period."""
    start = f"{report.programme.code}-statement-"
    if report.number:
        return start + safe_stem(report.number)
    first, last = report.period
    return f"{start}{safe_stem(report.donor.code)}-{first.isoformat()}-{last.isoformat()}-draft"


def page_words(report: StatementReport) -> dict[str, Any]:
    """What the page of a statement says, in the words that its PDF and workbook use."""
    return {
        "report": report,
        "lead": words.lead(report),
        "lines": words.lines(report),
        "causes": [(words.cause_words(cause), cause) for cause in report.causes],
        "share_of_all": words.share_of_all(report),
        "by_currency": words.by_currency(report),
        "rules": words.rules(report),
        "instalment_state": instalment_state,
        "earmark_words": earmark_words,
    }


def draft_file(report: StatementReport, form: str, page_url: str, xlsx_url: str) -> ResponseReturnValue:
    """A draft as a file; where no PDF can be made, a page that says so and offers the workbook."""
    try:
        content = paper(report, form)
    except PdfUnavailable as missing:
        return no_pdf(missing, page_url, xlsx_url)
    log.info("draft %s of %r by %r", form, report.donor.code, actor().name)
    return send_paper(content, f"{paper_name(report)}.{form}", form)


def no_pdf(missing: PdfUnavailable, page_url: str, xlsx_url: str = "") -> ResponseReturnValue:
    """A plain page: no PDF can be made here, and what can be had instead."""
    page = {"words": str(missing), "page_url": page_url, "xlsx_url": xlsx_url}
    return render_template("statements/no_pdf.html", **page), UNAVAILABLE


def send_paper(content: bytes, name: str, form: str) -> Response:
    """A file to be saved under its name, with its hash as entity tag."""
    digest = sha256(content).hexdigest()
    return send_file(
        BytesIO(content), mimetype=TYPES[form], as_attachment=True, download_name=name, etag=digest
    )


def frozen_file(one: Issued | None, form: str) -> Response:
    """The very bytes that were issued; bytes that are not those any more are not given out."""
    kept = next((file for file in one.files if file.form == form), None) if one else None
    if one is None or kept is None:
        abort(404)
    content = file_bytes(db.session(), programme().id, one.donor, one.number, form)
    if content is None or sha256(content).hexdigest() != kept.sha256:
        raise RuntimeError(f"statement {one.number} ({form}) is not what was issued")
    log.info("statement %s as %s by %r", one.number, form, actor().name)
    return send_paper(content, kept.file_name, form)


# All donors' papers


def bundle_dress(plan: Plan) -> Dress:
    """How a bundle's files are made of each report."""
    if plan.kind == "letters":
        return letters
    return lambda report: papers(report, plan.forms)


def bundle_zip(session: Session, programme_id: int, bundle: Bundle) -> bytes:
    """The zip of a bundle that is done, with its manifest."""
    file, plan = BytesIO(), bundle.plan
    total = sum(programme_closing(session, programme_id, plan.period, plan.known))
    write_zip(file, _named(bundle), total, plan.known.at_utc)
    return file.getvalue()


def _named(bundle: Bundle) -> list[Papers]:
    """Everything made, under the names it has in the zip."""
    word = "balance" if bundle.plan.kind == "letters" else "statement"
    names, (first, last) = stems(bundle.plan.donors), bundle.plan.period
    found = []
    for one in bundle.made():
        name = f"{word}-{names[one.donor]}-{first}-{last}"
        files = tuple((f"{name}.{form}", path.read_bytes()) for form, path in one.files.items())
        found.append(Papers(one.donor, one.name, one.closing_minor, files))
    return found
