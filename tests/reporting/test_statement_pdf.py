"""The donor's papers read back from their bytes: every figure is there, as text, tagged, the same twice."""

import importlib
import logging
import os
import pickle
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from pypdf import PdfReader

from tests.reporting.reports import SMALL_DONORS
from tracker import create_app, papers
from tracker.config import Settings
from tracker.database import prepare
from tracker.domain.entries import RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import parse_decimal
from tracker.domain.permissions import Actor
from tracker.domain.statement import Period
from tracker.extensions import begin_write, db
from tracker.papers import letter_pdf, statement_pdf
from tracker.presentation import NIL, Writer
from tracker.queries.known import newest_known
from tracker.queries.programmes import the_programme
from tracker.queries.statements import StatementReport, load_statement
from tracker.reporting import statements as said
from tracker.reporting.covers import covers_svg
from tracker.reporting.pdf import Part, PdfUnavailable, pdf_of
from tracker.services.receipts import record_refund
from tracker.services.records import Desk, record_donor, record_pledge, record_receipt
from tracker.services.statements import issue

pytestmark = pytest.mark.slow

TODAY = date(2027, 3, 15)
NOON = datetime(2027, 3, 15, 11, tzinfo=UTC)
LATER = datetime(2027, 3, 16, 11, tzinfo=UTC)
YEAR, NEXT = Period(date(2026, 1, 1), date(2026, 12, 31)), Period(date(2027, 1, 1), date(2027, 3, 15))
LONG = (
    "The Most Serene Federation of Very Long Names and Unbroken" + "Words" * 12 + " of the Northern Sea " * 5
)
HOSTILE = "O'Brien & <script>alert(1)</script> <img src='https://example.org/x.png'> %(donor)s *b*"
HEBREW = "קרן הידידות"
DONORS = {
    "EUR": "Eurolandia",
    "MANY": "Many Small Sums",
    "HARM": HOSTILE,
    "RTL": HEBREW,
    "LONG": LONG.strip(),
    "NONE": "Nobody Yet",
    "OTHER": "Another",
}
RATES = (
    ("EUR", "2026-01-01", "0.92"),
    ("EUR", "2026-06-01", "0.91"),
    ("JPY", "2026-01-01", "151.37"),
    ("KWD", "2026-01-01", "0.30715"),
    ("EUR", "2027-01-01", "0.95"),
)
PLEDGES = (
    (
        "E-1",
        "EUR",
        "EUR",
        "100000.00",
        "2026-02-01",
        "2026-02-20",
        "O2",
        ("2026-03-15 40000.00", "2027-05-15 60000.00"),
    ),
    ("E-2", "EUR", "JPY", "9000001", "2026-02-10", "", "core", ()),
    ("E-3", "EUR", "KWD", "12345.678", "2026-03-01", "2026-03-15", "core", ()),
    ("E-4", "EUR", "USD", "1000.00", "2026-03-01", "", "core", ()),
    ("L-1", "LONG", "USD", "1000000000000.00", "2026-03-01", "2026-03-15", "core", ()),
    ("R-1", "RTL", "USD", "5000.00", "2026-03-01", "2026-03-15", "core", ()),
)
RECEIPTS = (
    ("E-R1", "EUR", "EUR", "40000.00", "2026-03-20", "E-1", {}),
    ("E-R2", "EUR", "JPY", "1234567", "2026-07-02", "E-2", {}),
    ("E-R3", "EUR", "KWD", "2000.125", "2026-04-04", "E-3", {"usd_amount": "6400.00", "ledger_ref": "GL-77"}),
    ("E-R4", "EUR", "USD", "1500.00", "2026-04-04", "E-4", {"usd_amount": "1475.00"}),
    ("E-R5", "EUR", "USD", "333.33", "2026-05-05", "", {"earmark": "targeted:Chile"}),
    ("E-R6", "EUR", "USD", "444.44", "2027-01-05", "", {"earmark": "hold"}),
    ("H-R1", "HARM", "USD", "700.00", "2026-05-05", "", {"ledger_ref": "<b>1</b>"}),
    ("O-R1", "OTHER", "USD", "20000.00", "2026-01-05", "", {}),
    ("R-R1", "RTL", "USD", "5000.00", "2026-05-05", "R-1", {}),
    (
        "L-R" + "1234567890" * 7,
        "LONG",
        "USD",
        "999999999999.99",
        "2026-05-05",
        "L-1",
        {"ledger_ref": "X" * 250},
    ),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A command's application, without pages, on a database with hard contributions in it."""
    folder = tmp_path_factory.mktemp("papers")
    url = f"sqlite:///{folder / 'tracker.sqlite3'}"
    made = create_app(Settings(url, folder, "x" * 40, "development", 5), pages=False)
    prepare(made)
    with made.app_context():
        _record(NOON)
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _pango() -> None:
    """Without pango no PDF is made: skipped, but on the build server that fails."""
    try:
        importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PDF files cannot be made: {error}")
        pytest.skip("pango is not installed (Debian: libpango-1.0-0 libpangoft2-1.0-0)")


def _desk(moment: datetime) -> Desk:
    session = db.session()
    return Desk(session, Actor("officer@alliance.test", moment, "test"), the_programme(session).id, TODAY)


def _record(moment: datetime) -> None:
    """Donors, pledges and receipts; then a statement, and what moved its closing afterwards."""
    begin_write(db.session())
    desk = _desk(moment)
    for code, name in DONORS.items():
        record_donor(desk, raw={"code": code, "name": name, "kind": "government"})
    rates = [RateEntry(Rate(c, date.fromisoformat(day), parse_decimal(value))) for c, day, value in RATES]
    desk.store().add("rates", rates)
    for reference, donor, currency, amount, pledged, signed, earmark, schedule in PLEDGES:
        raw = {
            "reference": reference,
            "donor": donor,
            "currency": currency,
            "amount": amount,
            "pledged_on": pledged,
            "signed_on": signed,
            "earmark": earmark,
        }
        rows = [dict(zip(("due_on", "amount"), row.split(), strict=True)) for row in schedule]
        record_pledge(desk, raw=raw, schedule=rows, confirmed=True)
    for reference, donor, currency, amount, day, pledge, more in RECEIPTS:
        raw = {
            "reference": reference,
            "donor": donor,
            "currency": currency,
            "amount": amount,
            "received_on": day,
            "pledge": pledge,
            **more,
        }
        record_receipt(desk, raw=raw, confirmed=True)
    for number in range(200):
        raw = {
            "reference": f"M-{number:03d}",
            "donor": "MANY",
            "currency": "USD",
            "amount": f"{100 + number}.{number % 100:02d}",
            "received_on": f"2026-{number % 12 + 1:02d}-11",
        }
        record_receipt(desk, raw=raw, confirmed=True)
    refund = {"reference": "E-F1", "receipt": "E-R1", "refunded_on": "2026-08-08", "amount": "1000.00"}
    record_refund(desk, raw=refund, confirmed=True)
    issue(desk, donor="EUR", period=YEAR, dress=lambda report: {})
    late = replace(desk, actor=Actor("officer@alliance.test", LATER, "test"))
    raw = {
        "reference": "E-LATE",
        "donor": "EUR",
        "currency": "USD",
        "amount": "321.09",
        "received_on": "2026-12-20",
    }
    record_receipt(late, raw=raw, confirmed=True)
    refund = {"reference": "E-F2", "receipt": "E-R2", "refunded_on": "2027-02-02", "amount": "34567"}
    record_refund(late, raw=refund, confirmed=True)
    db.session().commit()


def _report(donor: str, period: Period = NEXT, **more: str) -> StatementReport:
    session = db.session()
    here = the_programme(session).id
    known = newest_known(session, here, LATER)
    return load_statement(session, here, donor=donor, period=period, as_of=period.last, known=known, **more)


def _text(content: bytes) -> str:
    """All the text of a PDF, blanks and line breaks as one blank."""
    reader = PdfReader(BytesIO(content))
    return re.sub(r"\s+", " ", "\n".join(page.extract_text() for page in reader.pages))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _pages(content: bytes) -> int:
    return len(PdfReader(BytesIO(content)).pages)


@pytest.fixture
def writer() -> Writer:
    """English figures."""
    return Writer("en")


@pytest.mark.parametrize("donor", ["EUR", "MANY", "HARM", "RTL", "NONE", "LONG"])
@pytest.mark.parametrize("period", [YEAR, NEXT], ids=["2026", "2027"])
def test_every_figure_of_the_report_stands_in_the_statement(
    app: Flask, writer: Writer, donor: str, period: Period
) -> None:
    report = _report(donor, period)
    text = _squeezed(_text(statement_pdf(report)))
    wanted: list[str] = []
    for line in said.lines(report):
        wanted += [
            writer.plain(line.words),
            *(writer.money(abs(line.amounts[at])) for at in report.wanted_columns if line.amounts[at]),
        ]
    for cause in report.causes:
        wanted += [said.cause_words(cause), *(writer.money(abs(part)) for part in cause.amounts if part)]
    for month in report.months:
        wanted += [writer.money(part) for part in (*month.parts, month.total) if part]
    for own in report.records.receipts:
        receipt = own.net.receipt
        wanted += [receipt.reference, receipt.received_on.isoformat(), own.ledger_ref or "not recorded"]
        wanted += [
            writer.with_currency(receipt.amount_minor, receipt.currency),
            writer.money(receipt.usd_minor),
        ]
    for row in said.refund_rows(report):
        wanted += [row.refund.reference, writer.money(row.usd_minor)]
    for instalment in said.instalment_rows(report):
        pledge = instalment.own.state.pledge
        amounts = (instalment.state.amount_minor, instalment.state.settled_minor, instalment.state.open_minor)
        wanted += [pledge.reference, *(writer.money(minor, pledge.currency) for minor in amounts if minor)]
    for one in report.records.pledges:
        wanted += [writer.money(abs(one.state.realised_usd_minor)) if one.state.realised_usd_minor else ""]
    wanted += [report.known.anchor, "Coverage is not expenditure", "not a certified financial statement"]
    wanted += [writer.plain(sentence) for sentence in said.lead(report)] if donor != "RTL" else []
    missing = [words for words in wanted if _squeezed(words) not in text]
    assert not missing


def test_adjustments_are_put_down_to_their_records_and_add_up(app: Flask, writer: Writer) -> None:
    report = _report("EUR", NEXT)
    text = _text(statement_pdf(report))
    assert report.opening_of == "EUR-1"
    assert "what statement EUR-1 closed with" in text
    assert "Receipt E-LATE" in text and "+321.09" in text
    assert sum(sum(cause.amounts) for cause in report.causes) == sum(report.movement.adjustments) == 32109


def test_a_statement_says_what_it_corrects_and_why_or_that_it_is_a_draft(app: Flask) -> None:
    draft = _text(statement_pdf(_report("HARM")))
    issued = _text(
        statement_pdf(_report("HARM", number="HARM-2", corrects="HARM-1", reason="A <late> receipt."))
    )
    assert "draft, not issued" in draft and "Corrects" not in draft
    assert "HARM-2" in issued and "HARM-1: A <late> receipt." in issued


@pytest.mark.parametrize("paper", [statement_pdf, letter_pdf])
def test_a_paper_is_tagged_for_people_who_hear_it(app: Flask, paper: object) -> None:
    content = paper(_report("EUR"))  # type: ignore[operator]
    with pikepdf.open(BytesIO(content)) as file:
        root = file.Root
        assert root.MarkInfo.Marked and root.Lang == "en" and root.ViewerPreferences.DisplayDocTitle
        kinds = [(str(element.S), element) for element in _elements(root.StructTreeRoot.K)]
        names = {name for name, _ in kinds}
        assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/P"} <= names
        figures = [element for name, element in kinds if name == "/Figure"]
        assert all(str(figure.Alt) for figure in figures)
        with file.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert "Eurolandia" in metadata["dc:title"]
    if paper is statement_pdf:
        assert len(figures) == 1 and "before the period, March 2026 to" in str(figures[0].Alt)


def _elements(node: pikepdf.Object) -> Iterator[pikepdf.Object]:
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from _elements(kid)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        if "/K" in node:
            yield from _elements(node.K)


PROCESS = """
import pickle, sys
from pathlib import Path
from tracker import create_app
from tracker.config import Settings
from tracker.papers import letter_pdf, statement_pdf
app = create_app(Settings("sqlite://", Path(sys.argv[1]), "x" * 40, "development", 5))
report = pickle.loads(Path(sys.argv[1], "report").read_bytes())
with app.test_request_context("/"):
    sys.stdout.buffer.write(statement_pdf(report) + letter_pdf(report))
"""


def test_the_same_report_gives_the_same_bytes_in_a_command_and_in_another_process_with_a_request(
    app: Flask, tmp_path: Path
) -> None:
    report = _report("EUR")
    made = statement_pdf(report) + letter_pdf(report)
    assert made == statement_pdf(replace(report)) + letter_pdf(replace(report))
    (tmp_path / "report").write_bytes(pickle.dumps(report))
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    there = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONHASHSEED": "7"})
    assert there.stdout == made


def test_time_in_a_paper_is_the_reports(app: Flask) -> None:
    metadata = PdfReader(BytesIO(statement_pdf(_report("EUR")))).metadata
    assert metadata is not None and metadata["/CreationDate"] == "D:20270316110000Z"


def test_names_that_mean_harm_are_text_and_nothing_is_fetched(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("a paper opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        for paper in (statement_pdf, letter_pdf):
            assert _squeezed(HOSTILE) in _squeezed(_text(paper(_report("HARM"))))
    assert not caplog.records


@pytest.mark.parametrize(
    "address", ["https://example.org/x.png", "file:///etc/passwd", "data:image/png;base64,AA", "other.svg"]
)
def test_a_paper_that_refers_to_anything_else_is_not_made(address: str) -> None:
    html = f'<html lang="en"><title>t</title><img alt="a" src="{address}"></html>'
    with pytest.raises(ValueError, match="no part of it"):
        pdf_of(html, {"covers.svg": Part("image/svg+xml", b"<svg/>")})


def test_without_the_library_or_pango_a_sentence_says_what_would_help(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    report = _report("EUR")
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfUnavailable, match="Install the extra “pdf”"):
        statement_pdf(report)
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    monkeypatch.delitem(sys.modules, "weasyprint")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PdfUnavailable, match=r"Install libpango-1\.0-0 and libpangoft2-1\.0-0"):
        letter_pdf(report)


def test_nothing_leaves_the_page_and_heads_are_repeated(app: Flask, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: poppler-utils)")
    for donor in DONORS:
        for paper in (statement_pdf, letter_pdf):
            file = tmp_path / f"{donor}.pdf"
            file.write_bytes(paper(_report(donor, YEAR)))
            boxes = subprocess.run(
                ["pdftotext", "-bbox", file, "-"], capture_output=True, text=True, check=True
            ).stdout
            for edge in re.findall(r'<word xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.]+)"', boxes):
                assert float(edge[0]) >= 41 and float(edge[1]) <= 595.3 - 41, (donor, paper.__name__)
    many = PdfReader(BytesIO(statement_pdf(_report("MANY", YEAR))))
    with_receipts = [
        page.extract_text() for page in many.pages if re.search(r"\bM-\d{3}", page.extract_text())
    ]
    assert len(with_receipts) >= 3
    assert all("Ledger reference" in text for text in with_receipts)


def test_every_page_says_whose_it_is_as_of_when_and_by_which_anchor(app: Flask) -> None:
    report = _report("MANY", YEAR)
    pages = PdfReader(BytesIO(statement_pdf(report))).pages
    short = papers.anchor_short(report.known)
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        for words in (
            "Many Small Sums · statement 2026-01-01 to 2026-12-31",
            "as of 2026-12-31",
            short,
            f"page {number} of {len(pages)}",
        ):
            assert _squeezed(words) in _squeezed(text)


def test_a_share_is_told_only_where_the_report_tells_it(app: Flask) -> None:
    report = _report("EUR", YEAR)
    told = replace(report, programme_received=100_000_00)
    assert "of all money received" in _text(statement_pdf(told))
    assert "of all money received" not in _text(statement_pdf(replace(report, programme_received=None)))


def test_the_letter_asks_for_agreement_in_thirty_days_and_its_figures_are_the_statements(
    app: Flask, writer: Writer
) -> None:
    report = _report("EUR", YEAR)
    content = letter_pdf(report, dated=date(2027, 1, 20), reply_to="desk@alliance.test")
    text = _text(content)
    for words in (
        "20 January 2027",
        "by 19 February 2027",
        "desk@alliance.test",
        "We agree.",
        "We do not agree",
        "31 December 2026",
        report.known.anchor,
    ):
        assert _squeezed(words) in _squeezed(text)
    closing = sum(report.movement.closing)
    net = sum(line.received_usd_minor - line.refunded_usd_minor for line in said.by_currency(report))
    ended = sum(row.total for row in report.months if row.when != "later")
    assert net - ended == closing
    for minor in (net, ended, closing):
        assert writer.money(minor) in text
    assert _pages(content) <= 2 and _pages(letter_pdf(_report("NONE"))) == 1


def test_the_picture_fills_one_bar_for_each_part_and_shades_the_period(app: Flask) -> None:
    report = _report("OTHER", YEAR)
    drawn = covers_svg(report).decode()
    parts = sum(1 for month in report.months if month.when == "period" for part in month.parts if part)
    filled = re.search(r'<path d="([^"]+)" fill="#1e2dbe"', drawn)
    assert filled is not None and filled[1].count("M") == parts
    assert "the period" in drawn
    before = replace(report, period=Period(date(2020, 1, 1), date(2020, 12, 31)))
    assert "the period" not in covers_svg(before).decode()


def test_nil_is_a_dash_and_lines_without_movement_stay(app: Flask) -> None:
    text = _text(statement_pdf(_report("NONE")))
    for words in ("− Refunds", "± Adjustments to earlier periods", "not used by any month", "paid nothing"):
        assert words in text
    assert text.count(NIL) >= 5 * 8


# Portugal's 2027 in the small-donors sample, as the visual target prints it
PORTUGAL = """
    9,787.85 30,260.85 11,310.92 7,674.43 59,034.05 +9,060.97 +28,013.59 +10,470.94 +7,104.50 +54,650.00
    −9,787.85 −30,260.85 −11,310.92 −7,674.43 −59,034.05 9,060.97 28,013.59 10,470.94 7,104.50 54,650.00
    4,872.31 15,063.53 5,630.49 3,820.25 29,386.58 75.1 4,915.54 15,197.32 5,680.43 3,854.18 29,647.47 75.7
    6,292.63 19,454.67 7,271.87 4,933.88 37,953.05 97.0 2,768.34 8,558.92 3,199.07 2,170.62 16,696.95 42.7
    61,958.00 54,945.00 2,923.95 295.00 116,903.00 113,684.05 3,218.95 9.5 542 191 16.58 51.26 19.16 13.00
"""


def test_portugals_statement_has_the_figures_of_the_visual_target(tmp_path: Path) -> None:
    if not SMALL_DONORS.is_dir():
        pytest.skip("the samples are not beside the checkout (../shared/data/samples/small-donors)")
    url = f"sqlite:///{tmp_path / 'tracker.sqlite3'}"
    sample = create_app(Settings(url, tmp_path, "x" * 40, "development", 5), pages=False)
    prepare(sample)
    with sample.app_context():
        assert sample.test_cli_runner().invoke(args=["import", str(SMALL_DONORS)]).exit_code == 0
    with sample.app_context():
        session = db.session()
        here = the_programme(session).id
        year = Period(date(2027, 1, 1), date(2027, 12, 31))
        known = newest_known(session, here, LATER)
        report = load_statement(session, here, donor="PRT", period=year, as_of=year.last, known=known)
        content = statement_pdf(report)
        db.session.remove()
        db.engine.dispose()
    text = _text(content)
    assert not [figure for figure in PORTUGAL.split() if figure not in text]
    assert "April 2027 and May 2027" in text and "carried forward to August 2028 and September 2028" in text
    assert _pages(content) == 2
