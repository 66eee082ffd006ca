"""The activity around its money: who, what, when, where, and what it needs in each year."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from tracker.domain.budget import BudgetVersion, Programme, version_in_force
from tracker.domain.entries import RateEntry
from tracker.domain.money import PROGRAMME_CURRENCY, amount_text
from tracker.domain.months import Month, first_day, month_text
from tracker.domain.publishing import organisation_type
from tracker.queries.report import DonorRow
from tracker.reporting.iati import own, transactions
from tracker.reporting.iati.nodes import Node, narrative, node
from tracker.reporting.iati.publication import Publication

VERSION: Final = "2.03"
LANGUAGE: Final = "en"
GLOBAL: Final = "1"
DEVELOPING_COUNTRIES: Final = "998"
MULTILATERAL_OUTFLOWS: Final = "4"
OFFICIAL_AID: Final = "10"
STANDARD_GRANT: Final = "110"
UNTIED: Final = "5"


def file_node(found: Publication) -> Node:
    """The whole file: one activity. Only `generated-datetime` differs between two files of one snapshot."""
    made_at = found.report.taken_at_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    return node("iati-activities", _activity(found), version=VERSION, generated_datetime=made_at)


def _activity(found: Publication) -> Node:
    attributes = {
        "xml:lang": LANGUAGE,
        "default-currency": PROGRAMME_CURRENCY,
        "last-updated-datetime": own.moment_text(found.to_publish),
    }
    return Node("iati-activity", attributes, tuple(_parts(found)))


def _parts(found: Publication) -> Iterator[Node]:
    """In the order that the schema asks for."""
    publisher, book = found.publisher, found.position
    yield node("iati-identifier", text=publisher.activity)
    yield node(
        "reporting-org",
        narrative(publisher.name),
        ref=publisher.ref,
        type=publisher.organisation_type,
    )
    yield node("title", narrative(book.programme.name))
    yield from _descriptions(book.programme)
    yield from _organisations(found)
    yield node("activity-status", code=_status(found))
    yield from _dates(found)
    yield node("activity-scope", code=GLOBAL)
    yield node("recipient-region", code=DEVELOPING_COUNTRIES, vocabulary="1")
    yield node("sector", vocabulary="1", code=publisher.sector)
    yield node("collaboration-type", code=MULTILATERAL_OUTFLOWS)
    yield node("default-flow-type", code=OFFICIAL_AID)
    yield node("default-finance-type", code=STANDARD_GRANT)
    yield node("default-aid-type", code=transactions.MULTI_DONOR_SINGLE_ENTITY, vocabulary="1")
    yield node("default-tied-status", code=UNTIED)
    yield from budgets(found)
    yield from transactions.planned(found)
    yield from transactions.transactions(found)
    yield own.position_node(found)
    yield from (own.donor_node(found, donor) for donor in found.donors)
    yield from (own.rate_node(RateEntry(rate)) for rate in found.rates)


def _descriptions(programme: Programme) -> Iterator[Node]:
    first, last = month_text(programme.first_month), month_text(programme.last_month)
    general = (
        f"{programme.name}: a budget for the months {first} to {last} over {len(programme.outcomes)} "
        "outcomes, funded by several donors. Money is set against what each outcome needs in each month; "
        "that coverage is not expenditure, and no expenditure is published here."
    )
    yield node("description", narrative(general), type="1")
    objectives = ". ".join(
        ": ".join(part for part in (f"{one.code} {one.name}", "; ".join(one.activities)) if part)
        for one in programme.outcomes
    )
    yield node("description", narrative(f"{objectives}."), type="2")


def _organisations(found: Publication) -> Iterator[Node]:
    for donor in found.funders:
        yield _funder(found, donor)
    publisher = found.publisher
    for role in ("2", "4"):
        yield node(
            "participating-org",
            narrative(publisher.name),
            ref=publisher.ref,
            type=publisher.organisation_type,
            role=role,
            activity_id=publisher.activity,
        )


def _funder(found: Publication, donor: DonorRow) -> Node:
    return node(
        "participating-org",
        narrative(donor.name),
        ref=found.published_ref(donor),
        type=organisation_type(donor.kind, donor.country),
        role="1",
    )


def _status(found: Publication) -> str:
    """1 before the first month, 2 until the last is over, then 3 while money is open or without a month
    to cover, else 4."""
    book = found.position
    if book.as_of_month < book.programme.first_month:
        return "1"
    if book.as_of_month <= book.programme.last_month:
        return "2"
    return "3" if found.open or any((*book.unused, *book.held)) else "4"


def _dates(found: Publication) -> Iterator[Node]:
    """Planned start and end; actual ones once they are past."""
    programme, today = found.position.programme, found.position.as_of
    starts = first_day(programme.first_month)
    ends = first_day(Month(programme.last_month + 1)) - timedelta(days=1)
    yield node("activity-date", type="1", iso_date=starts.isoformat())
    if starts <= today:
        yield node("activity-date", type="2", iso_date=starts.isoformat())
    yield node("activity-date", type="3", iso_date=ends.isoformat())
    if ends < today:
        yield node("activity-date", type="4", iso_date=ends.isoformat())


def budgets(found: Publication) -> list[Node]:
    """One for each calendar year; its amount is what the year's months need."""
    months: dict[int, list[Month]] = {}
    for number in found.position.programme.months:
        months.setdefault(number // 12, []).append(Month(number))
    return [_budget(found, year) for year in months.values()]


def _budget(found: Publication, months: list[Month]) -> Node:
    """Revised where a later version than the first is in force; committed where all that is was adopted."""
    book = found.position
    versions = [version_in_force(book.versions, month, book.as_of) for month in months]
    starts = first_day(months[0]).isoformat()
    ends = (first_day(Month(months[-1] + 1)) - timedelta(days=1)).isoformat()
    codes = book.programme.codes
    needed = {code: book.sum_of(book.cell(code, month) for month in months).required for code in codes}
    total = book.sum_of(book.cell(code, month) for code in codes for month in months)
    parts = (
        Node("mdp:outcome", {"code": code, "required": amount_text(minor)}) for code, minor in needed.items()
    )
    return node(
        "budget",
        node("period-start", iso_date=starts),
        node("period-end", iso_date=ends),
        node("value", text=amount_text(total.required), currency=PROGRAMME_CURRENCY, value_date=starts),
        *parts,
        type="2" if any(version.number > 1 for version in versions) else "1",
        status=_budget_status(versions),
    )


def _budget_status(versions: list[BudgetVersion]) -> str:
    """2 committed, or 1 indicative while a provisional version, adopted by nobody, is in force."""
    return "1" if any(version.adopted_on is None for version in versions) else "2"
