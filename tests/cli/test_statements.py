"""`tracker statement` and `tracker statements`: files in, wrong usage out, and three years that add up."""

import csv
import io
import zipfile
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
import time_machine

from tests.cli.conftest import Tracker
from tracker import create_app
from tracker.cli.statements import FORMS
from tracker.config import Settings
from tracker.domain.permissions import Actor
from tracker.domain.received import plus
from tracker.domain.statement import Period, movement
from tracker.extensions import begin_write, db
from tracker.queries.issuing import donors_on_record, programme_closing
from tracker.queries.known import newest_known
from tracker.queries.position import received_of
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.queries.statements import StatementReport, load_statement
from tracker.reporting import pdf
from tracker.services.records import Desk
from tracker.services.statements import MadeFile, issue

SMALL = Path(__file__).parents[3] / "shared" / "data" / "samples" / "small-donors"
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def june() -> object:
    """The day of worked example B."""
    with time_machine.travel(NOON, tick=False):
        yield


def cells(book: Path) -> str:
    """All texts of a workbook's first sheet."""
    sheet = openpyxl.load_workbook(book, read_only=True).worksheets[0]
    return " ".join(
        str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    )


def test_a_statement_is_written_as_a_pdf_and_as_a_workbook(example_b: Tracker, tmp_path: Path) -> None:
    for form in FORMS:
        out = tmp_path / f"fra.{form.upper()}"
        said = example_b("statement", "FRA", out)
        assert said.stderr.strip() == f"Written: {out}"
        assert out.read_bytes()[:4] == (b"%PDF" if form == "pdf" else b"PK\x03\x04")
    assert "15 June 2026" in cells(tmp_path / "fra.XLSX")
    assert sorted(path.name for path in tmp_path.glob("*fra*")) == ["fra.PDF", "fra.XLSX"]


def test_the_last_day_is_the_as_of_day_unless_it_is_said(example_b: Tracker, tmp_path: Path) -> None:
    out = tmp_path / "s.xlsx"
    example_b("statement", "FRA", out, "--as-of", "2026-05-31")
    assert "31 May 2026" in cells(out)
    example_b("statement", "FRA", out, "--from", "2026-02-01", "--to", "2026-04-30", "--as-of", "2026-06-01")
    assert all(day in cells(out) for day in ("1 February 2026", "30 April 2026", "1 June 2026"))


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["NOBODY", "o.pdf"], "There is no donor 'NOBODY'"),
        (["FRA", "o.docx"], "ends in .pdf or .xlsx"),
        (["FRA", "o"], "ends in .pdf or .xlsx"),
        (["FRA", "o.pdf", "--to", "2026-06-01", "--as-of", "2026-05-31"], "after the as-of day 2026-05-31"),
        (["FRA", "o.pdf", "--from", "2026-06-01", "--to", "2026-05-31"], "before it starts"),
        (["FRA", "o.pdf", "--from", "soon"], "is not a date"),
        (["FRA", "o.pdf", "--known-at", "yesterday"], "yesterday"),
        (["FRA", "o.pdf", "--known-at", "2026-06-15T12:00:01"], "cannot be told now"),
        (["FRA", "o.pdf", "--known-at", "2026-06-15T14:00:01+02:00"], "cannot be told now"),
        (["FRA", "o.pdf", "--known-at", "2001-01-01"], "Nothing had been recorded"),
        (["FRA"], "Missing argument"),
    ],
)
def test_wrong_usage_is_status_two_and_writes_nothing(
    example_b: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], words: str
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    said = example_b("statement", *args, status=2)
    assert words in " ".join(said.stderr.split())
    assert list(empty.iterdir()) == []


def test_known_at_uses_only_what_had_been_recorded(tracker: Tracker, tmp_path: Path) -> None:
    """The first receipt is recorded at noon, the second an hour later; the statement of noon knows one."""
    folder, out = tmp_path / "rows", tmp_path / "s.xlsx"
    folder.mkdir()
    head = "reference,donor,received_on,currency,amount\n"
    (folder / "donors.csv").write_text("code,name\nFRA,France\n")
    (folder / "receipts.csv").write_text(f"{head}EARLY,FRA,2026-02-01,USD,100\n")
    tracker("import", folder)
    with time_machine.travel(datetime(2026, 6, 15, 13, tzinfo=UTC), tick=False):
        (folder / "receipts.csv").write_text(f"{head}LATE,FRA,2026-02-02,USD,200\n")
        tracker("import", folder)
        found = {}
        for moment in ("2026-06-15T12:30", "2026-06-15T14:30+02:00", "2026-06-15T13:00:00Z"):
            tracker("statement", "FRA", out, "--known-at", moment)
            book = openpyxl.load_workbook(out, read_only=True)
            texts = {str(c) for s in book for row in s.iter_rows(values_only=True) for c in row}
            found[moment] = {"EARLY", "LATE"} & texts
    assert list(found.values()) == [{"EARLY"}, {"EARLY"}, {"EARLY", "LATE"}]


def test_where_no_pdf_can_be_made_the_command_says_so(
    example_b: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> object:
        raise pdf.PdfUnavailable("No PDF without pango.")

    monkeypatch.setattr(pdf, "_weasyprint", missing)
    said = example_b("statement", "FRA", tmp_path / "o.pdf", status=1)
    assert "No PDF without pango." in said.stderr and ".xlsx" in said.stderr
    assert not (tmp_path / "o.pdf").exists()
    example_b("statement", "FRA", tmp_path / "o.xlsx")


def test_all_statements_in_one_zip_add_up_to_the_programme(example_b: Tracker, tmp_path: Path) -> None:
    out = tmp_path / "all.zip"
    example_b("statements", out, "--to", "2026-03-31", "--format", "xlsx")
    made = zipfile.ZipFile(out)
    *rows, total = csv.DictReader(io.StringIO(made.read("manifest.csv").decode()))
    assert [row["file"] for row in rows] == made.namelist()[:-1]
    assert all(name.endswith("2026-03-31.xlsx") for name in made.namelist()[:-1])
    cents = sum(int(row["closing_usd"].replace(".", "")) for row in rows)
    assert cents == int(total["closing_usd"].replace(".", "")) > 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["all.tar"], "ends in .zip"),
        (["all.zip", "--letters", "--from", "2026-01-01"], "leave out --from"),
        (["all.zip", "--from", "2026-06-01", "--to", "2026-05-31"], "before it starts"),
        (["all.zip", "--format", "docx"], "Invalid value"),
    ],
)
def test_wrong_usage_of_the_zip_is_status_two(
    example_b: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = example_b("statements", *args, status=2)
    assert words in " ".join(said.stderr.split())
    assert not list(tmp_path.glob("all.*"))


def dress(report: StatementReport) -> dict[str, MadeFile]:
    return {"pdf": MadeFile("a.pdf", report.number.encode())}


@pytest.mark.skipif(not SMALL.exists(), reason="the sample data is not at hand")
def test_three_years_of_real_statements_add_up_and_join(tracker: Tracker) -> None:
    """Issued one after the other for everybody: to the cent, outcome by outcome, the programme's lines."""
    tracker("import", SMALL)
    url = f"sqlite:///{tracker.folder / 'tracker.sqlite3'}"
    app = create_app(Settings(url, tracker.folder, "k" * 40, "development", 5.0), pages=True)
    with app.app_context():
        session = db.session()
        here = the_programme(session).id
        closings: dict[str, tuple[int, ...]] = {}
        before: tuple[int, ...] | None = None
        for year in (2026, 2027, 2028):
            period = Period(date(year, 1, 1), date(year, 12, 31))
            moment = datetime(year + 1, 1, 10, 9, tzinfo=UTC)
            session.rollback()
            begin_write(session)
            desk = Desk(session, Actor("o@x.test", moment), here, moment.date())
            known = newest_known(session, here, moment)
            reports = []
            for donor in donors_on_record(session, here, period.last, known):
                found: list[StatementReport] = []

                def keep(report: StatementReport, into: list[StatementReport] = found) -> dict[str, MadeFile]:
                    into.append(report)
                    return dress(report)

                issue(desk, donor=donor, period=period, dress=keep)
                reports += found
            session.commit()
            nil = reports[0].movement.opening
            assert len(reports) > 20 and len(nil) == 6
            for report in reports:
                lines = report.movement
                if report.donor.code in closings:
                    assert lines.opening == closings[report.donor.code]
                    assert report.opening_of
            whole = movement(received_of(session, here, period.last, known), None, period, before)
            for line in fields(whole):
                amounts = [getattr(report.movement, line.name) for report in reports]
                assert plus(*amounts) == getattr(whole, line.name), (year, line.name)
            before = whole.closing
            assert before == programme_closing(session, here, period, known)
            assert sum(before) > 0
            closings = {report.donor.code: report.movement.closing for report in reports}
        assert [proof.name for proof in prove(session, here, date(2029, 1, 10)) if not proof.holds] == []
        again = load_statement(
            session,
            here,
            donor=reports[0].donor.code,
            period=period,
            as_of=period.last,
            known=known,
        )
        assert again.movement == reports[0].movement
        db.session.remove()
        db.engine.dispose()
