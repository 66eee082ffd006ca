"""The data sheets of a statement's workbook: their columns follow the programme's outcomes."""

from typing import Final

from tracker.queries.statements import StatementReport
from tracker.reporting.workbook.layout import Column

BESIDE: Final = ("Targeted", "Held")
"""What stands beside the outcomes."""

BEFORE, WITHIN, LATER = "before the period", "in the period", "later (provisional)"
"""When a month that this money covers lies."""


def headers(report: StatementReport) -> tuple[str, ...]:
    """The report's columns, as the sheets name them: `O1`, `O2`, `O3`, `PS`, `Targeted`, `Held`."""
    return (*report.programme.codes, *BESIDE)


def _money(*names: str, width: float = 13) -> tuple[Column, ...]:
    return tuple(Column(name, width, "money") for name in names)


def _own(*names: str, width: float = 13) -> tuple[Column, ...]:
    return tuple(Column(name, width, "own") for name in names)


def widest(report: StatementReport) -> int:
    """How many characters the largest amount of the report takes."""
    usd = [lot.gross for lot in report.lots]
    own = [one.net.receipt.amount_minor for one in report.records.receipts]
    own += [one.state.pledge.amount_minor for one in report.records.pledges]
    return len(f"{max((*own, *(sum(parts) for parts in usd), 0)) / 100:,.2f}")


def data_sheets(report: StatementReport) -> dict[str, tuple[Column, ...]]:
    """Every data sheet's columns, wide enough for the largest amount.

    The first ones are what people read; the last ones are there for Checks.
    """
    least = widest(report)
    return {
        name: tuple(
            column._replace(width=max(column.width, least)) if column.kind in ("money", "own") else column
            for column in columns
        )
        for name, columns in _columns(headers(report), report.programme.codes).items()
    }


def _columns(names: tuple[str, ...], codes: tuple[str, ...]) -> dict[str, tuple[Column, ...]]:
    return {
        "Coverage": (
            Column("Month", 10),
            Column("When", 20),
            *_money(*codes, "Total"),
            Column("Requirement of the month", 24, "money"),
            Column("Share", 10, "share"),
        ),
        "Adjustments": (
            Column("Cause", 62, "words"),
            Column("Record", 16),
            Column("How", 10),
            *_money(*names, "Total", width=12),
        ),
        "Pledges": (
            Column("Reference", 16), Column("Currency", 8), *_own("Amount"), Column("Pledged on", 10, "date"),
            Column("Signed on", 10, "date"), Column("Closed on", 10, "date"), Column("Earmark", 18),
            Column("Support cost", 11), Column("Covers from", 11), Column("Covers until", 11),
            Column("Lens", 8), *_own("Settled", "Open"), *_money("Open USD"),
            *_own("Ended by closing", "Beyond the pledge", width=16), Column("Agreement reference", 18),
            *_own("Scheduled", "Settled by instalments", "Open by instalments", width=20),
            *_own("Settled − receipts", width=20),
        ),
        "Instalments": (
            Column("Pledge", 18), Column("Due on", 12, "date"), *_own("Amount"), Column("Currency", 10),
            Column("Lens", 10), *_own("Settled", "Open"), *_money("Open USD"),
            Column("Days late", 10, "whole"), Column("Closed on", 11, "date"),
            *_money("Open at base USD", width=18),
        ),
        "Receipts": (
            Column("Reference", 16), Column("Pledge", 16), Column("Received on", 11, "date"),
            Column("Currency", 8), *_own("Amount"), Column("Rate", 9, "rate"), Column("Rate of", 10, "date"),
            *_money("USD"), *_money("Deduction", width=10), Column("In the period", 12),
            *_money(*names, "Refunded USD", "Net USD", width=12), Column("Ledger reference", 16),
            Column("Earmark", 24), Column("Covers from", 11), Column("Covers until", 11),
            *_money("USD − parts", "USD − proof"), *_own("Refunded", "Net amount"), *_money("Value USD"),
            *_money("At base USD"),
        ),
        "Refunds": (
            Column("Reference", 16), Column("Receipt", 16), Column("Refunded on", 12, "date"),
            Column("Currency", 8), *_own("Amount"), *_money("USD"), Column("In the period", 12),
            *_money(*names, width=12), Column("Ledger reference", 16), *_money("USD − parts"),
        ),
        "Exchange": (
            Column("Pledge", 18), Column("Currency", 9), Column("Base day", 11, "date"),
            Column("Base rate", 11, "rate"), Column("Rate as of", 11, "rate"),
            *_money("Pledged at base USD", "Received USD", "Received at base USD", width=20),
            *_money("Realised USD"), *_money("Open USD"), *_money("Open at base USD", width=17),
            *_money("Unrealised USD"), *_money("Pledged − proof", "Realised − receipts", width=19),
        ),
    }  # fmt: skip


def printed(report: StatementReport) -> dict[str, int]:
    """How many columns go on paper where the rest are there for Checks: those have a grey header."""
    names = len(headers(report))
    return {"Pledges": 17, "Instalments": 9, "Receipts": 13 + names, "Refunds": 8 + names, "Exchange": 12}
