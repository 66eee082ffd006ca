"""The seeded programme, as published (docs/funding-rules.md, section The seeded programme)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.entries import DonorEntry
from tracker.domain.permissions import Actor
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.models import Activity, BudgetLine, BudgetVersion, Outcome, Programme
from tracker.queries.rows import row_of
from tracker.services import audit
from tracker.services.audit import Change
from tracker.services.store import Store

PROGRAMME = {
    "code": "A87",
    "name": "Alliance 8.7 Multi-Donor Programme",
    "currency": "USD",
    "first_month": "2026-01",
    "last_month": "2031-06",
    "tolerance_minor": 100,
    "time_zone": "Europe/Zurich",
}
MONTHLY_TOTAL_MINOR = 3_914_300

# code, name, short name, published share in millionths, published USD cents a month, activities
OUTCOMES: tuple[tuple[str, str, str, int, int, tuple[str, ...]], ...] = (
    (
        "O1",
        "High-level advocacy",
        "Advocacy",
        165_800,
        649_000,
        (
            "Visibility of the Alliance's leadership at and before the VI Global Conference on Child Labour, "
            "with regional and civil-society consultations",
            "Influence on global policies from global fora, the post-SDG agenda included",
            "Engagement in key events: Human Rights Council, launches of global estimates",
        ),
    ),
    (
        "O2",
        "Pathfinder country support",
        "Country support",
        512_600,
        2_005_400,
        (
            "Guidance to new and existing Pathfinder Countries on roadmap implementation and updates",
            "Exchange of expertise between Pathfinder Countries",
            "The annual Pathfinder workshop, virtual in 2026",
            "The reporting cycle: launch, review and publication, with the SDG Monitoring Working Group",
        ),
    ),
    (
        "O3",
        "Governance, communication and resource mobilisation",
        "Governance",
        191_600,
        750_200,
        (
            "Governance: Global Coordinating Group, Action Groups and Working Groups",
            "Outreach and communication: website and monthly newsletter",
            "Registration and engagement of members",
            "Resource mobilisation",
        ),
    ),
    (
        "PS",
        "Programme support implementation cost",
        "Programme support",
        130_000,
        509_700,
        ("Implementation support of the programme",),
    ),
)


def seed(session: Session, *, actor: Actor) -> int:
    """Make the programme where there is none; returns its id either way."""
    existing = session.scalar(select(Programme.id).order_by(Programme.id))
    if existing is not None:
        return existing
    programme = Programme(**PROGRAMME, version=1)
    session.add(programme)
    session.flush()
    outcomes = [_outcome(programme.id, at, *spec[:3], spec[5]) for at, spec in enumerate(OUTCOMES, start=1)]
    session.add_all(outcomes)
    session.flush()
    version = _first_version(programme.id, outcomes)
    session.add(version)
    session.flush()
    made: list[tuple[str, Programme | Outcome | BudgetVersion]] = [(programme.code, programme)]
    made += [(outcome.code, outcome) for outcome in outcomes]
    made.append((f"version {version.number}", version))
    changes = [Change("seed", r.__tablename__, r.id, reference, None, row_of(r)) for reference, r in made]
    audit.append(session, actor=actor, programme_id=programme.id, changes=changes)
    unidentified = DonorEntry(UNIDENTIFIED_DONOR, "Unidentified payer")
    Store(session, actor, programme.id).add("donors", [unidentified])
    return programme.id


def _outcome(
    programme_id: int, position: int, code: str, name: str, short_name: str, titles: tuple[str, ...]
) -> Outcome:
    activities = [
        Activity(programme_id=programme_id, position=at, title=title)
        for at, title in enumerate(titles, start=1)
    ]
    return Outcome(
        programme_id=programme_id,
        position=position,
        code=code,
        name=name,
        short_name=short_name,
        activities=activities,
    )


def _first_version(programme_id: int, outcomes: list[Outcome]) -> BudgetVersion:
    """Version 1, provisional: the note has not passed the ILO's quality assurance."""
    no_day: date | None = None
    lines = [
        BudgetLine(programme_id=programme_id, outcome_id=o.id, share_units=spec[3], amount_minor=spec[4])
        for o, spec in zip(outcomes, OUTCOMES, strict=True)
    ]
    return BudgetVersion(
        programme_id=programme_id,
        number=1,
        effective_month=PROGRAMME["first_month"],
        adopted_on=no_day,
        monthly_total_minor=MONTHLY_TOTAL_MINOR,
        basis="shares",
        reason="As published in the draft programme note; provisional until quality assurance",
        lines=lines,
    )


def note_restore(session: Session, *, actor: Actor, anchor: str) -> None:
    """Say in the trail of restored records that they were, and which entry they ended with."""
    programme = session.scalars(select(Programme).order_by(Programme.id).limit(1)).one()
    row = row_of(programme)
    change = Change("restore", programme.__tablename__, programme.id, anchor, row, row)
    audit.append(session, actor=actor, programme_id=programme.id, changes=[change])
