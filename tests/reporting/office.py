"""LibreOffice, asked to work out a workbook again: it only does so where its profile forces it.

`soffice` reads the values stored in a file unless `OOXMLRecalcMode` is 0 ("always"): a test without that
setting would compare a file with itself.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

_SETTING = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def soffice() -> str:
    """The program; where there is none the test is skipped, but on the build server it fails."""
    found = shutil.which("soffice")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("soffice is not installed: the workbook cannot be recalculated")
        pytest.skip("soffice is not installed (Debian: libreoffice-calc-nogui)")
    return found


def convert(files: Iterable[Path], folder: Path, to: str) -> list[Path]:
    """Open every file, work all formulas out again, save it in another form; one start of the program for all."""
    program, paths = soffice(), list(files)
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTING)
    out = folder / "out"
    out.mkdir(exist_ok=True)
    command = [
        program, "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}",
        "--convert-to", to, "--outdir", str(out), *map(str, paths),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    made = [out / f"{path.stem}.{to.split(':')[0]}" for path in paths]
    missing = [path.name for path in made if not path.exists()]
    assert not missing, f"{missing} not made: {done.stdout}{done.stderr}"
    return made


def recalculated(files: Iterable[Path], folder: Path) -> list[Path]:
    """The same workbooks with every formula worked out anew."""
    return convert(files, folder, "xlsx")
