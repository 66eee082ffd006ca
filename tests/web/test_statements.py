"""Statements on the web: a contributor's own, and the Secretariat's issuing, letters and zips of all."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from tests.web.cast import EMAILS, Person, business_rows, page_of, signed_in
from tracker.blueprints import bundles as room
from tracker.blueprints import dressing
from tracker.domain.money import amount_text
from tracker.domain.statement import Period
from tracker.extensions import db
from tracker.presentation import Writer
from tracker.queries.issuing import programme_closing
from tracker.queries.known import newest_known
from tracker.queries.programmes import the_programme
from tracker.queries.statements import StatementReport, issued, load_statement
from tracker.reporting.pdf import PdfUnavailable

SPRING = {"from": "2026-01-01", "to": "2026-05-31"}
PERIOD = Period(date(2026, 1, 1), date(2026, 5, 31))
MARCH = Period(date(2026, 1, 1), date(2026, 3, 31))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def quick_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF takes a second; that it can be made is for the papers' own tests to prove."""
    monkeypatch.setattr(dressing, "statement_pdf", lambda report: said("statement", report))
    monkeypatch.setattr(dressing, "letter_pdf", lambda report: said("letter", report))


def said(what: str, report: StatementReport) -> bytes:
    return f"%PDF {what} {report.donor.code} {report.number} {report.movement.closing}".encode()


def report_of(app: Flask, donor: str, period: Period) -> StatementReport:
    with app.app_context(), Session(db.engine) as session:
        here = the_programme(session).id
        known = newest_known(session, here, datetime(2026, 6, 15, 12, tzinfo=UTC))
        return load_statement(session, here, donor=donor, period=period, as_of=period.last, known=known)


def issue(officer: Person, code: str = "FR", **more: str) -> str:
    """Issue a statement by its form; answers with its number."""
    answer = officer.fill(f"/statements/issue/{code}", {**SPRING, **more})
    assert answer.status_code == 302, page_of(answer)
    number: str = answer.headers["Location"].rpartition("/")[2]
    return number


def numbers(app: Flask) -> list[str]:
    with app.app_context(), Session(db.engine) as session:
        return [one.number for one in issued(session, the_programme(session).id)]


# A contributor's own


def test_a_contributor_draws_up_a_statement_with_the_reports_figures(app: Flask, france: Person) -> None:
    page = page_of(france.get("/own/statements/draft", query_string=SPRING))
    report, money = report_of(app, "FR", PERIOD), Writer("en").money
    assert "Draft: not issued." in page
    assert "it holds no spending and is not a certified financial statement" in page
    moved = report.movement
    assert sum(moved.receipts)
    for amounts in (moved.receipts, moved.allocated, moved.closing):
        for part in (*amounts, sum(amounts)):
            assert not part or money(abs(part)) in page
    for month in report.months:
        assert all(money(part) in page for part in (*month.parts, month.total) if part)
    assert report.known.anchor in page
    assert {"FR-1", "R1"} <= set(re.findall(r"FR-1|R1", page))


def test_a_drafts_files_are_of_the_same_report(app: Flask, france: Person) -> None:
    pdf = france.get("/own/statements/draft.pdf", query_string=SPRING)
    assert (pdf.mimetype, pdf.headers["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert str(report_of(app, "FR", PERIOD).movement.closing) in page_of(pdf)
    assert "filename=A87-statement-FR-2026-01-01-2026-05-31-draft.pdf" in pdf.headers["Content-Disposition"]
    book = france.get("/own/statements/draft.xlsx", query_string=SPRING)
    assert (book.mimetype, book.data[:2]) == (XLSX, b"PK")


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        ("2026-06-01", "2026-05-31", "to", "The period ends before it starts."),
        ("2026-01-01", "2026-06-16", "to", "The period is not over."),
        ("2026-06-16", "2026-06-17", "from", "The period is not over."),
        ("soon", "2026-05-31", "from", "is not a date"),
        ("2026-02-30", "2026-05-31", "from", "2026-02-30"),
        ("1999-12-31", "2026-05-31", "from", "2000"),
    ],
)
@pytest.mark.parametrize("where", ["/own/statements/draft", "/own/statements/draft.pdf", "officer"])
def test_a_period_that_cannot_be_says_so_beside_its_field(
    france: Person, officer: Person, where: str, first: str, last: str, field: str, words: str
) -> None:
    person, path = (officer, "/statements/draft/FR") if where == "officer" else (france, where)
    answer = person.get(path, query_string={"from": first, "to": last})
    assert answer.status_code == 422
    message = re.search(rf'id="{field}-msg">([^<]*)<', page_of(answer))
    assert message is not None and words in message[1]
    assert f'value="{first}"' in page_of(answer)


def test_the_index_offers_the_years_so_far(france: Person, noon: time_machine.Traveller) -> None:
    page = page_of(france.get("/own/statements"))
    assert "from=2026-01-01&amp;to=2026-06-15" in page
    noon.move_to(datetime(2026, 6, 15, 13, tzinfo=UTC))
    assert "Nothing issued yet" in page


def test_another_contributors_number_is_none_and_no_address_takes_a_donor(
    app: Flask, officer: Person, france: Person
) -> None:
    assert issue(officer, "NL") == "NL-1"
    assert issue(officer) == "FR-1"
    for path in ("NL-1", "FR-2", "file/pdf/NL-1", "file/xlsx/NL-1", "FR-0", "FR-01", "1", "NL-1/../FR-1"):
        assert france.get(f"/own/statements/{path}").status_code == 404, path
    listed = page_of(france.get("/own/statements"))
    assert "FR-1" in listed and "NL-1" not in listed
    for path in ("/own/statements", "/own/statements/draft"):
        mine = page_of(france.get(path))
        assert re.sub("csrf.*", "", mine) == re.sub("csrf.*", "", page_of(france.get(f"{path}?donor=NL")))
    ftv = signed_in(app, "donor@ftv.test")
    assert ftv.get("/own/statements/FR-1").status_code == 404


@pytest.mark.parametrize("role", ["donor", "gcg"])
def test_the_secretariats_pages_are_its_own(app: Flask, role: str) -> None:
    person = signed_in(app, EMAILS[role])
    for path in ("/statements", "/statements/FR", "/statements/draft/FR", "/statements/letter/FR"):
        assert person.get(path).status_code == 403
    assert person.post("/statements/issue/FR", SPRING).status_code == 403
    assert person.post("/statements/bundles", SPRING).status_code == 403


def test_the_programmes_total_is_told_for_today_alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days of one's choice, subtracted, would tell what others paid between them."""
    told: list[bool] = []
    real = dressing.page_words

    def spy(report: StatementReport) -> dict[str, object]:
        told.append(report.programme_received is not None)
        return real(report)

    monkeypatch.setattr("tracker.queries.statements._may_be_told", lambda received, donor: 1)
    monkeypatch.setattr("tracker.blueprints.statements.page_words", spy)
    france = signed_in(app, EMAILS["donor"])
    france.get("/own/statements/draft?from=2026-01-01&to=2026-06-15")
    france.get("/own/statements/draft?from=2026-01-01&to=2026-06-14")
    assert told == [True, False]


# Issuing


def test_what_is_issued_is_frozen_and_the_contributor_has_the_same_bytes(
    app: Flask, officer: Person, france: Person, noon: time_machine.Traveller
) -> None:
    assert issue(officer) == "FR-1"
    shown = page_of(officer.get("/statements/issued/FR-1"))
    assert "Issued: FR-1. It is frozen now" in shown
    before = {f: france.get(f"/own/statements/file/{f}/FR-1") for f in ("pdf", "xlsx")}
    for form, answer in before.items():
        digest = sha256(answer.data).hexdigest()
        assert (answer.status_code, answer.get_etag()[0]) == (200, digest)
        assert f"filename=A87-statement-FR-1.{form}" in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert digest in page_of(france.get("/own/statements/FR-1"))
        assert officer.get(f"/statements/file/{form}/FR-1").data == answer.data
    noon.shift(timedelta(hours=1))
    late = {"reference": "R9", "donor": "FR", "received_on": "2026-02-02", "currency": "USD"}
    assert officer.fill("/receipts/new", {**late, "amount": "100", "confirm": "y"}).status_code == 302
    for form, answer in before.items():
        assert france.get(f"/own/statements/file/{form}/FR-1").data == answer.data
    again = page_of(france.get("/own/statements/FR-1"))
    assert "R9" not in again
    assert "R9" in page_of(france.get("/own/statements/draft", query_string=SPRING))


def test_the_same_form_twice_issues_once(app: Flask, officer: Person) -> None:
    officer.get("/statements/issue/FR")
    body = {**officer.hidden, **SPRING}
    first = officer.post("/statements/issue/FR", body)
    second = officer.post("/statements/issue/FR", body)
    assert first.headers["Location"] == second.headers["Location"] == "/statements/issued/FR-1"
    assert numbers(app) == ["FR-1"]


def test_the_same_period_is_issued_again_only_as_a_correction_with_a_reason(
    app: Flask, officer: Person, france: Person
) -> None:
    issue(officer)
    again = officer.fill("/statements/issue/FR", SPRING)
    assert again.status_code == 422
    assert "A statement for this very period was issued: FR-1." in page_of(again)
    silent = officer.fill("/statements/issue/FR?corrects=FR-1", SPRING | {"corrects": "FR-1"})
    assert silent.status_code == 422
    assert 'id="reason-msg"' in page_of(silent)
    said = {"corrects": "FR-1", "reason": "A receipt <b>was</b> missing."}
    assert issue(officer, **said) == "FR-2"
    page = page_of(france.get("/own/statements"))
    assert "corrected by FR-2" in page and "corrects FR-1" in page
    assert "A receipt &lt;b&gt;was&lt;/b&gt; missing." in page_of(france.get("/own/statements/FR-2"))
    assert "Correct it" not in page_of(officer.get("/statements/issued/FR-1"))
    assert "Correct it" in page_of(officer.get("/statements/issued/FR-2"))
    assert numbers(app) == ["FR-2", "FR-1"]


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"from": "2026-01-01", "to": "2026-06-16"}, "to"),
        ({"from": "2026-05-01", "to": "2026-04-01"}, "to"),
        ({"from": "x", "to": "2026-05-31"}, "from"),
        ({"from": "", "to": ""}, "from"),
    ],
)
def test_a_bad_period_is_not_issued(app: Flask, officer: Person, texts: dict[str, str], field: str) -> None:
    before = business_rows(app)
    answer = officer.fill("/statements/issue/FR", texts)
    assert answer.status_code == 422
    assert f'id="{field}-msg"' in page_of(answer)
    assert (numbers(app), business_rows(app)) == ([], before)


def test_where_no_pdf_can_be_made_nothing_is_issued_and_the_workbook_is_offered(
    app: Flask, officer: Person, france: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(report: StatementReport) -> bytes:
        raise PdfUnavailable("No PDF without pango.")

    monkeypatch.setattr(dressing, "statement_pdf", fails)
    monkeypatch.setattr(dressing, "letter_pdf", fails)
    refused = officer.fill("/statements/issue/FR", SPRING)
    assert (refused.status_code, numbers(app)) == (503, [])
    for person, path in (
        (france, "/own/statements/draft.pdf"),
        (officer, "/statements/paper/pdf/FR"),
        (officer, "/statements/letter-file/FR?day=2026-05-31"),
    ):
        answer = person.get(path, query_string=None if "?" in path else SPRING)
        assert answer.status_code == 503
        assert "No PDF without pango." in page_of(answer)
    offered = re.search(r'href="([^"]*draft\.xlsx[^"]*)"', page_of(france.get("/own/statements/draft.pdf")))
    assert offered and france.get(offered[1].replace("&amp;", "&")).data[:2] == b"PK"


def test_the_list_says_what_is_to_be_issued_next(
    app: Flask, seeded: Path, noon: time_machine.Traveller
) -> None:
    noon.move_to(datetime(2027, 2, 1, 12, tzinfo=UTC))
    officer = signed_in(app, EMAILS["officer"])
    waiting = page_of(officer.get("/statements?state=waiting"))
    assert "/statements/draft/FR?from=2026-01-01&amp;to=2026-12-31" in waiting
    assert issue(officer, to="2026-12-31") == "FR-1"
    page = page_of(officer.get("/statements?state=done"))
    assert "/statements/issued/FR-1" in page and "Netherlands" not in page
    found = page_of(officer.get("/statements?q=nether"))
    assert "Netherlands" in found and "/statements/FR" not in found


def test_an_issued_statement_stands_in_the_history(officer: Person) -> None:
    issue(officer)
    for path in ("/history", "/history?kind=statement", "/history/donors/FR", "/donors/FR"):
        page = page_of(officer.get(path))
        assert "Issued" in page and "FR-1" in page, path
    assert 'href="/statements/issued/FR-1"' in page_of(officer.get("/history"))
    assert 'href="/statements/FR"' in page_of(officer.get("/donors/FR"))


# Letters


def test_a_letter_is_as_at_the_last_year_s_end_or_any_day(app: Flask, officer: Person) -> None:
    assert 'value="2025-12-31"' in page_of(officer.get("/statements/letter/FR"))
    answer = officer.get("/statements/letter-file/FR?day=2026-05-31")
    assert "filename=A87-balance-FR-2026-05-31.pdf" in answer.headers["Content-Disposition"]
    assert page_of(answer) == said("letter", report_of(app, "FR", PERIOD)).decode()
    for day, words in (("2026-06-16", "still to come"), ("31.12.2025", "is not a date")):
        for path in ("letter", "letter-file"):
            bad = officer.get(f"/statements/{path}/FR?day={day}")
            assert bad.status_code == 422
            assert words in page_of(bad)
    assert officer.get("/statements/letter/NOBODY").status_code == 404


# All at once


def begin(person: Person, **more: str) -> str:
    person.get("/statements")
    answer = person.post("/statements/bundles", {**SPRING, "kind": "statements", "format": "both", **more})
    assert answer.status_code == 302, page_of(answer)
    where: str = answer.headers["Location"]
    return where


def finish(person: Person, where: str) -> zipfile.ZipFile:
    person.get(where)
    for _ in range(20):
        said = person.post(f"{where}/next", headers={"X-Fragment": "bundle"}).get_json()
        if said["done"] == said["total"]:
            return zipfile.ZipFile(io.BytesIO(person.get(f"{where}/all.zip").data))
    raise AssertionError("it never ends")


def manifest(made: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.read("manifest.csv").decode())))


def test_all_statements_come_in_one_zip_that_adds_up_to_the_programme(app: Flask, officer: Person) -> None:
    made = finish(officer, begin(officer, to="2026-03-31"))
    *rows, total = manifest(made)
    assert sorted(made.namelist()) == sorted(["manifest.csv", *(row["file"] for row in rows)])
    assert {row["donor"] for row in rows} == {"FR", "FTV", "NL"}  # HUSH pledged in May
    for row in rows:
        assert sha256(made.read(row["file"])).hexdigest() == row["sha256"]
        assert re.fullmatch(r"statement-[A-Z]+-2026-01-01-2026-03-31\.(pdf|xlsx)", row["file"])
    with app.app_context(), Session(db.engine) as session:
        here = the_programme(session).id
        known = newest_known(session, here, datetime(2026, 6, 15, 12, tzinfo=UTC))
        closing = sum(programme_closing(session, here, MARCH, known))
    assert (total["donor"], total["closing_usd"]) == ("TOTAL", amount_text(closing))
    added = sum(round(float(row["closing_usd"]) * 100) for row in rows if row["closing_usd"])
    assert added == closing > 0


def test_a_bundle_goes_on_where_it_was_left_and_rests_on_one_state_of_the_records(
    app: Flask, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SECONDS", 0.0)
    where = begin(officer, format="pdf", to="2026-03-31")
    officer.get(where)
    assert officer.post(f"{where}/next").status_code == 302
    assert "1 of 3 are made" in page_of(officer.get(where))
    assert officer.get(f"{where}/all.zip").status_code == 404
    late = {"reference": "R9", "donor": "NL", "received_on": "2026-02-02", "currency": "USD"}
    late |= {"amount": "100", "covers_from": "2026-05", "confirm": "y"}
    assert officer.fill("/receipts/new", late).status_code == 302
    other_tab = signed_in(app, EMAILS["officer"])
    other_tab.get(where)
    assert other_tab.post(f"{where}/next", headers={"X-Fragment": "bundle"}).get_json()["done"] == 2
    *rows, total = manifest(finish(officer, where))
    assert len(rows) == 3
    fresh = manifest(finish(officer, begin(officer, format="pdf", to="2026-03-31")))[-1]
    assert float(fresh["closing_usd"]) != float(total["closing_usd"])


def test_two_tabs_that_make_the_same_do_no_harm(app: Flask, officer: Person) -> None:
    where = begin(officer, format="pdf")
    token = where.rpartition("/")[2]
    with app.app_context(), Session(db.engine) as session:
        from tracker.services import bundles

        here = the_programme(session).id
        made = bundles.find(Path(app.instance_path) / "bundles", token, EMAILS["officer"])
        assert made is not None
        for _tab in range(2):
            for at in range(made.total):
                made.make(session, here, at, lambda report: {"pdf": said("statement", report)})
        assert made.pending == []
    assert len(manifest(finish(officer, where))) == 5


def test_letters_come_in_one_zip_too(officer: Person) -> None:
    made = finish(officer, begin(officer, kind="letters"))
    names = [row["file"] for row in manifest(made)[:-1]]
    assert names[0] == "balance-FR-2026-01-01-2026-05-31.pdf"
    assert made.read(names[0]).startswith(b"%PDF letter FR")


def test_only_who_began_a_bundle_may_go_on_with_it(app: Flask, officer: Person, france: Person) -> None:
    where = begin(officer)
    finish(officer, where)
    admin = signed_in(app, EMAILS["admin"])
    admin.get("/statements")
    for path in (where, f"{where}/all.zip"):
        assert admin.get(path).status_code == 404
        assert france.get(path).status_code == 403
    assert admin.post(f"{where}/next").status_code == 404
    for token in ("x" * 32, "..", "plan.json", "%2e%2e"):
        assert officer.get(f"/statements/bundles/{token}").status_code == 404


def test_a_bundle_s_folder_is_private_and_swept_after_a_day(app: Flask, noon: time_machine.Traveller) -> None:
    officer = signed_in(app, EMAILS["officer"])
    where = begin(officer)
    root = Path(app.instance_path) / "bundles"
    folder = root / where.rpartition("/")[2]
    assert [path.stat().st_mode & 0o777 for path in (root, folder)] == [0o700, 0o700]
    stranger = root / "keep.txt"
    stranger.write_text("not ours")
    noon.shift(timedelta(hours=25))
    officer = signed_in(app, EMAILS["officer"])
    begin(officer)
    assert not folder.exists()
    assert stranger.exists()
    assert officer.get(where).status_code == 404


@pytest.mark.parametrize("texts", [{"from": "x"}, {"to": "2026-06-16"}, {"from": "2026-06-01"}])
def test_a_bundle_of_a_bad_period_is_not_begun(app: Flask, officer: Person, texts: dict[str, str]) -> None:
    officer.get("/statements")
    answer = officer.post("/statements/bundles", {**SPRING, "kind": "statements", **texts})
    assert answer.status_code == 422
    assert "-msg" in page_of(answer)
    assert not (Path(app.instance_path) / "bundles").exists()


def test_a_bundle_records_nothing(app: Flask, officer: Person) -> None:
    before = business_rows(app)
    finish(officer, begin(officer, format="pdf"))
    assert business_rows(app) == before


def test_without_pdf_a_bundle_says_so(officer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(report: StatementReport) -> bytes:
        raise PdfUnavailable("No PDF without pango.")

    monkeypatch.setattr(dressing, "statement_pdf", fails)
    where = begin(officer, format="pdf")
    officer.get(where)
    by_script = officer.post(f"{where}/next", headers={"X-Fragment": "bundle"})
    assert (by_script.status_code, by_script.get_json()) == (503, {"error": "No PDF without pango."})
    officer.get(where)
    assert "No PDF without pango." in page_of(officer.post(f"{where}/next"))
