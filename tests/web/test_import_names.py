"""Same donor? Names in a file that may be those of donors on record: suggested, decided by a person."""

import re

from flask import Flask
from sqlalchemy import text

from tests.web.cast import TODAY, Person, page_of
from tests.web.test_import_columns import FLOWS_CHOICE, give, go_on, said, stored
from tracker.extensions import db
from tracker.queries.programmes import the_programme
from tracker.services.uploads import look

TABLE = (
    "Date;Donor;Status;Sum;Ccy\n"
    "20.03.2026;Government of France;paid;1.000,00;USD\n"
    "21.03.2026;Government of France;paid;2.000,00;USD\n"
    "22.03.2026;Netherlands Enterprise;paid;9,00;USD\n"
    "22.03.2026;Francia;paid;10,00;USD\n"
    "22.03.2026;;paid;11,00;USD\n"
    '22.03.2026;Zebra ""<i>;paid;12,00;USD\n'
)
ROW = re.compile(r'id="n-(\w+)">\s*<legend class="name-said">(.*?) <span', re.S)


def asked(officer: Person, table: str = TABLE) -> tuple[str, dict[str, str]]:
    """Give a table with its columns chosen; the address of its names, and the key of each."""
    where = give(officer, table)
    page = page_of(officer.get(where))
    key = re.search(r'<label for="(kind-\w+)">paid</label>', page)
    assert key is not None
    answer = go_on(officer, where, FLOWS_CHOICE | {key[1]: "received"})
    assert answer.status_code == 302  # type: ignore[attr-defined]
    names = where.replace("/columns", "/donors")
    assert answer.headers["Location"] == names  # type: ignore[attr-defined]
    return names, {name: key for key, name in ROW.findall(page_of(officer.get(names)))}


def ticked(page: str, key: str) -> str:
    """Which answer to a name is ticked."""
    found = re.search(rf'name="is-{key}" value="([^"]*)" checked', page)
    return found[1] if found else ""


def test_sure_names_are_ticked_likely_ones_are_not_and_known_ones_say_why(officer: Person) -> None:
    where, keys = asked(officer)
    page = page_of(officer.get(where))
    assert "Zebra &#34;&#34;&lt;i&gt;" in page and "<i>" not in page
    zebra = next(name for name in keys if name.startswith("Zebra"))
    assert list(keys) == ["Netherlands Enterprise", "Government of France", zebra, "Francia"]
    assert page.index("One to decide") < page.index(keys["Netherlands Enterprise"])
    assert page.index(keys["Netherlands Enterprise"]) < page.index("One ticked: as good as sure")
    assert page.index("One ticked: as good as sure") < page.index(keys["Government of France"])
    assert ticked(page, keys["Government of France"]) == "is:FR"
    assert ticked(page, keys["Netherlands Enterprise"]) == ""
    assert ticked(page, keys[zebra]) == "new"
    assert ticked(page, keys["Francia"]) == "is:FR"
    assert "another name it is known by" in page
    assert "2 rows" in page and "95 of 100" in page


def test_a_name_nobody_decided_is_asked_for_and_what_was_ticked_stays(app: Flask, officer: Person) -> None:
    where, keys = asked(officer)
    france, dutch = keys["Government of France"], keys["Netherlands Enterprise"]
    answer = officer.fill(where, {f"is-{france}": "new", **rest(keys, france, dutch)})
    page = page_of(answer)
    assert answer.status_code == 422
    assert f'href="#n-{dutch}"' in page and "One name is still to decide" in page
    assert ticked(page, france) == "new"
    assert stored(app).names == {}


def rest(keys: dict[str, str], *without: str) -> dict[str, str]:
    """Answers to names that are not what a test is about."""
    answers = {"Francia": "is:FR"}
    return {f"is-{key}": answers.get(name, "new") for name, key in keys.items() if key not in without}


def test_what_was_decided_is_kept_on_the_upload_and_shown_again(app: Flask, officer: Person) -> None:
    where, keys = asked(officer)
    said = {
        f"is-{keys['Government of France']}": "is:FR",
        f"is-{keys['Netherlands Enterprise']}": "other",
        f"other-{keys['Netherlands Enterprise']}": "Netherlands",
        f"is-{keys['Francia']}": "new",
    }
    zebra = next(name for name in keys if name.startswith("Zebra"))
    answer = officer.fill(where, said | {f"is-{keys[zebra]}": "new"})
    assert (answer.status_code, answer.headers["Location"]) == (302, where.removesuffix("/donors"))
    assert stored(app).names == {"Government of France": "FR", "Netherlands Enterprise": "NL", "Francia": ""}
    page = page_of(officer.get(where))
    assert ticked(page, keys["Francia"]) == "new"
    assert ticked(page, keys["Netherlands Enterprise"]) in ("is:NL", "other")


def test_all_that_are_not_ticked_are_new_with_one_button(app: Flask, officer: Person) -> None:
    where, keys = asked(officer)
    answer = officer.fill(where, {f"is-{keys['Francia']}": "is:FR", "rest": "new"})
    assert answer.status_code == 302
    assert stored(app).names == {"Government of France": "", "Netherlands Enterprise": ""}


def test_another_donor_that_is_none_is_refused(app: Flask, officer: Person) -> None:
    where, keys = asked(officer)
    dutch = keys["Netherlands Enterprise"]
    for other, words in (("", "Nothing is given"), ("<b>Nowhere", "There is no donor “&lt;b&gt;Nowhere”")):
        data = rest(keys, dutch) | {f"is-{dutch}": "other", f"other-{dutch}": other}
        answer = officer.fill(where, data)
        assert answer.status_code == 422
        assert words in page_of(answer)
    assert officer.fill(where, rest(keys, dutch) | {f"is-{dutch}": "is:XSS"}).status_code == 422
    assert officer.fill(where, rest(keys, dutch) | {f"is-{dutch}": "is:UNIDENTIFIED"}).status_code == 422
    assert stored(app).names == {}


def test_a_chosen_name_is_another_name_of_the_donor_once_recorded(app: Flask, officer: Person) -> None:
    where, keys = asked(officer)
    answer = officer.fill(
        where, rest(keys, keys["Netherlands Enterprise"]) | {f"is-{keys['Netherlands Enterprise']}": "is:NL"}
    )
    page = page_of(officer.get(answer.headers["Location"]))
    assert re.search(r"Netherlands: Netherlands Enterprise\s*</li>", page)
    assert "What would change" not in page and "1 other name of a donor" in page
    assert not re.search(r"Record [^<]*change", page)
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    record = f"{answer.headers['Location']}/record"
    action = re.search(r'action="(/imports/\d+/[a-z-]+)" data-progress', page)
    answer = officer.post(action[1] if action else record, {**officer.hidden, "seen": seen[1]})
    assert answer.status_code == 302, page_of(answer)
    with app.app_context():
        query = "SELECT a.name FROM donor_alias a JOIN donor d ON d.id = a.donor_id WHERE d.code = 'NL'"
        assert db.session.execute(text(query)).scalars().all() == ["Netherlands Enterprise"]
    assert officer.get(where).headers["Location"] == where.removesuffix("/donors")


def test_decisions_on_an_older_page_change_nothing(app: Flask, officer: Person) -> None:
    where, keys = asked(officer)
    officer.get(where)
    opened = dict(officer.hidden)
    assert officer.fill(where, {f"is-{keys['Francia']}": "is:FR", "rest": "new"}).status_code == 302
    before = stored(app)
    answer = officer.post(where, {**opened, **rest(keys), f"is-{keys['Francia']}": "new"})
    assert answer.headers["Location"] == where
    assert stored(app) == before


def test_a_file_without_names_to_ask_for_leads_on(officer: Person) -> None:
    own = give(officer, "code,name\nSE,Sweden\n", "donors.csv").replace("/columns", "/donors")
    for answer in (officer.get(own), officer.post(own, dict(officer.hidden))):
        assert (answer.status_code, answer.headers["Location"]) == (302, own.removesuffix("/donors"))
    undecided = give(officer, TABLE, "later.csv").replace("/columns", "/donors")
    assert officer.get(undecided).status_code == 302


def test_what_a_mapping_says_of_a_name_can_be_put_right(app: Flask, officer: Person) -> None:
    where, keys = asked(officer)
    assert officer.fill(where, rest(keys)).status_code == 302
    with_donor = stored(app).mapping + '\n[donors]\n"Government of France" = "FTV"\n'
    officer.fill("/mappings/new", {"name": "Theirs", "text": with_donor})
    columns = give(officer, TABLE, "later.csv")
    typed = said(page_of(officer.get(columns)))
    assert typed["saved"] == "Theirs"
    go_on(officer, columns, typed)
    where = columns.replace("/columns", "/donors")
    page = page_of(officer.get(where))
    france = keys["Government of France"]
    assert ticked(page, france) == "is:FTV" and "the mapping says so" in page
    for answer, code in (("other", "FR"), ("new", "GOVERNMENT-OF-FRANCE")):
        data = rest(keys, france) | {f"is-{france}": answer, f"other-{france}": "FR"}
        assert officer.fill(where, data).status_code == 302
        with app.app_context():
            here = the_programme(db.session()).id
            found = look(db.session(), here, TODAY, stored(app)).brought
            assert found is not None
            assert {one.code for one in found.names if one.party.name == "Government of France"} == {code}
