"""What a budget version would do, before it is adopted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.budget import BudgetVersion
from tracker.domain.problems import Problem
from tracker.domain.revisions import read_revision
from tracker.queries.comparisons import Changed, Comparison, compare
from tracker.queries.programmes import load_versions
from tracker.queries.register import load_register


@dataclass(frozen=True, slots=True)
class Revision:
    """A version as it would be adopted, those before it, and the position before and after, as of today."""

    version: BudgetVersion
    earlier: tuple[BudgetVersion, ...]
    comparison: Comparison


def with_version(version: BudgetVersion) -> Changed:
    """A budget version as it would be."""
    return lambda facts: replace(facts, versions=(*facts.versions, version))


def preview_revision(
    session: Session, programme_id: int, today: date, raw: Mapping[str, str]
) -> tuple[Revision | None, tuple[Problem, ...], tuple[Problem, ...]]:
    """What a form would adopt: a preview or its problems, and its questions."""
    versions = load_versions(session, programme_id)
    reading = read_revision(raw, load_register(session, programme_id, today), versions)
    if reading.entry is None:
        return None, reading.problems, reading.questions
    comparison = compare(session, programme_id, today, with_version(reading.entry))
    return Revision(reading.entry, versions, comparison), (), reading.questions
