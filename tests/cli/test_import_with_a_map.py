"""`tracker import FILE --map MAP.toml`: anybody's table by command, real files to the cent, and again."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Tracker
from tests.importing import real_maps
from tests.importing.desk import write

TABLE = (
    "List of contributions 2026\n"
    "No;Who;Status;Day;Sum\n"
    "7;Norvège;signé;1.2.2026;1.234,50\n"
    "8;Norvège;annoncé;2.2.2026;10,00\n"
    "9;;payé;3.2.2026;5,00\n"
    "10;Norvège;perdu;3.2.2026;9,00\n"
)
MAP = """
name = "List"
header_row = 2
date_format = "DD.MM.YYYY"
number_format = "1.234,56"
[columns]
reference = "No"
donor = "Who"
kind = "Status"
date = "Day"
amount = "Sum"
[constants]
currency = "USD"
[kinds]
pledge = ["annoncé"]
signed = ["signé"]
received = ["payé"]
[donors]
"Norvège" = "NOR"
"""


def column(folder: Path, table: str, name: str) -> list[str]:
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


@pytest.fixture
def norway(tracker: Tracker, tmp_path: Path) -> Tracker:
    tracker("import", write(tmp_path / "own", {"donors": "code,name\nNOR,Norway\n"}))
    return tracker


def mapped(folder: Path, table: str = TABLE, text: str = MAP) -> tuple[Path, ...]:
    write(folder, {"list.csv": table, "list.toml": text})
    return folder / "list.csv", folder / "list.toml"


def test_a_table_of_anybodys_is_recorded_and_recorded_once(norway: Tracker, tmp_path: Path) -> None:
    table, text = mapped(tmp_path)
    result = norway("import", table, "--map", text, "--dry-run")
    assert "Nothing was recorded: --dry-run." in result.stdout
    result = norway("import", table, "--map", text)
    assert "Left out: 1 × " in result.stderr
    assert "perdu" in result.stderr
    norway("export", tmp_path / "out")
    assert column(tmp_path / "out", "pledges", "amount") == ["1234.50", "10.00"]
    assert column(tmp_path / "out", "pledges", "donor") == ["NOR", "NOR"]
    assert column(tmp_path / "out", "receipts", "earmark") == ["hold"]
    assert "Nothing changed" in norway("import", table, "--map", text).stdout


def test_twins_of_a_table_are_asked_about_once(norway: Tracker, tmp_path: Path) -> None:
    twins = TABLE + "11;Norvège;payé;4.2.2026;7,00\n12;Norvège;payé;4.2.2026;7,00\n"
    table, text = mapped(tmp_path, twins)
    result = norway("import", table, "--map", text, "--dry-run")
    assert result.stderr.count("same donor, day and amount") == 1
    found = json.loads(norway("import", table, "--map", text, "--format", "json").stdout)
    assert [(q["row"], q["code"]) for q in found["questions"]] == [(8, "twin_in_file")]


def test_a_changed_row_is_said_old_and_new_and_needs_update(norway: Tracker, tmp_path: Path) -> None:
    table, text = mapped(tmp_path)
    norway("import", table, "--map", text)
    table.write_text(TABLE.replace("10,00", "12,00"))
    result = norway("import", table, "--map", text, status=1)
    assert "10.00" in result.stderr
    result = norway("import", table, "--map", text, "--update")
    assert "pledges 8, amount: 10.00 → 12.00" in result.stderr
    said = norway.json("import", table, "--map", text, "--format", "json")
    assert said["changes"] == []
    assert {one["label"] for one in said["totals"]}


@pytest.mark.parametrize(
    ("table", "text", "said"),
    [
        (TABLE, MAP + "\n[colours]\n", "list.toml, colours: “colours” is not known"),
        (TABLE, MAP.replace('"Sum"', '"Total"'), "list.toml"),
        (TABLE, "shape = wide", "list.toml: This is no mapping in TOML"),
        (TABLE.replace("1.234,50", "1,234.50"), MAP, "list.csv, row 3, amount"),
        ("", MAP, "list.csv"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_changes_nothing(
    norway: Tracker, tmp_path: Path, table: str, text: str, said: str
) -> None:
    result = norway("import", *_with(mapped(tmp_path, table, text)), status=1)
    assert said in result.stderr
    norway("export", tmp_path / "out")
    assert column(tmp_path / "out", "pledges", "reference") == []


def _with(paths: tuple[Path, ...]) -> tuple[object, ...]:
    return paths[0], "--map", paths[1]


def test_wrong_usage_is_status_2(norway: Tracker, tmp_path: Path) -> None:
    table, text = mapped(tmp_path)
    assert "one file" in norway("import", table, table, "--map", text, status=2).stderr
    assert "--map" in norway("import", table, "--sheet", "S", status=2).stderr
    assert "no sheet" in norway("import", table, "--map", text, "--sheet", "S", status=1).stderr


def test_the_donors_of_a_file_that_resemble_some_on_record_are_said(norway: Tracker, tmp_path: Path) -> None:
    table, text = mapped(tmp_path, TABLE.replace("Norvège", "Norway, Government of"))
    stderr = norway("import", table, "--map", text).stderr
    assert "New donor NORWAY-GOVERNMENT-OF for “Norway, Government of”; on record: NOR." in stderr


def test_the_cerf_table_comes_in_by_command_to_the_cent(tracker: Tracker, tmp_path: Path) -> None:
    table = real_maps.PLEDGES / "cerf-contributions-2006-2020.csv"
    if not table.exists():
        pytest.skip("the samples are not beside the checkout (../shared/data/samples/pledges)")
    write(tmp_path, {"cerf.toml": real_maps.CERF})
    tracker("import", table, "--map", tmp_path / "cerf.toml")
    tracker("export", tmp_path / "out")
    pledged = sum(map(Decimal, column(tmp_path / "out", "pledges", "amount")))
    received = sum(map(Decimal, column(tmp_path / "out", "receipts", "amount")))
    assert (pledged, received) == (Decimal("5325982587.52"), Decimal("5145481489.14"))
    assert "Nothing changed" in tracker("import", table, "--map", tmp_path / "cerf.toml").stdout
    tracker("check")
