"""Everything that FORMATS refuses, one case a line: which file, row and column, and which sentence."""

from pathlib import Path

import pytest

from tests.importing.desk import CAST, bring, fresh, places, write
from tracker.importing.plan import make_plan
from tracker.importing.tables import read_paths
from tracker.wording import SENTENCES

DONORS = "code,name,kind,country,iati_ref,email,aliases,anonymous\n"
PLEDGES = (
    "reference,donor,currency,amount,pledged_on,signed_on,closed_on,earmark,psc,covers_from,covers_until\n"
)
INSTALMENTS = "pledge,due_on,amount\n"
RECEIPTS = (
    "reference,donor,pledge,received_on,currency,amount,usd_amount,earmark,split,covers_from,covers_until\n"
)
REFUNDS = "reference,receipt,refunded_on,amount,usd_amount\n"
RATES = "currency,effective_on,rate\n"


def pledge(
    ref: str = "P9",
    donor: str = "FRA",
    cur: str = "EUR",
    amount: str = "100",
    on: str = "2026-02-01",
    rest: str = "",
) -> str:
    return f"{PLEDGES}{ref},{donor},{cur},{amount},{on},{rest}\n"


def receipt(
    ref: str = "R9",
    donor: str = "FRA",
    under: str = "",
    on: str = "2026-03-20",
    cur: str = "USD",
    amount: str = "100",
    rest: str = "",
) -> str:
    return f"{RECEIPTS}{ref},{donor},{under},{on},{cur},{amount},{rest}\n"


CASES: list[tuple[str, str, str, str]] = [
    # file, its text, column, code
    # Amounts
    ("pledges", pledge(amount='"1,234.56"'), "amount", "not_a_decimal"),
    ("pledges", pledge(amount='"1.234,56"'), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="1e5"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="NaN"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="Infinity"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="1_000"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount=" 100"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="+100"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="0x10"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="١٢٣"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="１００"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="9" * 400), "amount", "too_large"),
    ("pledges", pledge(amount="100."), "amount", "not_a_decimal"),
    ("pledges", pledge(amount=".5"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="=100"), "amount", "not_a_decimal"),
    ("pledges", pledge(amount="0"), "amount", "not_above_zero"),
    ("pledges", pledge(amount="0.00"), "amount", "not_above_zero"),
    ("pledges", pledge(amount="-0"), "amount", "not_above_zero"),
    ("pledges", pledge(amount="-100"), "amount", "not_above_zero"),
    ("pledges", pledge(amount="1000000000000.01"), "amount", "too_large"),
    ("pledges", pledge(amount="9223372036854775808"), "amount", "too_large"),
    ("pledges", pledge(amount="0.005"), "amount", "too_many_decimals"),
    ("pledges", pledge(cur="JPY", amount="100.50"), "amount", "too_many_decimals"),
    ("pledges", pledge(amount=""), "amount", "missing"),
    ("receipts", receipt(amount="1 000"), "amount", "not_a_decimal"),
    ("receipts", receipt(rest="0"), "usd_amount", "not_above_zero"),
    ("receipts", receipt(rest="1.001"), "usd_amount", "too_many_decimals"),
    ("refunds", f"{REFUNDS}B9,R1,2026-04-01,1.234\n", "amount", "too_many_decimals"),
    ("refunds", f"{REFUNDS}B9,R1,2026-04-01,1,x\n", "usd_amount", "not_a_decimal"),
    ("instalments", f"{INSTALMENTS}P1,2026-03-15,ten\n", "amount", "not_a_decimal"),
    ("instalments", f"{INSTALMENTS}P1,2026-03-15,100000.001\n", "amount", "too_many_decimals"),
    # Days and months
    ("pledges", pledge(on="15.02.2026"), "pledged_on", "not_a_day"),
    ("pledges", pledge(on="2026-2-1"), "pledged_on", "not_a_day"),
    ("pledges", pledge(on="20260201"), "pledged_on", "not_a_day"),
    ("pledges", pledge(on="2026-W05-1"), "pledged_on", "not_a_day"),
    ("pledges", pledge(on="2026-02"), "pledged_on", "not_a_day"),
    ("pledges", pledge(on="２０２６-02-01"), "pledged_on", "not_a_day"),
    ("pledges", pledge(on="2026-02-30"), "pledged_on", "no_such_day"),
    ("pledges", pledge(on="2026-02-29"), "pledged_on", "no_such_day"),
    ("pledges", pledge(on="0000-00-00"), "pledged_on", "no_such_day"),
    ("pledges", pledge(on="0001-01-01"), "pledged_on", "before_2000"),
    ("pledges", pledge(on="1999-12-31"), "pledged_on", "before_2000"),
    ("pledges", pledge(on=""), "pledged_on", "missing"),
    ("pledges", pledge(rest=",,,,2026-3"), "covers_from", "not_a_month"),
    ("pledges", pledge(rest=",,,,2026-03-01"), "covers_from", "not_a_month"),
    ("pledges", pledge(rest=",,,,2026-13"), "covers_from", "not_a_month"),
    ("pledges", pledge(rest=",,,,,1999-12"), "covers_until", "before_2000"),
    ("pledges", pledge(rest=",,,,2025-12"), "covers_from", "outside_programme"),
    ("pledges", pledge(rest=",,,,,2031-07"), "covers_until", "outside_programme"),
    ("pledges", pledge(rest=",,,,2026-05,2026-04"), "covers_until", "window_ends_before_start"),
    ("receipts", receipt(rest=",,,2026-05,2026-04"), "covers_until", "window_ends_before_start"),
    ("receipts", receipt(on="2026-06-31"), "received_on", "no_such_day"),
    ("refunds", f"{REFUNDS}B9,R1,soon,1\n", "refunded_on", "not_a_day"),
    ("instalments", f"{INSTALMENTS}P1,2026/03/15,100000\n", "due_on", "not_a_day"),
    ("rates", f"{RATES}EUR,1.1.2026,0.92\n", "effective_on", "not_a_day"),
    # Unknown things
    ("pledges", pledge(donor="DEU"), "donor", "unknown_donor"),
    ("pledges", pledge(donor="fra"), "donor", "unknown_donor"),
    ("pledges", pledge(donor=""), "donor", "missing"),
    ("pledges", pledge(cur="EURO"), "currency", "unknown_currency"),
    ("pledges", pledge(cur="AUD "), "currency", "unknown_currency"),
    ("pledges", pledge(cur="eur"), "currency", "unknown_currency"),
    ("receipts", receipt(donor="DEU"), "donor", "unknown_donor"),
    ("receipts", receipt(under="P7"), "pledge", "unknown_pledge"),
    ("refunds", f"{REFUNDS}B9,R7,2026-04-01,1\n", "receipt", "unknown_receipt"),
    ("instalments", f"{INSTALMENTS}P7,2026-03-15,100\n", "pledge", "unknown_pledge"),
    ("instalments", f"{INSTALMENTS},2026-03-15,100\n", "pledge", "missing"),
    ("donors", f"{DONORS}CHE,Switzerland,government,SUI\n", "country", "unknown_country"),
    ("donors", f"{DONORS}CHE,Switzerland,state\n", "kind", "not_one_of"),
    ("donors", f"{DONORS}CHE,Switzerland,,,,,,perhaps\n", "anonymous", "not_one_of"),
    ("donors", f"{DONORS}CHE,Switzerland,,,,nobody\n", "email", "not_an_email"),
    ("donors", f"{DONORS},Switzerland\n", "code", "missing"),
    ("donors", f"{DONORS}CHE,\n", "name", "missing"),
    ("donors", f"{DONORS} CHE,Switzerland\n", "code", "blanks_around"),
    ("donors", f"{DONORS}CHE,Switz\x01erland\n", "name", "control_character"),
    ("donors", f"{DONORS}CHE,{'x' * 301}\n", "name", "too_long"),
    ("donors", f"{DONORS}{'x' * 41},Switzerland\n", "code", "too_long"),
    # Rates
    ("rates", f"{RATES}EUR,2026-02-01,0\n", "rate", "rate_not_above_zero"),
    ("rates", f"{RATES}EUR,2026-02-01,-1\n", "rate", "rate_not_above_zero"),
    ("rates", f"{RATES}EUR,2026-02-01,\n", "rate", "missing"),
    ("rates", f"{RATES}EUR,2026-02-01,1/0.92\n", "rate", "not_a_decimal"),
    ("rates", f"{RATES}USD,2026-02-01,1.1\n", "rate", "rate_of_usd"),
    ("pledges", pledge(cur="CHF"), "pledged_on", "no_rate"),
    ("pledges", pledge(on="2025-12-31"), "pledged_on", "no_rate"),
    ("receipts", receipt(cur="CHF"), "received_on", "no_rate"),
    ("receipts", receipt(under="P1", on="2025-12-31"), "received_on", "no_rate"),
    # Earmarks and splits
    ("pledges", pledge(rest=",,Core"), "earmark", "unknown_earmark"),
    ("pledges", pledge(rest=",,O4"), "earmark", "unknown_earmark"),
    ("pledges", pledge(rest=",,O1 PS"), "earmark", "support_with_others"),
    ("pledges", pledge(rest=",,O1 O1"), "earmark", "outcome_twice"),
    ("pledges", pledge(rest=",,O1:60 O2:30"), "earmark", "percentages_not_100"),
    ("pledges", pledge(rest=",,O1:100 O2"), "earmark", "percentages_on_some"),
    ("pledges", pledge(rest=",,O1:x"), "earmark", "not_a_decimal"),
    ("pledges", pledge(rest=",,targeted:"), "earmark", "target_without_name"),
    ("pledges", pledge(rest=",,,maybe"), "psc", "not_one_of"),
    ("receipts", receipt(rest=",PS O1"), "earmark", "support_with_others"),
    ("receipts", receipt(rest=",,O1:60"), "split", "split_does_not_add_up"),
    ("receipts", receipt(rest=",,O9:100"), "split", "unknown_split"),
    ("receipts", receipt(rest=",,O1:50 O1:50"), "split", "outcome_twice"),
    ("receipts", receipt(rest=",,100"), "split", "unknown_split"),
    ("receipts", receipt(rest=",hold,O1:100"), "split", "split_of_money_set_aside"),
    ("pledges", pledge(rest=",,targeted:a\x01b"), "earmark", "control_character"),
    ("pledges", pledge(rest=f",,targeted:{'x' * 300}"), "earmark", "too_long"),
    ("receipts", receipt(rest=",targeted:\x85"), "earmark", "control_character"),
    # Schedules
    ("instalments", f"{INSTALMENTS}P1,2026-03-15,99999\n", "amount", "schedule_does_not_add_up"),
    # Order of days
    ("pledges", pledge(rest="2026-01-31"), "signed_on", "before_pledged"),
    ("pledges", pledge(rest=",2026-01-31"), "closed_on", "before_pledged"),
    ("refunds", f"{REFUNDS}B9,R1,2026-03-19,1\n", "refunded_on", "before_receipt"),
    # What does not fit together
    ("receipts", receipt(rest="100.01"), "usd_amount", "credited_above_sent"),
    ("receipts", receipt(donor="NLD", under="P1"), "pledge", "another_donors_pledge"),
    ("refunds", f"{REFUNDS}B9,R1,2026-04-01,39900.01\n", "amount", "above_what_is_left"),
    ("refunds", f"{REFUNDS}B9,R1,2026-04-01,1,99999\n", "usd_amount", "above_what_is_left"),
]


@pytest.mark.parametrize(("name", "text", "column", "code"), CASES)
def test_a_row_is_refused_with_its_place_and_a_sentence(
    tmp_path: Path, name: str, text: str, column: str, code: str
) -> None:
    register = fresh()
    assert not bring(tmp_path / "before", register, CAST).problems
    plan = bring(tmp_path / "now", register, {name: text})
    assert places(plan.problems) == [(f"{name}.csv", 2, column, code)]
    assert code in SENTENCES
    assert plan.writes == 0


FILES: list[tuple[str, str | bytes, int, str, str]] = [
    # name, content, row, column, code
    ("donors.csv", "", 0, "", "empty_file"),
    ("donors.csv", b"\xef\xbb\xbf", 0, "", "empty_file"),
    ("donors.csv", "\n\n  \n", 0, "", "empty_file"),
    ("donors.csv", "code\nCHE\n", 1, "name", "missing_column"),
    ("donors.csv", "code,name,colour\nCHE,x,red\n", 1, "colour", "unknown_column"),
    ("donors.csv", "code,Name,name\nCHE,x,y\n", 1, "Name", "unknown_column"),
    ("donors.csv", "code,name,name\nCHE,x,y\n", 1, "name", "column_twice"),
    ("donors.csv", "code;name\nCHE;x\n", 1, "", "not_comma_separated"),
    ("donors.csv", "code,name\nCHE,Switzerland,more\n", 2, "", "more_cells_than_columns"),
    ("receipts.csv", receipt(amount="1,234.56", rest=",,,,"), 2, "", "more_cells_than_columns"),
    ("donors.csv", "code,name\nCHE,Z\xfcrich\n".encode("latin-1"), 2, "", "not_utf8"),
    ("donors.csv", "code,name\nCHE,Z\xfcrich\n".encode("utf-16"), 1, "", "not_text"),
    ("donors.csv", "code,name\nCHE,Z\xfcrich\n".encode("utf-16-le"), 1, "", "not_text"),
    ("donors.csv", b"code,name\nCHE,\x00\n", 2, "", "not_text"),
    ("donors.csv", b"code,name\nCHE,x\xf0\x9f", 2, "", "not_utf8"),
    ("donors.csv", b"code,name\nCHE,\xed\xa0\x80\n", 2, "", "not_utf8"),
    ("donors.csv", b"PK\x03\x04\x14\x00", 0, "", "workbook_named_csv"),
    ("donors.csv", 'code,name\nCHE,"Switzerland\n', 2, "", "quote_not_closed"),
    ("donors.csv", 'code,name\nCHE,"Switz"erland\n', 2, "", "quotes_malformed"),
    ("donors.csv", f"code,name\nCHE,{'x' * 600_000}\n", 2, "", "cell_too_large"),
    ("donor.csv", "code,name\n", 0, "", "unknown_file"),
    ("book.xlsx", "code,name\nCHE,Switzerland\n", 0, "", "workbook_damaged"),
    ("book.xlsx", b"PK\x03\x04" + b"\0" * 100, 0, "", "workbook_damaged"),
    ("book.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 0, "", "workbook_damaged"),
    ("book.xls", b"\xd0\xcf\x11\xe0", 0, "", "unknown_file"),
    ("donors.txt", "code,name\n", 0, "", "unknown_file"),
]


@pytest.mark.parametrize(("name", "content", "row", "column", "code"), FILES)
def test_a_file_that_is_not_what_its_name_says_is_refused(
    tmp_path: Path, name: str, content: str | bytes, row: int, column: str, code: str
) -> None:
    write(tmp_path, {name: content})
    plan = make_plan(read_paths([tmp_path / name]), fresh())
    assert places(plan.problems)[0] == (name, row, column, code)
    assert len(plan.problems) == 1 or code in ("missing_column", "unknown_column")
    assert code in SENTENCES


def test_a_usd_that_no_database_holds_is_refused(tmp_path: Path) -> None:
    register = fresh()
    files = {**CAST, "rates": f"{CAST['rates']}KWD,2026-01-01,0.{'0' * 30}1\n"}
    assert not bring(tmp_path / "before", register, files).problems
    plan = bring(tmp_path / "now", register, {"receipts": receipt(cur="KWD", amount="1000000000000")})
    assert places(plan.problems) == [("receipts.csv", 2, "amount", "too_large_in_usd")]


def test_a_folder_without_our_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert places(bring(tmp_path, fresh(), {}).problems) == [(str(tmp_path), 0, "", "no_tables")]


def test_jpy_with_empty_decimals_is_accepted(tmp_path: Path) -> None:
    register = fresh()
    bring(tmp_path / "before", register, CAST)
    plan = bring(tmp_path / "now", register, {"pledges": pledge(cur="JPY", amount="100.00")})
    assert not plan.problems
    assert register.pledges["P9"].pledge.amount_minor == 100


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_do_not_matter(tmp_path: Path, ending: str, start: bytes) -> None:
    text = ending.join(["code,name", 'CHE,"Swiss, the"', "", " , ", "FRA,France", ""])
    plan = bring(tmp_path, fresh(), {"donors": start + text.encode()})
    assert [entry.key for entry in plan.new["donors"]] == ["CHE", "FRA"]
    assert not plan.problems


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    text = 'code,name\n\nCHE,"two\nlines"\n,\nDEU,\n'
    plan = bring(tmp_path, fresh(), {"donors": text})
    assert places(plan.problems) == [
        ("donors.csv", 3, "name", "control_character"),
        ("donors.csv", 5, "name", "missing"),
    ]


def test_a_quoted_line_break_is_kept_in_notes(tmp_path: Path) -> None:
    files = dict(CAST)
    files["pledges"] = (
        'reference,donor,currency,amount,pledged_on,notes\nP1,FRA,EUR,100000,2026-02-01,"one\r\ntwo"\n'
    )
    assert on_record_notes(tmp_path, files) == "one\r\ntwo"


def on_record_notes(folder: Path, files: dict[str, str]) -> str:
    register = fresh()
    assert not bring(folder, register, dict(files)).problems
    return register.pledges["P1"].notes


def test_columns_may_stand_in_any_order_and_missing_cells_are_empty(tmp_path: Path) -> None:
    plan = bring(tmp_path, fresh(), {"donors": "name,email,code\nChile,,CHL\nPeru\n"})
    assert [entry.key for entry in plan.new["donors"]] == ["CHL"]
    assert places(plan.problems) == [("donors.csv", 3, "code", "missing")]
