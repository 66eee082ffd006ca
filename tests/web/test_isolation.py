"""Of two donors who look alike, neither reads anything of the other's, wherever it looks."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.test import TestResponse

from tests.web.cast import Person, business_rows, page_of, signed_in
from tests.web.crawl import SECRET, Crawl, addresses, everything, of_one, plain, readable
from tests.web.test_doors import FILES
from tests.web.twins import OFFICER, ONE, TWO, VEIL, Twin, alone, twins_app
from tracker.access import required_action
from tracker.domain import own
from tracker.domain.permissions import Action, allowed
from tracker.domain.position import Position

BOTH = [pytest.param(ONE, TWO, id="one-reads-two"), pytest.param(TWO, ONE, id="two-reads-one")]


@pytest.fixture(scope="module")
def twins(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with both twins on record."""
    with twins_app(seeded, tmp_path_factory.mktemp("twins")) as app:
        yield app


def found(crawl: Crawl, donor: Twin) -> list[str]:
    """What was read of a donor's, and where: the first of each."""
    leaks = {leak.what: leak.where for leak in reversed(crawl.leaks(donor.canaries))}
    return [f"{what} at {where}" for what, where in sorted(leaks.items())]


@pytest.mark.parametrize(("reader", "other"), BOTH)
def test_a_donor_reads_nothing_of_its_look_alike(twins: Flask, reader: Twin, other: Twin) -> None:
    crawl = everything(twins, signed_in(twins, reader.login), "donor", reader, other)
    assert crawl.broken == []
    assert found(crawl, other) == []
    assert found(crawl, VEIL) == []
    mine = {leak.what for leak in crawl.finds(reader.canaries)}
    assert {"name", *reader.references} <= mine, "it reads its own, or the search finds nothing at all"
    assert len(crawl.asked) > 300
    assert "/own" in crawl.reached


def test_an_officer_viewing_as_a_donor_reads_nothing_of_its_look_alike(twins: Flask) -> None:
    person = signed_in(twins, OFFICER)
    person.get(f"/donors/{ONE.code}")
    assert person.post(f"/donors/view/{ONE.code}", person.hidden).status_code == 302
    crawl = of_one(twins, person, TWO)
    assert crawl.broken == []
    assert found(crawl, TWO) == []
    person.get("/own")
    assert person.post("/viewing/stop").status_code == 302


def test_every_canary_is_there_to_be_found(twins: Flask) -> None:
    """The control: to somebody who may read it, the same search finds every one, of both."""
    crawl = of_one(twins, signed_in(twins, OFFICER), TWO)
    assert crawl.broken == []
    wanted = {**TWO.canaries, **{what: alone(words) for what, words in TWO.kinds_of_text.items()}}
    assert set(wanted) - {leak.what for leak in crawl.finds(wanted)} <= {"login"}, "read by administrators"
    assert "name" in {leak.what for leak in crawl.leaks(ONE.canaries)}


def test_without_the_filter_the_search_fails(twins: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the control: `part_of` keeps everything, and the look-alike's canaries are found."""
    right = own.part_of

    def keeps_everything(book: Position, donor: str) -> own.OwnPart:
        part = right(book, donor)
        return replace(part, items=book.items, trace=book.trace, receipts=book.receipts, pledges=book.pledges)

    for name, module in list(sys.modules.items()):
        if name.startswith("tracker") and getattr(module, "part_of", None) is right:
            monkeypatch.setattr(module, "part_of", keeps_everything)
    crawl = of_one(twins, signed_in(twins, ONE.login), ONE)
    assert found(crawl, TWO) != []


@pytest.mark.parametrize(("reader", "other"), BOTH)
def test_what_is_anothers_answers_as_what_does_not_exist(twins: Flask, reader: Twin, other: Twin) -> None:
    """Status and words are the same for the other's identifiers and for ones that were never recorded."""
    person = signed_in(twins, reader.login)
    never = replace(other, code="NEVER", number="99", word="Nobody", name="Nobody At All")
    tried = 0
    for rule in readable(twins):
        if not rule.arguments or rule.endpoint in FILES:
            continue
        pairs = zip(addresses(rule, (other,), odd=()), addresses(rule, (never,), odd=()), strict=True)
        for theirs, nobodys in pairs:
            if theirs != nobodys:
                tried += 1
                assert told(person, theirs) == told(person, nobodys), theirs
    assert tried > 50


def told(person: Person, address: str) -> tuple[int, str]:
    """An answer without what it repeats of the address."""
    answer: TestResponse = person.client.get(address)
    text = plain(SECRET.sub(" ", page_of(answer)))
    return answer.status_code, text.replace(plain(address), "")


@pytest.mark.parametrize("reader", [ONE, TWO], ids=["one", "two"])
def test_a_donor_changes_nothing_and_reads_nothing_by_sending(twins: Flask, reader: Twin) -> None:
    person, other = signed_in(twins, reader.login), TWO if reader is ONE else ONE
    person.get("/own")
    body = {
        "donor": other.code,
        "code": other.code,
        "reference": other.references[0],
        "role": "officer",
        "version": "1",
        "form_key": "d" * 32,
    }
    before, crawl, tried = business_rows(twins), Crawl(twins, person), 0
    for address in forms_of(twins, (reader, other)):
        action = action_of(twins, address)
        if action is None or address == "/logout":
            continue
        answer = person.client.post(address, data={**body, "csrf_token": person.token})
        crawl.keep(address, answer)
        tried += 1
        if not allowed("donor", action):
            assert answer.status_code == 403, address
    assert tried > 200
    assert crawl.broken == []
    told_to_it = other.canaries
    for key in ("code", other.references[0]):
        told_to_it.pop(key)  # it sent these itself
    assert crawl.leaks(told_to_it) == []
    assert business_rows(twins) == before


def forms_of(app: Flask, donors: tuple[Twin, Twin]) -> list[str]:
    """Every address that takes a form."""
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())]
    return [address for rule in rules for address in addresses(rule, donors, odd=("1", "-1", "all"))]


def action_of(app: Flask, address: str) -> Action | None:
    """What sending a form to an address asks for; None where it is nobody's address."""
    with app.app_context():
        try:
            endpoint, _values = app.url_map.bind("localhost").match(unquote(address), method="POST")
        except (NotFound, MethodNotAllowed):
            return None
        return required_action(endpoint)
