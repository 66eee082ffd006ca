"""A ledger held against receipts and refunds, by a command that changes nothing."""

from pathlib import Path

from tests.cli.conftest import Tracker


def ledger(folder: Path, *rows: str, header: str = "ledger_ref,date,currency,amount") -> Path:
    """A ledger file."""
    path = folder / "ledger.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def test_a_ledger_that_says_the_same_is_explained(example_b: Tracker, tmp_path: Path) -> None:
    path = ledger(tmp_path, "R1,2026-03-20,EUR,40000.00", "R2,2026-01-10,USD,50000")
    found = example_b.json("reconcile", path, "--format", "json")
    assert (found["explained"], len(found["matched"]), found["unexplained"]) == (True, 2, {})
    assert "unexplained    nothing" in example_b("reconcile", path).stdout


def test_what_differs_or_is_missing_is_named_with_its_total(example_b: Tracker, tmp_path: Path) -> None:
    path = ledger(tmp_path, "R1,2026-03-21,EUR,40000.50", "X9,2026-02-01,EUR,10")
    found = example_b.json("reconcile", path, "--format", "json", status=1)
    assert [(d["date"], d["amount"]) for d in found["differing"]] == [(True, True)]
    assert [one["ledger_ref"] for one in found["missing_here"]] == ["X9"]
    assert [one["reference"] for one in found["missing_there"]] == ["R2"]
    assert found["unexplained"] == {"EUR": "10.50", "USD": "50000.00"}
    text = example_b("reconcile", path, status=1).stdout
    assert "row 2: R1 2026-03-21 EUR 40000.50; here R1 2026-03-20 EUR 40000.00" in text


def test_credited_dollars_explain_a_receipt_in_euros(example_b: Tracker, tmp_path: Path) -> None:
    path = ledger(tmp_path, "R1,2026-03-20,USD,42780.75", "R2,2026-01-10,USD,50000")
    assert example_b.json("reconcile", path, "--format", "json")["explained"] is True


def test_days_limit_both_sides(example_b: Tracker, tmp_path: Path) -> None:
    path = ledger(tmp_path, "R1,2026-03-20,EUR,40000", "X9,2026-01-01,USD,5")
    assert example_b.json("reconcile", path, "--format", "json", "--from", "2026-02-01")["explained"]
    example_b("reconcile", path, "--from", "2026-02-30", status=2)
    example_b("reconcile", path, "--from", "2026-02-02", "--to", "2026-02-01", status=2)


def test_a_refund_is_a_negative_entry(example_b: Tracker, tmp_path: Path) -> None:
    refunds = tmp_path / "refunds.csv"
    refunds.write_text(
        "reference,receipt,refunded_on,amount,ledger_ref\nRF1,R2,2026-04-01,100,L-7\n", encoding="utf-8"
    )
    example_b("import", refunds)
    rows = ("R1,2026-03-20,EUR,40000", "R2,2026-01-10,USD,50000", "L-7,2026-04-01,USD,-100.00")
    assert example_b.json("reconcile", ledger(tmp_path, *rows), "--format", "json")["explained"]


def test_a_ledger_that_cannot_be_read_is_said_by_row(example_b: Tracker, tmp_path: Path) -> None:
    result = example_b("reconcile", ledger(tmp_path, "R1,20.03.2026,EUR,4e4"), status=1)
    assert "ledger.csv, row 2, date:" in result.stderr
    assert "ledger.csv, row 2, amount:" in result.stderr
    missing = example_b("reconcile", ledger(tmp_path, "1", header="reference"), status=1)
    assert "The column date is missing" in missing.stderr
    example_b("reconcile", tmp_path / "none.csv", status=2)
