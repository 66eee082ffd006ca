"""The walls of the house, as tests: who imports whom, what is never committed, how long a piece may grow."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tracker"
DOMAIN = PACKAGE / "domain"

FILE_LINES_AT_MOST = 500
DOMAIN_FUNCTION_LINES_AT_MOST = 60

# Written with a bracket each, so that this file does not find itself.
REGISTRY_ADDRESS = re.compile(
    r"[i]ndex-url|[p]ypi\.org/simple|[f]iles\.pythonhosted\.org|[r]egistry\.(npmjs|yarnpkg)\."
    r'|"[r]esolved": *"http|[r]egistry *= *"?http'
)
MACHINE_PATH = re.compile(r"(?<![\w.*/\-])/(?:[w]ork|[r]oot|[h]ome|[U]sers)/")
THIRD_PARTY = re.compile(
    r"\.min\.(js|css)$|\.(woff2?|ttf|otf|eot)$|(^|/)(node_modules|vendor)/|(^|/)(uv|poetry)\.lock$"
)


def committed_paths() -> list[Path]:
    """What git tracks or would add, relative to the top; skips outside a checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    """Every committed line that matches, as `path:line: text`; binary files are passed over."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in committed_paths()
        if b"\0" not in (content := (ROOT / path).read_bytes())
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def imported_modules(path: Path) -> Iterator[str]:
    """The absolute names of what a file of the domain imports (there a relative import stays inside)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"tracker.domain.{node.module or ''}" if node.level else node.module or ""


def test_every_import_keeps_to_its_floor() -> None:
    """In a process of its own: it sets up logging its own way."""
    linter = "import sys; from importlinter.cli import lint_imports_command as run; run(sys.argv[1:])"
    options = ("--config", str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo")
    found = subprocess.run(
        [sys.executable, "-c", linter, *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "0 broken" in found.stdout


def test_the_domain_imports_only_the_standard_library() -> None:
    strangers = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted(DOMAIN.rglob("*.py"))
        for name in imported_modules(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("tracker.domain")
    ]
    assert not strangers


def test_no_file_names_a_package_registry() -> None:
    assert not lines_matching(REGISTRY_ADDRESS)


def test_no_file_names_a_path_of_someones_machine() -> None:
    assert not lines_matching(MACHINE_PATH)


def test_no_third_party_or_lock_file_is_committed() -> None:
    assert not [str(path) for path in committed_paths() if THIRD_PARTY.search(path.as_posix())]


def test_no_file_of_the_package_has_become_two_rooms() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    del lengths[Path("tracker/models.py")]  # all tables in one file, however many there are
    assert not {str(path): lines for path, lines in lengths.items() if lines > FILE_LINES_AT_MOST}


def test_every_function_of_the_domain_fits_on_a_screen() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted(DOMAIN.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > DOMAIN_FUNCTION_LINES_AT_MOST
    ]
    assert not too_long
