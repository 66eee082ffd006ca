"""Mappings in the browser: listed, explained, edited as text, taken in and out as files, voided."""

import re
from io import BytesIO

from flask import Flask

from tests.web.cast import EMAILS, SCRIPT, Person, page_of, signed_in
from tracker.extensions import db
from tracker.queries.mappings import StoredMapping, mappings
from tracker.queries.programmes import the_programme

TEXT = """\
# a remark that stays
name = "CERF"
shape = "wide"
number_format = "1,234.56"

[columns]
donor = "donor <script>alert(1)</script>"
pledged = "donorpledge"

[constants]
currency = "USD"

[[filters]]
column = "year"
keep = ["2026"]
"""


def on_record(app: Flask) -> dict[str, StoredMapping]:
    """Every live mapping."""
    with app.app_context():
        return mappings(db.session(), the_programme(db.session()).id)


def keep(officer: Person, text: str = TEXT, name: str = "") -> str:
    """Paste a mapping; its address."""
    answer = officer.fill("/mappings/new", {"text": text, "name": name})
    assert answer.status_code == 302, page_of(answer)
    return str(answer.headers["Location"])


def test_a_pasted_mapping_is_listed_and_explained(app: Flask, officer: Person) -> None:
    where = keep(officer)
    page = page_of(officer.get(where))
    for words in (
        "Amount pledged",
        "column “donorpledge”",
        "USD for every row",
        "1,234.56",
        "“year” is none of: 2026",
        "# a remark that stays",
        "No file was recorded with it yet",
    ):
        assert words in page, words
    assert SCRIPT not in page
    page = page_of(officer.get("/mappings"))
    assert "CERF" in page and "Whole contributions" in page and EMAILS["officer"] in page
    assert on_record(app)["CERF"].text == TEXT


def test_a_file_is_uploaded_and_downloaded_as_it_is(app: Flask, officer: Person) -> None:
    officer.get("/mappings/new")
    file = (BytesIO(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()), "cerf.toml")
    answer = officer.post("/mappings/new", {**officer.hidden, "file": file})  # type: ignore[dict-item]
    assert answer.status_code == 302
    answer = officer.get(f"{answer.headers['Location']}/file")
    assert answer.headers["Content-Disposition"] == "attachment; filename=CERF.toml"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert page_of(answer) == TEXT


def test_a_file_without_a_name_gets_the_one_that_is_typed(app: Flask, officer: Person) -> None:
    text = TEXT.replace('name = "CERF"\n', "")
    answer = officer.fill("/mappings/new", {"text": text})
    assert (answer.status_code, list(on_record(app))) == (422, [])
    keep(officer, text, "OCHA / CERF")
    assert on_record(app)["OCHA / CERF"].text.startswith('name = "OCHA / CERF"\n# a remark')


def test_what_is_wrong_is_said_with_its_key_and_what_was_typed_stays(app: Flask, officer: Person) -> None:
    wrong = TEXT.replace('"wide"', '"tall"').replace('"USD"', '"Q<b>Q"')
    answer = officer.fill("/mappings/new", {"text": wrong})
    page = page_of(answer)
    assert answer.status_code == 422
    assert "shape: “tall”" in page and "constants.currency: " in page
    assert "Q&lt;b&gt;Q" in page and "<b>Q" not in page
    for data, words in (
        ({"text": "= 3"}, "no mapping in TOML"),
        ({}, "Choose a file, or paste the text"),
        ({"text": TEXT, "file": (BytesIO(b"a"), "a.toml")}, "Give one of them"),
        ({"file": (BytesIO(b"\xff\xfe1"), "a.toml")}, "not in UTF-8"),
        ({"text": TEXT, "name": "Another"}, "calls itself “CERF”"),
    ):
        answer = officer.fill("/mappings/new", data)  # type: ignore[arg-type]
        assert answer.status_code == 422, words
        assert words in page_of(answer), words
    assert on_record(app) == {}


def test_an_edit_changes_the_text_and_keeps_remarks(app: Flask, officer: Person) -> None:
    where = keep(officer)
    text = TEXT.replace("USD", "EUR").replace("\n", "\r\n")
    assert officer.fill(f"{where}/edit", {"text": text}).status_code == 302
    assert on_record(app)["CERF"].text == TEXT.replace("USD", "EUR")
    answer = officer.fill(f"{where}/edit", {"text": TEXT.replace("pledged =", "promised =")})
    assert answer.status_code == 422
    assert "promised" in page_of(answer)
    assert on_record(app)["CERF"].text == TEXT.replace("USD", "EUR")


def test_an_edit_that_comes_too_late_shows_both_and_changes_nothing(app: Flask, officer: Person) -> None:
    where = keep(officer)
    officer.get(f"{where}/edit")
    opened = dict(officer.hidden)
    officer.fill(f"{where}/edit", {"text": TEXT.replace("USD", "EUR")})
    answer = officer.post(f"{where}/edit", {**opened, "text": TEXT.replace("USD", "CHF")})
    assert answer.status_code == 409
    assert "EUR" in page_of(answer) and "CHF" in page_of(answer)
    assert "EUR" in on_record(app)["CERF"].text


def test_a_mapping_is_voided_with_a_reason_and_gone_from_the_list(app: Flask, officer: Person) -> None:
    where = keep(officer)
    officer.get(where)
    assert officer.post(f"{where}/void", {**officer.hidden, "reason": " "}).status_code == 422
    answer = officer.post(f"{where}/void", {**officer.hidden, "reason": "a new layout"})
    assert answer.headers["Location"] == "/mappings"
    assert on_record(app) == {}
    assert officer.get(where).status_code == 404
    assert "No mapping is kept yet" in page_of(officer.get("/mappings"))


def test_a_member_of_the_group_sees_no_mapping(app: Flask, officer: Person) -> None:
    where = keep(officer)
    gcg = signed_in(app, EMAILS["gcg"])
    assert {gcg.get(path).status_code for path in ("/mappings", where, f"{where}/file")} == {403}
    assert officer.get("/mappings/99999999999999999999").status_code == 404


def test_no_page_of_a_mapping_holds_a_script_or_a_style(officer: Person) -> None:
    where = keep(officer)
    for path in ("/mappings", where, f"{where}/edit", "/mappings/new"):
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page_of(officer.get(path))), path
