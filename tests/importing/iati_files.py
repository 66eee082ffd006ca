"""IATI files made from small texts, the real ones beside the checkout, and rates for them."""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from lxml import etree

from tests.importing.desk import fresh
from tracker.domain.entries import RateEntry
from tracker.domain.exchange import Rate
from tracker.domain.months import parse_day
from tracker.domain.register import Register
from tracker.importing.findings import Finding
from tracker.importing.flows import Brought, Foreign, bring
from tracker.importing.iati import PREFIX, read_iati
from tracker.importing.plan import Plan, make_plan

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
IATI = SHARED / "samples" / "iati"
OURS = 'xmlns:mdp="urn:multi-donor-programme:tracker:1"'
_COUNTRIES = {
    **{"Australia": "AUD", "Canada": "CAD", "Switzerland": "CHF", "Denmark": "DKK", "Euro": "EUR"},
    **{"United Kingdom": "GBP", "Japan": "JPY", "Norway": "NOK", "New Zealand": "NZD", "Sweden": "SEK"},
}


def real(name: str) -> Path:
    """A real file beside the checkout; the test is skipped where there is none."""
    path = IATI / name
    if not path.exists():
        pytest.skip(f"the samples are not beside the checkout (../shared/data/samples/iati/{name})")
    return path


def transaction(
    kind: str = "1",
    value: str = "100",
    *,
    ref: str | None = None,
    day: str | None = "2026-03-01",
    donor: str | None = "France",
    donor_ref: str | None = None,
    donor_type: str | None = None,
    currency: str | None = "USD",
    more: str = "",
) -> str:
    """A transaction as 2.03 writes it; None leaves out."""
    provider = "" if donor is None else f"<narrative>{donor}</narrative>"
    attributes = _attributes(ref=donor_ref, type=donor_type)
    return (
        f"<transaction{_attributes(ref=ref)}><transaction-type code={quoteattr(kind)}/>"
        + (f"<transaction-date iso-date={quoteattr(day)}/>" if day is not None else "")
        + f'<value{_attributes(currency=currency)} value-date="2026-03-02">{value}</value>'
        + (f"<provider-org{attributes}>{provider}</provider-org>" if provider or attributes else "")
        + f"{more}</transaction>"
    )


def _attributes(**said: str | None) -> str:
    return "".join(f" {name}={quoteattr(text)}" for name, text in said.items() if text is not None)


def activity(*children: str, identifier: str = "XX-1-A", more: str = "") -> str:
    """An activity with these children."""
    named = f"<iati-identifier>{identifier}</iati-identifier>"
    return f"<iati-activity {more}>{named}{''.join(children)}</iati-activity>"


def activities(*found: str, more: str = 'version="2.03"') -> str:
    """A whole file."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities {more}>{"".join(found)}</iati-activities>'
    )


def read(folder: Path, content: str | bytes, *, earmark: str = "") -> Foreign:
    """A file of this content, read."""
    path = folder / "them.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_iati(path, file=path.name, earmark=earmark)


def brought(foreign: Foreign, register: Register) -> Brought:
    """What was read, as our tables."""
    return bring(foreign, register, file="them.xml", prefix=PREFIX)


def plan_of(foreign: Foreign, register: Register, *, update: bool = False) -> Plan:
    """What importing would do; the register takes what is right."""
    return make_plan(brought(foreign, register).tables, register, update=update)


def lines_of(foreign: Foreign) -> list[tuple[int, str, str, dict[str, str]]]:
    """Row, table, donor's name and cells of every flow."""
    return [(one.row, one.table, one.party.name, dict(one.cells)) for one in foreign.flows]


def codes(findings: Iterable[Finding]) -> list[tuple[int, str, str]]:
    """Row, column and code of every finding."""
    return [(f.row, f.problem.column, f.problem.code) for f in findings]


# Rates


def real_rates() -> Iterator[tuple[str, str, str]]:
    """Currency, day and rate: FRED's by country, what UNHCR applied, KWD and JOD by its file's own USD."""
    with (SHARED / "rates" / "fred-monthly.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["Country"] in _COUNTRIES and row["Date"] >= "2000-01-01":
                yield _COUNTRIES[row["Country"]], row["Date"], row["Exchange rate"]
    with (SHARED / "rates" / "unhcr-implied-monthly.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["currency"] in ("CRC", "ISK"):
                yield row["currency"], f"{row['month']}-01", row["units_per_usd_median"]
    for one in etree.parse(real("unhcr-activities-2023.xml")).iter("transaction"):
        value, usd = one.find("value"), one.find("{http://reporting.unhcr.org/}value-USD")
        assert value is not None and usd is not None
        if value.get("currency") in ("KWD", "JOD"):
            rate = Decimal(value.text or "") / Decimal(usd.text or "")
            day = str(value.get("value-date"))
            yield str(value.get("currency")), f"{day[:8]}01", f"{rate:.9f}"


def with_real_rates() -> Register:
    """The seeded programme with these rates and nothing else."""
    register = fresh()
    for currency, day, value in real_rates():
        register.put("rates", RateEntry(Rate(currency, parse_day(day), Decimal(value))))
    return register
