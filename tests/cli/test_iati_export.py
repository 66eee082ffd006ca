"""`tracker iati export`: a file on disk, what was left out on stderr, and exit statuses."""

import subprocess
import sys
from pathlib import Path

import pytest
import time_machine

from tests.cli.conftest import Tracker
from tests.importing.desk import write
from tests.reporting.iati_files import assert_valid, noon
from tests.reporting.reports import SMALL_DONORS


def test_the_file_is_written_and_nothing_stands_on_stdout(example_b: Tracker, tmp_path: Path) -> None:
    out = tmp_path / "a87.xml"
    with time_machine.travel(noon("2026-06-15"), tick=False):
        result = example_b("iati", "export", out)
    assert (result.stdout, result.stderr) == ("", f"Written: {out}\n")
    assert_valid(out.read_bytes(), noon("2027-01-01"))
    assert b"42780.75" in out.read_bytes()
    assert [path.name for path in tmp_path.glob("*.xml")] == ["a87.xml"]


def test_what_is_left_out_is_counted_on_stderr(example_b: Tracker, tmp_path: Path) -> None:
    later = "reference,donor,received_on,currency,amount\nL1,NLD,2030-01-11,USD,5\nL2,NLD,2030-01-12,USD,6\n"
    example_b("import", write(tmp_path / "later", {"receipts": later}))
    result = example_b("iati", "export", tmp_path / "out.xml")
    assert "Left out: 2 receipts dated later.\n" in result.stderr
    assert b"2030-01-11" not in (tmp_path / "out.xml").read_bytes()


@pytest.mark.parametrize("day", ["2026-11-22", "2028-06-30", "2031-07-31"])
def test_the_small_donors_file_is_valid_as_the_years_pass(tracker: Tracker, tmp_path: Path, day: str) -> None:
    if not SMALL_DONORS.is_dir():
        pytest.skip("the samples are not beside the checkout (../shared/data/samples/small-donors)")
    tracker("import", SMALL_DONORS)
    out = tmp_path / "out.xml"
    with time_machine.travel(noon(day), tick=False):
        result = tracker("iati", "export", out)
        said = tracker.json("position", "--format", "json")
    assert_valid(out.read_bytes(), noon(day))
    assert f'received="{said["totals"]["received"]}"' in out.read_text()
    assert f'gap-ahead="{said["totals"]["gap_ahead"]}"' in out.read_text()
    assert ("receipts dated later" in result.stderr) == (day < "2029-12-31")


def test_a_folder_that_is_not_there_is_one_sentence_and_exit_1(tracker: Tracker, tmp_path: Path) -> None:
    result = tracker("iati", "export", tmp_path / "nowhere" / "out.xml", status=1)
    assert result.stdout == ""
    assert "nowhere/out.xml" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_wrong_usage_is_exit_2(tracker: Tracker, tmp_path: Path) -> None:
    tracker("iati", "export", status=2)
    tracker("iati", "export", tmp_path, status=2)


def test_who_publishes_is_a_setting_and_a_wrong_one_is_refused_in_plain_words(
    tracker: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.xml"
    monkeypatch.setenv("TRACKER_IATI_REPORTING_REF", "XM-DAC-7")
    tracker("iati", "export", out)
    assert "<iati-identifier>XM-DAC-7-A87-MDP</iati-identifier>" in out.read_text()
    monkeypatch.setenv("TRACKER_IATI_ACTIVITY", "A87")
    result = tracker("iati", "export", out, status=1)
    assert "TRACKER_IATI_ACTIVITY is 'A87': begin it with XM-DAC-7-" in result.stderr


def test_other_commands_do_not_load_the_xml_library() -> None:
    code = "import sys, tracker.cli, tracker.reporting.iati; sys.exit('lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
