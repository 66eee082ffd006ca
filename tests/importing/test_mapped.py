"""Anybody's rows become flows: what each row says and no more, what is asked, and what is left out."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importing.desk import fresh
from tests.importing.test_mapping import table
from tracker.domain.entries import PledgeEntry, RateEntry, ReceiptEntry
from tracker.domain.exchange import Rate
from tracker.domain.money import parse_decimal
from tracker.domain.months import parse_day
from tracker.domain.register import Register
from tracker.importing.cells import Cell, Rows
from tracker.importing.flows import Flow, Foreign, bring
from tracker.importing.mapped import read_mapped
from tracker.importing.mapping import FIELDS, Filter, TableMap, prefix_of
from tracker.importing.plan import Plan, make_plan
from tracker.importing.table_map import Shape
from tracker.wording import problem_text
from tracker.wording.left_out import left_out_words


def mapped(shape: Shape, heading: str, **said: object) -> TableMap:
    """A map whose columns are called as our fields are; USD where no column says the currency."""
    columns = {name: name for name in heading.replace(" ", "").split("|") if name in FIELDS[shape]}
    kinds = {"pledge": ("pledge",), "signed": ("signed",), "received": ("paid",)}
    usual = {"columns": columns, "kinds": kinds, "constants": {"currency": "USD"}}
    return TableMap(name="T", shape=shape, **{**usual, **said})  # type: ignore[arg-type]


def read(shape: Shape, *rows: str, **said: object) -> Foreign:
    """What rows say whose headings, the first of them, are our own fields."""
    return read_mapped(table(*rows), mapped(shape, rows[0], **said), file="t.csv")


def cells(flow: Flow) -> dict[str, str]:
    return dict(flow.cells)


def wrong(found: Foreign) -> list[tuple[int, str, str]]:
    return [(one.row, one.problem.column, one.problem.code) for one in found.problems]


def asked(found: Foreign) -> list[tuple[int, str]]:
    for one in found.questions:
        assert "–" not in problem_text(one.problem)
    return [(one.row, one.problem.code) for one in found.questions]


# Flows


def test_a_row_is_a_pledge_an_agreement_or_a_payment() -> None:
    found = read(
        "flows",
        "donor | kind | date | amount | reference | pledged_on",
        "France | pledge | 2026-01-02 | 100 | A |",
        "France | Signed | 2026-01-03 | 100 | B | 2026-01-01",
        "France | signed | 2026-01-03 | 100.5 | |",
        "France | PAID | 2026-01-04 | 100.00 | D |",
    )
    assert wrong(found) == []
    assert [(f.row, f.table, f.reference) for f in found.flows] == [
        (2, "pledges", "A"),
        (3, "pledges", "B"),
        (4, "pledges", ""),
        (5, "receipts", "D"),
    ]
    money = {"currency": "USD", "amount": "100.00"}
    assert [cells(f) for f in found.flows] == [
        {**money, "pledged_on": "2026-01-02"},
        {**money, "pledged_on": "2026-01-01", "signed_on": "2026-01-03"},
        {**money, "amount": "100.50", "pledged_on": "2026-01-03", "signed_on": "2026-01-03"},
        {**money, "received_on": "2026-01-04"},
    ]
    assert found.flows[2].identity == ("signed", "France", "2026-01-03", "USD", "100.50")
    assert [tuple(t) for t in found.totals] == [
        ("pledge", "USD", 1, "100.00"),
        ("signed", "USD", 2, "200.50"),
        ("received", "USD", 1, "100.00"),
    ]


def test_every_row_is_counted_also_those_left_out() -> None:
    found = read(
        "flows",
        "donor | kind | date | amount | scope",
        "France | paid | 2026-01-02 | 100 | in",
        "France | paid | 2026-01-02 | 100 | out",
        "",
        "France | cancelled | 2026-01-02 | 100 | in",
        "France | | 2026-01-02 | 100 | in",
        "France | paid | 2026-01-02 | 0.00 | in",
        "France | paid | 2026-01-02 | | in",
        "France | paid | not read | -5 | in",
        filters=(Filter("scope", drop=("OUT",)),),
    )
    assert wrong(found) == []
    assert len(found.flows) == 1
    assert [tuple(one) for one in found.left_out] == [
        (3, "filtered", "scope: out"),
        (4, "blank", ""),
        (5, "not_a_kind", "cancelled"),
        (6, "not_a_kind", ""),
        (7, "zero", ""),
        (8, "no_amount", ""),
        (9, "negative", ""),
    ]
    assert asked(found) == [(9, "negative_amount")]
    assert all(left_out_words(one) for one in found.left_out)
    kept = read(
        "flows", "donor|kind|date|amount", "F|paid|2026-01-02|1", filters=(Filter("donor", keep=("G",)),)
    )
    assert [one.why for one in kept.left_out] == ["filtered"]


def test_constants_say_what_no_cell_says() -> None:
    constants = {
        "kind": "received",
        "currency": "EUR",
        "date": "2026-02-01",
        "earmark": "O2",
        "donor": "Norway",
    }
    found = read(
        "flows",
        "donor | date | currency | amount",
        " | | aud | 5",
        "France | 2026-03-01 | | 6",
        constants=constants,
    )
    assert [(f.party.name, cells(f)) for f in found.flows] == [
        ("Norway", {"received_on": "2026-02-01", "currency": "AUD", "amount": "5.00", "earmark": "O2"}),
        ("France", {"received_on": "2026-03-01", "currency": "EUR", "amount": "6.00", "earmark": "O2"}),
    ]


def test_what_is_blank_is_not_said() -> None:
    found = read(
        "flows", "donor|kind|date|amount|earmark|psc|covers_from|notes|pledge", "F|paid|2026-01-02|1|||||"
    )
    assert cells(found.flows[0]) == {"currency": "USD", "amount": "1.00", "received_on": "2026-01-02"}


def test_what_stands_beside_the_money_is_taken_along() -> None:
    heading = "donor|donor_ref|donor_kind|kind|date|amount|earmark|psc"
    heading += "|covers_from|covers_until|agreement_ref|ledger_ref"
    row = "F|XM-1|Member State|{}|2026-01-02|1|O2|TRUE|2026-01|2026-12-31|A1|L1"
    found = read("flows", heading, row.format("pledge"), row.format("paid"))
    assert wrong(found) == []
    first, second = (cells(f) for f in found.flows)
    both = {"earmark": "O2", "covers_from": "2026-01", "covers_until": "2026-12"}
    assert first == {
        **{"currency": "USD", "amount": "1.00", "pledged_on": "2026-01-02"},
        **both,
        **{"psc": "yes", "agreement_ref": "A1"},
    }
    assert second == {
        **{"currency": "USD", "amount": "1.00", "received_on": "2026-01-02"},
        **both,
        **{"ledger_ref": "L1"},
    }
    assert (found.flows[0].party.iati_ref, found.flows[0].party.kind) == ("XM-1", "government")


def test_a_year_is_its_first_month_or_its_last_where_coverage_ends() -> None:
    formats = {"covers_from": "YYYY", "covers_until": "YYYY"}
    found = read(
        "flows",
        "donor|kind|date|amount|covers_from|covers_until",
        "F|paid|2026-01-02|1|2026|2027",
        date_formats=formats,
    )
    assert cells(found.flows[0])["covers_from"] == "2026-01"
    assert cells(found.flows[0])["covers_until"] == "2027-12"


def test_a_reference_without_a_letter_or_digit_is_none() -> None:
    rows = ("donor|donor_ref|kind|date|amount", "F|-|paid|2026-01-02|1", "G|XM-DAC-5|paid|2026-01-02|1")
    found = read("flows", *rows)
    assert [flow.party.iati_ref for flow in found.flows] == ["", "XM-DAC-5"]
    assert not found.problems


def test_a_name_that_the_map_knows_is_that_donor() -> None:
    found = read(
        "flows",
        "donor|kind|date|amount",
        "norway,  Government of|paid|2026-01-02|1",
        donors={"Norway, Government of": "NOR"},
    )
    assert (found.flows[0].party.name, found.flows[0].party.code) == ("norway, Government of", "NOR")


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("F|paid|2026-01-02|1,000|USD|", "amount", "not_in_number_format"),
        ("F|paid|2026-01-02|1e3|USD|", "amount", "not_in_number_format"),
        ("F|paid|2026-01-02|NaN|USD|", "amount", "not_in_number_format"),
        ("F|paid|2026-01-02|١٢|USD|", "amount", "not_in_number_format"),
        ("F|paid|2026-01-02|9223372036854775808|USD|", "amount", "too_large"),
        ("F|paid|2026-01-02|1.005|USD|", "amount", "too_many_decimals"),
        ("F|paid|2026-01-02|1.5|JPY|", "amount", "too_many_decimals"),
        ("F|paid|2026-01-02|1|XXX|", "currency", "unknown_currency"),
        ("F|paid|02.01.2026|1|USD|", "date", "not_in_date_format"),
        ("F|paid|2026-02-30|1|USD|", "date", "no_such_day"),
        ("F|paid|1999-02-03|1|USD|", "date", "before_2000"),
        ("F|paid||1|USD|", "date", "missing"),
        ("F|paid|0001-01-01|1|USD|", "date", "missing"),
        ("F|pledge||1|USD|", "date", "missing"),
        ("F|paid|2026-01-02|1|USD|" + "r" * 81, "reference", "too_long"),
        ("F\0|paid|2026-01-02|1|USD|", "donor", "control_character"),
        ("F\ud800|paid|2026-01-02|1|USD|", "donor", "control_character"),
        ("F" * 600_000 + "|paid|2026-01-02|1|USD|", "donor", "too_long"),
        ("F|paid|2026-01-02|" + "1" * 600_000 + "|USD|", "amount", "not_a_decimal"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_its_row_and_field(row: str, column: str, code: str) -> None:
    found = read("flows", "donor|kind|date|amount|currency|reference", "F|paid|2026-01-02|1|USD|", row)
    assert wrong(found) == [(3, column, code)]
    assert len(found.flows) == 1
    assert len(problem_text(found.problems[0].problem)) < 400


def test_a_map_that_does_not_fit_is_a_problem_of_the_whole_file() -> None:
    found = read_mapped(table("a|b", "1|2"), TableMap(columns={"donor": "c"}), file="t.csv")
    assert found.flows == []
    assert {row for row, _, _ in wrong(found)} == {0}
    assert ("donor", "no_such_column") in {(column, code) for _, column, code in wrong(found)}


def test_cells_that_a_workbook_knows_need_no_format() -> None:
    heading = table("donor|kind|date|amount")[0]
    row = (Cell("F"), Cell("paid"), Cell("2026-01-02", typed=True), Cell("1234.5", typed=True))
    table_map = mapped("flows", "donor|kind|date|amount", date_format="DD.MM.YYYY", number_format="1.234,56")
    found = read_mapped((heading, row), table_map, file="t.xlsx")
    assert cells(found.flows[0]) == {"currency": "USD", "amount": "1234.50", "received_on": "2026-01-02"}
    for odd in ("1E+400", "NaN", "Infinity"):
        hostile = (*row[:3], Cell(odd, typed=True))
        assert wrong(read_mapped((heading, hostile), table_map, file="t.xlsx")) == [
            (2, "amount", "not_a_decimal")
        ]


# USD beside another currency


USD = "donor|kind|date|amount|currency|usd_amount|rate|original_amount|original_currency"


def test_usd_is_of_receipts_and_the_original_amount_stands_in_the_notes() -> None:
    found = read(
        "flows",
        USD + "|notes",
        "F|paid|2026-01-02|400|AUD|371.04|1.08|||",
        "F|signed|2026-01-02|400|AUD|371.041|1.08||| ours",
        "F|paid|2026-01-02|829083|USD||9.649|8000000|SEK| ours",
    )
    assert wrong(found) == []
    assert [f.cells.get("usd_amount") for f in found.flows] == ["371.04", None, None]
    assert [f.cells.get("notes") for f in found.flows] == [None, "ours", "ours; SEK 8,000,000.00 at 9.649"]


@pytest.mark.parametrize(
    ("row", "disagrees"),
    [
        ("F|paid|2026-01-02|606796|USD||0.824|500000|EUR", False),
        ("F|paid|2026-01-02|829876|USD||9.649|8000000|SEK", True),
        ("F|paid|2026-01-02|829083|USD||9.649|8000000|SEK", False),
        ("F|paid|2026-01-02|500000|EUR|606796|0.824||", False),
        ("F|paid|2026-01-02|500000|EUR|607796|0.824||", True),
        ("F|paid|2026-01-02|500000|EUR|606796|0||", True),
        ("F|paid|2026-01-02|500000|EUR|606796|||", False),
        ("F|paid|2026-01-02|5|USD||2||", False),
        ("F|paid|2026-01-02|371040.0|USD||1.08|399981|AUD", False),
    ],
)
def test_usd_that_does_not_go_with_its_amount_and_rate_is_asked_about(row: str, disagrees: bool) -> None:
    found = read("flows", USD, row)
    assert wrong(found) == []
    assert asked(found) == ([(2, "usd_disagrees")] if disagrees else [])


def test_usd_of_a_receipt_is_never_rounded() -> None:
    found = read("flows", USD, "F|paid|2026-01-02|400|AUD|371.041|1.08||")
    assert wrong(found) == [(2, "usd_amount", "too_many_decimals")]


# Wide tables


WIDE = "donor|reference|pledged|signed|received|written_off|pledged_on|received_on"


def test_a_row_is_a_pledge_its_signature_a_receipt_and_a_closing() -> None:
    found = read("wide", WIDE, "France|A|100|100|60|40|2026-01-01|2026-03-01")
    pledge, receipt = found.flows
    assert cells(pledge) == {
        **{"currency": "USD", "amount": "100.00", "pledged_on": "2026-01-01"},
        **{"signed_on": "2026-01-01", "closed_on": "2026-03-01"},
    }
    assert cells(receipt) == {"received_on": "2026-03-01", "currency": "USD", "amount": "60.00"}
    assert (receipt.parent, receipt.reference, receipt.identity) == (0, "A", ("France",))
    assert asked(found) == []
    assert [tuple(t)[:3] for t in found.totals] == [
        ("pledged", "USD", 1),
        ("signed", "USD", 1),
        ("received", "USD", 1),
        ("written_off", "USD", 1),
    ]


@pytest.mark.parametrize(
    ("row", "flows"),
    [
        ("F||100|||||2026-03-01", [("pledges", "100.00", "", "")]),
        ("F||0|50|0||2026-01-01|", [("pledges", "50.00", "2026-01-01", "")]),
        ("F|||50|||2026-01-01|", [("pledges", "50.00", "2026-01-01", "")]),
        ("F|||||5||", []),
        ("F||0|0.00|0|0||", []),
        ("F||||70|||2026-03-01", [("receipts", "70.00", "", "")]),
    ],
)
def test_a_row_becomes_what_it_says_and_no_more(row: str, flows: list[tuple[str, ...]]) -> None:
    found = read("wide", WIDE, row, constants={"currency": "USD", "pledged_on": "2026-01-01"})
    assert wrong(found) == []
    said = [
        (f.table, f.cells["amount"], f.cells.get("signed_on", ""), f.cells.get("closed_on", ""))
        for f in found.flows
    ]
    assert said == flows
    assert len(found.left_out) == (not flows)


def test_figures_that_differ_are_asked_about_and_kept_in_words() -> None:
    found = read("wide", WIDE, "F|A|100|90|70.5|12816.20|2026-01-01|2026-03-01")
    assert asked(found) == [(2, "signed_differs"), (2, "written_off_differs")]
    assert (
        found.flows[0].cells["notes"] == "Signed as stated: USD 90.00; Written off as stated: USD 12,816.20"
    )
    assert found.flows[0].cells["amount"] == "100.00"


def test_what_a_signed_table_has_no_column_for_its_days_may_say() -> None:
    found = read(
        "wide",
        "donor|pledged|pledged_on|signed_on|closed_on",
        "F|100|2026-01-01|2026-02-01|2026-03-01",
        "F|100|2026-01-01|0001-01-01T00:00:00|",
    )
    assert [(f.cells.get("signed_on"), f.cells.get("closed_on")) for f in found.flows] == [
        ("2026-02-01", "2026-03-01"),
        (None, None),
    ]


def test_days_that_are_needed_and_missing_are_problems() -> None:
    found = read("wide", WIDE, "F|A|100||60|||", "F|B|100||60||2026-13-01|2026-03-01")
    assert wrong(found) == [
        (2, "pledged_on", "missing"),
        (2, "received_on", "missing"),
        (3, "pledged_on", "no_such_day"),
    ]
    assert found.flows == []


def test_a_negative_figure_leaves_the_whole_row_to_a_person() -> None:
    found = read("wide", WIDE, "F|A|100|-0.00|-60||2026-01-01|2026-03-01")
    assert ([one.why for one in found.left_out], asked(found)) == (["negative"], [(2, "negative_amount")])
    assert found.flows == []


# Into the book


def plan_of(rows: Rows, table_map: TableMap, register: Register, *, update: bool = False) -> Plan:
    foreign = read_mapped(rows, table_map, file="t.csv")
    brought = bring(foreign, register, file="t.csv", prefix=prefix_of(table_map))
    return make_plan(brought.tables, register, update=update)


def test_a_row_that_changed_is_shown_old_and_new() -> None:
    table_map, register = mapped("wide", WIDE), fresh()
    assert not plan_of(table(WIDE, "F|A|100||||2026-01-01|"), table_map, register).problems
    later = table(WIDE, "F|A|100|100|60||2026-01-01|2026-03-01")
    found = [p.problem for p in plan_of(later, table_map, register).problems]
    assert [(p.code, p.column, p.facts["old"], p.facts["new"]) for p in found] == [
        ("differs_from_record", "signed_on", "", "2026-01-01")
    ]
    plan = plan_of(later, table_map, register, update=True)
    assert (len(plan.changed["pledges"]), plan.problems) == (1, [])
    old, new = plan.changed["pledges"][0]
    assert isinstance(old, PledgeEntry)
    assert isinstance(new, PledgeEntry)
    assert (old.pledge.signed_on, new.pledge.signed_on) == (None, parse_day("2026-01-01"))
    assert plan_of(later, table_map, register).writes == 0


def test_twins_are_both_kept_and_pointed_out() -> None:
    heading = "donor | kind | date | amount"
    rows = table(heading, *["France | paid | 2026-01-02 | 100"] * 3)
    table_map, register = mapped("flows", heading), fresh()
    brought = bring(read_mapped(rows, table_map, file="t.csv"), register, file="t.csv", prefix="T")
    assert [(q.row, q.problem.code) for q in brought.questions] == [(3, "twin_in_file"), (4, "twin_in_file")]
    assert len(make_plan(brought.tables, register).new["receipts"]) == 3
    assert plan_of(rows, table_map, register).writes == 0


_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["France", "Norway", "", "Côte d’Ivoire"]),
        st.sampled_from(["pledge", "signed", "paid"]),
        st.sampled_from(["2026-01-02", "2026-01-03"]),
        st.sampled_from(["1", "1.0", "2.50"]),
        st.sampled_from(["", "A", "B"]),
    ).map("|".join),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(_ROWS, st.randoms())
def test_references_stay_when_the_rows_come_in_another_order(rows: list[str], chance: random.Random) -> None:
    heading = "donor|kind|date|amount|reference"
    table_map, register = mapped("flows", heading), fresh()
    plan = plan_of(table(heading, *rows), table_map, register)
    assert plan.problems == []
    assert len(plan.new["pledges"]) + len(plan.new["receipts"]) == len(rows)
    chance.shuffle(rows)
    again = plan_of(table(heading, *rows), table_map, register)
    assert (again.writes, again.problems) == (0, [])


def test_a_receipt_in_another_currency_takes_its_stated_usd() -> None:
    register = fresh()
    register.put("rates", RateEntry(Rate("AUD", parse_day("2026-01-01"), parse_decimal("1.08"))))
    rows = table(USD, "F|paid|2026-01-02|400|AUD|371.04|1.08||")
    plan = plan_of(rows, mapped("flows", USD), register)
    entry = plan.new["receipts"][0]
    assert isinstance(entry, ReceiptEntry)
    assert (entry.receipt.usd_minor, entry.usd_stated) == (37104, True)


_TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["paid", "signed", "2026-01-02", "1", "-1", "0", "USD", "NaN", "1e400", "9" * 30, "\ud800", "\0", "."]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(("flows", "wide")), st.data())
def test_no_cell_raises_anything(shape: Shape, data: st.DataObject) -> None:
    cells_of = st.lists(
        st.builds(Cell, _TEXTS, st.booleans()), min_size=len(FIELDS[shape]), max_size=len(FIELDS[shape])
    )
    rows = [tuple(map(Cell, FIELDS[shape])), *data.draw(st.lists(cells_of.map(tuple), max_size=4))]
    table_map = replace(mapped(shape, "|".join(FIELDS[shape])), constants={})
    foreign = read_mapped(tuple(rows), table_map, file="t.csv")
    seen = (
        {f.row for f in foreign.flows}
        | {one.row for one in foreign.left_out}
        | {p.row for p in foreign.problems}
    )
    assert seen == set(range(2, len(rows) + 1))
    for one in foreign.problems:
        problem_text(one.problem)
    make_plan(bring(foreign, fresh(), file="t.csv", prefix="T").tables, fresh())
