"""LibreOffice, asked to work out a workbook again: it only does so where its profile forces it.

`soffice` shows the values stored in a file unless `OOXMLRecalcMode` is 0 ("always"): without that setting a
test would compare a file with itself.
"""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ALWAYS, NEVER = 0, 1
_SETTING = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop></item>
</oor:items>
"""
# One sheet as CSV: comma, quotes, UTF-8, from line 1, cells as their plain values, sheet by its number.
CSV_OF_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,{number}"


def soffice() -> str:
    """The program; where there is none the test is skipped, but on the build server it fails."""
    found = shutil.which("soffice")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("soffice is not installed: the workbook cannot be recalculated")
        pytest.skip("soffice is not installed (Debian: libreoffice-calc-nogui)")
    return found


def convert(files: Iterable[Path], folder: Path, to: str, mode: int = ALWAYS) -> Path:
    """Open every file, work all formulas out again, save it in another form; returns the folder with them.

    One start of the program serves all files.
    """
    program, profile, out = soffice(), folder / f"profile-{mode}", folder / f"out-{mode}"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTING.format(mode=mode))
    out.mkdir(exist_ok=True)
    command = [
        program, "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}",
        "--convert-to", to, "--outdir", str(out), *map(str, files),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    assert any(out.iterdir()), f"nothing was made: {done.stdout}{done.stderr}"
    return out


def edit(source: Path, target: Path, sheet_number: int, cell: str, change: Callable[[float], float]) -> None:
    """A copy of a workbook in which one stored number is another; whatever else the cell holds stays."""
    name = f"xl/worksheets/sheet{sheet_number}.xml"
    pattern = re.compile(rf'(<c r="{cell}"[^>]*>(?:<f>[^<]*</f>)?<v>)([^<]*)(</v>)')
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == name:
                text, times = pattern.subn(lambda m: f"{m[1]}{change(float(m[2]))!r}{m[3]}", content.decode())
                assert times == 1, f"{cell} of sheet {sheet_number}: {times} cells"
                content = text.encode()
            new.writestr(info, content)
