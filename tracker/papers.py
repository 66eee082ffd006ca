"""Papers: a frozen report in, the bytes of a PDF out. Nothing is reckoned here but totals of what is shown.

They are made inside an application context, with a request or without one (a command). The same report
gives the same bytes: whatever a paper says of time comes from the report. Every paper may raise
`PdfUnavailable`, whose text callers show.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from tracker import presentation
from tracker.domain.received import Amounts, plus
from tracker.extensions import babel
from tracker.presentation import MINUS, NIL, sentence_list, writer
from tracker.queries.known import Known
from tracker.queries.meetings import PaperReport
from tracker.queries.own import OwnReceipt
from tracker.queries.statements import StatementMonth, StatementReport, When
from tracker.reporting import statements as said
from tracker.reporting.covers import covers_svg, covers_words
from tracker.reporting.gcg_paper import Summary
from tracker.reporting.gcg_picture import months_svg
from tracker.reporting.masking import gcg_edition
from tracker.reporting.narrative import story
from tracker.reporting.pdf import Part, PdfUnavailable, pdf_of
from tracker.reporting.records import earmark_words

__all__ = ["ANSWER_WITHIN", "PdfUnavailable", "anchor_short", "letter_pdf", "statement_pdf", "summary_pdf"]

ANSWER_WITHIN: Final = timedelta(days=30)
"""How long a donor is given to agree to a balance or to object."""
SHORT_NAME: Final = 70
"""As many characters of a donor's name stand in the footer; all of it stands on the first page."""
LONGEST: Final = 44
"""As many characters of a name stand in a table of the summary, so that it stays on its line."""
ROOMY: Final = 13
"""Amounts of more characters make a table's type smaller, so that no column leaves the page."""
HELD_TOGETHER: Final = 14
"""A table of at most so many rows is not broken over two pages."""


def statement_pdf(report: StatementReport) -> bytes:
    """The donor's statement of contributions and allocation."""
    _teach()
    title = _("Statement of contributions and allocation")
    first, last = (day.isoformat() for day in report.period)
    dates = _("statement %(first)s to %(last)s", first=first, last=last)
    picture = {"covers.svg": Part("image/svg+xml", covers_svg(report))}
    return _paper("statement.html", report, title, dates, picture, _statement_words(report))


def letter_pdf(report: StatementReport, *, dated: date | None = None, reply_to: str = "") -> bytes:
    """A letter that asks the donor to agree to its balance at the period's end, with a slip to send back.

    It is dated the day its records were known, unless another is given. `reply_to` is where the slip goes.
    """
    _teach()
    written = dated or _local_day(report)
    title = _("Balance confirmation")
    day = _("balance as at %(day)s", day=report.period.last.isoformat())
    words = {
        "written": written,
        "answer_by": written + ANSWER_WITHIN,
        "reply_to": reply_to,
        "open_rows": _open_rows(report),
        "ended_total": sum(row.total for row in report.months if row.when != "later"),
        "parts": [line for line in said.lines(report) if line.within],
    }
    return _paper("letter.html", report, title, day, {}, words)


def summary_pdf(report: PaperReport) -> bytes:
    """The two-page summary for the Global Coordinating Group, in which anonymous contributors are masked."""
    _teach()
    summary = Summary(gcg_edition(report.report))
    book, title = summary.book, " ".join(writer().plain(one) for one in summary.title())
    name = (
        report.programme.name
        if report.number
        else _("Draft, not frozen: %(name)s", name=report.programme.name)
    )
    as_of = _("as of %(day)s", day=report.as_of.isoformat())
    anchor = _("audit anchor %(anchor)s", anchor=anchor_short(report.known))
    html = current_app.jinja_env.get_template("papers/summary.html").render(
        report=report,
        summary=summary,
        book=book,
        title=title,
        footer=" · ".join((_("%(name)s: funding status", name=name), as_of, anchor)),
        made=report.known.at_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        known_at=_local_moment(report),
        picture_words=" ".join(writer().plain(sentence) for sentence in story(book)),
        value=writer().value,
        moved=lambda minor: _signed("±", minor),
        clipped=lambda text: text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…",
        compact=_compact,
    )
    css = (Path(str(current_app.static_folder)) / "paper.css").read_bytes()
    picture = Part("image/svg+xml", months_svg(book, writer()))
    return pdf_of(html, {"paper.css": Part("text/css", css), "months.svg": picture})


def anchor_short(known: Known) -> str:
    """An audit anchor's beginning, in groups that are not broken: `331:968c ddd7 07b1 b0b8`."""
    groups = "\u00a0".join(known.digest[at : at + 4] for at in range(0, 16, 4))
    return f"{known.seq}:{groups}"


def _paper(
    template: str,
    report: StatementReport,
    title: str,
    what: str,
    parts: Mapping[str, Part],
    words: Mapping[str, Any],
) -> bytes:
    """A template and what it names, as a PDF. Page templates' context needs a request, so it is left out."""
    name = report.donor.name
    short = name if len(name) <= SHORT_NAME else f"{name[: SHORT_NAME - 1]}…"
    as_of = _("as of %(day)s", day=report.as_of.isoformat())
    anchor = _("audit anchor %(anchor)s", anchor=anchor_short(report.known))
    html = current_app.jinja_env.get_template(f"papers/{template}").render(
        report=report,
        title=title,
        footer=" · ".join((short, what, as_of, anchor)),
        made=report.known.at_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        known_at=_local_moment(report),
        currencies=said.by_currency(report),
        instalments=said.instalment_rows(report),
        earmark_words=earmark_words,
        state_words=_state_words,
        compact=_compact,
        brief=lambda rows: len(rows) <= HELD_TOGETHER,
        **words,
    )
    css = (Path(str(current_app.static_folder)) / "paper.css").read_bytes()
    return pdf_of(html, {"paper.css": Part("text/css", css), **parts})


def _teach() -> None:
    """An application that serves no pages (a command's) is taught to write."""
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    if "babel" not in app.extensions:
        babel.init_app(app)
        presentation.init_app(app)


# What the statement says


def _statement_words(report: StatementReport) -> dict[str, Any]:
    receipts = report.records.receipts
    return {
        "donor_currencies": sentence_list([line.currency for line in said.by_currency(report)]),
        "lead": said.lead(report),
        "lines": said.lines(report),
        "signed": _signed,
        "causes": report.causes,
        "cause_words": said.cause_words,
        "cause_columns": _cause_columns(report),
        "column_name": lambda at: _column_name(report, at),
        "picture_words": " ".join(writer().plain(words) for words in covers_words(report)),
        "month_groups": _month_groups(report),
        "when_words": _when_words,
        "receipts": receipts,
        "receipt_totals": _receipt_totals(report),
        "in_period": lambda own: said.in_period(report, own),
        "rate_words": _rate_words,
        "refunds": said.refund_rows(report),
        "exchanged": [own for own in report.records.pledges if own.exchanged],
        "beyond": [own for own in report.records.pledges if own.state.overpaid_minor],
        "unscheduled": [own for own in report.records.pledges if not own.state.pledge.instalments],
        "share_of_all": said.share_of_all(report),
        "rules": said.rules(report),
    }


def _signed(sign: str, minor: int) -> str:
    """A line's amount with its sign; nil is an en dash."""
    if not minor:
        return NIL
    if sign not in ("+", "−", "±"):
        return writer().money(minor)
    value = -minor if sign == "−" else minor
    return f"{MINUS if value < 0 else '+'}{writer().money(abs(value))}"


def _cause_columns(report: StatementReport) -> tuple[int, ...]:
    """The columns shown, and any other that a cause moved."""
    moved = {at for cause in report.causes for at, part in enumerate(cause.amounts) if part}
    return tuple(sorted(moved | set(report.wanted_columns)))


def _column_name(report: StatementReport, at: int) -> str:
    outcomes = report.programme.outcomes
    if at < len(outcomes):
        return f"{outcomes[at].code} {outcomes[at].short_name}"
    return _("Targeted") if at == len(outcomes) else _("Held")


def _month_groups(report: StatementReport) -> list[tuple[When, list[StatementMonth], Amounts]]:
    """The months before the period, in it and later, each with the sum of its months by outcome."""
    by_when: dict[When, list[StatementMonth]] = {}
    for row in report.months:
        by_when.setdefault(row.when, []).append(row)
    return [(when, rows, plus(*(row.parts for row in rows))) for when, rows in by_when.items()]


def _when_words(when: When) -> str:
    return {
        "before": _("before the period"),
        "period": _("in the period"),
        "later": _("later, provisional"),
    }[when]


def _receipt_totals(report: StatementReport) -> list[tuple[str, int, int]]:
    """Words, USD and deductions: of earlier receipts, of the period's, and of all."""
    earlier = [own for own in report.records.receipts if not said.in_period(report, own)]
    inside = [own for own in report.records.receipts if said.in_period(report, own)]
    totals = []
    if earlier and inside:
        totals += [(_("Earlier"), *_sums(earlier)), (_("In the period"), *_sums(inside))]
    return [*totals, (_("Total"), *_sums(report.records.receipts))]


def _sums(receipts: Iterable[OwnReceipt]) -> tuple[int, int]:
    found = [own.net.receipt for own in receipts]
    return sum(one.usd_minor for one in found), sum(one.deduction_minor for one in found)


def _rate_words(own: OwnReceipt) -> str:
    """What valued a receipt: its rate and the day it is of, or the bank's credit."""
    if own.stated:
        return _("as credited")
    if own.net.receipt.currency == "USD":
        return "1.0000"
    if own.rate is None:
        return _("as recorded")
    return _("%(rate)s of %(day)s", rate=f"{own.rate.value:f}", day=own.rate.effective_on.isoformat())


# What both papers say


def _state_words(row: said.InstalmentRow) -> str:
    days = writer().whole(abs(row.days))
    match row.how:
        case "done":
            return _("settled")
        case "closed":
            return _("closed %(day)s", day=str(row.own.state.pledge.closed_on))
        case "overdue":
            return ngettext("overdue %(days)s day", "overdue %(days)s days", row.days, days=days)
        case "due" if row.days == 0:
            return _("due today")
        case "due":
            return ngettext("due in %(days)s day", "due in %(days)s days", -row.days, days=days)


def _open_rows(report: StatementReport) -> list[said.InstalmentRow]:
    """Open instalments by the day they are due."""
    found = [row for row in said.instalment_rows(report) if row.state.open_minor]
    return sorted(found, key=lambda row: (row.state.due_on, row.state.reference))


def _compact(texts: Iterable[str]) -> bool:
    return max((len(text) for text in texts), default=0) > ROOMY


def _local_day(report: StatementReport) -> date:
    return report.known.at_utc.astimezone(ZoneInfo(report.time_zone)).date()


def _local_moment(report: StatementReport | PaperReport) -> str:
    """`31 December 2027, 23:00 (Europe/Zurich)`"""
    moment = report.known.at_utc.astimezone(ZoneInfo(report.time_zone))
    day, time = writer().day_long(moment.date()), moment.strftime("%H:%M")
    return _("%(day)s, %(time)s (%(zone)s)", day=day, time=time, zone=report.time_zone)
