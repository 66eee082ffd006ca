"""Imports into a closed month: refused with file, row and column, whatever the options; `check` is clean."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Tracker
from tests.cli.example import EXAMPLE_B
from tests.importing.desk import write
from tests.web.cast import settings
from tracker import create_app
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.services.closings import close_month
from tracker.services.records import Desk

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def closed(example_b: Tracker) -> Tracker:
    """Worked example B with March 2026 closed."""
    app = create_app(settings(example_b.folder))
    with app.app_context():
        begin_write(db.session())
        here = the_programme(db.session()).id
        desk = Desk(db.session(), Actor("officer@alliance.test", NOW), here, NOW.date())
        close_month(desk, month="2026-03", raw={"note": "checked", "unlisted": "yes"}, confirmed=True)
        db.session.commit()
        db.engine.dispose()
    return example_b


def problems(
    tracker: Tracker, folder: Path, files: dict[str, str | bytes], *options: str
) -> list[list[object]]:
    """Place and code of every problem that an import names; it must refuse."""
    told = tracker.json("import", write(folder, files), "--format", "json", *options, status=1)
    assert told["recorded"] is False
    return [[p["file"], p["row"], p["column"], p["code"]] for p in told["problems"]]


@pytest.mark.parametrize("options", [(), ("--update",), ("--dry-run",)])
def test_a_new_row_dated_in_a_closed_month_is_named_with_its_place(
    closed: Tracker, tmp_path: Path, options: tuple[str, ...]
) -> None:
    files: dict[str, str | bytes] = {
        "receipts": (
            "reference,donor,received_on,currency,amount\nR8,NLD,2026-04-01,USD,5\nR9,NLD,2026-03-31,USD,7\n"
        ),
        "refunds": "reference,receipt,refunded_on,amount\nF9,R1,2026-03-30,1\n",
        "rates": "currency,effective_on,rate\nCHF,2026-03-01,0.88\n",
        "pledges": (
            "reference,donor,currency,amount,pledged_on,signed_on\nP9,NLD,USD,10,2026-02-01,2026-03-02\n"
        ),
    }
    before = closed("export", tmp_path / "before")
    assert problems(closed, tmp_path / "in", files, *options) == [
        ["rates.csv", 2, "effective_on", "month_closed"],
        ["pledges.csv", 2, "signed_on", "month_closed"],
        ["receipts.csv", 3, "received_on", "month_closed"],
        ["refunds.csv", 2, "refunded_on", "month_closed"],
    ]
    closed("export", tmp_path / "after")
    assert before.exit_code == 0
    for path in sorted((tmp_path / "before").iterdir()):
        assert path.read_bytes() == (tmp_path / "after" / path.name).read_bytes()


def test_the_message_says_what_to_do_instead(closed: Tracker, tmp_path: Path) -> None:
    row = "reference,donor,received_on,currency,amount\nR9,NLD,2026-03-31,USD,7\n"
    said = closed("import", write(tmp_path / "in", {"receipts": row}), status=1).stderr
    assert "receipts.csv, row 2, received_on: 2026-03 is closed. Record a correction in an open month" in said


def test_an_edit_of_what_stands_inside_is_refused_and_of_its_terms_is_not(
    closed: Tracker, tmp_path: Path
) -> None:
    head = "reference,donor,pledge,received_on,currency,amount,earmark\n"
    edit: dict[str, str | bytes] = {"receipts": f"{head}R1,FRA,FR-1,2026-03-20,EUR,40001,\n"}
    assert problems(closed, tmp_path / "a", edit, "--update") == [
        ["receipts.csv", 2, "amount", "month_closed"],
        ["receipts.csv", 2, "usd_amount", "month_closed"],
    ]
    moved: dict[str, str | bytes] = {"receipts": f"{head}R2,NLD,,2026-03-10,USD,50000,core\n"}
    assert problems(closed, tmp_path / "b", moved, "--update") == [
        ["receipts.csv", 2, "received_on", "month_closed"]
    ]
    terms: dict[str, str | bytes] = {"receipts": f"{head}R1,FRA,FR-1,2026-03-20,EUR,40000,O1\n"}
    closed("import", write(tmp_path / "c", terms), "--update")
    closed("check")


def test_the_same_files_again_change_nothing(closed: Tracker, tmp_path: Path) -> None:
    again = closed("import", write(tmp_path / "again", dict(EXAMPLE_B)), "--update")
    assert "Nothing changed" in again.stdout
    closed("check")
