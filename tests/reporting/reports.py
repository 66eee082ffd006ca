"""Reports without a database: the same few books, as papers get them."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.domain.book import book
from tracker.domain.contributions import Facts, Pledge, Receipt
from tracker.domain.exchange import Rate
from tracker.domain.money import parse_amount
from tracker.domain.months import parse_day
from tracker.domain.position import position
from tracker.queries.report import DonorRow, RefundRow, Report

SMALL_DONORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "samples" / "small-donors"
ANCHOR = "331:968cddd707b1b0b88fbf85b250ff559f31cc74195f2549687dc666d11a131226"
TAKEN_AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def as_report(
    facts: Facts,
    as_of: str,
    *,
    rates: str = "",
    donors: tuple[DonorRow, ...] = (),
    agreement_refs: dict[str, str] | None = None,
    ledger_refs: dict[str, str] | None = None,
    stated_usd: frozenset[str] = frozenset(),
) -> Report:
    """A report of these facts. Donors that are not given are governments named by their code."""
    day = parse_day(as_of)
    codes = {r.donor for r in facts.receipts} | {p.donor for p in facts.pledges}
    named = {row.code: row for row in donors}
    for code in sorted(codes - named.keys()):
        named[code] = DonorRow(code, code.title(), "government", "", False)
    seen = position(facts, day)
    refunds = tuple(
        RefundRow(f.reference, f.receipt, f.refunded_on, f.amount_minor, usd, f"L-{f.reference}")
        for net in seen.receipts.values()
        for f, usd in net.refunds
    )
    return Report(
        position=seen,
        donors=named,
        refunds=refunds,
        rates=rate_rows(rates, day),
        agreement_refs=agreement_refs or {},
        ledger_refs=ledger_refs or {},
        stated_usd=stated_usd,
        anchor=ANCHOR,
        taken_at_utc=TAKEN_AT,
    )


def rate_rows(table: str, day: date) -> tuple[Rate, ...]:
    """`EUR 2026-01-01 0.92`, one a line, those known by a day."""
    lines = [line.split() for line in table.strip().splitlines()]
    rates = [Rate(currency, parse_day(start), Decimal(value)) for currency, start, value in lines]
    return tuple(rate for rate in rates if rate.effective_on <= day)


def with_rates(table: str, **tables: str) -> Facts:
    """A book (see tests/domain/book.py) with rates given as `EUR 2026-01-01 0.92` lines."""
    lines = [" | ".join(line.split()) for line in table.strip().splitlines()]
    return book(rates="\n".join(["currency | from | rate", *lines]), **tables)


def empty() -> Report:
    """The seeded programme before anything is recorded."""
    return replace(as_report(book(), "2026-01-31"), anchor="")


def example_a() -> Report:
    """DOMAIN section 4, example A."""
    receipts = """
        reference | donor  | received   | amount
        R1        | FRANCE | 2026-01-15 | 120,000.00
    """
    return as_report(book(receipts=receipts), "2026-01-31")


RATES_B = """
    EUR 2026-01-01 0.9200
    EUR 2026-03-01 0.9350
    EUR 2026-06-01 0.9100
"""


def example_b() -> Report:
    """DOMAIN section 4, example B."""
    pledges = """
        reference | donor       | amount      | pledged    | signed     | earmark | until
        P1        | FRANCE      | 100,000 EUR | 2026-02-01 | 2026-02-20 | O2      | 2026-12
        P2        | NETHERLANDS | 60,000      | 2026-04-10 |            | core    |
    """
    instalments = """
        pledge | due        | amount
        P1     | 2026-03-15 | 40,000
        P1     | 2026-05-15 | 60,000
    """
    receipts = """
        reference | donor       | received   | amount     | pledge
        R1        | FRANCE      | 2026-03-20 | 40,000 EUR | P1
        R2        | NETHERLANDS | 2026-01-10 | 50,000     |
    """
    facts = with_rates(RATES_B, pledges=pledges, instalments=instalments, receipts=receipts)
    return as_report(facts, "2026-06-15", rates=RATES_B)


def small_donors(as_of: str) -> Report:
    """48 real donors with 98 pledges and 90 receipts, beside the checkout."""
    if not SMALL_DONORS.is_dir():
        pytest.skip("the samples are not beside the checkout (../shared/data/samples/small-donors)")
    tables = {name: _csv(f"{name}.csv") for name in ("donors", "pledges", "receipts")}
    pledges = tuple(
        Pledge(
            reference=row["reference"],
            donor=row["donor"],
            currency=row["currency"],
            amount_minor=parse_amount(row["amount"], row["currency"]),
            pledged_on=parse_day(row["pledged_on"]),
            signed_on=parse_day(row["signed_on"]) if row["signed_on"] else None,
            closed_on=parse_day(row["closed_on"]) if row["closed_on"] else None,
        )
        for row in tables["pledges"]
    )
    receipts = tuple(
        Receipt(
            reference=row["reference"],
            donor=row["donor"],
            received_on=parse_day(row["received_on"]),
            currency=row["currency"],
            amount_minor=(amount := parse_amount(row["amount"], row["currency"])),
            usd_minor=amount,
            pledge=row["pledge"] or None,
        )
        for row in tables["receipts"]
    )
    donors = tuple(
        DonorRow(row["code"], row["name"], row["kind"], row["country"], False) for row in tables["donors"]
    )
    return as_report(replace(book(), pledges=pledges, receipts=receipts), as_of, donors=donors)


def _csv(name: str) -> list[dict[str, str]]:
    with (SMALL_DONORS / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


HARD_RATES = """
    EUR 2026-01-01 0.9200
    EUR 2026-03-01 0.9350
    EUR 2026-09-01 0.9100
    JPY 2026-01-01 151.37
    JPY 2026-06-01 149.2
    KWD 2026-01-01 0.30715
    KWD 2026-08-01 0.3075
"""
SECRET = ("QUIET", "Quiet Family Foundation", "LI", "QF-PLEDGE-7", "QF-RCPT-1", "QF-AGR-9", "QF-LEDGER-3",
          "QF-REFUND-2", "Vaduz")  # fmt: skip
HOSTILE = (
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", "#N/A", "Infinity", "007",
    "Bell\x07 & <Sons> \ud800 _x0041_", "O'Brien \"quoted\" {=1}", "https://example.org/a", "1E5",
)  # fmt: skip


def hard() -> Report:
    """Every currency, every kind of money, every odd window, and names that mean harm."""
    pledges = """
        reference  | donor | amount        | pledged    | signed     | closed     | earmark | psc | from | until
        P-EUR      | D01   | 100,000 EUR   | 2026-02-01 | 2026-02-20 |            | O2 | | | 2027-12
        P-JPY      | D02   | 9,000,001 JPY | 2026-02-10 |            |            | O1:60 O2:40 | no | 2026-04 |
        P-KWD      | D03   | 12,345.678 KWD | 2026-03-01 | 2026-03-15 |           | core | | |
        P-CLOSED   | D04   | 50,000        | 2026-01-10 | 2026-02-01 | 2026-09-30 | core | | |
        P-OVER     | D05   | 10,000        | 2026-01-20 | 2026-01-25 |            | O3 | | |
        P-CROSS    | D06   | 20,000 EUR    | 2026-04-01 | 2026-04-02 |            | core | | |
        p-cross    | D07   | 7,777.77      | 2026-05-01 |            |            | PS | | | 2026-09
        P-LATE     | D08   | 5,000         | 2026-05-01 | 2026-05-01 |            | O1 | | 2026-05 | 2026-07
        P*         | D09   | 4,000         | 2026-05-05 |            |            | hold | | |
        QF-PLEDGE-7 | QUIET | 30,000       | 2026-03-03 | 2026-03-04 |            | targeted:Vaduz roadmap | | |
        P-USD-EUR  | D10   | 3,000         | 2026-06-01 |            |            | core | | |
        P-FUTURE   | D11   | 1,000         | 2027-05-01 |            |            | O3 | | | 2027-12
    """  # noqa: E501
    instalments = """
        pledge      | due        | amount
        P-EUR       | 2026-03-15 | 40,000
        P-EUR       | 2026-10-15 | 35,000.55
        P-EUR       | 2027-03-01 | 24,999.45
        P-JPY       | 2026-07-01 | 3,000,000
        P-JPY       | 2026-12-31 | 6,000,001
        QF-PLEDGE-7 | 2026-04-01 | 10,000
        QF-PLEDGE-7 | 2027-01-01 | 20,000
    """
    receipts = """
        reference | donor | received   | amount         | credited  | pledge    | earmark | split | from | until
        R-EUR-1   | D01   | 2026-03-20 | 40,000 EUR     |           | P-EUR     | | | |
        R-EUR-2   | D01   | 2026-09-20 | 10,000.55 EUR  | 10,987.65 | P-EUR     | | | |
        R-JPY     | D02   | 2026-07-02 | 1,234,567 JPY  |           | P-JPY     | | | |
        R-KWD     | D03   | 2026-04-04 | 2,000.125 KWD  |           | P-KWD     | | | |
        R-CHF     | D12   | 2026-05-05 | 5,000 CHF      | 5,600.01  |           | O1 | | |
        R-CLOSED  | D04   | 2026-02-15 | 12,500         | 12,475.00 | P-CLOSED  | | | |
        R-OVER    | D05   | 2026-02-20 | 12,000         |           | P-OVER    | | | |
        R-CROSS   | D06   | 2026-05-20 | 8,000          | 7,990.00  | P-CROSS   | | | |
        r-cross   | D07   | 2026-06-01 | 100            |           | p-cross   | | | |
        R-LATE    | D08   | 2026-09-09 | 2,000          |           | P-LATE    | | | |
        R-SPLIT   | D13   | 2026-06-15 | 10,000         |           |           | core | O1:6000.00 O2:2500.01 PS:1499.99 | |
        R-TARGET  | D13   | 2026-06-16 | 3,333.33       |           |           | targeted:Chile | | |
        R-HOLD    | D09   | 2026-06-17 | 444.44         |           |           | hold | | |
        R-RETRO   | D14   | 2026-08-01 | 60,000         |           |           | core | | 2026-01 | 2026-03
        R-UNUSED  | D14   | 2026-03-01 | 15,000         |           |           | PS | | 2026-03 | 2026-04
        R-GONE    | D14   | 2026-03-02 | 500            |           |           | core | | |
        QF-RCPT-1 | QUIET | 2026-04-10 | 10,000         | 9,985.00  | QF-PLEDGE-7 | | | |
        R-USD-EUR | D10   | 2026-07-07 | 1,000 EUR      |           | P-USD-EUR | | | |
        R-FUTURE  | D11   | 2026-09-01 | 250            |           | P-FUTURE  | | | |
        007       | D10   | 2026-03-03 | 70             |           |           | core | | |
        7         | D10   | 2026-03-03 | 7              |           |           | core | | |
        R?        | D11   | 2026-03-04 | 33             |           |           | O2 | | |
    """  # noqa: E501
    refunds = """
        reference   | receipt   | refunded   | amount       | usd
        F-1         | R-EUR-1   | 2026-08-08 | 1,000 EUR    |
        F-2         | R-EUR-1   | 2026-08-09 | 500 EUR      | 530.00
        F-3         | R-SPLIT   | 2026-09-01 | 1,234.56     |
        F-4         | R-GONE    | 2026-04-01 | 500          |
        F-5         | R-JPY     | 2026-09-09 | 34,567 JPY   |
        QF-REFUND-2 | QF-RCPT-1 | 2026-09-10 | 100          |
        F-6         | R-CROSS   | 2026-09-11 | 50           | 49.00
    """
    budget = """
        number | effective | adopted    | total     | basis   | shares                  | amounts
        2      | 2027-06   | 2026-08-01 | 41,000.01 | shares  | 17.00 50.00 20.00 13.00 | 6,970 20,500 8,200 5,330
        3      | 2027-01   | 2026-09-01 | 40,000.00 | amounts | 16.00 52.00 19.00 13.00 | 6,500 20,700.55 7,600 5,199.45
        4      | 2029-01   | 2026-09-15 | 42,000.00 | amounts | 16.00 52.00 19.00 13.00 | 6,900 21,700 8,000 5,400
        5      | 2030-01   | 2026-12-15 | 50,000.00 | shares  | 16.00 52.00 19.00 13.00 | 8,000 26,000 9,500 6,500
    """  # noqa: E501
    rates = HARD_RATES
    tables = {
        "pledges": pledges,
        "instalments": instalments,
        "receipts": receipts,
        "refunds": refunds,
        "budget": budget,
    }
    kinds = (
        "government",
        "un",
        "employers",
        "workers",
        "private",
        "foundation",
        "cso",
        "academic",
        "media",
        "other",
    )
    donors = tuple(
        DonorRow(f"D{n:02d}", HOSTILE[n - 1], kinds[n % len(kinds)], "CH" if n % 2 else "", False)
        for n in range(1, 15)
    )
    quiet = DonorRow("QUIET", SECRET[1], "foundation", "LI", True)
    return as_report(
        with_rates(rates, **tables),
        "2026-11-20",
        rates=rates,
        donors=(*donors, quiet, DonorRow("UNIDENTIFIED", "Not yet identified", "other", "", False)),
        agreement_refs={"P-EUR": "AGR-1", "QF-PLEDGE-7": "QF-AGR-9"},
        ledger_refs={"R-EUR-1": "L-1", "QF-RCPT-1": "QF-LEDGER-3"},
        stated_usd=frozenset({"R-EUR-2", "R-CHF", "R-CLOSED", "R-CROSS", "QF-RCPT-1"}),
    )
