"""A position as JSON, CSV and a table for a terminal (docs/formats.md). The figures are the position's."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Literal

from tracker.domain.money import amount_text
from tracker.domain.months import Month, month_text
from tracker.domain.position import ByLens, Cell, Position, TraceRow
from tracker.domain.vocabulary import LENSES

CELL_COLUMNS: Final = ("outcome", "month", "required", "received", "signed", "pledged", "gap", "status")
TRACE_COLUMNS: Final = ("lens", "reference", "donor", "outcome", "month", "amount")
TraceLens = Literal["received", "all"]


def iso_moment(moment: datetime) -> str:
    """A UTC moment: `2026-06-15T12:30:00Z`, with its microseconds where it has any."""
    return moment.isoformat().replace("+00:00", "Z")


def position_dict(position: Position, known_at: str | None = None) -> dict[str, Any]:
    """A position as `tracker position --format json` shows it, keys in that order.

    `known_at` is the moment whose knowledge it uses, ISO 8601 UTC; None for all that is known.
    """
    total, heads = position.total, position.headlines
    return {
        "programme": position.programme.code,
        "currency": position.programme.currency,
        "as_of": position.as_of.isoformat(),
        "known_at": known_at,
        "cells": [cell_row(cell) for cell in position.cells],
        "totals": {
            "required": amount_text(total.required),
            "received": amount_text(total.received),
            "signed": amount_text(total.signed),
            "pledged": amount_text(total.pledged),
            "gap": amount_text(total.gap),
            "gap_lapsed": amount_text(total.lapsed),
            "gap_ahead": amount_text(total.ahead),
            "unused": _by_lens(position.unused),
            "targeted": _by_lens(position.targeted),
            "held": _by_lens(position.held),
        },
        "funded_through": {lens: _month_or_none(heads[lens].funded_through) for lens in LENSES},
        "cliff_month": {lens: _month_or_none(heads[lens].cliff_month) for lens in LENSES},
        "stable_funding_base": position.stable_funding_base,
    }


def cell_row(cell: Cell) -> dict[str, str]:
    """A cell by `CELL_COLUMNS`."""
    return {
        "outcome": cell.outcome,
        "month": month_text(cell.month),
        "required": amount_text(cell.required),
        "received": amount_text(cell.received),
        "signed": amount_text(cell.signed),
        "pledged": amount_text(cell.pledged),
        "gap": amount_text(cell.gap),
        "status": cell.status,
    }


def trace_rows(
    position: Position, lens: TraceLens = "received", donor: str | None = None
) -> list[dict[str, str | None]]:
    """The trace as `tracker trace --format json` shows it, in its order; `donor` keeps one donor's rows."""
    return [
        _trace_row(row)
        for row in position.trace
        if (lens == "all" or row.lens == lens) and (donor is None or row.donor == donor)
    ]


def _trace_row(row: TraceRow) -> dict[str, str | None]:
    return {
        "lens": row.lens,
        "reference": row.reference,
        "donor": row.donor,
        "outcome": row.outcome,
        "month": _month_or_none(row.month),
        "amount": amount_text(row.amount),
    }


def _by_lens(amounts: ByLens) -> dict[str, str]:
    return {lens: amount_text(amount) for lens, amount in zip(LENSES, amounts, strict=True)}


def _month_or_none(month: Month | None) -> str | None:
    return None if month is None else month_text(month)


# For a terminal

LETTERS: Final = {"funded": "F", "committed": "C", "pledged": "P", "gap": "-"}
LENS_WORDS: Final = {"received": "Received", "signed": "With signed", "pledged": "With pledged"}


def position_table(position: Position) -> Iterator[str]:
    """A position for people at a terminal, within 100 columns: headlines, then what is missing by month."""
    yield from _headlines(position)
    yield ""
    yield from _gaps(position)


def _headlines(position: Position) -> Iterator[str]:
    total = position.total
    yield f"{position.programme.name}, as of {position.as_of.isoformat()}, {position.programme.currency}"
    yield ""
    pairs = [
        ("Still to raise", total.ahead),
        ("Lapsed", total.lapsed),
        ("Required", total.required),
        *((f"Covered: {lens}", getattr(total, lens)) for lens in LENSES),
        *((f"Unused: {lens}", getattr(position.unused, lens)) for lens in LENSES),
        *((f"Targeted: {lens}", getattr(position.targeted, lens)) for lens in LENSES),
        *((f"Held: {lens}", getattr(position.held, lens)) for lens in LENSES),
    ]
    aside = ("Unused", "Targeted", "Held")
    for name, amount in pairs:
        if amount or not name.startswith(aside):
            yield f"  {name:<22}{grouped(amount):>16}"
    yield ""
    for lens in LENSES:
        head = position.headlines[lens]
        through, cliff = (_month_or_none(m) or "none" for m in (head.funded_through, head.cliff_month))
        words = f"funded through {through}, first month not covered {cliff}"
        yield f"  {LENS_WORDS[lens]:<22}{words}"
    yield f"  {'Stable funding base':<22}{'yes' if position.stable_funding_base else 'no'}"


def _gaps(position: Position) -> Iterator[str]:
    """Months down, outcomes across: what is missing, and a letter for each cell."""
    codes = position.programme.codes
    yield "Missing, by month: F funded, C committed, P pledged, - gap"
    yield f"{'':<9}{'total':>16}" + "".join(f"{code:>17}" for code in codes)
    for month, total in position.by_month().items():
        marker = ">" if month == position.as_of_month else " "
        cells = (position.cell(code, month) for code in codes)
        columns = "".join(f"{_blank_nil(cell.gap):>15} {LETTERS[cell.status]}" for cell in cells)
        yield f"{marker}{month_text(month)} {_blank_nil(total.gap):>16}{columns}"
    sums = position.by_outcome()
    columns = "".join(f"{grouped(sums[code].gap):>15}  " for code in codes).rstrip()
    yield f"{'Total':<9}{grouped(position.total.gap):>16}{columns}"


def _blank_nil(minor: int) -> str:
    return grouped(minor) if minor else ""


def grouped(minor: int) -> str:
    """USD cents with a comma between thousands: `2,364,723.18`."""
    whole, rest = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}.{rest:02d}"


def as_csv_rows(rows: Iterable[dict[str, str | None]]) -> Iterator[dict[str, str]]:
    """Rows with '' where there is nothing, for CSV."""
    for row in rows:
        yield {column: value or "" for column, value in row.items()}
