"""`make bench`: the table of docs/performance.md. `--write` puts it there; `--sizes` changes N."""

import argparse
import os
import platform
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import xlsxwriter
from openpyxl import load_workbook

from benchmarks import pages
from benchmarks.generator import TODAY, application
from benchmarks.measure import Row, exponent, interleaved, milliseconds, processes
from tracker.extensions import db
from tracker.queries.position import forget, position_of
from tracker.queries.programmes import the_programme
from tracker.queries.report import load_report
from tracker.reporting.workbook import write_workbook

PAPER = Path(__file__).parent.parent / "docs" / "performance.md"
HEAD = "| what | size | ours | reference | ratio | target |\n| --- | --- | --- | --- | --- | --- |\n"
NEEDED = (
    "import flask, sqlalchemy, sqlalchemy.orm, click, flask_sqlalchemy, flask_login, flask_wtf, flask_babel"
)


def main() -> None:
    """Measure, print, and write the paper where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAPER.name}")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = {n: _folder(Path(scratch) / str(n)) for n in chosen.sizes}
        rows = [*_s1(folders), *_s5(folders), *_s7(_folder(Path(scratch) / "seeded"))]
        rows += pages.rows(_folder(Path(scratch) / "pages"))
    table = HEAD + "".join(
        f"| {r.name} | {r.size} | {r.ours} | {r.reference} | {r.ratio} | {r.target} |\n" for r in rows
    )
    machine = (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.\n\n"
    )
    sys.stdout.write(machine + table)
    if chosen.write:
        _write(machine + table)


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _s1(folders: dict[int, Path]) -> Iterator[Row]:
    """Position as of today, warm, against a raw SELECT of a 264-row roll-up and its running sum."""
    medians: list[tuple[int, float]] = []
    for size, folder in folders.items():
        with application(folder, size).app_context():
            session, programme_id = db.session(), the_programme(db.session()).id
            raw = _rollup(folder / "rollup.sqlite3")
            ours, reference = partial(position_of, session, programme_id, TODAY), partial(_cumulate, raw)
            warm = interleaved({"ours": ours, "raw": reference}, rounds=9)
            cold = interleaved({"ours": partial(_from_nothing, ours), "raw": reference}, rounds=5)
            db.session.remove()
        medians.append((size, warm["ours"]))
        yield _compared("S1 position, warm", f"{size:,}", warm, "2 ×")
        yield _compared("S1 position, nothing kept", f"{size:,}", cold, "")
    if len(medians) > 1:
        grown = f"{exponent(medians[-2], medians[-1]):.2f}"
        sizes = f"{medians[-2][0]:,} → {medians[-1][0]:,}"
        yield Row("S1 growth exponent", sizes, grown, "", "", "0.1")


def _from_nothing(ask: Callable[[], object]) -> None:
    forget()
    ask()


def _rollup(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE cell (outcome TEXT, month TEXT, usd_minor INTEGER)")
    cells = [
        (o, f"{2026 + m // 12}-{m % 12 + 1:02d}", m * 100)
        for o in ("O1", "O2", "O3", "PS")
        for m in range(66)
    ]
    raw.executemany("INSERT INTO cell VALUES (?, ?, ?)", cells)
    raw.commit()
    return raw


def _cumulate(raw: sqlite3.Connection) -> int:
    total = 0
    for _, _, minor in raw.execute("SELECT outcome, month, usd_minor FROM cell ORDER BY outcome, month"):
        total += minor
    return total


def _compared(name: str, size: str, found: dict[str, float], target: str) -> Row:
    ratio = found["ours"] / found["raw"]
    text = f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.2f} ×"
    return Row(name, size, milliseconds(found["ours"]), milliseconds(found["raw"]), text, target)


def _s5(folders: dict[int, Path]) -> Iterator[Row]:
    """Cold `tracker position`, a whole process, against the bare import of the packages it needs."""
    tracker = shutil.which("tracker", path=str(Path(sys.executable).parent)) or "tracker"
    for size, folder in folders.items():
        if size < 10_000:
            continue
        environment = {"TRACKER_INSTANCE_PATH": str(folder)}
        command = [tracker, "position", "--as-of", TODAY.isoformat(), "--format", "json"]
        found = processes(
            {
                "ours": (command, environment),
                "import": ([sys.executable, "-c", NEEDED], {}),
                "pandas": ([sys.executable, "-c", "import pandas"], {}),
            }
        )
        (ours, memory), (bare, _), (_, pandas) = found["ours"], found["import"], found["pandas"]
        row = (milliseconds(ours), milliseconds(bare), f"{ours / bare:.1f} ×", "1.5 ×")
        yield Row("S5 cold `tracker position`", f"{size:,}", *row)
        saved = f"{abs(pandas - memory):,.0f} MB {'less' if memory <= pandas else 'more'}"
        yield Row(
            "S5 memory", f"{size:,}", f"{memory:,.0f} MB", f"pandas {pandas:,.0f} MB", saved, "50 MB less"
        )


def _s7(folder: Path) -> Iterator[Row]:
    """The GCG workbook of the seeded programme, against a raw typed loop over the same cells."""
    with application(folder, 90).app_context():
        session = db.session()
        report = load_report(session, the_programme(session).id, TODAY, datetime(2028, 6, 30, tzinfo=UTC))
    made = BytesIO()
    write_workbook(report, made)
    sheets = [
        (sheet.title, [[cell.value for cell in row] for row in sheet.iter_rows()])
        for sheet in load_workbook(BytesIO(made.getvalue()))
    ]
    found = interleaved(
        {"ours": lambda: write_workbook(report, BytesIO()), "raw": lambda: _raw_workbook(sheets)}, rounds=9
    )
    cells = sum(1 for _, rows in sheets for row in rows for value in row if value is not None)
    ratio = f"{found['ours'] / found['raw']:.2f} ×"
    yield Row(
        "S7 GCG workbook",
        f"{cells:,} cells",
        milliseconds(found["ours"]),
        milliseconds(found["raw"]),
        ratio,
        "1.2 ×",
    )


def _raw_workbook(sheets: list[tuple[str, list[list[object]]]]) -> None:
    book = xlsxwriter.Workbook(BytesIO(), {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for title, rows in sheets:
        sheet = book.add_worksheet(title)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(r, c, value)
                elif isinstance(value, datetime):
                    sheet.write_datetime(r, c, value, day)
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(r, c, value)
                elif value is not None:
                    sheet.write_string(r, c, str(value))
    book.close()


def _write(table: str) -> None:
    text = PAPER.read_text(encoding="utf-8")
    pattern = re.compile(r"(<!-- table -->\n).*?(<!-- end -->)", re.DOTALL)
    PAPER.write_text(
        pattern.sub(lambda found: found[1] + "\n" + table + "\n" + found[2], text), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
