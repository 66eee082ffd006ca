"""The GCG sees who contributes, and an anonymous donor only as a number."""

from tests.web.cast import Person, page_of


def test_the_gcg_sees_contributors_and_their_totals(gcg: Person) -> None:
    page = page_of(gcg.get("/contributors"))
    assert "Netherlands" in page
    assert "92,780.75" not in page, "the look-alike's 777.00 counts too"
    assert "93,557.75" in page
    assert "65,934.07" in page


def test_an_anonymous_donor_is_a_number_to_the_gcg(gcg: Person) -> None:
    page = page_of(gcg.get("/contributors"))
    assert "Anonymous donor 1" in page
    assert "Secret Giver" not in page
    assert "HUSH" not in page


def test_it_is_in_the_gcgs_bar_and_not_in_the_officers(gcg: Person, officer: Person) -> None:
    assert 'href="/contributors"' in page_of(gcg.get("/"))
    assert 'href="/contributors"' not in page_of(officer.get("/"))
