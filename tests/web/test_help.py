"""Help explains every word and rule, and every link to it arrives."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.web.cast import EMAILS, Person, page_of, signed_in
from tracker.blueprints.help import ROOM_WORDS

ROOT = Path(__file__).resolve().parents[2]
TERM = re.compile(r"term\(_\('[^']+'\), '([a-z0-9-]+)'\)")
WORDS = (
    *("programme", "outcome", "requirement", "donor", "prospect", "pledge", "signed agreement", "instalment"),
    *("receipt", "refund", "closing a pledge", "earmark", "coverage window", "received, signed, pledged"),
    *("coverage", "gap", "lapsed", "deduction", "as of", "known at", "unore", "on hold", "retroactive"),
    *(f"r{n} " for n in range(1, 15)),
)


@pytest.fixture
def anchors(officer: Person) -> set[str]:
    """Every anchor of the page."""
    return set(re.findall(r'<(?:dt|h2) id="([a-z0-9-]+)"', page_of(officer.get("/help"))))


def test_every_word_and_every_rule_is_explained(officer: Person) -> None:
    page = page_of(officer.get("/help"))
    titles = " | ".join(re.findall(r'<dt id="[^"]+">([^<]+)</dt>', page)).lower()
    assert [word for word in WORDS if word not in titles] == []
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_every_link_to_a_word_arrives(anchors: set[str]) -> None:
    linked = {anchor for words in ROOM_WORDS.values() for anchor in words}
    for template in (ROOT / "tracker" / "templates").rglob("*.html"):
        linked |= set(TERM.findall(template.read_text()))
    assert {"rate", "roles", "budget"} <= linked
    assert linked - anchors == set()


@pytest.mark.parametrize("role", ["admin", "officer", "gcg", "donor"])
def test_everybody_who_is_signed_in_finds_it(app: Flask, role: str) -> None:
    person = signed_in(app, EMAILS[role])
    assert person.get("/help").status_code == 200
    home = page_of(person.get("/own" if role == "donor" else "/"))
    assert 'href="/help"' in home
    assert 'href="/help#coverage"' in home


def test_the_component_sheet_is_the_administrators_and_linked_nowhere(app: Flask, officer: Person) -> None:
    admin = signed_in(app, EMAILS["admin"])
    page = page_of(admin.get("/style"))
    assert page.count("<h1") == 1
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert officer.get("/style").status_code == 403
    assert 'href="/style"' not in page_of(admin.get("/"))
