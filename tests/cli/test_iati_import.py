"""`tracker iati import`: what is said where, real files to the cent, and our own export back again."""

import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from lxml import etree

from tests.cli.conftest import Tracker
from tests.importing.desk import write
from tests.importing.iati_files import OURS, activities, activity, real, real_rates, transaction
from tests.reporting.reports import SMALL_DONORS
from tracker.services.demo import FOLDER as DEMO

DAY = "2026-11-20"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _one_moment() -> Iterator[None]:
    with time_machine.travel(NOON, tick=True):
        yield


def file_of(folder: Path, *children: str) -> Path:
    path = folder / "them.xml"
    path.write_text(activities(activity(*children)), encoding="utf-8")
    return path


def sums(exported: Path, table: str) -> dict[str, Decimal]:
    """Amounts by currency, of an export."""
    found: dict[str, Decimal] = {}
    with (exported / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            found[row["currency"]] = found.get(row["currency"], Decimal(0)) + Decimal(row["amount"])
    return found


# What is said


def test_it_says_what_it_recorded_and_what_it_left_out(tracker: Tracker, tmp_path: Path) -> None:
    path = file_of(tmp_path, transaction("11", ref="A"), transaction("3"), transaction("3"))
    result = tracker("iati", "import", path)
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[:3] for line in lines] == [["donors", "1", "recorded"], ["pledges", "1", "recorded"]]
    assert result.stderr == "Left out: 2 × Disbursement: not incoming money (rows 2, 3).\n"
    again = tracker("iati", "import", path)
    assert again.stdout == "Nothing changed: all 1 rows were on record already.\n"


def test_a_dry_run_records_nothing(tracker: Tracker, tmp_path: Path) -> None:
    path = file_of(tmp_path, transaction())
    assert "Nothing was recorded: --dry-run." in tracker("iati", "import", path, "--dry-run").stdout
    assert "donors" in tracker("iati", "import", path).stdout


def test_a_change_is_shown_cell_by_cell_before_it_is_recorded(tracker: Tracker, tmp_path: Path) -> None:
    tracker("iati", "import", file_of(tmp_path, transaction("11", "100", ref="A")))
    path = file_of(tmp_path, transaction("11", "120.5", ref="A"))
    refused = tracker("iati", "import", path, status=1)
    assert refused.stdout == ""
    assert "them.xml, row 1, amount: “A” is on record with “100.00”, here it is “120.50”." in refused.stderr
    dry = tracker("iati", "import", path, "--update", "--dry-run")
    assert dry.stderr == "pledges A, amount: 100.00 → 120.50\n"
    done = tracker.json("iati", "import", path, "--update", "--format", "json")
    change = {"table": "pledges", "key": "A", "column": "amount", "old": "100.00", "new": "120.50"}
    assert (done["recorded"], done["changes"]) == (True, [change])


def test_an_own_file_edited_in_a_spreadsheet_shows_its_changes_too(
    example_b: Tracker, tmp_path: Path
) -> None:
    example_b("export", tmp_path / "out")
    receipts = tmp_path / "out" / "receipts.csv"
    receipts.write_text(receipts.read_text(encoding="utf-8").replace("50000.00", "50001.00"), "utf-8")
    schedule = tmp_path / "out" / "instalments.csv"
    schedule.write_text(schedule.read_text(encoding="utf-8").replace("2026-05-15", "2026-06-15"), "utf-8")
    result = example_b("import", tmp_path / "out", "--update")
    assert "receipts R2, amount: 50000.00 → 50001.00" in result.stderr
    assert "instalments FR-1, amount: " in result.stderr
    assert "2026-05-15" in result.stderr


def test_json_says_totals_names_and_rows_left_out(tracker: Tracker, tmp_path: Path) -> None:
    path = file_of(tmp_path, transaction("1", "5"), transaction("1", "7.5"), transaction("2"))
    told = tracker.json("iati", "import", path, "--format", "json", "--dry-run")
    total = {"label": "Incoming Funds", "currency": "USD", "rows": 2, "amount": "12.5"}
    assert told["totals"] == [total]
    why = {"row": 3, "code": "iati_type", "why": "Outgoing Commitment: not incoming money"}
    assert told["left_out"] == [why]
    assert told["names"] == [{"name": "France", "rows": 2, "donor": "FRANCE", "new": True, "alike": []}]


def test_an_earmark_is_for_all_rows_and_a_wrong_one_is_wrong_usage(tracker: Tracker, tmp_path: Path) -> None:
    path = file_of(tmp_path, transaction("11", ref="A"), transaction("1", ref="B"))
    refused = tracker("iati", "import", path, "--earmark", "O9", status=2)
    assert "--earmark" in refused.stderr
    tracker("iati", "import", path, "--earmark", "O2")
    tracker("export", tmp_path / "out")
    assert ",O2," in (tmp_path / "out" / "pledges.csv").read_text(encoding="utf-8")
    assert ",O2," in (tmp_path / "out" / "receipts.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "nothing in the file"),
        (b"reference,donor", "cannot be read"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "DOCTYPE"),
        (b"<html/>", "no IATI activity file"),
        (activities(activity(transaction("3"))).encode(), "no incoming money, only 1 × Disbursement"),
    ],
)
def test_what_is_not_for_us_is_one_sentence_and_exit_1(
    tracker: Tracker, tmp_path: Path, content: bytes, word: str
) -> None:
    path = tmp_path / "them.xml"
    path.write_bytes(content)
    result = tracker("iati", "import", path, status=1)
    assert result.stdout == ""
    assert result.stderr.startswith("them.xml: ")
    assert word in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_wrong_usage_is_exit_2(tracker: Tracker, tmp_path: Path) -> None:
    tracker("iati", "import", status=2)
    tracker("iati", "import", tmp_path, status=2)
    tracker("iati", "import", tmp_path / "nothing.xml", status=2)


# Real files


def with_rates(tracker: Tracker, folder: Path) -> None:
    rows = "".join(f"{currency},{day},{rate}\n" for currency, day, rate in real_rates())
    tracker("import", write(folder / "rates", {"rates": f"currency,effective_on,rate\n{rows}"}))


def test_unhcr_2023_is_on_record_to_the_cent_and_the_file_again_changes_nothing(
    tracker: Tracker, tmp_path: Path
) -> None:
    path = real("unhcr-activities-2023.xml")
    with_rates(tracker, tmp_path)
    started = time.monotonic()
    told = tracker.json("iati", "import", path, "--format", "json")
    assert time.monotonic() - started < 60
    assert told["recorded"] is True
    assert told["tables"]["pledges"]["new"] == 2678
    assert told["tables"]["donors"]["new"] == 122
    tracker("export", tmp_path / "out")
    assert sums(tmp_path / "out", "pledges") == {
        one["currency"]: Decimal(one["amount"]) for one in told["totals"]
    }
    assert len(told["totals"]) == 15
    again = tracker("iati", "import", path)
    assert again.stdout == "Nothing changed: all 2678 rows were on record already.\n"


def test_the_legacy_file_re_adds_on_record(tracker: Tracker, tmp_path: Path) -> None:
    with_rates(tracker, tmp_path)
    told = tracker.json("iati", "import", real("legacy-1.00-oxfam.xml"), "--format", "json")
    assert [(t["rows"], t["amount"]) for t in told["totals"]] == [(150, "4444448")]
    tracker("export", tmp_path / "out")
    with (tmp_path / "out" / "refunds.csv").open(encoding="utf-8-sig", newline="") as file:
        back = [Decimal(row["amount"]) for row in csv.DictReader(file)]
    assert len(back) == 12
    assert sums(tmp_path / "out", "receipts")["GBP"] - sum(back) == 4444448


# Out and in again

HARD = {
    "donors": (
        "code,name,kind,country,iati_ref,email,aliases,anonymous\n"
        "FRA,France; l’État & <Cie>,government,FR,FR-3,a@b.example,French Republic,\n"
        "NLD,Netherlands,government,NL,XM-DAC-7,,,\nQUIET,Quiet Family,foundation,LI,LI-1,,,yes\n"
        "CHL,Chile,government,CL,not of iati form,,,\nWRK,Workers,workers,,,,,\n"
    ),
    "rates": (
        "currency,effective_on,rate\nEUR,2026-01-01,0.9200\nEUR,2026-06-01,0.9100\nJPY,2026-01-01,151.37\n"
        "KWD,2026-01-01,0.30715\n"
    ),
    "pledges": (
        "reference,donor,currency,amount,pledged_on,signed_on,closed_on,earmark,psc,covers_from,covers_until,"
        "agreement_ref,notes\n"
        "P-EUR,FRA,EUR,100000,2026-02-01,2026-02-20,,O2,,,2027-12,AGR,secret note\n"
        "P-JPY,NLD,JPY,9000001,2026-02-10,,,O1:60 O2:40,no,2026-04,,,\n"
        "P-KWD,CHL,KWD,12345.678,2026-03-01,2026-03-15,,core,,,,,\n"
        "P-CLOSED,NLD,USD,50000,2026-01-10,2026-02-01,2026-09-30,core,,,,,gone\n"
        "P-CROSS,CHL,EUR,20000,2026-04-01,2026-04-02,,core,,,,,\n"
        "P-TARGET,WRK,USD,5000,2026-04-01,,,targeted:Côte d'Ivoire,,,,,\n"
        "Q-PLEDGE,QUIET,USD,30000,2026-03-03,2026-03-04,,targeted:Vaduz roadmap,,,,,\n"
        "P-LATE,WRK,USD,7000,2026-05-01,2026-05-02,,PS,,2026-05,2026-07,,\n"
    ),
    "instalments": (
        "pledge,due_on,amount\nP-EUR,2026-03-15,40000\nP-EUR,2026-10-15,35000.55\nP-EUR,2027-03-01,24999.45\n"
        "P-JPY,2026-07-01,3000000\nP-JPY,2026-12-31,6000001\n"
        "Q-PLEDGE,2026-04-01,10000\nQ-PLEDGE,2027-01-01,20000\n"
    ),
    "receipts": (
        "reference,donor,pledge,received_on,currency,amount,usd_amount,earmark,split,covers_from,covers_until,"
        "ledger_ref,notes\n"
        "R-EUR-1,FRA,P-EUR,2026-03-20,EUR,40000,,,,,,L1,secret note\n"
        "R-EUR-2,FRA,P-EUR,2026-09-20,EUR,10000.55,10987.65,,,,,,\n"
        "R-JPY,NLD,P-JPY,2026-07-02,JPY,1234567,,,,,,,\n"
        "R-KWD,CHL,P-KWD,2026-04-04,KWD,2000.125,,,,,,,\n"
        "R-DEDUCT,NLD,P-CLOSED,2026-02-15,USD,12500,12475.00,,,,,,\n"
        "R-CROSS,CHL,P-CROSS,2026-05-20,USD,8000,7990.00,,,,,,\n"
        "R-SPLIT,WRK,,2026-06-15,USD,10000,,core,O1:6000.00 O2:2500.01 PS:1499.99,,,,\n"
        "R-RETRO,WRK,,2026-08-01,USD,60000,,core,,2026-01,2026-03,,\n"
        "R-GONE,WRK,,2026-03-02,USD,500,,core,,,,,\n"
        "R-UNKNOWN,UNIDENTIFIED,,2026-06-17,USD,444.44,,hold,,,,,\n"
        "Q-RECEIPT,QUIET,Q-PLEDGE,2026-04-10,USD,10000,9985.00,,,,,,\n"
    ),
    "refunds": (
        "reference,receipt,refunded_on,amount,usd_amount,ledger_ref,notes\n"
        "F-1,R-EUR-1,2026-08-08,1000,,,\nF-2,R-EUR-1,2026-08-09,500,530.00,L2,secret note\n"
        "F-3,R-SPLIT,2026-09-01,1234.56,,,\nF-4,R-GONE,2026-04-01,500,,,\nF-5,R-JPY,2026-09-09,34567,,,\n"
        "Q-REFUND,Q-RECEIPT,2026-09-10,100,,,\n"
    ),
}
"""Every currency and kind of money: with a schedule, a split, windows, a waiver, deductions, a closing."""
LATER_RATES = {"rates": "currency,effective_on,rate\nEUR,2026-03-10,0.9550\nJPY,2026-06-15,149.2\n"}
"""Recorded after the receipts: their USD is no longer what the rate in force would give."""


def hard_book(tracker: Tracker, folder: Path) -> None:
    tracker("import", write(folder / "hard", dict(HARD)))
    tracker("import", write(folder / "later", dict(LATER_RATES)))


def small_donors(tracker: Tracker, folder: Path) -> None:
    if not SMALL_DONORS.is_dir():
        pytest.skip("the samples are not beside the checkout (../shared/data/samples/small-donors)")
    tracker("import", SMALL_DONORS)


def demo(tracker: Tracker, folder: Path) -> None:
    tracker("import", DEMO)


def nothing_but_a_receipt(tracker: Tracker, folder: Path) -> None:
    receipts = "reference,donor,received_on,currency,amount\nR,A,2026-03-01,USD,1\n"
    tracker("import", write(folder / "one", {"donors": "code,name\nA,A\n", "receipts": receipts}))


def traced(tracker: Tracker) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, str]]]:
    """The trace summed by cell, and by donor; whoever is anonymous is one donor."""
    cells: Counter[tuple[str, ...]] = Counter()
    donors: Counter[tuple[str, str]] = Counter()
    for row in tracker.json("trace", "--as-of", DAY, "--lens", "all", "--format", "json"):
        cents = int(Decimal(row["amount"]) * 100)
        hidden = row["donor"] == "QUIET" or row["donor"].startswith("ANON-")
        cells[row["lens"], row["outcome"], str(row["month"])] += cents
        donors[row["lens"], "ANON" if hidden else row["donor"]] += cents
    return cells, donors


def position(tracker: Tracker) -> Any:
    return tracker.json("position", "--as-of", DAY, "--format", "json")


@pytest.mark.parametrize("fill", [hard_book, small_donors, demo, nothing_but_a_receipt])
def test_our_own_export_gives_the_same_position_in_an_empty_programme(
    install: Callable[[str], Tracker], tmp_path: Path, fill: Callable[[Tracker, Path], None]
) -> None:
    there, here, out = install("there"), install("here"), tmp_path / "out.xml"
    fill(there, tmp_path)
    there("iati", "export", out)
    told = here.json("iati", "import", out, "--format", "json")
    assert (told["recorded"], told["problems"], told["left_out"]) == (True, [], [])
    assert position(here) == position(there)
    assert traced(here) == traced(there)
    assert "Nothing changed" in here("iati", "import", out).stdout
    here("check")
    here("iati", "export", tmp_path / "again.xml")
    assert money_of(tmp_path / "again.xml") == money_of(out)


def money_of(path: Path) -> list[bytes]:
    """Every element of our own in every transaction, as it is written."""
    root = etree.parse(path).getroot()
    return [
        etree.tostring(e, method="c14n") for e in root.iterfind(".//transaction/{*}*") if "urn:" in str(e.tag)
    ]


def test_our_own_export_back_into_its_programme_changes_nothing_but_for_anonymous_donors(
    tracker: Tracker, tmp_path: Path
) -> None:
    files = {name: "".join(
        line for line in text.splitlines(keepends=True) if "QUIET" not in line and not line.startswith("Q-")
    ) for name, text in HARD.items()}  # fmt: skip
    tracker("import", write(tmp_path / "hard", dict(files)))
    tracker("iati", "export", tmp_path / "out.xml")
    result = tracker("iati", "import", tmp_path / "out.xml")
    assert (result.stdout.startswith("Nothing changed"), result.stderr) == (True, "")


def test_an_export_with_anonymous_donors_says_that_they_would_stand_twice(
    tracker: Tracker, tmp_path: Path
) -> None:
    hard_book(tracker, tmp_path)
    tracker("iati", "export", tmp_path / "out.xml")
    result = tracker("iati", "import", tmp_path / "out.xml", "--dry-run")
    assert "ANON-1: anonymous in this file" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ('value-date="2026-02-15">12500.00<', 'value-date="2026-02-15">12501.00<', "amount"),
        ('covers-from="2026-04"', 'covers-from="2035-04"', "covers_from"),
        ('earmark="O2"', 'earmark="O7"', "earmark"),
        ('pledge="P-CLOSED"', 'pledge="P-NONE"', "pledge"),
    ],
)  # fmt: skip
def test_an_export_that_was_changed_by_hand_or_is_of_another_programme_is_refused(
    install: Callable[[str], Tracker], tmp_path: Path, old: str, new: str, column: str
) -> None:
    there, out = install("there"), tmp_path / "out.xml"
    hard_book(there, tmp_path)
    there("iati", "export", out)
    text = out.read_text(encoding="utf-8")
    assert old in text
    out.write_text(text.replace(old, new), encoding="utf-8")
    told = install("here").json("iati", "import", out, "--format", "json", status=1)
    assert column in {problem["column"] for problem in told["problems"]}
    assert told["recorded"] is False


def test_the_address_of_our_namespace_is_what_counts_and_not_its_prefix(
    tracker: Tracker, tmp_path: Path
) -> None:
    path = tmp_path / "them.xml"
    own = (
        '<o:receipt reference="R" donor="A" received-on="2026-03-01" currency="USD" amount="100"'
        ' earmark="O2"/>'
    )
    inside = activity('<o:donor code="A" name="Austria"/>', transaction(more=own))
    path.write_text(activities(inside, more=OURS.replace("mdp", "o")), encoding="utf-8")
    tracker("iati", "import", path)
    tracker("export", tmp_path / "out")
    assert "R,A,,2026-03-01,USD,100.00," in (tmp_path / "out" / "receipts.csv").read_text(encoding="utf-8")
