"""Adopting a budget version in the browser: previewed first, an administrator's alone, never edited."""

import pytest
from flask import Flask

from tests.web.cast import EMAILS, NOON, Person, business_rows, page_of, signed_in
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services.closings import close_month
from tracker.services.records import Desk

PATH = "/budget/adopt"
NEW = {
    "effective_month": "2026-09",
    "adopted_on": "2026-06-10",
    "monthly_total": "42000",
    "basis": "shares",
    "reason": "Two workshops a year <GCG>",
    **{"share_O1": "16.5", "share_O2": "50.5", "share_O3": "20", "share_PS": "13"},
    **dict.fromkeys(("amount_O1", "amount_O2", "amount_O3", "amount_PS"), ""),
}


@pytest.fixture
def admin(app: Flask) -> Person:
    """L. Okafor, who adopts."""
    return signed_in(app, EMAILS["admin"])


def seen(page: str) -> str:
    """What the page shows, as its form sends it along."""
    import re

    found = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert found is not None
    return found[1]


def previewed(admin: Person, data: dict[str, str]) -> dict[str, str]:
    """Preview a version; the form that adopts it."""
    answer = admin.fill(PATH, {**data, "check": "yes"})
    assert answer.status_code == 200, page_of(answer)
    return {**admin.hidden, **data, "seen": seen(page_of(answer))}


def test_the_form_starts_from_the_version_in_force(admin: Person) -> None:
    page = page_of(admin.get(PATH))
    for words in ('value="39143.00"', 'value="16.58"', 'value="20054.00"', 'value="2026-07"'):
        assert words in page
    assert "Adopt version" not in page


def test_everything_it_changes_is_shown_and_nothing_is_recorded(app: Flask, admin: Person) -> None:
    before = business_rows(app)
    page = page_of(admin.fill(PATH, {**NEW, "check": "yes"}))
    for words in ("6,489.91", "6,930.00", "2,583,438.00", "2,749,144.00", "58 months are affected"):
        assert words in page
    assert "The gap grows by" in page
    assert "Adopt version 2" in page
    assert "Retroactive" not in page
    assert business_rows(app) == before


def test_only_what_was_shown_is_adopted_and_only_once(app: Flask, admin: Person) -> None:
    body = previewed(admin, NEW)
    answer = admin.post(PATH, {**body, "monthly_total": "43000"})
    assert answer.status_code == 422
    assert "not what was shown" in page_of(answer)
    body = previewed(admin, NEW)
    for _twice in range(2):
        assert admin.post(PATH, body).headers["Location"] == "/budget"
    assert len(business_rows(app)["budget_version"]) == 2
    page = page_of(admin.get("/budget"))
    assert "In force: January 2026 to August 2026" in " ".join(page.split())
    assert "In force: September 2026 to June 2031" in " ".join(page.split())
    assert "+440.09" in page
    assert "Two workshops a year &lt;GCG&gt;" in page
    assert "never edited" in page


def test_without_a_preview_nothing_is_adopted(app: Flask, admin: Person) -> None:
    before = business_rows(app)
    assert admin.fill(PATH, NEW).status_code == 422
    assert business_rows(app) == before


def test_months_that_are_over_are_warned_of_and_asked_about(app: Flask, admin: Person) -> None:
    body = previewed(admin, {**NEW, "effective_month": "2026-03"})
    answer = admin.post(PATH, body)
    page = page_of(answer)
    assert answer.status_code == 422
    assert "Retroactive" in page
    assert "3 of these months are over" in page
    assert "months that are over, up to 2026-05" in page
    admin.post(PATH, {**body, **admin.hidden, "confirm": "y"})
    assert len(business_rows(app)["budget_version"]) == 2


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("effective_month", "2025-12", "outside the programme"),
        ("adopted_on", "2026-06-16", "after today"),
        ("adopted_on", "2026-05-20", "2026-05 is closed"),
        ("monthly_total", "1,000", "plain number"),
        ("share_PS", "14", "add up to 101.00 percent"),
        ("share_O1", "16.50001", "more than 4 decimals"),
        ("share_O1", "NaN", "plain number"),
        ("amount_O1", "7000", "required"),
        ("reason", "", "required"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_kept(
    app: Flask, admin: Person, field: str, typed: str, said: str
) -> None:
    with app.app_context():
        begin_write(db.session())
        desk = Desk(db.session(), Actor("x", NOON), the_programme(db.session()).id, NOON.date())
        close_month(desk, month="2026-05", raw={"note": "n", "unlisted": "yes"}, confirmed=True)
        db.session.commit()
    before = business_rows(app)
    for check in ({}, {"check": "yes"}):
        answer = admin.fill(PATH, {**NEW, field: typed, **check})
        page = page_of(answer)
        assert answer.status_code == 422
        assert said in page
        assert typed in page
        assert 'aria-invalid="true"' in page
    assert business_rows(app) == before


@pytest.mark.parametrize("email", [EMAILS["officer"], EMAILS["gcg"]])
def test_nobody_else_adopts_and_nobody_else_is_offered_it(app: Flask, email: str) -> None:
    person = signed_in(app, email)
    assert PATH not in page_of(person.get("/budget"))
    assert person.get(PATH).status_code == 403
    assert person.post(PATH, NEW).status_code == 403
