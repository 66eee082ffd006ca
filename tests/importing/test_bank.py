"""A bank's list read: formats as they were named, every problem by row, debits counted and left out."""

from pathlib import Path

import pytest

from tracker.domain.problems import Refused
from tracker.importing import bank
from tracker.importing.bank import Layout, read_pasted, read_statement

LAYOUT = Layout("Date", "Amount", "Ccy", "USD", "Payer", "Text", "Ref", "DD/MM/YYYY", "1,234.56")
HEAD = "Date\tAmount\tCcy\tPayer\tText\tRef\n"


def statement(*rows: str, layout: Layout = LAYOUT) -> bank.Statement:
    """What comes of some rows under the usual headings."""
    return read_statement(read_pasted(HEAD + "\n".join(rows)), layout, "list")


@pytest.mark.parametrize(
    ("form", "text", "plain"),
    [
        ("1234.56", "1234.5", "1234.5"),
        ("1234,56", "1234,50", "1234.50"),
        ("1,234.56", "1,234,567.89", "1234567.89"),
        ("1.234,56", "1.234", "1234"),
        ("1 234,56", "1\u202f234,5", "1234.5"),
        ("1'234.56", "1’234.50", "1234.50"),
        ("1,234.56", "(1,000.00)", "-1000.00"),
        ("1,234.56", "5.00-", "-5.00"),
        ("1,234.56", "−5", "-5"),
        ("1,234.56", " - ", ""),
    ],
)
def test_an_amount_is_read_in_the_named_format(form: str, text: str, plain: str) -> None:
    assert bank.plain_amount(text, form) == plain


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("1,234.56", "1.234,56"),
        ("1.234,56", "1,234.56"),
        ("1,234.56", "12,34.5"),
        ("1234.56", "1,234.56"),
        ("1234.56", "1e5"),
        ("1234.56", "١٢"),
        ("1234.56", "USD 5"),
    ],
)
def test_an_amount_in_another_format_is_never_guessed(form: str, text: str) -> None:
    with pytest.raises(Refused):
        bank.plain_amount(text, form)


@pytest.mark.parametrize(
    ("form", "text", "plain"),
    [
        ("DD.MM.YYYY", "5.3.2026", "2026-03-05"),
        ("DD/MM/YYYY", "05/03/2026", "2026-03-05"),
        ("MM/DD/YYYY", "05/03/2026", "2026-05-03"),
        ("DD.MM.YY", "05.03.26", "2026-03-05"),
        ("YYYYMMDD", "20260305", "2026-03-05"),
        ("DD Mon YYYY", "5 MAR 2026", "2026-03-05"),
    ],
)
def test_a_day_is_read_in_the_named_format(form: str, text: str, plain: str) -> None:
    assert bank.plain_day(text, form) == plain


def test_debits_zeros_and_empty_amounts_are_left_out_with_their_rows() -> None:
    rows = (
        "05/03/2026\t5\t\tA",
        "05/03/2026\t-5",
        "05/03/2026\t0.00",
        "05/03/2026\t",
        "",
        "06/03/2026\t6\tEUR",
    )
    found = statement(*rows)
    assert [(line.number, line.currency, line.amount_minor) for line in found.lines] == [
        (2, "USD", 500),
        (7, "EUR", 600),
    ]
    assert [tuple(one) for one in found.left_out] == [(3, "debit"), (4, "zero"), (5, "empty")]
    assert found.totals() == {"EUR": 600, "USD": 500}


def test_every_problem_is_named_by_row() -> None:
    found = statement(
        "31/02/2026\t5", "05/03/2026\t1.234,5", "05/03/2026\t5\tXXX", "\t5", "05/03/2026\t5.001"
    )
    places = [(f.row, f.problem.column, f.problem.code) for f in found.findings]
    assert places == [
        (2, "value_on", "no_such_day"),
        (3, "amount", "not_in_number_format"),
        (4, "currency", "unknown_currency"),
        (5, "value_on", "missing"),
        (6, "amount", "too_many_decimals"),
    ]
    assert not found.lines


def test_headings_below_a_preamble_are_found_and_columns_suggested() -> None:
    rows = read_pasted("Account;CH12;;;\n;;;;\nValue date;Ccy;Credit;Ordering party;Reference\n1;2;3;4;5")
    found = bank.suggested(rows)
    assert (found.header_row, found.value_on, found.amount) == ("3", "Value date", "Credit")
    assert (found.currency, found.payer, found.ledger_ref) == ("Ccy", "Ordering party", "Reference")
    assert (found.date_format, found.number_format) == ("", "")


def test_a_choice_of_columns_that_cannot_be_is_refused_by_field() -> None:
    rows = read_pasted(HEAD + "05/03/2026\t5")
    problems = bank.check_layout(rows, Layout(value_on="Nowhere", header_row="1"))
    assert {p.column for p in problems} == {"value_on", "amount", "currency"}
    assert [p.column for p in bank.check_layout(rows, Layout(header_row="x"))] == ["header_row"]
    chosen = Layout("Date", "Amount", constant="USD")
    assert [p.column for p in bank.check_layout(rows, chosen)] == ["date_format", "number_format"]


def test_a_list_is_carried_from_step_to_step_as_it_was() -> None:
    rows = (*read_pasted(HEAD + '05/03/2026\t"a ""b"""'), (bank.Cell("5.5", typed=True),))
    assert bank.taken_up(bank.carried(rows)) == rows
    for nonsense in ("", "[", "5", "[[5]]", "[[[5]]]", '{"a": 1}', "[" * 100_000):
        with pytest.raises(Refused):
            bank.taken_up(nonsense)


def test_headings_twice_or_missing_are_told_apart() -> None:
    assert bank.header_of(read_pasted("A;A;\n1;2;3;4"), "1") == ["A (1)", "A (2)", "(3)", "(4)"]


def test_a_large_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"a" * (bank.MAX_BYTES + 1))
    with pytest.raises(Refused, match="upload_too_large"):
        bank.read_upload("list.xlsx", path)
