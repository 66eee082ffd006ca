"""Meetings through the browser: opened, drafted, frozen, verified, corrected, and what the GCG sees of it."""

import re
from hashlib import sha256
from io import BytesIO

import openpyxl
import pytest
import time_machine
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from tests.web.cast import Person, business_rows, page_of
from tracker.extensions import db

pytestmark = pytest.mark.slow

MEETING = {"number": "22", "held_on": "2026-07-14", "place": "Geneva", "agenda": "Gap\n<b>Pledges</b>"}
SECRETS = ("Secret Giver", "HUSH")


def opened(officer: Person) -> None:
    assert officer.fill("/meetings/new", MEETING).status_code == 302


def frozen(officer: Person, **said: str) -> str:
    answer = officer.fill("/meetings/22/freeze", said)
    assert answer.status_code == 302, page_of(answer)
    return str(answer.headers["Location"])


def text_of(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def kept(app: Flask) -> list[tuple[object, ...]]:
    with app.app_context():
        rows = db.session.execute(text("SELECT sha256, content FROM paper_file ORDER BY id"))
        return [tuple(row) for row in rows]


def stored(app: Flask) -> list[object]:
    """Every row that a meeting's forms could write, beside the records."""
    with app.app_context():
        tables = ("meeting", "paper", "paper_file")
        rows = [list(db.session.execute(text(f"SELECT * FROM {name}"))) for name in tables]  # noqa: S608
        return [*rows, business_rows(app)]


def test_the_form_offers_the_next_number(officer: Person) -> None:
    assert 'value="22"' in page_of(officer.get("/meetings/new"))
    opened(officer)
    assert 'value="23"' in page_of(officer.get("/meetings/new"))
    page = page_of(officer.get("/meetings/22"))
    assert "&lt;b&gt;Pledges&lt;/b&gt;" in page and "<b>Pledges" not in page


def test_a_wrong_form_keeps_what_was_typed_and_says_what_is_wrong(officer: Person) -> None:
    answer = officer.fill("/meetings/new", {**MEETING, "number": "no", "held_on": "14.7.2026"})
    page = page_of(answer)
    assert answer.status_code == 422
    assert "is not a number that is possible here" in page and 'value="14.7.2026"' in page


def test_an_edit_that_comes_too_late_shows_both(officer: Person, app: Flask) -> None:
    opened(officer)
    officer.get("/meetings/22/edit")
    late = dict(officer.hidden)
    assert officer.fill("/meetings/22/decisions", {"decisions": "Noted."}).status_code == 302
    answer = officer.post("/meetings/22/edit", {**late, **MEETING, "place": "Lima"})
    assert answer.status_code == 409
    assert "Lima" in page_of(answer) and "Geneva" in page_of(officer.get("/meetings/22"))


def test_the_draft_tells_its_figures_and_its_files_say_that_they_are_drafts(officer: Person) -> None:
    opened(officer)
    page = page_of(officer.get("/meetings/22"))
    assert "31 May 2026" in page and "Still to raise, USD" in page
    pdf = officer.get("/meetings/22/draft/pdf")
    assert "A87-GCG-22-draft-2026-05-31.pdf" in pdf.headers["Content-Disposition"]
    assert all("Draft, not frozen" in one for one in text_of(pdf.get_data()))
    xlsx = officer.get("/meetings/22/draft/xlsx")
    assert "draft" in xlsx.headers["Content-Disposition"]
    book = openpyxl.load_workbook(BytesIO(xlsx.get_data()))
    assert "DRAFT, NOT FROZEN" in str(book["Summary"]["A1"].value)
    assert "Draft, not frozen" in str(book["Months"].oddFooter.left.text)


def test_a_frozen_paper_is_handed_out_by_the_byte_and_holds(officer: Person, gcg: Person, app: Flask) -> None:
    opened(officer)
    assert frozen(officer) == "/meetings/papers/1"
    page = page_of(gcg.get("/meetings/papers/1"))
    for (digest, content), form in zip(kept(app), ("pdf", "xlsx"), strict=True):
        answer = gcg.get(f"/meetings/papers/1/{form}")
        assert answer.get_data() == content
        assert sha256(answer.get_data()).hexdigest() == digest and str(digest) in page
        assert f"A87-GCG-22-paper-1-2026-05-31.{form}" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    checked = page_of(gcg.get("/meetings/papers/1/verify"))
    assert checked.count("Holds:") == 3 and "Does not hold" not in checked
    pages = text_of(gcg.get("/meetings/papers/1/pdf").get_data())
    assert len(pages) == 2 and not any("Draft" in one for one in pages)


def test_the_same_form_twice_freezes_once(officer: Person, app: Flask) -> None:
    opened(officer)
    officer.get("/meetings/22/freeze")
    form = {**officer.hidden, "corrects": "", "reason": ""}
    answers = [officer.post("/meetings/22/freeze", form).headers["Location"] for _ in range(2)]
    assert answers == ["/meetings/papers/1"] * 2
    assert len(kept(app)) == 2


def test_a_correction_is_a_new_paper_and_the_old_one_says_so(
    officer: Person, gcg: Person, app: Flask, noon: time_machine.Traveller
) -> None:
    opened(officer)
    frozen(officer)
    before = kept(app)
    noon.shift(3600)
    receipt = {"reference": "R-LATE", "donor": "NL", "received_on": "2026-05-20", "currency": "USD"}
    recorded = officer.fill(
        "/receipts/new", {**receipt, "amount": "1234.00", "earmark": "core", "pledge": ""}
    )
    assert recorded.status_code == 302, page_of(recorded)
    assert officer.fill("/meetings/22/freeze", {"corrects": "", "reason": ""}).status_code == 422
    assert frozen(officer, corrects="1", reason="R-LATE was missing.") == "/meetings/papers/2"
    assert kept(app)[:2] == before
    assert "corrected by paper 2" in page_of(gcg.get("/meetings"))
    assert "holds in its place" in page_of(gcg.get("/meetings/papers/1"))
    new = page_of(gcg.get("/meetings/papers/2"))
    assert "R-LATE was missing." in new
    assert "Corrects paper 1: R-LATE was missing." in text_of(gcg.get("/meetings/papers/2/pdf").get_data())[0]
    for number in (1, 2):
        assert page_of(gcg.get(f"/meetings/papers/{number}/verify")).count("Holds:") == 3


def test_verifying_names_forged_figures_bytes_and_anchors(officer: Person, app: Flask) -> None:
    opened(officer)
    frozen(officer)
    with app.app_context():
        db.session.execute(text("DROP TRIGGER tr_audit_entry_no_update"))
        db.session.execute(text("DROP TRIGGER tr_paper_file_no_update"))
        forged = "UPDATE audit_entry SET after = replace(after, :old, :new) WHERE reference = 'R2'"
        amounts = {"old": '"usd_minor":5000000', "new": '"usd_minor":4000000'}
        assert db.session.execute(text(forged), amounts).rowcount  # type: ignore[attr-defined]
        db.session.execute(text("UPDATE audit_entry SET hash = :h WHERE seq = (SELECT known_seq FROM paper)"),
                           {"h": "0" * 64})  # fmt: skip
        other = {"content": b"%PDF-1.7 forged"}
        db.session.execute(text("UPDATE paper_file SET content = :content WHERE form = 'pdf'"), other)
        db.session.commit()
    page = page_of(officer.get("/meetings/papers/1/verify"))
    assert page.count("Does not hold:") == 3
    assert officer.get("/meetings/papers/1/pdf").status_code == 500


def test_the_gcg_sees_frozen_papers_and_decisions_alone(officer: Person, gcg: Person, app: Flask) -> None:
    opened(officer)
    page = page_of(gcg.get("/meetings/22"))
    assert "in draft" not in page and "Still to raise" not in page and "/draft/" not in page
    assert "Meetings" in page_of(gcg.get("/"))
    before = stored(app)
    for path in ("new", "22/edit", "22/decisions", "22/void", "22/draft", "22/freeze"):
        assert gcg.get(f"/meetings/{path}").status_code == 403
        assert gcg.post(f"/meetings/{path}", MEETING).status_code == 403
    assert gcg.get("/meetings/22/draft/pdf").status_code == 403
    assert stored(app) == before
    frozen(officer)
    officer.fill("/meetings/22/decisions", {"decisions": "The GCG took note."})
    for path in ("/meetings/22", "/meetings/papers/1"):
        page = page_of(gcg.get(path))
        assert "The GCG took note." in page and "officer@alliance.test" not in page
        assert not re.search(r'href="[^"]*/(edit|freeze|decisions|draft)"', page)


def test_a_donor_and_a_stranger_see_no_meeting(officer: Person, france: Person, nobody: Person) -> None:
    opened(officer)
    frozen(officer)
    paths = ("", "/22", "/papers/1", "/papers/1/pdf", "/papers/1/xlsx", "/papers/1/verify")
    for path in paths:
        assert france.get(f"/meetings{path}").status_code == 403
        assert nobody.get(f"/meetings{path}").headers["Location"].startswith("/login?")
    assert "/meetings" not in page_of(france.get("/own"))


def test_who_is_anonymous_is_in_no_file_and_on_no_page(officer: Person, gcg: Person) -> None:
    opened(officer)
    frozen(officer)
    for path in ("/meetings", "/meetings/22", "/meetings/papers/1"):
        assert not [secret for secret in SECRETS if secret in page_of(gcg.get(path))]
    pages = " ".join(text_of(gcg.get("/meetings/papers/1/pdf").get_data()))
    book = openpyxl.load_workbook(BytesIO(gcg.get("/meetings/papers/1/xlsx").get_data()))
    cells = " ".join(str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row if c)
    assert "Anonymous donor 1" in cells and "Anonymous donor 1" in pages
    assert not [secret for secret in SECRETS if secret in pages or secret in cells]


def test_what_is_not_there_is_a_plain_page(officer: Person) -> None:
    for path in ("22", "22/edit", "22/freeze", "22/draft/pdf", "papers/1", "papers/1/pdf", "papers/1/verify"):
        assert officer.get(f"/meetings/{path}").status_code == 404
    assert officer.get("/meetings/99999999999999999999").status_code == 404


def test_the_history_tells_meetings_and_papers(officer: Person) -> None:
    opened(officer)
    frozen(officer)
    page = page_of(officer.get("/history"))
    assert "Frozen" in page and 'href="/meetings/papers/1"' in page
