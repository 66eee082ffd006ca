"""A desk without a database: a register of the seeded programme, and files made from small texts."""

from datetime import date
from pathlib import Path

from tests.domain.book import OUTCOMES, month
from tracker.domain.budget import Programme
from tracker.domain.entries import DonorEntry
from tracker.domain.register import Register
from tracker.importing.findings import Finding
from tracker.importing.plan import Plan, make_plan
from tracker.importing.tables import read_paths

TODAY = date(2026, 6, 15)
PROGRAMME = Programme(
    code="A87",
    name="Alliance 8.7 Multi-Donor Programme",
    currency="USD",
    first_month=month("2026-01"),
    last_month=month("2031-06"),
    tolerance_minor=100,
    outcomes=OUTCOMES,
)
CAST = {
    "donors": "code,name\nFRA,France\nNLD,Netherlands\n",
    "rates": "currency,effective_on,rate\nEUR,2026-01-01,0.9200\nJPY,2026-01-01,150\n",
    "pledges": "reference,donor,currency,amount,pledged_on\nP1,FRA,EUR,100000,2026-02-01\n",
    "receipts": "reference,donor,pledge,received_on,currency,amount\nR1,FRA,P1,2026-03-20,EUR,40000\n",
    "refunds": "reference,receipt,refunded_on,amount\nB1,R1,2026-04-01,100\n",
}
"""A small book that is right: one row of each, on lines 2."""


def fresh() -> Register:
    """The seeded programme with nothing in it but the donor that every programme has."""
    unidentified = DonorEntry("UNIDENTIFIED", "Unidentified payer")
    return Register(programme=PROGRAMME, today=TODAY, donors={unidentified.code: unidentified})


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Files into a folder; names without an ending are CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / (name if "." in name else f"{name}.csv")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def bring(folder: Path, register: Register, files: dict[str, str | bytes], *, update: bool = False) -> Plan:
    """What importing these files would do; the register takes what is right."""
    return make_plan(read_paths([write(folder, files)]), register, update=update)


def on_record(folder: Path, files: dict[str, str | bytes]) -> Register:
    """A register with these files imported."""
    register = fresh()
    plan = bring(folder, register, files)
    assert not plan.problems, plan.problems
    return register


def places(findings: list[Finding]) -> list[tuple[str, int, str, str]]:
    """File, row, column and code of each finding."""
    return [(f.file, f.row, f.problem.column, f.problem.code) for f in findings]
