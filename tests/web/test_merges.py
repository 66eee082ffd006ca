"""The same donor twice, in the browser: suggested, looked at side by side, merged, and undone."""

import re
from html import unescape

import pytest
from flask import Flask

from tests.web.cast import EMAILS, Person, business_rows, page_of, signed_in

WHY = "One donor: <their> letter of 3 June & a call"
SECOND = {"code": "FR-MEAE", "name": "France, Ministry of Foreign Affairs", "kind": "government"}
PAID = {
    **{"reference": "MEAE-1", "donor": "FR-MEAE", "received_on": "2026-06-02", "currency": "USD"},
    **{"amount": "700.00", "confirm": "y"},
}


def text_of(page: str) -> str:
    """A page's words, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def twice(app: Flask, officer: Person) -> Person:
    """The officer, and France on record twice: MEAE-1 is the second one's."""
    assert officer.fill("/donors/new", SECOND).status_code == 302
    assert officer.fill("/receipts/new", PAID).status_code == 302
    return officer


def merge(person: Person, donor: str = "FR-MEAE", into: str = "FR", reason: str = WHY) -> object:
    person.get(f"/donors/merge/{donor}?into={into}")
    return person.post(f"/donors/merge/{donor}", {**hidden(person), "reason": reason})


def hidden(person: Person) -> dict[str, str]:
    return dict(person.hidden)


@pytest.fixture(autouse=True)
def fields_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The form carries two donors and two versions."""
    names = r'<input[^>]*name="(form_key|version|into|into_version)"[^>]*value="([^"]*)"'
    monkeypatch.setattr("tests.web.cast.HIDDEN", re.compile(names))


def test_a_like_name_is_pointed_out_on_the_donors_page_and_on_the_list(twice: Person) -> None:
    page = page_of(twice.get("/donors/FR"))
    assert "France, Ministry of Foreign Affairs (FR-MEAE)" in page
    assert 'href="/donors/merge/FR?into=FR-MEAE"' in page
    page = page_of(twice.get("/donors/same"))
    assert 'href="/donors/merge/FR-MEAE?into=FR"' in page, "the one with fewer records goes"
    assert "France Télévisions" not in page
    assert 'href="/donors/same"' in page_of(twice.get("/donors"))
    page = page_of(twice.get("/donors/merge/FR-MEAE"))
    assert 'href="/donors/merge/FR-MEAE?into=FR"' in page
    assert 'value="UNIDENTIFIED"' not in page


def test_both_stand_side_by_side_before_anything_happens(app: Flask, twice: Person) -> None:
    before = business_rows(app)
    said = text_of(page_of(twice.get("/donors/merge/FR-MEAE?into=FR")))
    assert "Goes: FR-MEAE Stays: FR" in said
    assert "Received USD 700.00 EUR 40,000.00" in said
    assert "Pledged – EUR 100,000.00" in said
    assert "France is also known as: France, Ministry of Foreign Affairs; FR-MEAE" in said
    assert "donor@france.test (enabled)" in said
    assert "sees all of it from then on: donor@france.test" in said
    assert 'href="/donors/merge/FR?into=FR-MEAE"' in page_of(twice.get("/donors/merge/FR-MEAE?into=FR"))
    assert business_rows(app) == before


def test_merged_there_is_one_donor_and_the_old_address_says_so(app: Flask, twice: Person) -> None:
    answer = merge(twice)
    assert answer.headers["Location"] == "/donors/FR"  # type: ignore[attr-defined]
    page = page_of(twice.get("/donors/FR"))
    assert 'href="/receipts/MEAE-1"' in page
    assert "was merged into this donor: 15 Jun 2026, 14:00, A. Moreau." in page
    assert "One donor: &lt;their&gt; letter of 3 June &amp; a call" in page
    old = page_of(twice.get("/donors/FR-MEAE"))
    assert "It is the same donor as" in old
    assert 'href="/donors/FR"' in old
    assert "Merged 15 Jun 2026, 14:00 by A. Moreau:" in old
    assert "&lt;their&gt; letter" in old
    assert "Merged" in text_of(page_of(twice.get("/receipts/MEAE-1")))
    for path in ("/donors", "/pledges/new", "/receipts/new"):
        assert "FR-MEAE" not in page_of(twice.get(path)), path
    assert "/donors/FR" in page_of(twice.get("/search?q=FR-MEAE"))
    assert twice.get("/donors/edit/FR-MEAE").status_code == 404
    assert twice.get("/statements/FR-MEAE").headers["Location"] == "/donors/FR-MEAE"
    said = text_of(page_of(twice.get("/history/donors/FR-MEAE")))
    assert "Merged into FR" in said
    assert "It is the same donor as FR ." in said
    assert "Voided" not in said


def test_its_own_login_sees_what_came_over_and_its_look_alike_does_not(
    app: Flask, twice: Person, france: Person
) -> None:
    assert "MEAE-1" not in page_of(france.get("/own"))
    merge(twice)
    assert "MEAE-1" in page_of(france.get("/own"))
    other = signed_in(app, "donor@ftv.test")
    assert "MEAE-1" not in page_of(other.get("/own"))


def test_the_same_form_twice_merges_once(app: Flask, twice: Person) -> None:
    twice.get("/donors/merge/FR-MEAE?into=FR")
    body = {**hidden(twice), "reason": WHY}
    first = twice.post("/donors/merge/FR-MEAE", body)
    rows = business_rows(app)
    again = twice.post("/donors/merge/FR-MEAE", body)
    assert (first.status_code, again.status_code) == (302, 302)
    assert first.headers["Location"] == again.headers["Location"]
    assert business_rows(app) == rows


def test_a_reason_is_needed_and_what_was_typed_stays(app: Flask, twice: Person) -> None:
    before = business_rows(app)
    answer = merge(twice, reason=" ")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert 'id="reason-msg"' in page_of(answer)  # type: ignore[arg-type]
    assert business_rows(app) == before


def test_a_donor_that_changed_meanwhile_is_looked_at_again(app: Flask, twice: Person) -> None:
    twice.get("/donors/merge/FR-MEAE?into=FR")
    body = {**hidden(twice), "reason": WHY}
    assert twice.fill("/donors/edit/FR", {"name": "France", "kind": "government"}).status_code == 302
    before = business_rows(app)
    answer = twice.post("/donors/merge/FR-MEAE", body)
    assert answer.status_code == 422
    assert "FR was changed meanwhile" in page_of(answer)
    assert business_rows(app) == before
    answer = twice.post("/donors/merge/FR-MEAE", {**hidden(twice), "reason": WHY})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("donor", "into", "said"),
    [
        ("FR", "FR-MEAE", "Logins of FR are enabled: donor@france.test"),
        ("HUSH", "NL", "HUSH is anonymous and NL is not"),
        ("NL", "HUSH", "HUSH is anonymous and NL is not"),
        ("NL", "NL", "cannot be merged into itself"),
        ("NL", "UNIDENTIFIED", "assigned receipt by receipt"),
    ],
)
def test_what_stands_in_the_way_is_said_before_and_refused_after(
    app: Flask, twice: Person, donor: str, into: str, said: str
) -> None:
    page = text_of(page_of(twice.get(f"/donors/merge/{donor}?into={into}")))
    assert "They cannot be merged as they stand." in page
    assert said in page
    before = business_rows(app)
    answer = merge(twice, donor, into)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert said in text_of(page_of(answer))  # type: ignore[arg-type]
    assert business_rows(app) == before


def test_what_is_not_there_is_a_plain_page(twice: Person) -> None:
    for path in ("/donors/merge/NOBODY", "/donors/merge/FR?into=NOBODY", "/donors/unmerge/77"):
        assert twice.get(path).status_code == 404
    assert twice.post("/donors/merge/FR", {"into": "NOBODY", "reason": "x"}).status_code == 404


def test_undone_there_are_two_again_and_the_list_keeps_both_acts(app: Flask, twice: Person) -> None:
    before = {name: rows for name, rows in business_rows(app).items() if name in ("donor_alias",)}
    merge(twice)
    page = page_of(twice.get("/donors/FR"))
    undo_url = re.search(r'href="(/donors/unmerge/\d+)"', page)
    assert undo_url is not None
    answer = twice.fill(undo_url[1], {"reason": ""})
    assert answer.status_code == 422
    answer = twice.fill(undo_url[1], {"reason": "Two <after> all"})
    assert answer.headers["Location"] == "/donors/FR-MEAE"
    assert 'href="/receipts/MEAE-1"' in page_of(twice.get("/donors/FR-MEAE"))
    assert 'href="/receipts/MEAE-1"' not in page_of(twice.get("/donors/FR"))
    assert {"donor_alias": business_rows(app)["donor_alias"]} == before
    page = page_of(twice.get("/donors/same"))
    assert "undone 15 Jun 2026, 14:00, A. Moreau" in page
    assert "Two &lt;after&gt; all" in page
    assert "It was undone already." in page_of(twice.get(undo_url[1]))
    answer = twice.fill(undo_url[1], {"reason": "again"})
    assert answer.status_code == 422
    assert "undone or changed meanwhile" in page_of(answer)


def test_old_statements_stay_with_the_secretariat(app: Flask, twice: Person, france: Person) -> None:
    issued = twice.fill("/statements/issue/FR-MEAE", {"from": "2026-06-01", "to": "2026-06-10"})
    assert issued.status_code == 302, page_of(issued)
    merge(twice)
    for path in ("/donors/FR", "/donors/FR-MEAE"):
        assert 'href="/statements/issued/FR-MEAE-1"' in page_of(twice.get(path)), path
    page = page_of(twice.get("/statements/issued/FR-MEAE-1"))
    assert "France, Ministry of Foreign Affairs" in page
    assert "Correct it" not in page
    assert twice.get("/statements/file/xlsx/FR-MEAE-1").status_code == 200
    assert "FR-MEAE-1" not in page_of(france.get("/own/statements"))
    assert france.get("/statements/issued/FR-MEAE-1").status_code == 403
    admin = signed_in(app, EMAILS["admin"])
    assert admin.get("/statements/issued/FR-MEAE-1").status_code == 200
