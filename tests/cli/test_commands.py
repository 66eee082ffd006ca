"""Every command: what it prints where, and with which status it ends."""

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Tracker
from tests.importing.desk import CAST, write

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SMALL_DONORS = SHARED / "samples" / "small-donors"

# Help and usage


def test_help_names_every_command_and_needs_no_database(tracker: Tracker) -> None:
    for command in ("serve", "user", "import", "export", "position", "trace", "workbook", "check"):
        assert re.search(rf"^  {command} ", tracker("--help").stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "args",
    [
        ("nothing",),
        ("import",),
        ("import", "there-is-no-such-file"),
        ("import", "--format", "xml", "."),
        ("position", "--as-of", "15.6.2026"),
        ("position", "--as-of", "20260615"),
        ("position", "--as-of", "2026-02-30"),
        ("position", "--known-at", "2020-06-15T00:00:00Z"),
        ("position", "--known-at", "2999-01-01"),
        ("trace", "--known-at", "yesterday"),
        ("workbook", "out.xlsx", "--known-at", "2026-13-01"),
        ("workbook", "out.csv"),
        ("trace", "--lens", "signed"),
        ("trace", "--donor", "NOBODY"),
        ("check", "--anchor", "12"),
        ("check", "--anchor", "12:xyz"),
        ("user", "add", "a@b.example"),
        ("user", "add", "a@b.example", "--role", "king"),
        ("user", "add", "a@b.example", "--role", "donor"),
        ("user", "add", "a@b.example", "--role", "gcg", "--donor", "FRA"),
        ("user", "add", "a@b.example", "--role", "gcg", "--password-stdin"),
        ("position", "--as", "nobody"),
        ("serve", "--port", "70000"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why_on_stderr(tracker: Tracker, args: tuple[str, ...]) -> None:
    result = tracker(*args, status=2)
    assert result.stdout == ""
    assert "Error: " in result.stderr


# Every command on an empty folder


@pytest.mark.parametrize(
    "args",
    [
        ("position",),
        ("position", "--format", "json"),
        ("position", "--format", "csv"),
        ("trace",),
        ("trace", "--format", "csv", "--lens", "all"),
        ("user", "list"),
        ("check",),
        ("export", "OUT/folder"),
        ("export", "OUT/book.xlsx"),
        ("workbook", "OUT/gcg.xlsx"),
        ("import", "OUT/donors.csv"),
        ("user", "add", "a@b.example", "--role", "officer"),
    ],
)
def test_every_command_makes_its_database_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    write(tmp_path, {"donors": CAST["donors"]})
    fresh = Tracker(tmp_path / "new" / "instance", monkeypatch)
    fresh(*(arg.replace("OUT", str(tmp_path)) for arg in args))
    assert (tmp_path / "new" / "instance" / "tracker.sqlite3").exists()


# Position and trace


def test_the_same_day_and_moment_give_the_same_figures_whatever_is_recorded_later(
    tracker: Tracker, tmp_path: Path
) -> None:
    tracker("import", write(tmp_path / "first", CAST))
    moment = datetime.now(UTC)
    asked = ("--as-of", "2026-06-15", "--known-at", moment.isoformat())
    before = [tracker(*command, *asked).stdout for command in (("position", "--format", "json"), ("trace",))]
    receipt = "late,FRA,2026-01-05,USD,9000.00"
    table = f"reference,donor,received_on,currency,amount\n{receipt}\n"
    tracker("import", write(tmp_path / "later", {"receipts": table}))
    after = [tracker(*command, *asked).stdout for command in (("position", "--format", "json"), ("trace",))]
    assert before == after
    now = tracker("trace", "--as-of", "2026-06-15").stdout
    assert "late" in now and "late" not in after[1]
    assert json.loads(after[0])["known_at"] == moment.isoformat().replace("+00:00", "Z")


def test_example_b_as_json(example_b: Tracker) -> None:
    found = example_b.json("position", "--as-of", "2026-06-15", "--format", "json")
    assert list(found) == [
        *("programme", "currency", "as_of", "known_at", "cells", "totals"),
        *("funded_through", "cliff_month", "stable_funding_base"),
    ]
    assert (found["programme"], found["currency"], found["as_of"], found["known_at"]) == (
        *("A87", "USD", "2026-06-15"),
        None,
    )
    zero = {"received": "0.00", "signed": "0.00", "pledged": "0.00"}
    assert found["totals"] == {
        "required": "2583438.00",
        "received": "92780.75",
        "signed": "65934.07",
        "pledged": "60000.00",
        "gap": "2364723.18",
        "gap_lapsed": "102934.25",
        "gap_ahead": "2261788.93",
        "unused": zero,
        "targeted": zero,
        "held": zero,
    }
    assert found["funded_through"] == {"received": None, "signed": None, "pledged": "2026-06"}
    assert found["cliff_month"] == {"received": "2026-06", "signed": "2026-06", "pledged": "2026-07"}
    assert found["stable_funding_base"] is False
    assert len(found["cells"]) == 4 * 66
    assert [cell["outcome"] for cell in found["cells"][::66]] == ["O1", "O2", "O3", "PS"]
    assert found["cells"][0] == {
        "outcome": "O1",
        "month": "2026-01",
        "required": "6489.91",
        "received": "6489.91",
        "signed": "0.00",
        "pledged": "0.00",
        "gap": "0.00",
        "status": "funded",
    }
    august = next(c for c in found["cells"] if (c["outcome"], c["month"]) == ("O2", "2026-08"))
    assert [august[k] for k in ("received", "signed", "pledged", "gap", "status")] == [
        *("0.00", "17233.24", "2831.46", "0.00", "pledged")
    ]


def test_the_csv_of_a_position_says_what_the_json_says(example_b: Tracker) -> None:
    header, *lines = example_b("position", "--as-of", "2026-06-15", "--format", "csv").stdout.splitlines()
    cells = example_b.json("position", "--as-of", "2026-06-15", "--format", "json")["cells"]
    assert header == "outcome,month,required,received,signed,pledged,gap,status"
    assert lines == [",".join(cell.values()) for cell in cells]


def test_the_table_of_a_position_leads_with_what_is_still_to_raise_and_fits_a_terminal(
    example_b: Tracker,
) -> None:
    lines = example_b("position", "--as-of", "2026-06-15").stdout.splitlines()
    assert lines[0] == "Alliance 8.7 Multi-Donor Programme, as of 2026-06-15, USD"
    assert [re.sub(" {2,}", " ", line.strip()) for line in lines[2:4]] == [
        "Still to raise 2,261,788.93",
        "Lapsed 102,934.25",
    ]
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith((" 20", ">20")) for line in lines) == 66
    june = next(line for line in lines if line.startswith(">"))
    assert june.split() == [">2026-06", "P", "C", "P", "C"]


def test_the_trace_adds_up_to_the_position(example_b: Tracker) -> None:
    rows = example_b.json("trace", "--as-of", "2026-06-15", "--lens", "all")
    assert list(rows[0]) == ["lens", "reference", "donor", "outcome", "month", "amount"]
    cents = {
        lens: sum(round(float(row["amount"]) * 100) for row in rows if row["lens"] == lens)
        for lens in ("received", "signed", "pledged")
    }
    assert cents == {"received": 9278075, "signed": 6593407, "pledged": 6000000}
    assert {row["reference"] for row in rows} == {"R1", "R2", "FR-1@2026-05-15", "NL-1@2026-04-10"}
    assert [row["lens"] for row in rows] == sorted(
        (r["lens"] for r in rows), key=["received", "signed", "pledged"].index
    )


def test_the_trace_shows_receipts_alone_unless_asked_and_one_donor_where_asked(example_b: Tracker) -> None:
    rows = example_b.json("trace", "--as-of", "2026-06-15")
    assert {row["lens"] for row in rows} == {"received"}
    french = example_b.json("trace", "--as-of", "2026-06-15", "--donor", "FRA")
    assert french == [row for row in rows if row["donor"] == "FRA"]
    assert french


def test_unused_money_has_no_month(tracker: Tracker, tmp_path: Path) -> None:
    files = {
        "donors": "code,name\nFRA,France\n",
        "receipts": (
            "reference,donor,received_on,currency,amount,earmark,covers_until\n"
            "A,FRA,2026-01-10,USD,10000,PS,2026-01\nB,FRA,2026-01-10,USD,5,hold,\nC,FRA,2026-01-10,USD,7,targeted:Chile,\n"
        ),
    }
    tracker("import", write(tmp_path / "files", dict(files)))
    rows = tracker.json("trace", "--as-of", "2026-01-31")
    assert [(r["reference"], r["outcome"], r["month"], r["amount"]) for r in rows] == [
        ("A", "PS", "2026-01", "5088.59"),
        ("A", "PS", None, "4911.41"),
        ("C", "targeted", None, "7.00"),
        ("B", "held", None, "5.00"),
    ]
    csv = tracker("trace", "--as-of", "2026-01-31", "--format", "csv").stdout.splitlines()
    assert csv[2] == "received,A,FRA,PS,,4911.41"


# Import


def test_an_import_says_on_stdout_what_it_recorded(tracker: Tracker, tmp_path: Path) -> None:
    result = tracker("import", write(tmp_path / "files", dict(CAST)))
    assert [line.split() for line in result.stdout.splitlines()] == [
        [name, count, "recorded", "0", "changed", "0", "unchanged"]
        for name, count in (
            ("donors", "2"),
            ("pledges", "1"),
            ("receipts", "1"),
            ("refunds", "1"),
            ("rates", "2"),
        )
    ]
    assert result.stderr == ""
    again = tracker("import", tmp_path / "files")
    assert again.stdout == "Nothing changed: all 7 rows were on record already.\n"


def test_problems_go_to_stderr_and_nothing_is_recorded(tracker: Tracker, tmp_path: Path) -> None:
    files = {**CAST, "receipts": CAST["receipts"] + 'R2,FRA,,2026-03-20,EUR,"1,234.56"\n'}
    result = tracker("import", write(tmp_path / "files", dict(files)), status=1)
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "receipts.csv, row 3, amount: “1,234.56” is not a plain number. "
        "Write it with a dot and no grouping: 1234.56.",
        "1 problem: nothing was recorded.",
    ]
    assert tracker.json("trace") == []
    assert tracker("user", "list").stdout == ""
    assert "FRA" not in tracker("export", tmp_path / "out").stdout
    assert (tmp_path / "out" / "donors.csv").read_text().count("\n") == 2


def test_an_import_as_json(tracker: Tracker, tmp_path: Path) -> None:
    folder = write(tmp_path / "files", {**CAST, "donors": CAST["donors"] + ",Nobody\n"})
    found = tracker.json("import", folder, "--format", "json", status=1)
    assert found["recorded"] is False
    assert found["problems"] == [
        {
            "file": "donors.csv",
            "row": 4,
            "column": "code",
            "code": "missing",
            "message": "Nothing is given. This is required.",
        }
    ]
    write(folder, {"donors": CAST["donors"]})
    found = tracker.json("import", folder, "--format", "json")
    assert list(found) == ["recorded", "dry_run", "tables", "changes", "problems", "questions"]
    assert found["recorded"] is True
    assert found["tables"]["donors"] == {"new": 2, "changed": 0, "unchanged": 0}
    assert list(found["tables"]) == ["donors", "pledges", "instalments", "receipts", "refunds", "rates"]


def test_a_dry_run_records_nothing(tracker: Tracker, tmp_path: Path) -> None:
    folder = write(tmp_path / "files", dict(CAST))
    result = tracker("import", folder, "--dry-run")
    assert "Nothing was recorded: --dry-run." in result.stdout
    assert tracker.json("import", folder, "--dry-run", "--format", "json")["tables"]["receipts"]["new"] == 1


def test_what_is_odd_is_said_on_stderr_and_recorded(tracker: Tracker, tmp_path: Path) -> None:
    rates = "currency,effective_on,rate\nEUR,2026-01-01,0.92\nEUR,2026-02-01,1.0870\n"
    result = tracker("import", write(tmp_path / "files", {"rates": rates}))
    assert result.stderr.startswith("rates.csv, row 3, rate: 1.0870 is nearer to the inverse")
    assert result.stdout.split() == ["rates", "2", "recorded", "0", "changed", "0", "unchanged"]


def test_other_content_needs_update_which_is_audited(tracker: Tracker, tmp_path: Path) -> None:
    tracker("import", write(tmp_path / "files", dict(CAST)))
    other = write(tmp_path / "other", {"donors": "code,name\nFRA,French Republic\n"})
    result = tracker("import", other, status=1)
    assert "donors.csv, row 2, name: “FRA” is on record with “France”" in result.stderr
    tracker("import", other, "--update", "--as", "officer@example.org")
    with sqlite3.connect(tracker.folder / "tracker.sqlite3") as database:
        last = database.execute(
            "SELECT actor, reference FROM audit_entry ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    assert last == ("officer@example.org", "FRA")
    tracker("check")


def test_without_a_name_the_audit_trail_names_the_system_user(tracker: Tracker, tmp_path: Path) -> None:
    tracker("import", write(tmp_path / "files", dict(CAST)))
    tracker("--as", "gcg@example.org", "user", "add", "x@example.org", "--role", "gcg")
    with sqlite3.connect(tracker.folder / "tracker.sqlite3") as database:
        actors = [row[0] for row in database.execute("SELECT DISTINCT actor FROM audit_entry ORDER BY seq")]
    assert actors[0] == "system:setup"
    assert actors[1].startswith("cli:")
    assert actors[2] == "gcg@example.org"


# Export


@pytest.mark.parametrize("out", ["out", "out.xlsx"])
def test_an_export_imports_into_an_empty_programme_with_the_same_position(
    example_b: Tracker, install: Callable[[str], Tracker], tmp_path: Path, out: str
) -> None:
    example_b("export", tmp_path / out)
    other = install("other")
    result = other.json("import", tmp_path / out, "--format", "json")
    assert result["tables"]["donors"] == {"new": 2, "changed": 0, "unchanged": 1}
    for day in ("2026-03-31", "2026-06-15", "2027-01-01"):
        args = ("position", "--as-of", day, "--format", "json")
        assert other(*args).stdout == example_b(*args).stdout
        args = ("trace", "--as-of", day, "--lens", "all")
        assert other(*args).stdout == example_b(*args).stdout
    assert example_b.json("import", tmp_path / out, "--format", "json")["recorded"] is False


@pytest.mark.parametrize(
    ("day", "totals", "statuses"),
    [
        ("2026-11-30", ("757457.82", "16211.70", "0.00", "1809768.48", "0.00"), (76, 0, 0, 188)),
        ("2028-06-30", ("1377164.96", "190136.62", "182956.19", "833180.23", "0.00"), (140, 20, 16, 88)),
        ("2031-06-30", ("1999705.59", "31785.47", "7357.53", "544589.41", "104815.47"), (204, 0, 4, 56)),
    ],
)
def test_the_small_donors_of_cerf(
    tracker: Tracker, day: str, totals: tuple[str, ...], statuses: tuple[int, ...]
) -> None:
    if not SMALL_DONORS.is_dir():
        pytest.skip(f"the real data is not beside the checkout: {SMALL_DONORS.parent.parent.name}")
    tracker("import", SMALL_DONORS)
    found = tracker.json("position", "--as-of", day, "--format", "json")
    sums = found["totals"]
    assert (*(sums[k] for k in ("received", "signed", "pledged", "gap")), sums["unused"]["pledged"]) == totals
    seen = [cell["status"] for cell in found["cells"]]
    assert tuple(seen.count(status) for status in ("funded", "committed", "pledged", "gap")) == statuses


# Logins


def test_a_login_is_added_listed_disabled_and_reset(tracker: Tracker) -> None:
    added = tracker("user", "add", "Officer@Example.org", "--role", "officer", "--name", "A. Moreau")
    assert re.fullmatch(r"[\w-]{20}\n", added.stdout)
    assert tracker("user", "list").stdout.split() == [
        "officer@example.org",
        "officer",
        "-",
        "active",
        "A.",
        "Moreau",
    ]
    link = tracker("user", "reset", "officer@example.org").stdout
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/password/[\w-]{40,}\n", link)
    tracker("user", "disable", "officer@example.org")
    assert "disabled" in tracker("user", "list").stdout


def test_a_password_from_stdin_is_never_printed(tracker: Tracker) -> None:
    args = ("user", "add", "a@example.org", "--role", "admin", "--password-stdin")
    result = tracker(*args, stdin="correct horse battery\n")
    assert "horse" not in result.output
    assert result.stdout == ""
    short = tracker(
        "user", "add", "b@example.org", "--role", "admin", "--password-stdin", stdin="short\n", status=1
    )
    assert "at least" in short.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("user", "disable", "nobody@example.org"), "no login"),
        (("user", "reset", "nobody@example.org"), "no login"),
        (("user", "add", "nobody", "--role", "gcg"), "not an e-mail address"),
        (("user", "add", "a@example.org", "--role", "donor", "--donor", "NOBODY"), "no donor"),
    ],
)
def test_what_a_login_cannot_be_is_said(tracker: Tracker, args: tuple[str, ...], words: str) -> None:
    result = tracker(*args, status=1)
    assert words in result.stderr
    assert result.stdout == ""


# Check


def test_check_proves_line_by_line_and_holds_an_anchor(example_b: Tracker) -> None:
    lines = example_b("check").stdout.splitlines()
    assert all(line.startswith(("ok   ", "note ")) for line in lines)
    with sqlite3.connect(example_b.folder / "tracker.sqlite3") as database:
        seq, digest = database.execute(
            "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    assert f"anchor {seq}" in example_b("check", "--anchor", f"{seq}:{digest}").stdout
    wrong = example_b("check", "--anchor", f"{seq}:{'0' * 64}", status=1)
    assert "FAIL" in wrong.stdout
    assert "do not hold" in wrong.stderr
    assert "FAIL" in example_b("check", "--anchor", f"{seq + 1}:{digest}", status=1).stdout


def test_check_finds_a_changed_row(example_b: Tracker) -> None:
    with sqlite3.connect(example_b.folder / "tracker.sqlite3") as database:
        database.execute("UPDATE receipt SET usd_minor = usd_minor + 1 WHERE reference = 'R1'")
    assert "FAIL" in example_b("check", status=1).stdout


def test_check_only_notes_a_receipt_whose_rate_was_corrected_later(
    example_b: Tracker, tmp_path: Path
) -> None:
    rates = {"rates": "currency,effective_on,rate\nEUR,2026-03-01,0.9400\n"}
    example_b("import", write(tmp_path / "rates", dict(rates)), "--update")
    notes = [line for line in example_b("check").stdout.splitlines() if line.startswith("note")]
    assert any("R1: recorded 42780.75, by the rate 42553.19" in line for line in notes)
