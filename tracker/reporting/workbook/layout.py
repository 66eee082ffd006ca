"""Where everything stands in the GCG workbook, and formulas written in the columns' own names.

A formula is written with `[Header]` for the cell of the same row and `{Sheet.Header}` for a whole column,
so that it can be read without the letters::

    ROUND([USD]-[Refunded USD],2)                      ROUND(I7-J7,2)
    ROUND(SUM({Trace.Amount}),2)                       ROUND(SUM(Trace!$F$2:$F$513),2)

References and codes are compared with EXACT: a SUMIFS criterion would read `A*` as a pattern, `007` as 7
and `r1` as `R1`.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from xlsxwriter.utility import xl_col_to_name

Kind = Literal["text", "words", "money", "own", "other", "date", "rate", "share", "whole"]
"""How a column looks: `words` are texts of several lines; `own` is money in the row's own currency, `other`
in its pledge's."""


class Column(NamedTuple):
    """A column of a data sheet; `width` in characters."""

    header: str
    width: float
    kind: Kind = "text"


DATA_SHEETS: Final[dict[str, tuple[Column, ...]]] = {
    "Position": (
        Column("Outcome", 11),
        Column("Month", 12),
        Column("Required", 16, "money"),
        Column("Received", 16, "money"),
        Column("Signed", 16, "money"),
        Column("Pledged", 16, "money"),
        Column("Gap", 16, "money"),
        Column("Status", 14),
    ),
    "Trace": (
        Column("Lens", 12),
        Column("Reference", 30),
        Column("Donor", 16),
        Column("Outcome", 11),
        Column("Month", 12),
        Column("Amount", 16, "money"),
    ),
    "Pledges": (
        Column("Reference", 18),
        Column("Donor", 13),
        Column("Currency", 9),
        Column("Amount", 15, "own"),
        Column("Pledged on", 11, "date"),
        Column("Signed on", 11, "date"),
        Column("Closed on", 11, "date"),
        Column("Earmark", 27),
        Column("Support cost", 12),
        Column("Covers from", 12),
        Column("Covers until", 12),
        Column("Lens", 9),
        Column("Settled", 15, "own"),
        Column("Open", 15, "own"),
        Column("Received USD", 15, "money"),
        Column("Open USD", 15, "money"),
        Column("Ended by closing", 16, "own"),
        Column("Beyond the pledge", 17, "own"),
        Column("Base rate", 11, "rate"),
        Column("Deductions USD", 15, "money"),
        Column("Realised USD", 15, "money"),
        Column("Unrealised USD", 15, "money"),
        Column("Agreement reference", 22),
        Column("Scheduled", 15, "own"),
        Column("Open by instalments", 18, "own"),
        Column("Deductions − receipts", 19, "money"),
        Column("Realised − receipts", 18, "money"),
        Column("Unrealised − instalments", 22, "money"),
    ),
    "Instalments": (
        Column("Pledge", 18),
        Column("Due on", 12, "date"),
        Column("Amount", 15, "own"),
        Column("Currency", 10),
        Column("Donor", 14),
        Column("Lens", 10),
        Column("Settled", 15, "own"),
        Column("Open", 15, "own"),
        Column("Open USD", 15, "money"),
        Column("Days late", 10, "whole"),
        Column("Age", 13),
        Column("Rank by open", 12, "whole"),
        Column("Reference", 28),
        Column("Donor name", 34),
        Column("Closed on", 11, "date"),
        Column("Rate as of", 11, "rate"),
        Column("Covers from", 12),
        Column("Covers until", 12),
        Column("Traced USD", 15, "money"),
        Column("Open − traced", 14, "money"),
        Column("Open at base USD", 17, "money"),
        Column("Outside window USD", 18, "money"),
    ),
    "Receipts": (
        Column("Reference", 20),
        Column("Donor", 13),
        Column("Pledge", 18),
        Column("Received on", 12, "date"),
        Column("Currency", 9),
        Column("Amount", 15, "own"),
        Column("Deduction", 12, "money"),
        Column("Rate", 11, "rate"),
        Column("USD", 15, "money"),
        Column("Refunded USD", 14, "money"),
        Column("Net USD", 15, "money"),
        Column("Earmark", 27),
        Column("Covers from", 12),
        Column("Covers until", 12),
        Column("Ledger reference", 18),
        Column("Traced USD", 15, "money"),
        Column("Net − traced", 13, "money"),
        Column("Retroactive", 12),
        Column("Rate is", 15),
        Column("USD beside the rate", 19, "money"),
        Column("USD − proof", 13, "money"),
        Column("Rate − in force", 15, "rate"),
        Column("Refunded", 14, "own"),
        Column("Net amount", 15, "own"),
        Column("Value USD", 15, "money"),
        Column("Pledge currency rate", 19, "rate"),
        Column("Settles, pledge currency", 23, "other"),
        Column("Settles at base USD", 19, "money"),
        Column("Outside window USD", 18, "money"),
    ),
    "Refunds": (
        Column("Reference", 23),
        Column("Receipt", 23),
        Column("Refunded on", 14, "date"),
        Column("Currency", 10),
        Column("Amount", 16, "own"),
        Column("USD", 16, "money"),
        Column("Ledger reference", 23),
    ),
    "Donors": (
        Column("Code", 16),
        Column("Name", 52),
        Column("Kind", 13),
        Column("Country", 10),
        Column("Received USD", 16, "money"),
        Column("Signed, open USD", 17, "money"),
        Column("Pledged, open USD", 18, "money"),
        Column("Share of received", 17, "share"),
        Column("Traced, all lenses", 18, "money"),
        Column("Covering months", 17, "money"),
    ),
    "Budget": (
        Column("Version", 9, "whole"),
        Column("Effective month", 15),
        Column("Adopted on", 12),
        Column("Basis", 10),
        Column("Outcome", 10),
        Column("Title", 52),
        Column("Share", 10, "share"),
        Column("Monthly total USD", 18, "money"),
        Column("Requirement USD a month", 24, "money"),
        Column("Published USD a month", 22, "money"),
        Column("Published − requirement", 24, "money"),
        Column("In force until", 14),
        Column("Months in force", 15, "whole"),
        Column("Whole cents", 13, "whole"),
        Column("Rest of a cent", 14, "rate"),
        Column("Requirement, proved", 20, "money"),
    ),
    "Rates": (
        Column("Currency", 12),
        Column("Effective on", 14, "date"),
        Column("Units for one USD", 19, "rate"),
        Column("USD for 1,000 units", 20, "rate"),
        Column("USD for 1,000 units, proved", 27, "rate"),
    ),
}

PRINTED: Final = {"Pledges": 18, "Instalments": 12, "Receipts": 17, "Budget": 13, "Rates": 3}
"""How many columns go on paper where the rest are there for Checks: those have a grey header."""

SHORT: Final = "MAX(Tolerance,0.01)"
"""From here on a cell is short (R9): a cent, where nothing is tolerated."""

AGE_TOTALS: Final = ("Summary!$L$17", "Summary!$M$17")
"""Where the ageing of signed and of pledged instalments is added up."""


def still_to_raise(outcomes: int) -> str:
    """Where Changes ends, for all outcomes."""
    return f"Changes!${xl_col_to_name(2 + outcomes)}$10"


def lower_tables(outcomes: int) -> int:
    """The title row of the lower tables of Summary, as people count rows."""
    return 31 + outcomes


def kinds_total(outcomes: int, kinds: int) -> int:
    """The row of Summary that adds up contributors by kind."""
    return lower_tables(outcomes) + 2 + kinds


_OWN = re.compile(r"\[([^\]]+)\]")
_WHOLE = re.compile(r"\{(\w+)\.([^}]+)\}")


class Refs:
    """Turns headers into cells. Every range holds at least one row, so that empty tables add up to zero."""

    def __init__(
        self,
        counts: Mapping[str, int],
        sheets: Mapping[str, tuple[Column, ...]] = DATA_SHEETS,
        printed: Mapping[str, int] = PRINTED,
    ) -> None:
        self.sheets, self.printed = sheets, printed
        self._counts = counts
        self._written: dict[str, str] = {}
        self._letters = {
            sheet: {column.header: xl_col_to_name(at) for at, column in enumerate(columns)}
            for sheet, columns in sheets.items()
        }

    def last_row(self, sheet: str) -> int:
        """The last row of a table's ranges, as people count rows."""
        return max(2, self._counts[sheet] + 1)

    def column(self, sheet: str, header: str) -> str:
        """`Trace!$F$2:$F$513`."""
        letter = self._letters[sheet][header]
        return f"{sheet}!${letter}$2:${letter}${self.last_row(sheet)}"

    def whole(self, formula: str) -> str:
        """Writes out every `{Sheet.Header}`."""
        written = self._written.get(formula)
        if written is None:
            written = self._written[formula] = _WHOLE.sub(lambda m: self.column(m[1], m[2]), formula)
        return written

    def row(self, sheet: str, formula: str) -> str:
        """Writes out a formula of a sheet's rows, with `#` for the number of the row."""
        letters = self._letters[sheet]
        return self.whole(_OWN.sub(lambda m: f"{letters[m[1]]}#", formula))
