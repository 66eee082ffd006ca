"""A map as a small text: what it may say, what is refused and by which key, and what is suggested."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.problems import Refused
from tracker.importing.cells import DATE_FORMATS, NUMBER_FORMATS, Cell, Rows, read_sheets
from tracker.importing.mapped import read_mapped
from tracker.importing.mapping import (
    CONSTANTS,
    FIELDS,
    KINDS,
    Filter,
    TableMap,
    check_map,
    fits,
    map_text,
    parse_map,
    prefix_of,
    suggest,
    suggest_kinds,
)
from tracker.importing.table_map import DAYS, MONTHS, folded

WHOLE = """
name = "FTS Afghanistan"
shape = "flows"
sheet = "Sheet1"
header_row = 2
number_format = "1,234.56"
date_format = "DD/MM/YYYY"
[date_formats]
pledged_on = "YYYY"
[columns]
donor = "srcOrganization"
amount = "amountUSD"
kind = "status"
date = "date"
[constants]
currency = "USD"
pledged_on = 2026-01-01
[kinds]
received = ["paid", "received"]
[[filters]]
column = "boundary"
keep = ["incoming"]
[donors]
"Norway, Government of" = "NOR"
"""


def table(*rows: str) -> Rows:
    """Rows of text, their cells parted by `|`."""
    return tuple(tuple(Cell(text.strip()) for text in row.split("|")) for row in rows)


def refused(text: str) -> list[tuple[str, str]]:
    """The keys and codes of what is wrong with a map's text."""
    with pytest.raises(Refused) as found:
        parse_map(text)
    return [(problem.column, problem.code) for problem in found.value.problems]


def test_a_map_says_which_column_means_what() -> None:
    found = parse_map(WHOLE)
    assert found == TableMap(
        name="FTS Afghanistan",
        shape="flows",
        sheet="Sheet1",
        header_row=2,
        number_format="1,234.56",
        date_format="DD/MM/YYYY",
        date_formats={"pledged_on": "YYYY"},
        columns={"donor": "srcOrganization", "amount": "amountUSD", "kind": "status", "date": "date"},
        constants={"currency": "USD", "pledged_on": "2026-01-01"},
        kinds={"received": ("paid", "received")},
        filters=(Filter("boundary", keep=("incoming",)),),
        donors={"Norway, Government of": "NOR"},
    )
    assert parse_map("\ufeff" + WHOLE.replace("\n", "\r\n")) == found
    assert parse_map(map_text(found)) == found
    assert parse_map("") == TableMap()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("name = ", [("", "map_not_toml")]),
        ("a = " + "[" * 5_000, [("", "map_not_toml")]),
        ('nmae = "x"', [("nmae", "map_unknown_key")]),
        ("name = 5", [("name", "map_wrong_type")]),
        ("header_row = 0", [("header_row", "map_wrong_type")]),
        ("header_row = true", [("header_row", "map_wrong_type")]),
        ('columns = "x"', [("columns", "map_wrong_type")]),
        ("[columns]\ndonor = 5", [("columns.donor", "map_wrong_type")]),
        ('[columns]\ndoner = "x"', [("columns", "not_one_of")]),
        ('[columns]\npledged = "x"', [("columns", "not_one_of")]),
        ('shape = "tall"', [("shape", "not_one_of")]),
        ('date_format = "MM-YY"', [("date_format", "not_one_of")]),
        ('number_format = "12"', [("number_format", "not_one_of")]),
        ('[date_formats]\ndate = "MM"', [("date_formats.date", "not_one_of")]),
        ('[date_formats]\namount = "YYYY"', [("date_formats", "not_one_of")]),
        ('[constants]\namount = "5"', [("constants", "not_one_of")]),
        ('[constants]\ncurrency = "usd"', [("constants.currency", "unknown_currency")]),
        ('[constants]\ndate = "1.1.2026"', [("constants.date", "not_a_day")]),
        ('[constants]\nkind = "paid"', [("constants.kind", "not_one_of")]),
        ('[constants]\npsc = "maybe"', [("constants.psc", "not_one_of")]),
        ("[constants]\npsc = true", [("constants.psc", "map_wrong_type")]),
        ('[constants]\ncovers_from = "2026"', [("constants.covers_from", "not_a_month")]),
        ('[kinds]\npaid = ["x"]', [("kinds", "not_one_of")]),
        ('[kinds]\nreceived = "x"', [("kinds.received", "map_wrong_type")]),
        ('[kinds]\nsigned = ["A"]\nreceived = [" a"]', [("kinds.received", "kind_word_twice")]),
        ('[[filters]]\ncolumn = "x"', [("filters.1", "filter_without_words")]),
        ('[[filters]]\nkeep = ["x"]', [("filters.1.column", "map_wrong_type")]),
        ('[[filters]]\ncolumn = "x"\nkepe = ["x"]\ndrop = ["y"]', [("filters.1.kepe", "map_unknown_key")]),
        ("[filters]", [("filters", "map_wrong_type")]),
        ("filters = [5]", [("filters", "map_wrong_type")]),
    ],
)
def test_what_a_map_cannot_say_is_refused_by_its_key(text: str, wrong: list[tuple[str, str]]) -> None:
    assert refused(text) == wrong


def test_everything_wrong_is_said_at_once() -> None:
    assert refused('nmae = "x"\nname = 5\n[columns]\ndonor = 5') == [
        ("nmae", "map_unknown_key"),
        ("name", "map_wrong_type"),
        ("columns.donor", "map_wrong_type"),
    ]


_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_SHAPES = st.sampled_from(("flows", "wide"))


@st.composite
def _maps(draw: st.DrawFn) -> TableMap:
    shape = draw(_SHAPES)
    days = st.dates().filter(lambda day: day.year >= 2000).map(lambda day: day.isoformat())
    constants = {"currency": st.sampled_from(("USD", "JPY")), "earmark": _WORDS, **dict.fromkeys(DAYS, days)}
    words = draw(st.lists(st.text("abcä\"'\\\n", min_size=1, max_size=5), unique_by=folded, max_size=6))
    filters = st.builds(
        lambda column, said, keep: Filter(column, (said,), ()) if keep else Filter(column, (), (said,)),
        _WORDS.filter(bool),
        _WORDS,
        st.booleans(),
    )
    return TableMap(
        name=draw(_WORDS),
        shape=shape,
        sheet=draw(_WORDS),
        header_row=draw(st.integers(1, 999)),
        date_format=draw(st.sampled_from(DATE_FORMATS)),
        number_format=draw(st.sampled_from(NUMBER_FORMATS)),
        columns=draw(st.dictionaries(st.sampled_from(FIELDS[shape]), _WORDS)),
        constants=draw(st.fixed_dictionaries({}, optional=constants)),
        kinds={kind: (word,) for kind, word in zip(KINDS, words, strict=False)},
        filters=tuple(draw(st.lists(filters, max_size=3))),
        donors=draw(st.dictionaries(_WORDS, _WORDS)),
        date_formats=draw(
            st.dictionaries(st.sampled_from((*DAYS, *MONTHS)), st.sampled_from(DATE_FORMATS), max_size=2)
        ),
    )


@settings(max_examples=200, deadline=None)
@given(_maps())
def test_a_map_written_and_read_again_is_the_same(table_map: TableMap) -> None:
    assert parse_map(map_text(table_map)) == table_map


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_map_or_refused(text: str) -> None:
    with suppress(Refused):
        assert parse_map(map_text(parse_map(text))) == parse_map(text)


def test_a_prefix_stays_with_the_name() -> None:
    assert prefix_of(TableMap(name="Fonds d’Été (2026)")) == "FONDS-DETE-2026"
    assert prefix_of(TableMap(name="x" * 90)) == "X" * 24
    assert prefix_of(TableMap()) == prefix_of(TableMap(name="…")) == "TABLE"


FLOWS = table("Name | Amt | When | What", "France | 5 | 2026-01-01 | paid")
READS = TableMap(
    columns={"donor": "Name", "amount": "Amt", "date": "When", "kind": "What"},
    constants={"currency": "USD"},
    kinds={"received": ("paid",)},
)


def wrong(table_map: TableMap, rows: Rows = FLOWS) -> list[tuple[str, str]]:
    return [(problem.column, problem.code) for problem in check_map(table_map, rows)]


def test_a_map_is_checked_against_the_rows_at_hand() -> None:
    assert wrong(READS) == []
    assert fits(READS, FLOWS)
    assert wrong(TableMap(header_row=5)) == [("header_row", "no_such_row")]
    nowhere = TableMap(
        columns={**READS.columns, "notes": "Gone"}, constants=READS.constants, kinds=READS.kinds
    )
    assert wrong(nowhere) == [("notes", "no_such_column")]
    assert not fits(nowhere, FLOWS)
    filtered = TableMap(filters=(Filter("Gone", keep=("x",)),))
    assert ("filters", "no_such_column") in wrong(filtered)
    assert not fits(filtered, FLOWS)


def test_what_no_table_can_do_without_is_asked_for() -> None:
    assert wrong(TableMap()) == [
        ("donor", "column_not_chosen"),
        ("currency", "currency_not_chosen"),
        ("amount", "column_not_chosen"),
        ("date", "day_not_chosen"),
        ("kind", "kind_not_chosen"),
    ]
    assert wrong(TableMap(columns=READS.columns, constants=READS.constants)) == [
        ("kinds", "kind_words_missing")
    ]
    wide = TableMap(shape="wide", constants={"donor": "France", "currency": "USD"})
    assert wrong(wide) == [("pledged", "column_not_chosen")]
    both = TableMap(shape="wide", columns={"pledged": "Amt", "received": "Amt"}, constants=wide.constants)
    assert wrong(both) == [("pledged_on", "day_not_chosen"), ("received_on", "day_not_chosen")]
    assert (
        wrong(
            TableMap(shape="wide", columns=both.columns, constants={**wide.constants, "date": "2026-01-01"})
        )
        == []
    )


def test_constants_are_of_known_fields() -> None:
    assert set(CONSTANTS) <= {name for names in FIELDS.values() for name in names}


# Suggestions


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        (
            "Bailleur | Promesse | Reçu | Date de promesse | Date de versement | Devise",
            {
                "donor": "Bailleur",
                "currency": "Devise",
                "pledged": "Promesse",
                "received": "Reçu",
                "pledged_on": "Date de promesse",
                "received_on": "Date de versement",
            },
        ),
        (
            "Geber | Zugesagt | Bezahlt | Datum Zusage | Datum Zahlung | Währung",
            {
                "donor": "Geber",
                "currency": "Währung",
                "pledged": "Zugesagt",
                "received": "Bezahlt",
                "pledged_on": "Datum Zusage",
                "received_on": "Datum Zahlung",
            },
        ),
        (
            "Donante | Comprometido | Pagado | Fecha del compromiso | Fecha de pago | Moneda",
            {
                "donor": "Donante",
                "currency": "Moneda",
                "signed": "Comprometido",
                "received": "Pagado",
                "signed_on": "Fecha del compromiso",
                "received_on": "Fecha de pago",
            },
        ),
        (
            "Donor | Pledged (EUR) | Paid (EUR) | Pledge date | Date received | Ccy",
            {
                "donor": "Donor",
                "currency": "Ccy",
                "pledged": "Pledged (EUR)",
                "received": "Paid (EUR)",
                "pledged_on": "Pledge date",
                "received_on": "Date received",
            },
        ),
    ],
)
def test_wide_tables_are_known_by_their_headings(heading: str, columns: dict[str, str]) -> None:
    row = "France | 1.234,50 | 0,00 | 13.02.2026 | 14.02.2026 | EUR"
    found = suggest(table("Contributions in all", "", heading, row, row))
    assert (found.shape, found.header_row, dict(found.columns)) == ("wide", 3, columns)
    assert (found.number_format, found.date_format) == ("1.234,56", "DD.MM.YYYY")


def test_flows_are_known_by_the_words_of_their_kind() -> None:
    rows = table(
        "Contributor | Status | Date | Amount | Currency | Ref",
        "France | Paid | 31/01/2026 | 1'000.00 | EUR | 1",
        "Norway | Commitment | 01/02/2026 | 2'000.00 | NOK | 2",
        "Norway | Pledge | 01/02/2026 | 2'000.00 | NOK | 3",
        "Norway | Cancelled | 01/02/2026 | 5 | NOK | 4",
    )
    found = suggest(rows, "Sheet1")
    assert (found.shape, found.sheet) == ("flows", "Sheet1")
    assert found.kinds == {"pledge": ("Pledge",), "signed": ("Commitment",), "received": ("Paid",)}
    assert (found.number_format, found.date_format) == ("1'234.56", "DD/MM/YYYY")
    assert check_map(found, rows) == ()


def test_what_no_column_says_is_left_for_a_person_and_a_heading_may_name_the_currency() -> None:
    found = suggest(table("Donor | Pledges (USD) | Contributions (USD)", "France | 5 | 4"))
    assert dict(found.constants) == {"currency": "USD", "pledged_on": "", "received_on": ""}


def long_table(heading: str, row: str, bad: str, rows: int = 400) -> Rows:
    """A table of rows that are alike, but for one."""
    return table(heading, *[row] * (rows // 2), bad, *[row] * (rows // 2))


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("France | 1,000.00 | 2026/03/.. | EUR", "not_in_date_format"),
        ("France | 1,000.00 | 2026-03-01 | US$", "unknown_currency"),
        ("France | 1,000.00 EUR | 2026-03-01 | EUR", "not_in_number_format"),
    ],
)
@pytest.mark.parametrize(
    ("heading", "rows"),
    [("Donor | Amount | Date | Currency", 4), ("Donor | Sum paid | Transaction date UTC | Our ccy", 400)],
)
def test_one_cell_that_is_none_hides_no_column_and_is_named_later(
    bad: str, code: str, heading: str, rows: int
) -> None:
    given_rows = long_table(heading, "France | 1,000.00 | 2026-03-01 | EUR", bad, rows)
    found = suggest(given_rows, shape="flows")
    assert found.columns == dict(
        zip(("donor", "amount", "date", "currency"), heading.split(" | "), strict=True)
    )
    assert (found.number_format, found.date_format) == ("1,234.56", "YYYY-MM-DD")
    read = read_mapped(given_rows, replace(found, constants={"kind": "received"}), file="t.csv")
    assert [(one.row, one.problem.code) for one in read.problems] == [(rows // 2 + 2, code)]


def test_a_day_is_written_as_the_most_of_them_are() -> None:
    rows = long_table("Donor | Amount | Date", "France | 5 | 03/04/2026", "France | 5 | 13/04/2026")
    assert suggest(rows).date_format == "DD/MM/YYYY"


@pytest.mark.parametrize("field", ["Pledged", "Signed", "Received"])
def test_one_column_of_amounts_that_says_what_they_are_is_wide(field: str) -> None:
    rows = table(f"Donor | {field} | Currency | Date", "France | 5 | EUR | 2026-03-01")
    found = suggest(rows)
    assert (found.shape, found.columns[field.lower()]) == ("wide", field)
    assert check_map(found, rows) == ()
    with_kind = table(f"Donor | {field} | Currency | Date | Status", "France | 5 | EUR | 2026-03-01 | Paid")
    assert suggest(with_kind).shape == "flows"
    assert suggest(with_kind).columns["amount"] == field


def test_what_is_suggested_is_of_the_shape_that_a_person_chose() -> None:
    rows = table(
        "Donor | Amount | Pledged | Currency | Date | Status", "France | 5 | 6 | EUR | 2026-03-01 | Paid"
    )
    assert suggest(rows).shape == suggest(rows, shape="flows").shape == "flows"
    wide = suggest(rows, "Sheet", shape="wide")
    assert (wide.shape, wide.sheet, wide.columns["pledged"]) == ("wide", "Sheet", "Pledged")
    assert "kind" not in {*wide.columns, *wide.constants}
    flows = suggest(
        table("Donor | Pledged | Currency | Date", "France | 5 | EUR | 2026-03-01"), shape="flows"
    )
    assert (flows.columns["amount"], flows.constants) == ("Pledged", {"kind": ""})
    assert suggest((), shape="wide").shape == "wide"


def test_words_that_say_what_a_row_is_are_known_in_four_languages() -> None:
    assert suggest_kinds([" Paid", "payé", "Zugesagt", "firmado", "Paid", "void"]) == {
        "pledge": ("Zugesagt",),
        "signed": ("firmado",),
        "received": ("Paid", "payé"),
    }


def test_a_heading_counts_only_where_its_cells_agree() -> None:
    found = suggest(table("Donor | Amount | Date | Currency", "France | much | soon | dollars"))
    assert dict(found.columns) == {"donor": "Donor"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.builds(Cell, st.text(max_size=8), st.booleans()), max_size=5).map(tuple), max_size=6)
)
def test_any_rows_get_a_suggestion_that_can_be_written(rows: list[tuple[Cell, ...]]) -> None:
    found = suggest(tuple(rows))
    headings = "".join(found.columns.values())
    if headings.isprintable():
        assert parse_map(map_text(found)) == found


def test_a_row_with_figures_is_no_row_of_headings(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text(
        "Giver;Promised on;How much;In;Paper\nNorway received;2026-02-01;10;pledge amount;date\n"
    )
    assert suggest(read_sheets("odd.csv", tmp_path / "odd.csv")[""]).header_row == 1
