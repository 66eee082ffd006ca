"""The GCG's summary read back from its bytes: two tagged pages, the report's figures, nobody's secret."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from pypdf import PdfReader

from tests.reporting import reports
from tests.reporting.reports import ANCHOR, SECRET, TAKEN_AT, as_report, with_rates
from tracker import create_app
from tracker.config import Settings
from tracker.domain.changes import changes
from tracker.extensions import babel
from tracker.papers import summary_pdf
from tracker.presentation import Writer
from tracker.queries.known import Known
from tracker.queries.meetings import Frozen, MeetingRow, PaperReport
from tracker.queries.report import Report, Since
from tracker.reporting import pdf
from tracker.reporting.gcg_paper import Summary, anchor_of_workbook, cells_of, cells_of_workbook, marked_draft
from tracker.reporting.masking import gcg_edition
from tracker.reporting.pdf import PdfUnavailable
from tracker.reporting.workbook import write_workbook
from tracker.reporting.workbook.figures import Figures
from tracker.reporting.workbook.summary import headline

pytestmark = pytest.mark.slow
WRITER = Writer("en")
KNOWN = Known(int(ANCHOR.partition(":")[0]), ANCHOR.partition(":")[2], TAKEN_AT)
MEETING = MeetingRow(1, 1, 22, date(2028, 7, 14), "Geneva", "", "", None, None, ())
EARLIER = """
    reference | donor       | received   | amount
    R2        | NETHERLANDS | 2026-01-10 | 50,000
"""
LATER = """
    reference | donor       | received   | amount
    R2        | NETHERLANDS | 2026-01-10 | 50,000
    R3        | NETHERLANDS | 2026-02-10 | 20,000
    R4        | CHILE       | 2026-05-10 | 3,000.33
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A command's application, without pages."""
    folder = tmp_path_factory.mktemp("gcg")
    settings = Settings(f"sqlite:///{folder / 'tracker.sqlite3'}", Path(folder), "x" * 40, "development", 5)
    made = create_app(settings, pages=False)
    with made.app_context():
        yield made


@pytest.fixture(autouse=True)
def _pango() -> None:
    """Without pango no PDF is made: skipped, but on the build server that fails."""
    try:
        pdf._weasyprint()
    except (PdfUnavailable, KeyError) as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PDF files cannot be made: {error}")
        pytest.skip("pango is not installed (Debian: libpango-1.0-0 libpangoft2-1.0-0)")


def compared() -> PaperReport:
    """Of 15 June 2026, held against a paper of 31 January that did not know of R3."""
    before, after = (with_rates("EUR 2026-01-01 0.92", receipts=table) for table in (EARLIER, LATER))
    old, new = as_report(before, "2026-01-31"), as_report(after, "2026-06-15")
    told = changes(before, old.position.as_of, after, new.position.as_of)
    sums = old.position.by_outcome()
    since = Since("1", old.position.as_of, ANCHOR, TAKEN_AT, sums, new.donors, told)
    previous = Frozen(1, 21, date(2026, 2, 3), since.as_of, KNOWN, 0, 0, 0, "", TAKEN_AT, "officer", ())
    return replace(paper(replace(new, since=since)), previous=previous)


def paper(report: Report, number: int = 2) -> PaperReport:
    return PaperReport(MEETING, report, KNOWN, None, "Europe/Zurich", number)


def hard() -> Report:
    """The hard report, without the one name that no font on a small machine can write."""
    report = reports.hard()
    names = {code: replace(row, name=row.name.replace("＝", "=")) for code, row in report.donors.items()}
    return replace(report, donors=names)


CASES = {
    "empty": lambda: paper(reports.empty()),
    "example b": lambda: paper(reports.example_b()),
    "hard": lambda: paper(hard()),
    "compared": compared,
    "small donors": lambda: paper(reports.small_donors("2028-06-30")),
    "after the end": lambda: paper(reports.small_donors("2032-01-15")),
}


def pages_of(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


def figures_of(summary: Summary) -> list[int]:
    """Every amount that the paper has to show, nil left out."""
    book = summary.book
    sums = [
        book.total,
        *(total for _o, total in summary.outcomes()),
        *(line.total for line in summary.years()),
    ]
    found = [part for t in sums for part in (t.required, t.received, t.signed, t.pledged, t.lapsed, t.ahead)]
    found += [part for row in summary.changes() for part in row.moved]
    found += [one.state.open_usd_minor for one in summary.largest()]
    found += [part for row in summary.ageing() for part in (row.signed, row.pledged)]
    found += [part for row in summary.kinds() for part in (row.received, row.open)]
    return [abs(part) for part in (*found, summary.smaller()[1], summary.open_total()) if part]


@pytest.mark.parametrize("case", CASES)
def test_two_tagged_pages_hold_every_figure_of_the_report(app: Flask, case: str) -> None:
    report = CASES[case]()
    content = summary_pdf(report)
    pages, summary = pages_of(content), Summary(gcg_edition(report.report))
    assert len(pages) == 2
    text = " ".join(pages)
    missing = {WRITER.money(part) for part in figures_of(summary)} - set(re.findall(r"[\d,]+\.\d\d", text))
    assert not missing
    number, digest = ANCHOR.split(":")
    start = f"{number}:" + " ".join(digest[at : at + 4] for at in range(0, 16, 4))
    for page in pages:
        assert start in page.replace("\u00a0", " ")
        assert f"as of {report.as_of.isoformat()}" in page
        assert "Coverage is not expenditure." in page
    assert ANCHOR in text.replace(" ", "")
    with pikepdf.open(BytesIO(content)) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "en"
        assert "Funding status as of" in str(document.docinfo["/Title"])
        assert b"pdfuaid" in document.Root.Metadata.read_bytes()


@pytest.mark.parametrize("case", ["compared", "hard"])
def test_the_same_report_gives_the_same_bytes(app: Flask, case: str) -> None:
    assert summary_pdf(CASES[case]()) == summary_pdf(CASES[case]())


def test_nobody_is_named_who_wants_to_stay_unnamed(app: Flask) -> None:
    text = " ".join(pages_of(summary_pdf(CASES["hard"]())))
    assert "Anonymous donor 1" in text
    assert not [secret for secret in SECRET if secret != "LI" and secret in text]


@pytest.mark.parametrize("case", CASES)
def test_the_title_is_the_workbooks_answer(app: Flask, case: str) -> None:
    report = CASES[case]().report
    said = " ".join(WRITER.plain(one) for one in Summary(report).title())
    told = headline(Figures(report))
    amounts = re.compile(r"USD [\d,]+|(?:[A-Z][a-z]+) 20\d\d")
    assert set(amounts.findall(said)) == set(amounts.findall(told))


def test_the_bridge_adds_down_and_names_what_moved(app: Flask) -> None:
    summary = Summary(compared().report)
    first, *moves, last = summary.changes()
    for at in range(len(first.moved)):
        assert first.moved[at] + sum(row.moved[at] for row in moves) == last.moved[at]
    page = pages_of(summary_pdf(compared()))[1]
    assert "What changed since 31 January 2026" in page
    sentence = page[page.index("As of 31 January 2026") : page.index("USD. Every column adds down")]
    for words, minor in summary.movers():
        assert words in sentence and WRITER.money(abs(minor)) in sentence
    assert sum(minor for _words, minor in summary.movers()) == last.moved.ahead - first.moved.ahead


def test_a_draft_says_so_on_both_pages_and_a_correction_names_the_old(app: Flask) -> None:
    draft = pages_of(summary_pdf(paper(reports.example_b(), number=0)))
    assert all("Draft, not frozen" in page for page in draft)
    corrected = replace(paper(reports.example_b()), corrects=1, reason="R-9 <was> missing.")
    pages = pages_of(summary_pdf(corrected))
    assert "Corrects paper 1: R-9 <was> missing." in pages[0]
    assert not any("Draft" in page for page in pages)


def test_long_words_from_people_leave_it_at_two_pages(app: Flask) -> None:
    report = reports.hard()
    long = {code: replace(row, name=f"{row.name} {'Unbroken' * 30}") for code, row in report.donors.items()}
    meeting = replace(MEETING, place="P" * 100)
    said = {
        "meeting": meeting,
        "corrects": 1,
        "reason": "Because " * 37,
        "report": replace(report, donors=long),
    }
    assert len(pages_of(summary_pdf(replace(paper(report), **said)))) == 2


@pytest.mark.parametrize("case", ["empty", "compared", "hard"])
def test_a_workbook_is_read_back_to_the_cent(app: Flask, case: str) -> None:
    report, target = CASES[case]().report, BytesIO()
    write_workbook(report, target)
    assert cells_of_workbook(target.getvalue()) == cells_of(report.position)
    if report.anchor:
        assert anchor_of_workbook(target.getvalue()) == ANCHOR


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"%PDF-1.7"])
def test_what_is_no_workbook_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ValueError, match="no workbook"):
        cells_of_workbook(content)


def test_a_draft_workbook_names_itself_one(app: Flask) -> None:
    if "babel" not in app.extensions:  # a command gets its words with its first PDF
        babel.init_app(app)
    report = marked_draft(reports.example_b())
    assert report.position.programme.name.startswith("Draft, not frozen: ")
    assert report.position.total == reports.example_b().position.total
