"""An anonymous donor stays so to the GCG and to other donors, everywhere, files included."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask

from tests.web.cast import EMAILS, page_of, signed_in
from tests.web.crawl import Crawl, everything, of_one, text_of
from tests.web.twins import OFFICER, ONE, VEIL, Canary, alone, twins_app
from tracker.reporting import masking

NAMED = {
    **VEIL.canaries,
    **{what: alone(words) for what, words in VEIL.kinds_of_text.items()},
    "country": Canary(("li",), re.compile(r"Liechtenstein|(?<![^\W_])LI(?![^\W_])")),
    "the first one's name": Canary.of("secret", pattern=r"Secret[\s_-]+Giver"),
    "the first one's code": alone("HUSH"),
    "the first one's pledge": alone("HUSH-7"),
}


@pytest.fixture(scope="module")
def veiled(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with two anonymous donors on record, one of them with all that can be kept."""
    with twins_app(seeded, tmp_path_factory.mktemp("veiled")) as app:
        yield app


def found(crawl: Crawl) -> list[str]:
    """What tells who it is, and where: the first of each."""
    leaks = {leak.what: leak.where for leak in reversed(crawl.leaks(NAMED))}
    return [f"{what} at {where}" for what, where in sorted(leaks.items())]


def test_the_gcg_reads_nothing_that_tells_an_anonymous_donor(veiled: Flask) -> None:
    crawl = everything(veiled, signed_in(veiled, EMAILS["gcg"]), "gcg", ONE, VEIL)
    assert crawl.broken == []
    assert found(crawl) == []
    assert {"/", "/contributors", "/budget"} <= crawl.reached
    seen = "\n".join(text for _address, text, _lower in crawl.read)
    assert "Anonymous donor 1" in seen
    assert "Anonymous donor 2" in seen
    assert ONE.name in seen, "a donor in the open is named, or nothing was read"


def test_another_donor_reads_nothing_that_tells_an_anonymous_donor(veiled: Flask) -> None:
    crawl = everything(veiled, signed_in(veiled, ONE.login), "donor", ONE, VEIL)
    assert crawl.broken == []
    assert found(crawl) == []


def test_the_secretariat_reads_it_all(veiled: Flask) -> None:
    """The control: every canary is there to be found by somebody who may read it."""
    crawl = of_one(veiled, signed_in(veiled, OFFICER), VEIL)
    crawl.get("/donors/HUSH")
    crawl.get("/pledges/HUSH-7")
    assert set(NAMED) - {leak.what for leak in crawl.finds(NAMED)} <= {"login"}, "read by administrators"


def test_without_the_mask_the_search_fails(veiled: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the control: an edition that hides nobody is noticed, pages and workbook alike."""
    nobody = masking._Names(*({} for _name in fields(masking._Names)))
    monkeypatch.setattr(masking, "_names", lambda _report: nobody)
    crawl = Crawl(veiled, signed_in(veiled, EMAILS["gcg"]))
    for address in ("/", "/contributors", *workbooks(veiled)):
        crawl.get(address)
        assert crawl.leaks(NAMED), address
        crawl.read.clear()


def test_the_workbook_of_the_gcg_opens_and_names_nobody_who_is_anonymous(veiled: Flask) -> None:
    gcg = signed_in(veiled, EMAILS["gcg"])
    for address in workbooks(veiled):
        theirs = text_of(gcg.client.get(address))
        assert "xl/workbook.xml" in theirs
        assert [what for what, canary in NAMED.items() if canary.is_in(theirs)] == []
        assert "Anonymous donor 2" in theirs
        assert ONE.name in theirs


def workbooks(app: Flask) -> list[str]:
    """The programme's workbook, wherever it is served."""
    return [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == "reports.workbook"]


def test_its_own_login_reads_its_own_name(veiled: Flask) -> None:
    page = page_of(signed_in(veiled, VEIL.login).get("/own"))
    assert VEIL.name in page
    assert VEIL.references[0] in page
    assert "Secret Giver" not in page
