"""Where the front sheet's lines and columns stand, for its own formulas and those of `Checks`."""

from dataclasses import dataclass

from xlsxwriter.utility import xl_col_to_name

from tracker.reporting.statement_workbook.figures import Figures

SHEET = "Statement"
FIRST = 2
"""The column of the first outcome, counted from 0; words stand before it."""

TABLE = 9
"""The row of the opening, counted from 0."""

ADDED = ("opening", "receipts", "refunds", "allocated", "adjustments")
"""The lines that add up to the closing, in their order."""


@dataclass(frozen=True)
class Places:
    """Rows are counted as people do, from 1, in what is returned as text."""

    figures: Figures

    @property
    def letters(self) -> tuple[str, ...]:
        """The columns shown."""
        return tuple(xl_col_to_name(FIRST + at) for at in range(len(self.figures.wanted)))

    @property
    def total(self) -> int:
        """The column of totals, counted from 0."""
        return FIRST + len(self.figures.wanted)

    @property
    def total_letter(self) -> str:
        """The column of totals."""
        return xl_col_to_name(self.total)

    def row(self, key: str) -> int:
        """The row of a line, as people count."""
        return TABLE + 1 + [line.key for line in self.figures.lines].index(key)

    @property
    def within(self) -> tuple[str, ...]:
        """The parts of the closing."""
        return tuple(line.key for line in self.figures.lines if line.within)

    def cell(self, key: str, letter: str) -> str:
        """`Statement!$C$10`."""
        return f"{SHEET}!${letter}${self.row(key)}"

    def across(self, key: str) -> str:
        """A line's columns, without the total: `Statement!$C$10:$F$10`."""
        letters, row = self.letters, self.row(key)
        return f"{SHEET}!${letters[0]}${row}:${letters[-1]}${row}"

    def sum_of(self, key: str) -> str:
        """A line's total."""
        return self.cell(key, self.total_letter)

    @property
    def months(self) -> int:
        """The row of the months before the period, counted from 0."""
        return TABLE + len(self.figures.lines) + 3
