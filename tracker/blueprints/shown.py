"""The position as this reader may see it: an anonymous donor is a number to everybody but the Secretariat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from tracker.access import may, now, programme
from tracker.domain.position import Position
from tracker.extensions import db
from tracker.queries.directory import donor_entries
from tracker.queries.position import position_of
from tracker.queries.report import load_report
from tracker.reporting.masking import gcg_edition


class ShownDonor(Protocol):
    """A donor, as far as a page of figures names one."""

    @property
    def name(self) -> str:
        """As this reader may see it."""

    @property
    def anonymous(self) -> bool:
        """Whether no reference of it is shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A position and its donors by code; codes and references are masked where names are."""

    book: Position
    donors: Mapping[str, ShownDonor]


def shown_position(as_of: date) -> Shown:
    """The position as of a day, for who asks."""
    session, here = db.session(), programme().id
    if may("see_records"):
        return Shown(position_of(session, here, as_of), donor_entries(session, here))
    report = gcg_edition(load_report(session, here, as_of, now()))
    return Shown(report.position, report.donors)
