"""What is wrong, or odd, and where: a problem with its file and row."""

from typing import NamedTuple

from tracker.domain.problems import Problem


class Finding(NamedTuple):
    """A problem at a row, as a spreadsheet numbers rows (the header is 1); row 0 is the file as a whole."""

    file: str
    row: int
    problem: Problem


def finding(file: str, row: int, code: str, column: str = "", **facts: object) -> Finding:
    """A finding, put together.

    >>> finding("donors.csv", 3, "missing", "name").problem.code
    'missing'
    """
    return Finding(file, row, Problem(code, column, facts))
