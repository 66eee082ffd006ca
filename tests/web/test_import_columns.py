"""What the columns of somebody's table mean: suggested, chosen, shown again, kept under a name."""

import re
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from lxml import html
from openpyxl import Workbook

from tests.reporting.reports import SMALL_DONORS
from tests.web.cast import Person, business_rows, page_of
from tracker.extensions import db
from tracker.importing.mapping import TableMap, parse_map
from tracker.queries.mappings import mappings
from tracker.queries.programmes import the_programme
from tracker.queries.uploads import StoredUpload, uploads

SAMPLES = SMALL_DONORS.parent
WIDE = (
    "Donor,Code,Promised,Committed,Paid in,Year,Programme\n"
    "Francia,W-1,1000.00,1000.00,400.00,2026,ours\n"
    "Sweden,W-2,500.00,0,0,2026,ours\n"
    "Zebra <img src=x>,W-3,7.00,0,0,2026,theirs\n"
)
FLOWS = (
    "Date;Donor;Status;Sum;Ccy\n"
    "20.03.2026;Sweden;paid;1.000,00;USD\n"
    "21.03.2026;Sweden;Pledge;2.000,00;USD\n"
    "22.03.2026;Sweden;cancelled;9,00;USD\n"
)
WIDE_CHOICE = {
    "shape": "wide",
    "header_row": "1",
    "date_format": "YYYY",
    "number_format": "1234.56",
    "column-donor": "Donor",
    "column-reference": "Code",
    "column-pledged": "Promised",
    "column-signed": "Committed",
    "column-received": "Paid in",
    "column-date": "Year",
    "constant-currency": "USD",
}
FLOWS_CHOICE = {
    "shape": "flows",
    "header_row": "1",
    "date_format": "DD.MM.YYYY",
    "number_format": "1.234,56",
    "column-donor": "Donor",
    "column-kind": "Status",
    "column-date": "Date",
    "column-currency": "Ccy",
    "column-amount": "Sum",
}


def give(officer: Person, content: str | bytes, name: str = "theirs.csv") -> str:
    """Give a file; the address of its columns."""
    officer.get("/imports/new")
    raw = content.encode() if isinstance(content, str) else content
    answer = officer.post("/imports/new", {**officer.hidden, "file": (BytesIO(raw), name)})  # type: ignore[dict-item]
    assert answer.status_code == 302, page_of(answer)
    number = re.search(r"/imports/(\d+)", answer.headers["Location"])
    assert number is not None
    return f"/imports/{number[1]}/columns"


def stored(app: Flask) -> StoredUpload:
    """The newest upload."""
    with app.app_context():
        return max(uploads(db.session(), the_programme(db.session()).id), key=lambda one: one.id)


def kept(app: Flask) -> dict[str, TableMap]:
    """Every mapping on record, as it is understood."""
    with app.app_context():
        found = mappings(db.session(), the_programme(db.session()).id)
    return {name: parse_map(one.text) for name, one in found.items()}


def said(page: str) -> dict[str, str]:
    """What the controls of the columns form say."""
    form = next(one for one in html.document_fromstring(page).forms if "map-form" in one.get("class", ""))
    return dict(form.form_values())


def chosen(typed: dict[str, str]) -> dict[str, str]:
    """What somebody chose or typed, without the proofs that a form carries."""
    return {n: t for n, t in typed.items() if n not in ("csrf_token", "form_key", "version")}


def go_on(officer: Person, where: str, choice: dict[str, str], verb: str = "") -> object:
    """Open the columns, and send a choice."""
    officer.get(where)
    return officer.post(where + verb, {**officer.hidden, **choice})


def test_columns_are_suggested_with_what_stands_in_them(officer: Person) -> None:
    page = page_of(officer.get(give(officer, WIDE)))
    assert said(page)["column-donor"] == "Donor"
    assert "Paid in: 400.00" in unescape(page)
    assert "&lt;img src=x&gt;" in page and "<img" not in page
    assert "3 rows below the headings" in page


def test_a_choice_is_kept_on_the_upload_and_leads_to_the_preview(app: Flask, officer: Person) -> None:
    where = give(officer, WIDE)
    before = business_rows(app)["pledge"]
    answer = go_on(officer, where, WIDE_CHOICE)
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert answer.headers["Location"] == where.removesuffix("/columns")  # type: ignore[attr-defined]
    found = parse_map(stored(app).mapping)
    assert (found.shape, found.columns["received"], found.constants) == (
        "wide",
        "Paid in",
        {"currency": "USD"},
    )
    assert kept(app) == {}
    assert business_rows(app)["pledge"] == before
    assert said(page_of(officer.get(where)))["column-received"] == "Paid in"


def test_what_is_wrong_is_said_beside_the_fields_and_all_that_was_typed_stays(
    app: Flask, officer: Person
) -> None:
    where = give(officer, WIDE)
    wrong = WIDE_CHOICE | {
        "constant-currency": "",
        "column-donor": "Nobody",
        "column-pledged_on": "",
        "constant-pledged_on": "last week",
        "name": "n" * 90,
        "constant-earmark": "O2",
    }
    answer = go_on(officer, where, wrong)
    page = page_of(answer)  # type: ignore[arg-type]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    for words in (
        'href="#column-currency">Currency: Choose the column',
        'href="#column-donor">Donor: The list has no column “Nobody”',
        'href="#constant-pledged_on">Pledged on, for every row: ',
    ):
        assert words in page, words
    typed = said(page)
    for name in ("constant-pledged_on", "constant-earmark", "column-received", "name", "date_format"):
        assert typed[name] == wrong[name], name
    assert stored(app).mapping == ""
    answer = go_on(officer, where, WIDE_CHOICE | {"name": "n" * 90})
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "at most 80 characters" in page_of(answer)  # type: ignore[arg-type]
    assert stored(app).mapping == ""


def test_shown_again_keeps_what_was_typed_and_stores_nothing(app: Flask, officer: Person) -> None:
    where = give(officer, WIDE)
    choice = WIDE_CHOICE | {
        "column-notes": "Programme",
        "constant-earmark": "O2",
        "name": "Mine",
        "filter-0-column": "Programme",
        "filter-0-does": "drop",
        "seen": said(page_of(officer.get(where)))["seen"],
    }
    answer = go_on(officer, where, choice, "/again")
    assert answer.status_code == 200  # type: ignore[attr-defined]
    page = page_of(answer)  # type: ignore[arg-type]
    typed = said(page)
    assert {name: typed.get(name) for name in choice if name != "seen"} == {
        name: text for name, text in choice.items() if name != "seen"
    }
    assert re.search(r'name="filter-0-word"', page)
    assert stored(app).mapping == "" and kept(app) == {}


def test_another_shape_and_another_heading_row_ask_for_other_columns(officer: Person) -> None:
    where = give(officer, "Contributions of 2026;;;;\n" + FLOWS)
    page = page_of(officer.get(where))
    assert said(page)["header_row"] == "2"
    choice = {**said(page), "header_row": "1"}
    page = page_of(go_on(officer, where, choice, "/again"))  # type: ignore[arg-type]
    assert "Contributions of 2026" in said(page)["column-donor"] or said(page)["column-donor"] == ""
    choice = {**said(page), "header_row": "2"}
    page = page_of(go_on(officer, where, choice, "/again"))  # type: ignore[arg-type]
    assert said(page)["column-donor"] == "Donor"
    page = page_of(go_on(officer, where, {**said(page), "shape": "wide"}, "/again"))  # type: ignore[arg-type]
    assert "column-written_off" in said(page) and "column-kind" not in said(page)
    assert said(page)["column-donor"] == "Donor"
    for wrong in ("", "0", "nonsense", "999999", "9" * 40, "-1"):
        answer = go_on(officer, where, {**said(page), "header_row": wrong})
        assert answer.status_code == 422, wrong  # type: ignore[attr-defined]


def test_words_are_called_what_they_mean_and_the_rest_is_left_out(app: Flask, officer: Person) -> None:
    where = give(officer, FLOWS)
    page = page_of(officer.get(where))
    keys = {word: key for key, word in re.findall(r'<label for="(kind-\w+)">([^<]+)</label>', page)}
    assert set(keys) == {"paid", "Pledge", "cancelled"}
    choice = FLOWS_CHOICE | {keys["paid"]: "received", keys["Pledge"]: "pledge", keys["cancelled"]: ""}
    assert go_on(officer, where, choice).status_code == 302  # type: ignore[attr-defined]
    assert parse_map(stored(app).mapping).kinds == {"pledge": ("Pledge",), "received": ("paid",)}
    none = FLOWS_CHOICE | dict.fromkeys(keys.values(), "")
    answer = go_on(officer, where, none)
    assert answer.status_code == 422  # type: ignore[attr-defined]


def test_a_filter_takes_rows_by_the_words_of_a_column(app: Flask, officer: Person) -> None:
    where = give(officer, WIDE)
    choice = WIDE_CHOICE | {"filter-0-column": "Programme", "filter-0-does": "drop"}
    answer = go_on(officer, where, choice)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    page = page_of(answer)  # type: ignore[arg-type]
    words = re.findall(r'name="filter-0-word" value="(\w+)"[^>]*> <span>(\w+)', page)
    assert sorted(word for _key, word in words) == ["ours", "theirs"]
    key = next(key for key, word in words if word == "theirs")
    assert go_on(officer, where, choice | {"filter-0-word": key}).status_code == 302  # type: ignore[attr-defined]
    (one,) = parse_map(stored(app).mapping).filters
    assert (one.column, one.keep, one.drop) == ("Programme", (), ("theirs",))


def test_a_column_of_many_words_is_filtered_by_words_that_are_typed(app: Flask, officer: Person) -> None:
    rows = "".join(f"Sweden,W-{n},1.00,0,0,2026,p{n}\n" for n in range(60))
    where = give(officer, WIDE.partition("\n")[0] + "\n" + rows)
    choice = WIDE_CHOICE | {"filter-0-column": "Programme", "filter-0-text": "p1\r\n p2 \r\n"}
    assert go_on(officer, where, choice).status_code == 302  # type: ignore[attr-defined]
    assert parse_map(stored(app).mapping).filters[0].drop == ("p1", "p2")
    assert "p1\np2" in page_of(officer.get(where))


def test_a_filter_leaves_out_what_it_names_unless_it_is_turned_round(app: Flask, officer: Person) -> None:
    where = give(officer, WIDE)
    page = page_of(officer.get(where))
    assert said(page)["filter-0-does"] == "drop"
    assert "Which rows count" in page and "Rows to leave out" not in page
    choice = WIDE_CHOICE | {"filter-0-column": "Programme", "filter-0-does": "keep"}
    page = page_of(go_on(officer, where, {**said(page), **choice}, "/again"))  # type: ignore[arg-type]
    assert said(page)["filter-0-does"] == "keep"
    assert said(page)["filter-1-does"] == "drop"
    key = re.search(r'name="filter-0-word" value="(\w+)"[^>]*> <span>ours', page)
    assert key is not None
    assert go_on(officer, where, choice | {"filter-0-word": key[1]}).status_code == 302  # type: ignore[attr-defined]
    assert parse_map(stored(app).mapping).filters[0].keep == ("ours",)
    assert said(page_of(officer.get(where)))["filter-0-does"] == "keep"


def test_words_of_a_kind_column_chosen_by_hand_are_called_what_they_likely_are(officer: Person) -> None:
    where = give(officer, FLOWS.replace("Status", "Q7").replace("cancelled", "Zugesagt"))
    unsaid = FLOWS_CHOICE | {"column-kind": "", "constant-kind": "pledge"}
    page = page_of(go_on(officer, where, unsaid, "/again"))  # type: ignore[arg-type]
    assert 'name="kind-' not in page
    page = page_of(go_on(officer, where, {**said(page), "column-kind": "Q7"}, "/again"))  # type: ignore[arg-type]
    keys = {word: key for key, word in re.findall(r'<label for="(kind-\w+)">([^<]+)</label>', page)}
    typed = said(page)
    assert {word: typed[key] for word, key in keys.items()} == {
        "paid": "received",
        "Pledge": "pledge",
        "Zugesagt": "pledge",
    }
    typed[keys["Zugesagt"]] = ""
    page = page_of(go_on(officer, where, typed, "/again"))  # type: ignore[arg-type]
    assert said(page)[keys["Zugesagt"]] == ""


def test_a_table_without_references_is_told_what_its_rows_are_known_by(officer: Person) -> None:
    words = "give every period a name of its own"
    where = give(officer, WIDE)
    assert words not in page_of(go_on(officer, where, WIDE_CHOICE, "/again"))  # type: ignore[arg-type]
    page = page_of(go_on(officer, where, WIDE_CHOICE | {"column-reference": ""}, "/again"))  # type: ignore[arg-type]
    assert words in page and "No reference column is chosen." in page
    flows = page_of(officer.get(give(officer, FLOWS)))
    assert "a row in which one of these has changed is another record" in flows


def test_a_name_keeps_the_choice_and_it_is_offered_for_the_next_table(app: Flask, officer: Person) -> None:
    where = give(officer, WIDE)
    assert go_on(officer, where, WIDE_CHOICE | {"name": "OCHA"}).status_code == 302  # type: ignore[attr-defined]
    assert kept(app)["OCHA"].columns["signed"] == "Committed"
    later = give(officer, WIDE.replace("W-", "X-"), "later.csv")
    typed = said(page_of(officer.get(later)))
    assert (typed["saved"], typed["name"], typed["column-signed"]) == ("OCHA", "OCHA", "Committed")
    changed = WIDE_CHOICE | {"name": "OCHA", "saved": "OCHA", "column-signed": ""}
    assert go_on(officer, later, changed).status_code == 302  # type: ignore[attr-defined]
    assert "signed" not in kept(app)["OCHA"].columns
    page = page_of(go_on(officer, where, {**WIDE_CHOICE, "saved": "OCHA", "use": "yes"}, "/again"))  # type: ignore[arg-type]
    assert said(page)["column-signed"] == ""


def test_words_that_this_file_lacks_stay_in_the_mapping(app: Flask, officer: Person) -> None:
    where = give(officer, FLOWS)
    page = page_of(officer.get(where))
    keys = {w: k for k, w in re.findall(r'<label for="(kind-\w+)">([^<]+)</label>', page)}
    go_on(officer, where, FLOWS_CHOICE | {keys["paid"]: "received", keys["Pledge"]: "pledge", "name": "M"})
    later = give(officer, FLOWS.replace("Pledge;2", "paid;2"), "later.csv")
    page = page_of(officer.get(later))
    assert go_on(officer, later, said(page)).status_code == 302  # type: ignore[attr-defined]
    assert kept(app)["M"].kinds == {"pledge": ("Pledge",), "received": ("paid",)}


def test_a_workbook_asks_which_sheet_and_shows_typed_cells(app: Flask, officer: Person) -> None:
    book, file = Workbook(), BytesIO()
    book.active.append(["Read me first"])  # type: ignore[union-attr]
    sheet = book.create_sheet("Money")
    for row in (["Donor", "Pledged", "Year"], ["Sweden", 12.5, 2026]):
        sheet.append(row)
    book.save(file)
    where = give(officer, file.getvalue(), "theirs.xlsx")
    page = page_of(officer.get(where))
    assert said(page)["sheet"] == "Money"
    assert 'class="map-typed"' in page
    page = page_of(go_on(officer, where, {**said(page), "sheet": "Sheet"}, "/again"))  # type: ignore[arg-type]
    assert "Read me first" in page
    page = page_of(go_on(officer, where, {**said(page), "sheet": "Money", "header_row": "1"}, "/again"))  # type: ignore[arg-type]
    choice = {**said(page), "shape": "wide", "constant-currency": "USD", "column-donor": "Donor"}
    choice |= {"column-pledged": "Pledged", "column-date": "Year", "date_format": "YYYY"}
    assert go_on(officer, where, choice).status_code == 302  # type: ignore[attr-defined]
    assert (stored(app).sheet, parse_map(stored(app).mapping).sheet) == ("Money", "Money")


def test_a_choice_made_on_an_older_page_changes_nothing(app: Flask, officer: Person) -> None:
    where = give(officer, WIDE)
    officer.get(where)
    opened = dict(officer.hidden)
    go_on(officer, where, WIDE_CHOICE)
    before = stored(app)
    answer = officer.post(where, {**opened, **WIDE_CHOICE, "name": "Late", "column-signed": ""})
    assert answer.headers["Location"] == where
    assert (stored(app), kept(app)) == (before, {})


def test_a_file_that_is_no_table_has_no_columns(officer: Person) -> None:
    own = give(officer, "code,name\nSE,Sweden\n", "donors.csv")
    assert officer.get(own).status_code == 302
    assert officer.post(own, dict(officer.hidden)).status_code == 302
    assert officer.get("/imports/99999999999999999999/columns").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "pledges/cerf-contributions-2006-2020.csv",
        "pledges/global-fund-2017-2019.csv",
        "pledges/cbpf-contributions-fixture.csv",
        "pledges/usg-funding-summary.xlsx",
        "pledges/unhcr-2016-transactions.xlsx",
        "fts/fts-incoming-funding-afg-2020.csv",
    ],
)
def test_real_tables_are_suggested_a_donor_and_survive_every_button(officer: Person, path: str) -> None:
    file = SAMPLES / path
    if not file.exists():
        pytest.skip(f"{file} is not there")
    where = give(officer, file.read_bytes(), file.name)
    page = page_of(officer.get(where))
    typed = said(page)
    assert typed["column-donor"]
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    again = said(page_of(go_on(officer, where, typed, "/again")))  # type: ignore[arg-type]
    assert chosen(again) == chosen(typed)
    assert go_on(officer, where, typed).status_code in (302, 422)  # type: ignore[attr-defined]
