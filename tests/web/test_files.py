"""Files: kept only where name and bytes agree, handed out only to be saved."""

import io
import zipfile
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.web.cast import Person, page_of
from tracker.extensions import db
from tracker.importing.attachments import MAX_FILE_BYTES, MEDIA_TYPES, check_file, safe_name

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 20
TYPES = b'<Types><Override PartName="/word/document.xml" ContentType="x"/></Types>'


def docx(members: dict[str, bytes] | None = None, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A small document; `members` are added to it, None content leaves one out."""
    parts: dict[str, bytes] = {"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>"}
    parts |= members or {}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            if content != b"-":
                archive.writestr(name, content)
    return file.getvalue()


GOOD = (("a.pdf", PDF), ("a.PNG", PNG), ("a.jpg", JPEG), ("a.jpeg", JPEG), ("a.docx", docx()))
BAD = (
    ("", b"", "No file was chosen"),
    ("a.pdf", b"", "is empty"),
    ("a.pdf", PNG, "not what its name says"),
    ("a.png", PDF, "not what its name says"),
    ("a.pdf", b"\n" + PDF, "not what its name says"),
    ("a.pdf", PDF[:-7], "damaged"),
    ("a.exe", PDF, "not of a type"),
    ("a.pdf.exe", PDF, "not of a type"),
    ("pdf", PDF, "not of a type"),
    ("a.svg", b"<svg/>", "not of a type"),
    ("a.html", b"<html>", "not of a type"),
    ("a.docx", PDF, "not what its name says"),
    ("a.docx", docx({"word/document.xml": b"-"}), "not what its name says"),
    ("a.docx", docx({"[Content_Types].xml": b"-"}), "not what its name says"),
    ("a.docx", docx({"xl/workbook.xml": b"x", "word/document.xml": b"-"}), "not what its name says"),
    ("a.docx", docx()[:-30], "damaged"),
    ("a.docx", docx({"word/vbaProject.bin": b"x"}), "macros"),
    ("a.docx", docx({"word/x/VBAPROJECT.BIN": b"x"}), "macros"),
    ("a.docx", docx({"[Content_Types].xml": b"<x macroEnabled.main+xml/>"}), "macros"),
    ("a.docm", docx(), "macros"),
    ("a.docx", docx({f"word/{n}": b"" for n in range(1_001)}), "too large"),
    ("a.docx", docx({f"word/{n}": b"\0" * 20_000_000 for n in range(6)}), "too large"),
    ("a.pdf", PDF[:-6] + b" " * MAX_FILE_BYTES + b"%%EOF", "at most 10 MB"),
)


def keep(person: Person, name: str, content: bytes, where: str = "", **said: str) -> TestResponse:
    """Fill the form and send it with a file."""
    path = "/files/new/FR"
    person.get(path + where)
    body = {"csrf_token": person.token, **person.hidden, "kind": "agreement", **said}
    sent = {**body, "file": (io.BytesIO(content), name)} if name else body
    return person._seen(person.client.post(path, data=sent, content_type="multipart/form-data"))


def count(app: Flask, table: str) -> int:
    with app.app_context(), Session(db.engine) as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


@pytest.mark.parametrize(("name", "content"), GOOD)
def test_a_file_comes_back_as_it_was_and_only_to_be_saved(
    app: Flask, officer: Person, name: str, content: bytes
) -> None:
    assert keep(officer, name, content).status_code == 302
    answer = officer.get("/files/1")
    assert answer.data == content
    assert answer.headers["Content-Type"] == MEDIA_TYPES[name.rpartition(".")[2].lower()]
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert answer.headers["Cache-Control"] == "no-store"
    assert sha256(content).hexdigest() in page_of(officer.get("/donors/FR"))
    assert "sandbox" not in officer.get("/donors/FR").headers["Content-Security-Policy"]


@pytest.mark.parametrize(("name", "content", "said"), BAD)
def test_what_is_not_kept_is_refused_with_what_would_be_right(
    app: Flask, officer: Person, name: str, content: bytes, said: str
) -> None:
    before = count(app, "audit_entry")
    answer = keep(officer, name, content, pledge="FR-1")
    page = page_of(answer)
    assert answer.status_code == 422
    assert 'id="file-msg"' in page
    assert said in page
    assert '<option selected value="FR-1">' in page, "what was chosen stays"
    assert (count(app, "attachment"), count(app, "audit_entry")) == (0, before)


def test_a_body_over_40_mb_is_not_even_read(officer: Person) -> None:
    assert keep(officer, "a.pdf", PDF + b"x" * 41 * 1024 * 1024).status_code == 413


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ('a"b\r\nX-Evil: 1.pdf', "a_bX-Evil_ 1.pdf"),
        ("a\u202efdp.pdf", "afdp.pdf"),
        ("Convention signée.pdf", "Convention signée.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("x" * 400 + ".pdf", "x" * 196 + ".pdf"),
        ("a\0.pdf", "a.pdf"),
    ],
)
def test_a_name_is_made_safe(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept
    assert check_file(sent, PDF).name == kept


def test_an_accented_name_is_sent_as_rfc_5987_says(officer: Person) -> None:
    keep(officer, "Convention signée – №1.pdf", PDF)
    header = officer.get("/files/1").headers["Content-Disposition"]
    assert header.startswith("attachment; ")
    assert "filename*=UTF-8''Convention%20sign%C3%A9e" in header
    assert header.isascii()


def test_a_file_belongs_to_a_pledge_or_receipt_of_its_own_donor_only(app: Flask, officer: Person) -> None:
    assert keep(officer, "a.pdf", PDF, pledge="NL/2026@1").status_code == 422
    assert keep(officer, "a.pdf", PDF, receipt="R2").status_code == 422
    assert keep(officer, "a.pdf", PDF, receipt="R1", kind="virus").status_code == 422
    assert count(app, "attachment") == 0
    done = keep(officer, "a.pdf", PDF, "?receipt=R1", receipt="R1", kind="bank_advice")
    assert done.headers["Location"] == "/receipts/R1#files"
    assert "a.pdf" in page_of(officer.get("/donors/FR"))


def test_the_same_form_twice_keeps_one_file_and_another_file_under_its_key_is_refused(
    app: Flask, officer: Person
) -> None:
    officer.get("/files/new/FR")
    body = {"csrf_token": officer.token, **officer.hidden, "kind": "other"}

    def send(content: bytes) -> TestResponse:
        sent = {**body, "file": (io.BytesIO(content), "a.pdf")}
        return officer.client.post("/files/new/FR", data=sent, content_type="multipart/form-data")

    assert send(PDF).headers["Location"] == send(PDF).headers["Location"]
    assert send(PDF.replace(b"1.7", b"1.4")).status_code == 409
    assert count(app, "attachment") == count(app, "attachment_content") == 1


def test_the_very_same_file_is_kept_once_at_one_place(app: Flask, officer: Person) -> None:
    keep(officer, "a.pdf", PDF)
    twin = keep(officer, "b.pdf", PDF)
    assert twin.status_code == 422
    assert "kept here already, as “a.pdf”" in page_of(twin)
    assert keep(officer, "b.pdf", PDF, pledge="FR-1").status_code == 302


def test_what_a_file_is_may_be_amended_and_a_voided_one_is_not_given_out(officer: Person) -> None:
    keep(officer, "a.pdf", PDF)
    said = {"kind": "other", "pledge": "FR-1", "receipt": ""}
    assert officer.fill("/people/files/edit/1", said).status_code == 302
    page = page_of(officer.get("/history/pledges/FR-1"))
    assert "a.pdf" in page
    assert officer.fill("/people/files/void/1", {"reason": "The wrong one"}).status_code == 302
    assert officer.get("/files/1").status_code == 404
    assert "The wrong one" in page_of(officer.get("/history/donors/FR"))


def test_a_file_that_is_not_what_was_kept_is_not_given_out(app: Flask, officer: Person) -> None:
    keep(officer, "a.pdf", PDF)
    with app.app_context(), Session(db.engine) as session:
        session.execute(text("UPDATE attachment_content SET content = :other"), {"other": b"%PDF-other"})
        session.commit()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = officer.get("/files/1")
    assert answer.status_code == 500
    assert b"%PDF" not in answer.data


def test_neither_the_gcg_nor_a_donor_gets_a_file(officer: Person, gcg: Person, france: Person) -> None:
    keep(officer, "a.pdf", PDF)
    for person in (gcg, france):
        assert person.get("/files/1").status_code == 403
        assert keep(person, "b.pdf", PDF).status_code in (400, 403)
