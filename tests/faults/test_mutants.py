"""Every check is needed: each is taken out of a copy of the program, and a test must then fail.

A row names a check, its file, the text that makes it, what stands there without it, and who notices.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "__pycache__", "instance", ".*_cache", ".hypothesis")
ACCESS, USERS, STORE = "tracker/access.py", "tracker/queries/users.py", "tracker/services/store.py"
DOORS, FORMS, SIGNING = "tests/web/test_doors.py", "tests/web/test_forms.py", "tests/web/test_signing_in.py"
STARTED = "LoginSession.started_at_utc > now - LONGEST,\n        "
SEEN = "LoginSession.seen_at_utc > now - IDLE,\n        "
RECORDS, FACTOR = "tests/data/test_records.py", "tests/data/test_second_factor.py"


class Check(NamedTuple):
    """One check of the program, how it is taken out, and where that is noticed."""

    name: str
    file: str
    old: str
    new: str
    noticed: str


CHECKS = (
    # Who may
    Check(
        "role",
        ACCESS,
        "if not may(action):",
        "if False:",
        f"{DOORS}::test_each_role_passes_its_own_doors_and_no_other",
    ),
    Check(
        "a route without an action is refused",
        ACCESS,
        "if request.endpoint and required_action(request.endpoint) is None:",
        "if False:",
        "tests/web/test_doors.py::test_a_route_that_names_no_action_is_refused",
    ),
    Check("viewing as a donor is read-only", ACCESS, "raise ReadOnly", "pass", "tests/web/test_viewing.py"),
    Check(
        "token of the session",
        "tracker/__init__.py",
        "WTF_CSRF_TIME_LIMIT=None,",
        "WTF_CSRF_ENABLED=False,",
        f"{DOORS}::test_no_form_is_taken_without_this_sessions_token",
    ),
    Check(
        "donor filter",
        "tracker/domain/own.py",
        "if net.receipt.donor == donor}",
        "}",
        "tests/web/test_isolation.py::test_a_donor_reads_nothing_of_its_look_alike",
    ),
    Check(
        "subtraction of totals",
        "tracker/domain/own.py",
        "if len(everybody) < FEWEST:",
        "if False:",
        "tests/domain/test_own.py",
    ),
    Check(
        "anonymous donors are masked",
        "tracker/reporting/masking.py",
        "    if not names.donors:\n        return report\n",
        "    return report\n",
        "tests/reporting/test_masking.py",
    ),
    # Signing in
    Check(
        "idle expiry",
        USERS,
        "LoginSession.seen_at_utc > now - IDLE,\n        User",
        "User",
        f"{SIGNING}::test_a_session_ends_after_two_hours_without_use",
    ),
    Check(
        "absolute expiry",
        USERS,
        f"{STARTED}{SEEN}User",
        f"{SEEN}User",
        "tests/web/test_doors_account.py::test_a_session_ends_after_twelve_hours_however_busy",
    ),
    Check(
        "ended sessions",
        USERS,
        f"LoginSession.ended_at_utc.is_(None),\n        {STARTED}{SEEN}User",
        f"{STARTED}{SEEN}User",
        f"{SIGNING}::test_a_copied_cookie_is_worth_nothing_after_signing_out",
    ),
    Check(
        "own addresses only",
        "tracker/blueprints/coming_in.py",
        "return text if _OWN_PATH.fullmatch(text) else None",
        "return text",
        f"{SIGNING}::test_after_signing_in_one_stays_on_this_site",
    ),
    Check(
        "a link works once",
        "tracker/services/users.py",
        "        PasswordLink.used_at_utc.is_(None),\n        PasswordLink.expires",
        "        PasswordLink.expires",
        f"{SIGNING}::test_a_one_time_link_sets_a_password_once",
    ),
    Check(
        "a link grows old",
        "tracker/services/users.py",
        "        PasswordLink.expires_at_utc > actor.at_utc,\n",
        "",
        f"{SIGNING}::test_a_link_is_too_old_after_a_day",
    ),
    Check(
        "attempts are counted",
        "tracker/services/throttle.py",
        "if len(newest) == most else None",
        "if False else None",
        "tests/data/test_throttle.py",
    ),
    Check(
        "a code counts once",
        "tracker/services/second_factor.py",
        ", SecondFactor.last_step < step)",
        ")",
        f"{FACTOR}::test_a_code_is_taken_once",
    ),
    Check(
        "a recovery code counts once",
        "tracker/services/second_factor.py",
        "        RecoveryCode.used_at_utc.is_(None),\n",
        "",
        f"{FACTOR}::test_a_recovery_code_is_taken_once_and_that_is_kept",
    ),
    # What is written
    Check(
        "stale edits",
        "tracker/services/records.py",
        "if desk.store().find(kind, key).version != version:",
        "if False:",
        f"{RECORDS}::test_a_stale_edit_is_refused_with_what_stands_now",
    ),
    Check(
        "one-time form keys",
        "tracker/services/form_keys.py",
        "if used is None:",
        "if True:",
        f"{FORMS}::test_the_same_form_twice_records_once_and_leads_to_the_same_page",
    ),
    Check(
        "a key with another body",
        "tracker/services/form_keys.py",
        "if used.body_hash != body:",
        "if False:",
        f"{FORMS}::test_the_same_form_with_another_body_is_refused",
    ),
    Check(
        "an audit entry each",
        STORE,
        "programme_id=self.programme_id, changes=changes)",
        "programme_id=self.programme_id, changes=[])",
        RECORDS,
    ),
    Check(
        "closed months",
        "tracker/domain/closing.py",
        "if not closed or isinstance",
        "if True or isinstance",
        "tests/data/test_closings.py",
    ),
    Check(
        "no DELETE",
        "tracker/migrations/versions/0001_the_tables.py",
        '        refuse(table, "DELETE")',
        "        pass",
        f"{RECORDS}::test_the_database_itself_refuses_to_delete",
    ),
    Check(
        "a refused request keeps nothing",
        ACCESS,
        "response.status_code < 400",
        "response.status_code < 600",
        f"{FORMS}::test_what_was_written_before_a_refusal_is_not_kept",
    ),
    # In and out
    Check(
        "escaping",
        "tracker/__init__.py",
        "    if pages:\n",
        '    app.jinja_options = {"autoescape": False}\n    if pages:\n',
        "tests/web/test_pages.py::test_a_script_in_a_name_or_in_a_search_is_shown_as_text",
    ),
    Check(
        "formulas",
        "tracker/domain/neutral.py",
        '    return f"\'{text}" if text',
        "    return text if text",
        "tests/importing/test_round_trip.py",
    ),
    Check(
        "workbooks are measured",
        "tracker/importing/measure.py",
        "if columns * rows > MAX_CELLS:",
        "if False:",
        "tests/importing/test_workbooks.py",
    ),
    Check(
        "no DOCTYPE",
        "tracker/importing/iati_xml.py",
        'return body[at : at + 9].upper() == b"<!DOCTYPE" or body',
        "return body",
        "tests/importing/test_iati_hostile.py",
    ),
    Check(
        "all or nothing",
        "tracker/cli/importing.py",
        "recording = not plan.problems and",
        "recording =",
        "tests/cli/test_commands.py::test_problems_go_to_stderr_and_nothing_is_recorded",
    ),
    Check(
        "policy of contents",
        ACCESS,
        'response.headers["Content-Security-Policy"] =',
        'response.headers["X-Nothing"] =',
        "tests/web/test_errors.py::test_every_answer_carries_the_policy",
    ),
    Check(
        "a backup proves itself",
        "tracker/backup.py",
        "    if broken:\n",
        "    if False:\n",
        "tests/data/test_backup.py",
    ),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program and its tests, to be spoilt."""
    folder = tmp_path_factory.mktemp("mutants") / "checkout"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    return folder


@pytest.mark.parametrize("check", CHECKS, ids=[check.name for check in CHECKS])
def test_without_this_check_a_test_fails(copy: Path, check: Check) -> None:
    path = copy / check.file
    right = path.read_text(encoding="utf-8")
    assert right.count(check.old) == 1, "the check is not where this list says"
    path.write_text(right.replace(check.old, check.new), encoding="utf-8")
    try:
        found = run(copy, check.noticed)
    finally:
        path.write_text(right, encoding="utf-8")
    assert found.returncode == 1, found.stdout[-3000:]
    assert " error" not in found.stdout.splitlines()[-1], found.stdout[-3000:]


def test_with_all_checks_these_tests_pass(copy: Path) -> None:
    """The control: it is the missing check that they notice."""
    noticed = " ".join(dict.fromkeys(check.noticed for check in CHECKS))
    found = run(copy, noticed, "-n", "2")
    assert found.returncode == 0, found.stdout[-3000:]


def run(folder: Path, tests: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Those tests on the copy, on SQLite alone."""
    pytest_here = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not postgres"]
    return subprocess.run(
        [*pytest_here, f"--basetemp={folder.parent / 'base'}", *options, *tests.split()],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
